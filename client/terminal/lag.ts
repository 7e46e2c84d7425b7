/** How long the server takes to answer: asked now and then, and known to be long before a late answer has come. */

import type { Clock } from "../clock.ts";

/** How often the server is asked. */
const EVERY_MS = 10_000;

export class Lag {
  readonly #clock: Clock;
  readonly #ping: () => Promise<unknown>;
  #last = 0;
  /** When the question was asked that is not answered yet. */
  #asked: number | null = null;
  #next = 0;

  /** `ping` resolves with the answer; it may reject. */
  constructor(clock: Clock, ping: () => Promise<unknown>) {
    this.#clock = clock;
    this.#ping = ping;
  }

  /** Milliseconds: what the last answer took, or what the next one has taken already where that is more. */
  get ms(): number {
    const waited = this.#asked === null ? 0 : this.#clock.now() - this.#asked;
    return Math.max(this.#last, waited);
  }

  /** Asks, where it is time to; to be called every second or so while there is a connection. */
  tick(): void {
    const now = this.#clock.now();
    if (this.#asked !== null || now < this.#next) return;
    this.#asked = now;
    this.#next = now + EVERY_MS;
    this.#ping().then(() => this.#answered(now), () => this.reset());
  }

  /** The connection is gone: what was measured on it says nothing. */
  reset(): void {
    this.#last = 0;
    this.#asked = null;
  }

  #answered(asked: number): void {
    if (this.#asked !== asked) return;
    this.#last = this.#clock.now() - asked;
    this.#asked = null;
  }
}
