/** An allowance: so many in a second, whoever asks. For what costs us more than it costs those who make us do it. */

const SECOND_MS = 1_000;

export class Allowance {
  readonly #perSecond: number;
  /** Milliseconds from whenever, never fewer than before. */
  readonly #now: () => number;
  /** What was taken since `#since`, which is a second ago at most. */
  #taken = 0;
  #since: number;

  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#now = now;
    this.#since = now();
  }

  /** Takes one; false where this second has none left. */
  take(): boolean {
    const now = this.#now();
    if (now - this.#since >= SECOND_MS) {
      this.#since = now;
      this.#taken = 0;
    }
    if (this.#taken >= this.#perSecond) return false;
    this.#taken++;
    return true;
  }
}
