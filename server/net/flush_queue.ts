/**
 * The one queue of all connections that have something to send: first come, first served, a bounded number of
 * writes started in a turn of the event loop, the rest in the next.
 *
 * Unbounded, a message to a thousand members would keep the loop from reading what others send until the last of
 * the thousand writes was started; and what comes meanwhile could not go out with the same write.
 */

import { setImmediate } from "node:timers";

/** What waits in the queue. */
export interface Flushable {
  /** Starts one write. */
  flush(): void;
}

/**
 * While a turn of the loop is wanted at once, as an immediate does, Deno's runtime looks for what came from outside
 * only every 61 turns. So under full load there are up to 3,900 writes, about 25 ms, between two reads. A smaller
 * number reads sooner, but then there are more turns for the same writes, and a turn costs about 1.1 us by itself.
 */
const STARTS_A_TURN = 64;

export class FlushQueue {
  #waiting: Flushable[] = [];
  #scheduled = false;

  add(flushable: Flushable): void {
    this.#waiting.push(flushable);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After what runs now, so that all it has to send goes out in one write.
    queueMicrotask(() => this.#turn());
  }

  #turn(): void {
    const turn = this.#waiting.splice(0, STARTS_A_TURN);
    this.#scheduled = this.#waiting.length > 0;
    if (this.#scheduled) setImmediate(() => this.#turn());
    for (const flushable of turn) flushable.flush();
  }
}
