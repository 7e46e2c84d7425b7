/**
 * The segments of one log on disk: opened and repaired, appended to, read from anywhere.
 * It knows lines and bytes; what they mean, and who may see them, is the log's.
 */

import { messageOf } from "../protocol/errors.ts";
import type { AppendFile, ReadFile } from "./disk.ts";
import { recover, type RecoveryOptions } from "./recovery.ts";
import {
  type Block,
  DamagedLogError,
  findEntry,
  listSegments,
  type Place,
  readBlock,
  type Segment,
  segmentName,
} from "./segment.ts";

export interface StoreOptions extends RecoveryOptions {
  /** Whether an append waits until the disk holds it. */
  readonly sync: boolean;
  /** A segment that has reached this size is followed by a new one. */
  readonly segmentBytes: number;
}

/** An append failed and left nothing behind: the next one may work, once there is space. */
export class AppendFailedError extends Error {
  override readonly name = "AppendFailedError";
}

/** What the disk holds is not known any more; nothing can be appended until it has been read back. */
export class StoreFailedError extends Error {
  override readonly name = "StoreFailedError";
}

export class Store {
  readonly #options: StoreOptions;
  readonly #segments: Segment[];
  #file: AppendFile | null = null;
  /** Bytes of the newest segment that are written, synced and whole. */
  #bytes: number;
  #next: number;
  #closed = false;

  private constructor(options: StoreOptions, segments: Segment[], next: number, bytes: number) {
    this.#options = options;
    this.#segments = segments;
    this.#next = next;
    this.#bytes = bytes;
  }

  /** Opens the segments in a folder, which exists, and recovers the newest. Rejects with `DamagedLogError`. */
  static async open(options: StoreOptions): Promise<Store> {
    const segments = await listSegments(options.disk, options.folder);
    const newest = segments.at(-1);
    if (newest === undefined) return new Store(options, segments, 1, 0);
    const { next, bytes } = await recover(options, newest);
    return new Store(options, segments, next, bytes);
  }

  /** The seq that the next entry gets. */
  get next(): number {
    return this.#next;
  }

  /**
   * Appends `count` lines and returns when they are on disk. One append at a time. Throws `AppendFailedError`,
   * after which the store is as it was before, or `StoreFailedError`, after which nothing may be appended.
   */
  async append(lines: Uint8Array, count: number): Promise<void> {
    const file = await this.#writable();
    try {
      await file.write(lines);
    } catch (error) {
      await this.#cutBack(file);
      throw new AppendFailedError(`the history could not be written: ${messageOf(error)}`, { cause: error });
    }
    if (this.#options.sync) await syncOrFail(() => file.sync());
    this.#bytes += lines.length;
    this.#next += count;
  }

  /** Where entry `seq` begins, which was appended before. */
  async find(seq: number): Promise<Place> {
    const segment = this.#segments.findLast(({ first }) => first <= seq);
    if (segment === undefined) throw new RangeError(`there is no entry ${seq}`);
    return await findEntry(this.#options.disk, segment, seq);
  }

  /** Reads from `place` on, at most to entry `last`; goes on in the next segment where one ends. */
  async read(place: Place, last: number): Promise<Block> {
    const block = await readBlock(this.#options.disk, place, last);
    if (block.lines.length > 0 || place.seq > last) return block;
    const segment = this.#segments.find(({ first }) => first === place.seq);
    if (segment === undefined || segment === place.segment) {
      throw new DamagedLogError(place.segment.path, place.at);
    }
    return await readBlock(this.#options.disk, { segment, at: 0, seq: place.seq }, last);
  }

  /** The segments, oldest first. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Opens a segment for reading; close it. */
  open(segment: Segment): Promise<ReadFile> {
    return this.#options.disk.open(segment.path);
  }

  /** How many bytes of `segment`, open as `file`, are whole lines; after them a write may be under way, or have failed. */
  async wholeBytes(segment: Segment, file: ReadFile): Promise<number> {
    return segment === this.#segments.at(-1) ? this.#bytes : await file.size();
  }

  /** Lets go of the files, all in them synced. Nothing may be appended afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#finish();
  }

  /** Lets go of the newest segment, all in it synced, and its name. */
  async #finish(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    this.#file = null;
    const { disk, folder, sync } = this.#options;
    try {
      if (!sync) {
        await file.sync();
        await disk.syncFolder(folder);
      }
    } catch (error) {
      this.#options.report(`the history could not be synced: ${messageOf(error)}`);
    } finally {
      file.close();
    }
  }

  async #writable(): Promise<AppendFile> {
    if (this.#closed) throw new StoreFailedError("the log was let go");
    const newest = this.#segments.at(-1);
    if (newest === undefined || this.#bytes >= this.#options.segmentBytes) return await this.#begin();
    return this.#file ??= await opened(() => this.#options.disk.append(newest.path, { createNew: false }));
  }

  /** Begins a new segment once the last one is safe: recovery looks at the newest alone. */
  async #begin(): Promise<AppendFile> {
    const { disk, folder, sync } = this.#options;
    await this.#finish();
    const path = `${folder}/${segmentName(this.#next)}`;
    const file = await opened(() => disk.append(path, { createNew: true }));
    try {
      if (sync) await syncOrFail(() => disk.syncFolder(folder));
    } catch (error) {
      file.close();
      throw error;
    }
    this.#segments.push({ first: this.#next, path });
    this.#bytes = 0;
    return this.#file = file;
  }

  async #cutBack(file: AppendFile): Promise<void> {
    try {
      await file.truncate(this.#bytes);
    } catch (error) {
      throw new StoreFailedError(`a failed write could not be taken back: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

async function opened(open: () => Promise<AppendFile>): Promise<AppendFile> {
  try {
    return await open();
  } catch (error) {
    throw new AppendFailedError(`the history could not be opened: ${messageOf(error)}`, { cause: error });
  }
}

async function syncOrFail(sync: () => Promise<void>): Promise<void> {
  try {
    await sync();
  } catch (error) {
    throw new StoreFailedError(`the disk did not confirm a write: ${messageOf(error)}`, { cause: error });
  }
}
