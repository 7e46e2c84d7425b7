/** Budgets: how often something may be done, as a token bucket. */

/** So many a second in the long run, and `burst` of them at once after a pause. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export class Budget {
  readonly #rate: Rate;
  /** Milliseconds from whenever, never fewer than before. */
  readonly #now: () => number;
  /** What may still be taken at once; below nothing where it was overdrawn. */
  #left: number;
  #countedAt: number;

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
    this.#left = rate.burst;
    this.#countedAt = now();
  }

  /**
   * Takes one whatever is left, for what is slowed down and never refused. Returns for how many milliseconds nothing
   * more should be taken: 0 within the budget. Several that draw on one budget and wait as they are told keep to it
   * together, and no debt is larger than their number.
   */
  spend(): number {
    this.#refill();
    this.#left--;
    return this.#msUntil(0);
  }

  /** Takes one if one is left, and returns 0; else takes none, and returns in how many milliseconds one will be. */
  take(): number {
    this.#refill();
    const waitMs = this.#msUntil(1);
    if (waitMs === 0) this.#left--;
    return waitMs;
  }

  #refill(): void {
    const { perSecond, burst } = this.#rate;
    const now = this.#now();
    this.#left = Math.min(burst, this.#left + (now - this.#countedAt) / 1_000 * perSecond);
    this.#countedAt = now;
  }

  #msUntil(level: number): number {
    return Math.max(0, Math.ceil((level - this.#left) / this.#rate.perSecond * 1_000));
  }
}
