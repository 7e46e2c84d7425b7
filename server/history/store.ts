/**
 * The segments of one log on disk: opened and repaired, appended to, read from anywhere.
 * It knows lines and bytes; what they mean, and who may see them, is the log's.
 */

import { messageOf } from "../protocol/errors.ts";
import type { AppendFile, Disk, ReadFile } from "./disk.ts";
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
import { lineEnd, readLine } from "./lines.ts";
import { LINE_BYTES_MAX, type Scan, scan } from "./scan.ts";

export interface StoreOptions {
  readonly disk: Disk;
  /** The folder of the segments; it exists. */
  readonly folder: string;
  /** Whether an append waits until the disk holds it. */
  readonly sync: boolean;
  /** A segment that has reached this size is followed by a new one. */
  readonly segmentBytes: number;
  /** Told, as a sentence, when the torn end of a segment was set aside. */
  readonly repaired: (what: string) => void;
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

  private constructor(options: StoreOptions, segments: Segment[], next: number, bytes: number) {
    this.#options = options;
    this.#segments = segments;
    this.#next = next;
    this.#bytes = bytes;
  }

  /**
   * Opens the segments in a folder. The end of the newest is checked line by line; a torn one is copied beside
   * it, reported and cut off. Throws `DamagedLogError` for any other damage found there.
   */
  static async open(options: StoreOptions): Promise<Store> {
    const segments = await listSegments(options.disk, options.folder);
    const newest = segments.at(-1);
    if (newest === undefined) return new Store(options, segments, 1, 0);
    const { next, bytes } = await check(options, newest);
    if (options.sync) await secure(options, newest);
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

  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  async #writable(): Promise<AppendFile> {
    const newest = this.#segments.at(-1);
    if (newest === undefined || this.#bytes >= this.#options.segmentBytes) return await this.#begin();
    return this.#file ??= await opened(() => this.#options.disk.append(newest.path, { createNew: false }));
  }

  /** Begins a new segment, whose name is on disk before anything is in it. */
  async #begin(): Promise<AppendFile> {
    const { disk, folder, sync } = this.#options;
    const path = `${folder}/${segmentName(this.#next)}`;
    const file = await opened(() => disk.append(path, { createNew: true }));
    try {
      if (sync) await syncOrFail(() => disk.syncFolder(folder));
    } catch (error) {
      file.close();
      throw error;
    }
    this.close();
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

async function check(options: StoreOptions, newest: Segment): Promise<{ next: number; bytes: number }> {
  const { disk } = options;
  const file = await disk.open(newest.path);
  try {
    const end = await scanEnd(file);
    if (end?.is === "whole") return end;
    const found = await scan(file, newest.first);
    if (found.is === "damaged") throw new DamagedLogError(newest.path, found.bytes);
    if (found.is === "torn") {
      const rest = new Uint8Array(await file.size() - found.bytes);
      await file.read(rest, found.bytes);
      await setAside(options, newest.path, found.bytes, rest);
    }
    return found;
  } finally {
    file.close();
  }
}

/** What opening reads of a segment where its end is whole: twice what a batch writes. */
const END_BYTES = 1 << 19;

/**
 * Checks the last lines of a large segment; null where that says nothing. A crash can only have torn what was written
 * last: where the end is whole, nothing was torn, and damage further up is found where it is read.
 */
async function scanEnd(file: ReadFile): Promise<Scan | null> {
  const from = await file.size() - END_BYTES;
  if (from <= 0) return null;
  const bytes = new Uint8Array(LINE_BYTES_MAX * 2);
  await file.read(bytes, from);
  const start = lineEnd(bytes, 0) + 1;
  const line = readLine(bytes, start, lineEnd(bytes, start));
  return line === null ? null : await scan(file, line.seq, from + start);
}

/**
 * Syncs what was found. The process may have been killed between a write and its sync, or between making a segment
 * and syncing its name: what was read then stands in the system's memory only, and is about to be shown.
 */
async function secure({ disk, folder }: StoreOptions, newest: Segment): Promise<void> {
  const file = await disk.append(newest.path, { createNew: false });
  try {
    await file.sync();
  } finally {
    file.close();
  }
  await disk.syncFolder(folder);
}

/** Keeps the torn end of a segment in a file of its own, and cuts it off once that file is safe. */
async function setAside(options: StoreOptions, path: string, at: number, rest: Uint8Array): Promise<void> {
  const { disk, folder, repaired } = options;
  const aside = await unusedName(disk, folder, `${path}.torn-${at}`);
  const kept = await disk.append(aside, { createNew: true });
  try {
    await kept.write(rest);
    await kept.sync();
  } finally {
    kept.close();
  }
  await disk.syncFolder(folder);
  const segment = await disk.append(path, { createNew: false });
  try {
    await segment.truncate(at);
    await segment.sync();
  } finally {
    segment.close();
  }
  repaired(`${path} ended in an unfinished write: its last ${rest.length} bytes are kept in ${aside}`);
}

async function unusedName(disk: Disk, folder: string, path: string): Promise<string> {
  const taken = new Set((await disk.list(folder)).map((name) => `${folder}/${name}`));
  let name = path;
  for (let n = 2; taken.has(name); n++) name = `${path}-${n}`;
  return name;
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
