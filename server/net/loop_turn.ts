/**
 * A connection's share of the event loop. A read for which bytes are there already resolves without the loop having
 * turned, so whoever sends faster than they are served would keep it from everybody else.
 */

/** How long one connection may keep the loop. */
const TURN_MS_MAX = 4;
/** A read that took longer had to wait for bytes, and the loop turned meanwhile. */
const WAIT_MS_MIN = 0.1;

/** Resolves when the loop has turned. A timer and no immediate: only then is everything polled. */
async function loopTurns(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

export class LoopTurn {
  /** Milliseconds and parts of them, from whenever. */
  readonly #now: () => number;
  #since: number;
  #waitingSince: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#since = this.#waitingSince = now();
  }

  /** The connection begins to wait for bytes. */
  waits(): void {
    this.#waitingSince = this.#now();
  }

  /** The bytes are there. */
  goesOn(): void {
    const now = this.#now();
    if (now - this.#waitingSince > WAIT_MS_MIN) this.#since = now;
  }

  /** Whether the connection has kept the loop for long enough. */
  get over(): boolean {
    return this.#now() - this.#since > TURN_MS_MAX;
  }

  /** Lets everybody else have the loop. */
  async yield(): Promise<void> {
    await loopTurns();
    this.#since = this.#now();
  }
}
