/**
 * A download: the bytes of one file on their way to one connection. A few chunks are read ahead, into the frames that
 * go out, so that the writer never waits for the disk, and only as far as the receiver lets it.
 */

import type { ReadFile } from "../history/disk.ts";
import { CHUNK_HEAD_BYTES, writeChunkHead } from "../protocol/chunks.ts";
import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "../protocol/limits.ts";
import { Pace } from "../protocol/pace.ts";

export interface DownloadOptions {
  readonly file: ReadFile;
  readonly size: number;
  /** Where to begin. */
  readonly offset: number;
  /** As it stands in the chunks. */
  readonly transfer: number;
  /** The next chunk can be taken; comes once for each. */
  readonly ready: () => void;
  /** The disk cannot give what it holds. */
  readonly failed: (error: unknown) => void;
  /** Milliseconds from whenever. */
  readonly now: () => number;
}

/** So many chunks lie ready: a read takes two changes of threads, in which the line would otherwise be idle. */
const AHEAD = 3;
/** Beside them there is one that is being written to the line, and one that is being read. */
const FRAMES = AHEAD + 2;

export class Download {
  readonly #options: DownloadOptions;
  readonly #pace: Pace;
  /** Used in turn: when the next chunk is taken, the writer is through with the one before. */
  readonly #frames: readonly Uint8Array[];
  /** How many chunks were begun to be read. */
  #begun = 0;
  /** Chunks that were read, next first. */
  #chunks: Uint8Array[] = [];
  /** Whether it was said of the next one that it can be taken. */
  #offered = false;
  /** Up to where chunks were read, and were taken, and the receiver has them. */
  #read: number;
  #taken: number;
  #received: number;
  /** The read that is under way. */
  #reading: Promise<void> | null = null;
  #closed = false;

  constructor(options: DownloadOptions) {
    const { offset, size, now } = options;
    this.#options = options;
    this.#pace = new Pace(now);
    this.#read = this.#taken = this.#received = offset;
    const bytes = CHUNK_HEAD_BYTES + Math.min(CHUNK_BYTES_MAX, size - offset);
    const count = Math.min(FRAMES, Math.ceil((size - offset) / CHUNK_BYTES_MAX));
    this.#frames = Array.from({ length: count }, () => new Uint8Array(bytes));
  }

  /** Begins to read. */
  start(): void {
    this.#advance();
  }

  /** Whether all of it was taken. */
  get through(): boolean {
    return this.#taken === this.#options.size;
  }

  /** How many bytes more the receiver has, who has everything up to `offset`; none where that is not so. */
  news(offset: number): number {
    return offset > this.#taken ? 0 : Math.max(0, offset - this.#received);
  }

  /** The receiver has everything up to `offset`; false where that is no news, or was not sent. */
  received(offset: number): boolean {
    if (this.news(offset) === 0) return false;
    this.#received = offset;
    this.#pace.received(offset);
    this.#advance();
    this.#offer();
    return true;
  }

  /** To be called every second. */
  check(): void {
    if (this.#pace.loosened()) this.#offer();
  }

  /** The next chunk as a frame, good until this is called again; null where there is none to be sent now. */
  take(): Uint8Array | null {
    const chunk = this.#offered ? this.#chunks.shift() : undefined;
    this.#offered = false;
    if (chunk === undefined) return null;
    this.#taken += chunk.length - CHUNK_HEAD_BYTES;
    this.#pace.sent(this.#taken);
    this.#advance();
    this.#offer();
    return chunk;
  }

  /** Gives nothing more. Resolves when the file is closed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#chunks = [];
    await this.#reading;
    this.#options.file.close();
  }

  /** Says that the next chunk can be taken, where there is one, and the line and the receiver have room for it. */
  #offer(): void {
    const [next] = this.#chunks;
    if (next === undefined || this.#offered) return;
    const onTheWay = this.#taken - this.#received;
    const fits = onTheWay + next.length - CHUNK_HEAD_BYTES <= Math.min(WINDOW_BYTES, this.#pace.bytes);
    if (!fits && onTheWay > 0) return;
    this.#offered = true;
    this.#options.ready();
  }

  #advance(): void {
    if (this.#closed || this.#chunks.length >= AHEAD || this.#reading !== null) return;
    const bytes = Math.min(CHUNK_BYTES_MAX, this.#options.size - this.#read);
    if (bytes === 0) return;
    this.#reading = this.#readChunk(bytes).then((frame) => {
      this.#reading = null;
      if (frame === null || this.#closed) return;
      this.#read += bytes;
      this.#chunks.push(frame);
      this.#offer();
      this.#advance();
    });
  }

  /** The next chunk as a frame; null where it could not be read. */
  async #readChunk(bytes: number): Promise<Uint8Array | null> {
    const { file, transfer, failed } = this.#options;
    const frame = this.#frames[this.#begun++ % this.#frames.length]?.subarray(0, CHUNK_HEAD_BYTES + bytes);
    if (frame === undefined) throw new RangeError("there is no frame for a chunk");
    try {
      const filled = await file.read(frame.subarray(CHUNK_HEAD_BYTES), this.#read);
      if (filled < bytes) throw new Error(`a file ends at ${this.#read + filled}, before its end`);
    } catch (error) {
      failed(error);
      return null;
    }
    writeChunkHead(frame, transfer, this.#read, bytes);
    return frame;
  }
}
