/** The journal: `server.log`, one line an event, and the operator's terminal unless that is to be quiet. */

import type { Disk } from "../history/disk.ts";
import { dateAndTime } from "../protocol/times.ts";
import type { Tag } from "../chat/report.ts";
import { LineFile } from "./line_file.ts";
import { oneLine } from "./escaped.ts";

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

export class Journal {
  readonly #show: (line: string) => void;
  readonly #now: () => number;
  readonly #file: LineFile;

  constructor({ disk, path, show, now, bytesMax, kept }: JournalOptions) {
    this.#show = show;
    this.#now = now;
    this.#file = new LineFile({ disk, path, bytesMax, kept, tell: show });
  }

  write(tag: Tag, text: string): void {
    const line = `${dateAndTime(this.#now())} [${tag}] ${oneLine(text)}`;
    this.#show(line);
    this.#file.add(line);
  }

  /** Waits until everything is in the file, and closes it. */
  close(): Promise<void> {
    return this.#file.close();
  }
}
