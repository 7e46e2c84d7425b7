/** Budgets: how often something may be done, as a token bucket. */

/** So many a second in the long run, and `burst` of them at once after a pause. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export class Budget {
  readonly #rate: Rate;
  /** Milliseconds from whenever; a clock that is set back refills nothing and takes nothing away. */
  readonly #now: () => number;
  /** What may still be taken at once. */
  #left: number;
  #countedAt: number;

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
    this.#left = rate.burst;
    this.#countedAt = now();
  }

  /**
   * Takes one if one is left, and returns 0; else takes none, and returns in how many milliseconds one will be.
   * Several that draw on one budget, and come back when they are told, keep to it together.
   */
  take(): number {
    this.#refill();
    const waitMs = Math.max(0, Math.ceil((1 - this.#left) / this.#rate.perSecond * 1_000));
    if (waitMs === 0) this.#left--;
    return waitMs;
  }

  #refill(): void {
    const { perSecond, burst } = this.#rate;
    const now = this.#now();
    this.#left = Math.min(burst, this.#left + Math.max(0, now - this.#countedAt) / 1_000 * perSecond);
    this.#countedAt = now;
  }
}
