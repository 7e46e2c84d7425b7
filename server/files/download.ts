/**
 * A download: the bytes of one file on their way to one connection. One chunk at a time is read ahead, into the
 * frame that goes out, so that the writer never waits for the disk, and only as far as the receiver lets it.
 */

import type { ReadFile } from "../history/disk.ts";
import { CHUNK_HEAD_BYTES, writeChunkHead } from "../protocol/chunks.ts";
import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "../protocol/limits.ts";

export interface DownloadOptions {
  readonly file: ReadFile;
  readonly size: number;
  /** Where to begin. */
  readonly offset: number;
  /** As it stands in the chunks. */
  readonly transfer: number;
  /** The next chunk can be taken. */
  readonly ready: () => void;
  /** The disk cannot give what it holds. */
  readonly failed: (error: unknown) => void;
}

export class Download {
  readonly #options: DownloadOptions;
  /**
   * Two frames that change places: when the next one is taken, the writer is through with the one before.
   */
  #frame: Uint8Array;
  #other: Uint8Array;
  /** The chunk that can be taken; null while there is none. */
  #ready: Uint8Array | null = null;
  /** Up to where chunks were read, and were taken, and the receiver has them. */
  #read: number;
  #taken: number;
  #received: number;
  /** The read that is under way. */
  #reading: Promise<void> | null = null;
  #closed = false;

  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#read = this.#taken = this.#received = options.offset;
    const bytes = CHUNK_HEAD_BYTES + Math.min(CHUNK_BYTES_MAX, options.size - options.offset);
    this.#frame = new Uint8Array(bytes);
    this.#other = new Uint8Array(bytes);
  }

  /** Begins to read. */
  start(): void {
    this.#advance();
  }

  /** Whether all of it was taken. */
  get through(): boolean {
    return this.#taken === this.#options.size;
  }

  /** The receiver has everything up to `offset`; false where that is no news, or was not sent. */
  received(offset: number): boolean {
    if (offset <= this.#received || offset > this.#taken) return false;
    this.#received = offset;
    this.#advance();
    return true;
  }

  /** The next chunk as a frame, good until this is called again; null where there is none yet. */
  take(): Uint8Array | null {
    const chunk = this.#ready;
    if (chunk === null) return null;
    this.#ready = null;
    this.#taken = this.#read;
    [this.#frame, this.#other] = [this.#other, this.#frame];
    this.#advance();
    return chunk;
  }

  /** Gives nothing more. Resolves when the file is closed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#ready = null;
    await this.#reading;
    this.#options.file.close();
  }

  #advance(): void {
    if (this.#closed || this.#ready !== null || this.#reading !== null) return;
    const { size } = this.#options;
    const bytes = Math.min(CHUNK_BYTES_MAX, size - this.#read);
    if (bytes === 0 || this.#read + bytes > this.#received + WINDOW_BYTES) return;
    this.#reading = this.#readChunk(bytes);
  }

  async #readChunk(bytes: number): Promise<void> {
    const { file, transfer, ready, failed } = this.#options;
    const frame = this.#frame.subarray(0, CHUNK_HEAD_BYTES + bytes);
    try {
      const filled = await file.read(frame.subarray(CHUNK_HEAD_BYTES), this.#read);
      if (filled < bytes) throw new Error(`a file ends at ${this.#read + filled}, before its end`);
    } catch (error) {
      return failed(error);
    }
    if (this.#closed) return;
    // Before the chunk can be taken: whoever takes it begins the next read.
    this.#reading = null;
    writeChunkHead(frame, transfer, this.#read, bytes);
    this.#read += bytes;
    this.#ready = frame;
    ready();
  }
}
