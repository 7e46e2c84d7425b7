/**
 * A file of lines that is followed by a new one when it is full. Lines wait in memory while it is being written. One
 * that cannot be written is told once and holds nothing up.
 */

import { messageOf } from "../protocol/errors.ts";
import type { AppendFile, Disk } from "../history/disk.ts";
import { Backlog } from "./backlog.ts";

export interface LineFileOptions {
  readonly disk: Disk;
  /** The file; older ones stand beside it as `server.log.1` (the newest of them) and so on. */
  readonly path: string;
  /** A file of this size is followed by a new one. */
  readonly bytesMax: number;
  /** How many older files are kept. */
  readonly kept: number;
  /** Told what is wrong with the file, and when old lines are lost. */
  readonly tell: (what: string) => void;
}

const WAITING_CHARS_MAX = 1 << 20;

export class LineFile {
  readonly #options: LineFileOptions;
  readonly #backlog = new Backlog(WAITING_CHARS_MAX, (lines) => this.#append(lines));
  #file: AppendFile | null = null;
  #bytes = 0;
  /** The size at which the file is to be followed by a new one: over `bytesMax` while that fails. */
  #bytesFull: number;
  #failed = false;

  constructor(options: LineFileOptions) {
    this.#options = options;
    this.#bytesFull = options.bytesMax;
  }

  /** Writes `line`, in which there is no line break. */
  add(line: string): void {
    this.#backlog.add(line);
  }

  /** Null where every line is in the file; else resolves when that is so, or it cannot be. */
  get written(): Promise<void> | null {
    return this.#backlog.written;
  }

  /** Waits until everything is in the file, and closes it. */
  async close(): Promise<void> {
    await this.#backlog.written;
    this.#file?.close();
    this.#file = null;
  }

  async #append(lines: Uint8Array): Promise<void> {
    try {
      const file = await this.#current();
      await file.write(lines);
      this.#bytes += lines.length;
      this.#failed = false;
    } catch (error) {
      if (this.#failed) return;
      this.#failed = true;
      this.#options.tell(`${this.#options.path} cannot be written: ${messageOf(error)}`);
    }
  }

  async #current(): Promise<AppendFile> {
    const file = this.#file ??= await this.#open();
    if (this.#bytes < this.#bytesFull) return file;
    file.close();
    this.#file = null;
    await this.#rotate();
    return this.#file = await this.#open();
  }

  async #open(): Promise<AppendFile> {
    const { disk, path } = this.#options;
    const file = await openForAppend(disk, path);
    this.#bytes = await file.size();
    return file;
  }

  /** Makes room for a new file. Where that fails the old one goes on, and is tried again when it has grown by a tenth. */
  async #rotate(): Promise<void> {
    const { path, bytesMax, tell } = this.#options;
    try {
      await this.#renameAll();
      this.#bytesFull = bytesMax;
    } catch (error) {
      if (this.#bytesFull === bytesMax) {
        tell(`${path} is full and cannot be renamed, so it goes on growing: ${messageOf(error)}`);
      }
      this.#bytesFull = this.#bytes + bytesMax / 10;
    }
  }

  async #renameAll(): Promise<void> {
    const { disk, path, kept, tell } = this.#options;
    const cut = path.lastIndexOf("/");
    const there = new Set(await disk.list(path.slice(0, cut)));
    // Up to the first number that is free: a try that stopped half-way must not cost an older file each time.
    let free = 1;
    while (free < kept && there.has(`${path.slice(cut + 1)}.${free}`)) free++;
    const lost = there.has(`${path.slice(cut + 1)}.${free}`);
    for (let n = free; n > 1; n--) await disk.rename(`${path}.${n - 1}`, `${path}.${n}`);
    await disk.rename(path, `${path}.1`);
    if (lost) tell(`the oldest lines beside ${path} are gone: ${kept} older files are kept`);
  }
}

async function openForAppend(disk: Disk, path: string): Promise<AppendFile> {
  try {
    return await disk.append(path, { createNew: false });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return await disk.append(path, { createNew: true });
  }
}
