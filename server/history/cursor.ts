/** A cursor: one reader's place in a log. It is all that a log keeps of a reader, however far behind. */

import { joinFrames } from "../protocol/frames.ts";
import type { Place } from "./segment.ts";
import type { WindowSegment } from "./window.ts";

/** Entries as frames, and where the entry after the last of them is on disk. */
export interface FromDisk {
  readonly frames: Uint8Array;
  readonly near: Place;
}

/** What a cursor needs of its log. */
export interface CursorSource {
  /** Seq of the newest published entry. */
  readonly head: number;
  /** The window's segment that holds entry `seq`; null where it is only on disk. */
  inMemory(seq: number): WindowSegment | null;
  /** Entry `seq` and some that follow, from disk; `near` is where the last read ended. */
  onDisk(seq: number, near: Place | null): Promise<FromDisk>;
  /** Calls the cursor's `ready` once when an entry after `head` is published. */
  wait(cursor: Cursor): void;
  leave(cursor: Cursor): void;
}

/** What two segments hold is given as one up to this size. */
const JOINED_BYTES_MAX = 16_384;

export class Cursor {
  readonly #log: CursorSource;
  #next: number;
  #segment: WindowSegment | null = null;
  #place: Place | null = null;
  #closed = false;
  /** Called once when there is something to take again. */
  readonly ready: () => void;

  /** Starts so that entry `after + 1` is the first to be taken. */
  constructor(log: CursorSource, after: number, ready: () => void) {
    this.#log = log;
    this.#next = after + 1;
    this.ready = ready;
  }

  /**
   * The next frames, as a view that must not be changed: from memory at once, from disk as a promise. Null when
   * the reader has everything. One `take` at a time. Rejects with `DamagedLogError` where the disk cannot give what
   * was published.
   */
  take(): Uint8Array | null | Promise<Uint8Array | null> {
    if (this.#closed || this.waiting) return null;
    const segment = this.#current();
    if (segment === null) return this.#takeFromDisk();
    const frames = segment.from(this.#next);
    this.#next = segment.end;
    return segment.next === null ? frames : this.#over(frames, segment.next);
  }

  /** `frames` and what `next` holds after them, as one where that is not much: copying it costs less than a write. */
  #over(frames: Uint8Array, next: WindowSegment): Uint8Array {
    const more = next.from(next.first);
    const bytes = frames.length + more.length;
    if (bytes > JOINED_BYTES_MAX) return frames;
    this.#segment = next;
    this.#next = next.end;
    return joinFrames([frames, more], bytes);
  }

  /** Whether the reader has everything there is; if so, `ready` is called when there is more. */
  get waiting(): boolean {
    if (this.#closed) return true;
    if (this.#next <= this.#log.head) return false;
    this.#log.wait(this);
    return true;
  }

  /** Nothing is given and `ready` is not called any more. */
  close(): void {
    this.#closed = true;
    this.#segment = null;
    this.#log.leave(this);
  }

  #current(): WindowSegment | null {
    let segment = this.#segment;
    if (segment?.inWindow && this.#next === segment.end) segment = segment.next;
    if (!segment?.inWindow) segment = this.#log.inMemory(this.#next);
    if (segment !== null) this.#place = null;
    return this.#segment = segment;
  }

  async #takeFromDisk(): Promise<Uint8Array | null> {
    const { frames, near } = await this.#log.onDisk(this.#next, this.#place);
    if (this.#closed) return null;
    this.#next = near.seq;
    this.#place = near;
    return frames;
  }
}
