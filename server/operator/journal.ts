/**
 * The journal: `server.log`, one line an event, and the operator's terminal unless that is to be quiet.
 *
 * Lines wait in memory while the file is being written, up to a bound; over it they are counted instead, and the
 * count is written. A journal that cannot be written is told once and holds nothing up.
 */

import { messageOf } from "../protocol/errors.ts";
import type { AppendFile, Disk } from "../history/disk.ts";
import { dateAndTime } from "../protocol/times.ts";
import type { Tag } from "../chat/report.ts";

export interface JournalOptions {
  readonly disk: Disk;
  /** The file; older ones stand beside it as `server.log.1` (the newest of them) and so on. */
  readonly path: string;
  /** Shows a line on the terminal. */
  readonly show: (line: string) => void;
  readonly now: () => number;
  /** A file of this size is followed by a new one. */
  readonly bytesMax: number;
  /** How many older files are kept. */
  readonly kept: number;
}

const WAITING_CHARS_MAX = 1 << 20;
const encoder = new TextEncoder();

export class Journal {
  readonly #options: JournalOptions;
  #file: AppendFile | null = null;
  #bytes = 0;
  #waiting = "";
  #dropped = 0;
  #writing: Promise<void> | null = null;
  #failed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  write(tag: Tag, text: string): void {
    const line = `${dateAndTime(this.#options.now())} [${tag}] ${oneLine(text)}`;
    this.#options.show(line);
    if (this.#waiting.length > WAITING_CHARS_MAX) this.#dropped++;
    else this.#waiting += `${line}\n`;
    this.#writing ??= this.#run();
  }

  /** Waits until everything is in the file, and closes it. */
  async close(): Promise<void> {
    await this.#writing;
    this.#file?.close();
    this.#file = null;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting !== "") {
      const lines = this.#dropped === 0
        ? this.#waiting
        : `${this.#waiting}(${this.#dropped} lines left out)\n`;
      this.#waiting = "";
      this.#dropped = 0;
      await this.#append(encoder.encode(lines));
    }
    this.#writing = null;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    try {
      const file = await this.#current();
      await file.write(bytes);
      this.#bytes += bytes.length;
      this.#failed = false;
    } catch (error) {
      if (this.#failed) return;
      this.#failed = true;
      this.#options.show(`${this.#options.path} cannot be written: ${messageOf(error)}`);
    }
  }

  async #current(): Promise<AppendFile> {
    const { bytesMax } = this.#options;
    const file = this.#file ??= await this.#open();
    if (this.#bytes < bytesMax) return file;
    await this.#rotate();
    return this.#file = await this.#open();
  }

  async #open(): Promise<AppendFile> {
    const { disk, path } = this.#options;
    const file = await openForAppend(disk, path);
    this.#bytes = await file.size();
    return file;
  }

  async #rotate(): Promise<void> {
    const { disk, path, kept } = this.#options;
    this.#file?.close();
    this.#file = null;
    for (let n = kept; n > 0; n--) {
      const from = n === 1 ? path : `${path}.${n - 1}`;
      try {
        await disk.rename(from, `${path}.${n}`);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
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

/** Names hold no control characters, but what an error says may. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
