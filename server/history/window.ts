/**
 * The newest entries of a log, in memory, already encoded as frames: what members who are up to date are sent,
 * as views, without copying or encoding anything again for each of them.
 *
 * The window is a list of segments and not one ring, so that an idle room costs next to nothing and nothing is
 * overwritten under a write in flight: a segment only grows, and the bytes of one that leaves the window live on
 * for as long as somebody is still being sent a view into them.
 */

import { frameBytes, type Range, writeFrame } from "./lines.ts";

const FIRST_SEGMENT_BYTES = 2_048;
const SEGMENT_BYTES_MAX = 65_536;
/** More than one turn of the event loop takes in, or members who keep up would fall out. */
const WINDOW_BYTES_MAX = 1 << 20;

/** Consecutive entries as frames, end to end. */
export class WindowSegment {
  #bytes: Uint8Array;
  /** Where each entry's frame begins. */
  #starts: number[] = [];
  readonly #first: number;
  #used = 0;
  /** The segment after this one; null in the newest, and once this one has left the window. */
  next: WindowSegment | null = null;
  #inWindow = true;

  constructor(first: number, bytes: number) {
    this.#first = first;
    this.#bytes = new Uint8Array(bytes);
  }

  get first(): number {
    return this.#first;
  }

  /** The seq of the entry after the last one here. */
  get end(): number {
    return this.#first + this.#starts.length;
  }

  /** Bytes that it takes. */
  get size(): number {
    return this.#bytes.length;
  }

  /** Whether it can be read. */
  get inWindow(): boolean {
    return this.#inWindow;
  }

  has(bytes: number): boolean {
    return this.#used + bytes <= this.#bytes.length;
  }

  push(prefix: Uint8Array, from: Uint8Array, body: Range): void {
    this.#starts.push(this.#used);
    this.#used = writeFrame(this.#bytes, this.#used, prefix, from, body);
  }

  /**
   * Takes it out of the window: a cursor that still stands in it holds on neither to its bytes nor to the segments
   * after it.
   */
  drop(): void {
    this.#inWindow = false;
    this.#bytes = new Uint8Array();
    this.#starts = [];
    this.next = null;
  }

  /** The frames from entry `seq` to the newest here; empty when `seq` is `end`. It must be in the window. */
  from(seq: number): Uint8Array {
    if (!this.#inWindow) throw new Error("a segment was read that has left the window");
    return this.#bytes.subarray(this.#starts[seq - this.#first] ?? this.#used, this.#used);
  }
}

export class Window {
  readonly #prefix: Uint8Array;
  #oldest: WindowSegment;
  #newest: WindowSegment;
  #bytes = 0;

  /** An empty window whose first entry will be `next`. `prefix` is `framePrefix` of the room. */
  constructor(prefix: Uint8Array, next: number) {
    this.#prefix = prefix;
    this.#oldest = this.#newest = new WindowSegment(next, 0);
  }

  /** Adds the next entry, whose body stands in `from` at `body`. */
  push(from: Uint8Array, body: Range): void {
    const bytes = frameBytes(this.#prefix, body.end - body.start);
    if (!this.#newest.has(bytes)) this.#grow(bytes);
    this.#newest.push(this.#prefix, from, body);
  }

  /** The segment that holds entry `seq` or will hold it next; null where it is older than the window. */
  find(seq: number): WindowSegment | null {
    let segment: WindowSegment | null = this.#oldest;
    if (seq < segment.first) return null;
    while (segment.next !== null && seq >= segment.end) segment = segment.next;
    return segment;
  }

  #grow(bytes: number): void {
    const size = Math.max(bytes, FIRST_SEGMENT_BYTES, Math.min(this.#newest.size * 2, SEGMENT_BYTES_MAX));
    const segment = new WindowSegment(this.#newest.end, size);
    this.#newest = this.#newest.next = segment;
    this.#bytes += size;
    while (this.#bytes > WINDOW_BYTES_MAX && this.#oldest !== this.#newest) this.#drop();
  }

  #drop(): void {
    const { next, size } = this.#oldest;
    if (next === null) return;
    this.#oldest.drop();
    this.#oldest = next;
    this.#bytes -= size;
  }
}
