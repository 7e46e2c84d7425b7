/**
 * The catalogue: which files a room has. The log says it, entry by entry; this is what that comes to, and on the
 * disk a note of what it came to up to some entry, so that not all of a long log is read for it again.
 */

import type { Disk } from "../history/disk.ts";
import type { Log } from "../history/log.ts";
import { readRecord, writeRecord } from "../history/records.ts";
import type { Entry } from "../protocol/messages.ts";
import { integer, isObject, listOf, object, optional, string } from "../protocol/shapes.ts";

/** A file that a room has. */
export interface FileEntry {
  /** The seq of its entry. */
  readonly file: number;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly from: string;
  /** The fingerprint of the key of who put it, where there is one. */
  readonly by?: string | undefined;
  readonly at: number;
}

const NOTE = "files.json";
const fileEntry = object({
  file: integer(1),
  name: string,
  size: integer(0),
  sha256: string,
  from: string,
  by: optional(string),
  at: integer(0),
});
const note = object({ log: string, seq: integer(0), files: listOf(fileEntry) });
/** So many entries are worth a new note, for what reading them takes. */
const NOTED_AFTER = 1_000;

export interface CatalogueOptions {
  readonly disk: Disk;
  /** The room's folder, in which the note is. */
  readonly folder: string;
  readonly log: Log;
  /** What the log is called: a note about another one is worth nothing. */
  readonly logId: string;
}

export class Catalogue {
  readonly #options: CatalogueOptions;
  /** By number, oldest first. */
  readonly #files = new Map<number, FileEntry>();
  /** The same by what they hold: of thousands of files each is asked for that, every hour. */
  readonly #holders = new Map<string, Set<FileEntry>>();
  /** Up to which entry this speaks of the log. */
  #seq = 0;
  #notedSeq = 0;

  private constructor(options: CatalogueOptions) {
    this.#options = options;
  }

  /** What the log says up to its head. Rejects with `DamagedLogError`. */
  static async open(options: CatalogueOptions): Promise<Catalogue> {
    const catalogue = new Catalogue(options);
    await catalogue.#readNote();
    const { log } = options;
    const { head } = log;
    for await (const entry of log.select(["file", "removed"], catalogue.#seq + 1)) catalogue.apply(entry);
    catalogue.#seq = Math.max(catalogue.#seq, head);
    return catalogue;
  }

  /** Of a room that never had a file. */
  static none(options: CatalogueOptions): Catalogue {
    const catalogue = new Catalogue(options);
    catalogue.#seq = options.log.head;
    return catalogue;
  }

  /** Oldest first. */
  get files(): Iterable<FileEntry> {
    return this.#files.values();
  }

  get size(): number {
    return this.#files.size;
  }

  find(file: number): FileEntry | undefined {
    return this.#files.get(file);
  }

  /** The files with these bytes. */
  holding(sha256: string): readonly FileEntry[] {
    return [...this.#holders.get(sha256) ?? []];
  }

  /** Takes an entry of the log, in their order; one that it has taken before changes nothing. */
  apply(entry: Entry): void {
    if (entry.seq <= this.#seq) return;
    this.#seq = entry.seq;
    const { file, name, size, sha256, from, by, at } = entry;
    if (entry.kind === "removed" && file !== undefined) this.#delete(file);
    if (entry.kind !== "file" || name === undefined || size === undefined || sha256 === undefined) return;
    this.#add({ file: entry.seq, name, size, sha256, from, by, at });
  }

  /** Notes on the disk what it has come to, where that saves much reading. */
  async note(): Promise<void> {
    const { disk, folder, log, logId } = this.#options;
    const seq = Math.max(this.#seq, log.head);
    if (seq - this.#notedSeq < NOTED_AFTER) return;
    await writeRecord(disk, folder, NOTE, { log: logId, seq, files: [...this.#files.values()] });
    this.#notedSeq = seq;
  }

  async #readNote(): Promise<void> {
    const { disk, folder, log, logId } = this.#options;
    const found = await readNote(disk, folder);
    // It may speak of a log that lost its end, or was another one.
    if (!isObject(found) || !note.holds(found) || found.log !== logId || found.seq > log.head) return;
    for (const entry of found.files) this.#add(entry);
    this.#seq = this.#notedSeq = found.seq;
  }

  #add(entry: FileEntry): void {
    const { file, sha256 } = entry;
    this.#files.set(file, entry);
    const holders = this.#holders.get(sha256) ?? new Set();
    this.#holders.set(sha256, holders.add(entry));
  }

  #delete(file: number): void {
    const entry = this.#files.get(file);
    if (entry === undefined) return;
    this.#files.delete(file);
    const holders = this.#holders.get(entry.sha256);
    holders?.delete(entry);
    if (holders?.size === 0) this.#holders.delete(entry.sha256);
  }
}

/** What the note says; null where there is none, or it is damaged: the log says it all again. */
async function readNote(disk: Disk, folder: string): Promise<unknown> {
  try {
    return await readRecord(disk, `${folder}/${NOTE}`);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
