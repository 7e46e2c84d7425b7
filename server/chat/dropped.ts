/**
 * Sessions whose connection is gone, and that may be taken up again. Only so many are kept; where there are more,
 * the oldest of the network that has the most goes, so that whoever connects and drops all the time costs
 * themselves their sessions, and nobody else.
 */

import type { Session } from "./person.ts";

export class Dropped {
  readonly #max: number;
  /** Whoever dropped first first, and the same by network. */
  readonly #sessions = new Set<Session>();
  readonly #byNetwork = new Map<string, Set<Session>>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Keeps a session; returns the one that has to end for it, if any. */
  add(session: Session): Session | null {
    this.#sessions.add(session);
    const neighbours = this.#byNetwork.get(session.network);
    if (neighbours === undefined) this.#byNetwork.set(session.network, new Set([session]));
    else neighbours.add(session);
    return this.#sessions.size > this.#max ? this.#oldestOfMost() : null;
  }

  delete(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    const neighbours = this.#byNetwork.get(session.network);
    neighbours?.delete(session);
    if (neighbours?.size === 0) this.#byNetwork.delete(session.network);
  }

  /** Those that dropped before `limit`, in milliseconds since 1970-01-01 UTC. */
  before(limit: number): Session[] {
    const expired: Session[] = [];
    for (const session of this.#sessions) {
      if (session.droppedAt >= limit) break;
      expired.push(session);
    }
    return expired;
  }

  #oldestOfMost(): Session | null {
    let most: ReadonlySet<Session> = new Set();
    for (const sessions of this.#byNetwork.values()) if (sessions.size > most.size) most = sessions;
    const [oldest = null] = most;
    return oldest;
  }
}
