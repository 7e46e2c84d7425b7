/** Changes to who is in a room, gathered until they are told together. Pure. */

import type { Session } from "./session.ts";

interface Rename {
  readonly from: string;
  readonly to: string;
}

/** What changed since the last time, put together: who joined and left again was never there. */
export class PresenceChanges {
  readonly #joined = new Map<Session, string>();
  readonly #left = new Map<Session, string>();
  readonly #renamed = new Map<Session, Rename>();

  /** How many people this is about. */
  get size(): number {
    return this.#joined.size + this.#left.size + this.#renamed.size;
  }

  join(who: Session, name: string): void {
    const before = this.#left.get(who);
    this.#left.delete(who);
    if (before === undefined) this.#joined.set(who, name);
    else if (before !== name) this.#renamed.set(who, { from: before, to: name });
  }

  leave(who: Session, name: string): void {
    const known = this.#renamed.get(who)?.from ?? name;
    this.#renamed.delete(who);
    if (!this.#joined.delete(who)) this.#left.set(who, known);
  }

  rename(who: Session, from: string, to: string): void {
    if (this.#joined.has(who)) this.#joined.set(who, to);
    else {
      const known = this.#renamed.get(who)?.from ?? from;
      if (known === to) this.#renamed.delete(who);
      else this.#renamed.set(who, { from: known, to });
    }
  }

  /** Adds what changed after this. */
  add(later: PresenceChanges): void {
    for (const [who, name] of later.#left) this.leave(who, name);
    for (const [who, { from, to }] of later.#renamed) this.rename(who, from, to);
    for (const [who, name] of later.#joined) this.join(who, name);
  }

  concerns(who: Session): boolean {
    return this.#joined.has(who) || this.#left.has(who) || this.#renamed.has(who);
  }

  /**
   * The members of a `presence` that tell this to `to`, who is told nothing about themself (to anybody else where
   * that is null); null where there is nothing to tell.
   */
  tell(to: Session | null): { joined?: string[]; left?: string[]; renamed?: Rename[] } | null {
    const joined = others(this.#joined, to);
    const left = others(this.#left, to);
    const renamed = others(this.#renamed, to);
    if (joined.length + left.length + renamed.length === 0) return null;
    return {
      ...(joined.length > 0 ? { joined } : {}),
      ...(left.length > 0 ? { left } : {}),
      ...(renamed.length > 0 ? { renamed } : {}),
    };
  }
}

function others<T>(changes: ReadonlyMap<Session, T>, but: Session | null): T[] {
  return [...changes].filter(([who]) => who !== but).map(([, change]) => change);
}
