/**
 * How many bytes of a file are sent ahead: enough to fill the line, and not so many that they queue up in it, since
 * messages wait behind them. What the receiver says it has tells how long chunks take; when that is clearly longer
 * than it can be, there are too many on their way (as TCP Vegas reckons: Brakmo and Peterson, 1995). Pure but for the
 * clock.
 */

import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "./limits.ts";

const CHUNKS_MIN = 2;
/** Before anything is known of the line: what is on it when it is cut is sent again. */
const CHUNKS_FIRST = 4;
/** How much is sent to who says nothing. */
export const FIRST_BYTES = CHUNKS_FIRST * CHUNK_BYTES_MAX;
const CHUNKS_MAX = WINDOW_BYTES / CHUNK_BYTES_MAX;
/** How long what was sent before may keep a chunk waiting. */
const QUEUE_MS_MAX = 40;
/** And with how much less one more may be sent ahead. */
const QUEUE_MS_MIN = 20;
/**
 * A receiver that says nothing for so long, of which no line is the reason, says what it has only now and then. It is
 * sent the whole window, or both would wait for each other.
 */
export const QUIET_MS_MAX = 2_000;

interface Sent {
  readonly end: number;
  readonly at: number;
}

export class Pace {
  /** Milliseconds from whenever. */
  readonly #now: () => number;
  #chunks = CHUNKS_FIRST;
  /** What is on its way, oldest first. */
  #sent: Sent[] = [];
  #fastestMs = Infinity;
  /** When anything was last sent, or received. */
  #movedAt: number;
  /** Whether the receiver tells nothing of the line. */
  #quiet = false;
  /** What ends after this was sent since the number was changed: it tells what came of that. */
  #changedAt = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#movedAt = now();
  }

  /** How many bytes may be on their way, as far as the line goes: the receiver's window is a bound of its own. */
  get bytes(): number {
    return this.#quiet ? Infinity : this.#chunks * CHUNK_BYTES_MAX;
  }

  /** Everything up to `end` is on its way. */
  sent(end: number): void {
    this.#movedAt = this.#now();
    this.#sent.push({ end, at: this.#movedAt });
  }

  /** Whether more may be on its way than before, since the receiver says too little. */
  loosened(): boolean {
    if (this.#quiet || this.#now() - this.#movedAt < QUIET_MS_MAX) return false;
    this.#quiet = true;
    return true;
  }

  /** Everything up to `offset` is there. */
  received(offset: number): void {
    this.#movedAt = this.#now();
    const there = this.#sent.findLastIndex(({ end }) => end <= offset);
    const newest = this.#sent[there];
    if (newest === undefined) return;
    const ms = this.#now() - newest.at;
    this.#sent = this.#sent.slice(there + 1);
    this.#fastestMs = Math.min(this.#fastestMs, ms);
    if (!this.#quiet && newest.end > this.#changedAt) this.#change(ms - this.#fastestMs, newest.end);
  }

  #change(queueMs: number, end: number): void {
    let chunks = this.#chunks;
    if (queueMs > QUEUE_MS_MAX) chunks = Math.max(CHUNKS_MIN, Math.ceil(chunks / 2));
    else if (queueMs < QUEUE_MS_MIN) chunks = Math.min(CHUNKS_MAX, chunks + 1);
    if (chunks === this.#chunks) return;
    this.#chunks = chunks;
    this.#changedAt = this.#sent.at(-1)?.end ?? end;
  }
}
