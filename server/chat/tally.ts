/**
 * How often each limit was hit, for the operator: one line for many, since whoever runs into a limit may do so a
 * thousand times a second, and the journal must not grow with it.
 */

/** A limit is told of this often at most. */
const TELL_EVERY_MS = 10_000;

/** What came of one limit. */
interface Count {
  /** Since it was last told. */
  hits: number;
  toldAt: number;
}

export class Tally {
  readonly #tell: (text: string) => void;
  readonly #now: () => number;
  /** By limit: as many as the code has names for. */
  readonly #counts = new Map<string, Count>();

  /** `tell` gets each line, `now` gives milliseconds from whenever. */
  constructor(tell: (text: string) => void, now: () => number) {
    this.#tell = tell;
    this.#now = now;
  }

  /** Somebody has hit `limit`: a name that the operator knows, that of its flag where it has one, never one from outside. */
  count(limit: string): void {
    const count = this.#counts.get(limit) ?? { hits: 0, toldAt: -Infinity };
    count.hits++;
    this.#counts.set(limit, count);
  }

  /** Tells of what was hit since it was last told, but of no limit again within 10 seconds. To be called every second. */
  tell(): void {
    const now = this.#now();
    for (const [limit, count] of this.#counts) {
      if (count.hits > 0 && now - count.toldAt >= TELL_EVERY_MS) this.#tellOf(limit, count);
    }
  }

  /** Tells of all that is left, at the end. */
  tellAll(): void {
    for (const [limit, count] of this.#counts) if (count.hits > 0) this.#tellOf(limit, count);
  }

  #tellOf(limit: string, count: Count): void {
    this.#tell(`${limit}: ${count.hits === 1 ? "once" : `${count.hits} times`}`);
    count.hits = 0;
    count.toldAt = this.#now();
  }
}
