/** Who was here lately: what `status` tells, of the last `STATUS_PEOPLE_MAX` who came. */

import { STATUS_PEOPLE_MAX } from "../protocol/limits.ts";

/** One person's stay. Times in milliseconds since 1970-01-01 UTC. */
export interface Visit {
  /** A serial number that grows with every visit. */
  readonly number: number;
  name: string;
  address: string;
  readonly connected: number;
  /** Null while connected. */
  disconnected: number | null;
}

export class Visits {
  /** Oldest first: a `Set` keeps the order of insertion. */
  readonly #visits = new Set<Visit>();
  #next = 0;

  begin(name: string, address: string, connected: number): Visit {
    const visit = { number: this.#next++, name, address, connected, disconnected: null };
    this.#visits.add(visit);
    const [oldest] = this.#visits;
    if (oldest !== undefined && this.#visits.size > STATUS_PEOPLE_MAX) this.#visits.delete(oldest);
    return visit;
  }

  /** Oldest first. */
  [Symbol.iterator](): Iterator<Visit> {
    return this.#visits.values();
  }
}
