/**
 * The files of one room: which there are, what is in them, and those that are on their way.
 *
 * A file is there once its entry is: its bytes were checked and synced before that was appended. What a crash leaves
 * without an entry is a part that is gone on with, or a whole file that nobody is shown.
 */

import type { Disk, ReadFile } from "../history/disk.ts";
import type { Appended } from "../history/group_commit.ts";
import type { Author, NewFile } from "../history/lines.ts";
import type { Log } from "../history/log.ts";
import { messageOf, ProtocolError } from "../protocol/errors.ts";
import { Turns } from "../turns.ts";
import { Catalogue, type FileEntry } from "./catalogue.ts";
import { Contents, FILES_MAX, tooMany } from "./contents.ts";
import { diskError } from "./disk_error.ts";
import type { Space } from "./space.ts";
import { Upload } from "./upload.ts";

export interface RoomFilesOptions {
  readonly disk: Disk;
  /** The room's folder. */
  readonly folder: string;
  readonly log: Log;
  readonly logId: string;
  readonly space: Space;
  /** Told, as a sentence for the operator, what the disk did. */
  readonly report: (what: string) => void;
}

/** A file that somebody puts. */
export interface Put {
  /** What the log is to say of it, as it is now. */
  readonly entry: NewFile;
  /** Who puts it: whoever comes back as the same goes on with it. */
  readonly owner: string;
  /** The oldest entry that they may see. */
  readonly first: number;
  /** Whose it is by then: names change meanwhile. Throws `ProtocolError` where they may not any more. */
  readonly approve: () => Author;
  readonly received: (offset: number) => void;
  readonly stored: (appended: Appended) => void;
  readonly failed: (error: ProtocolError) => void;
}

/** An upload that is under way. */
interface Running {
  readonly put: Put;
  readonly upload: Upload;
  /** Resolves when nothing of it is under way any more. */
  readonly over: Promise<void>;
}

export class RoomFiles {
  readonly #options: RoomFilesOptions;
  readonly #catalogue: Catalogue;
  readonly #contents: Contents;
  /** By the names of their parts. */
  readonly #running = new Map<string, Running>();
  readonly #beginning = new Turns(1);
  /**
   * What changes the catalogue, or what is in whole files, one at a time: an entry is appended while its bytes are
   * there, and noted when it is in the catalogue.
   */
  readonly #changes = new Turns(1);

  private constructor(options: RoomFilesOptions, catalogue: Catalogue, contents: Contents) {
    this.#options = options;
    this.#catalogue = catalogue;
    this.#contents = contents;
  }

  /** Rejects with what the disk gives, and with `DamagedLogError`. */
  static async open(options: RoomFilesOptions): Promise<RoomFiles> {
    const { disk, folder, space } = options;
    const contents = await Contents.open(disk, `${folder}/files`, space);
    const catalogue = contents.made ? await Catalogue.open(options) : Catalogue.none(options);
    return new RoomFiles(options, catalogue, contents);
  }

  /** Whether files are on their way, about to be, or being removed. */
  get busy(): boolean {
    return this.#running.size > 0 || this.#beginning.busy || this.#changes.busy;
  }

  /** The files whose entries are `first` or later, oldest first. */
  *list(first: number): Generator<FileEntry> {
    for (const entry of this.#catalogue.files) if (entry.file >= first) yield entry;
  }

  /** A file whose entry is `first` or later. Throws `ProtocolError` `no_such_file`. */
  find(file: number, first: number): FileEntry {
    const entry = file < first ? undefined : this.#catalogue.find(file);
    if (entry !== undefined) return entry;
    throw new ProtocolError("no_such_file", `There is no file ${file} here, or not any more.`);
  }

  /** Opens what is in a file. Rejects with `ProtocolError` `storage_failed`. */
  async read(entry: FileEntry): Promise<ReadFile> {
    try {
      return await this.#contents.read(entry.sha256);
    } catch (error) {
      throw this.unreadable(entry, error);
    }
  }

  /** What those are told who cannot get a file; the operator is told why. */
  unreadable({ file }: FileEntry, error: unknown): ProtocolError {
    this.#options.report(`file ${file} cannot be read: ${messageOf(error)}`);
    return diskError(error);
  }

  /**
   * Begins to take a file, or goes on with it; whoever took it from the same person before is told `replaced`. Start
   * it. Null where its bytes need not be sent: then `add` it. Rejects with what `approve` throws, and with
   * `ProtocolError`: `storage_full`, `storage_failed`.
   */
  upload(put: Put): Promise<Upload | null> {
    return this.#beginning.run(() => this.#begin(put));
  }

  /** Makes an entry of bytes that are here, and tells how that came out. */
  async add(put: Put): Promise<void> {
    try {
      await this.#store(put, () => Promise.resolve());
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      put.failed(error);
    }
  }

  /**
   * Removes a file; its entry stays, and another one says so. `approve` throws `ProtocolError` where whoever asked may
   * not any more: others may be before. Rejects with that, or with `no_such_file`, `storage_failed`.
   */
  remove(file: number, by: Author, approve: (entry: FileEntry) => void = () => {}): Promise<FileEntry> {
    return this.#changes.run(async () => {
      const entry = this.find(file, 0);
      approve(entry);
      const { name, sha256 } = entry;
      const removed = { kind: "removed", ...by, file, name } as const;
      this.#catalogue.apply({ ...removed, ...await this.#options.log.append(removed) });
      if (this.#catalogue.holding(sha256).length === 0) await this.#removeContent(sha256);
      return entry;
    });
  }

  /** Gives up what a day of waiting has not finished. Rejects with what the disk gives. */
  tidy(now: number): Promise<void> {
    const inUse = (name: string) => this.#running.has(name) || this.#catalogue.holding(name).length > 0;
    // Whoever goes on with an old part has it open before it is among the running.
    return this.#beginning.run(() =>
      this.#changes.run(async () => {
        await this.#contents.tidy(now, inUse);
        await this.#note();
      })
    );
  }

  /** Takes no more of what is on its way, and lets go. What came is there to be gone on with. */
  async close(): Promise<void> {
    // One may be just beginning.
    await this.#beginning.run(async () => {
      for (const { upload } of this.#running.values()) upload.stop("left");
      await Promise.all([...this.#running.values()].map(({ over }) => over));
    });
    await this.#changes.run(() => this.#note());
  }

  async #begin(put: Put): Promise<Upload | null> {
    const { entry: { sha256, size }, owner } = put;
    const name = Contents.partName(sha256, owner);
    await this.#replace(name);
    // Others' turns take their time, and a room that was closed meanwhile takes nothing.
    put.approve();
    if (this.#catalogue.size >= FILES_MAX) throw tooMany(FILES_MAX);
    if (this.#offers(put)) return null;
    const upload = await this.#open(name, put, size);
    const over = this.#settle(name, upload).finally(() => this.#running.delete(name));
    this.#running.set(name, { put, upload, over });
    return upload;
  }

  /**
   * Whether the bytes are here: in a file that whoever puts them can get anyhow, or in none, as where a crash came
   * between the bytes and their entry. That they are in another one is nobody's to know.
   */
  #offers({ entry: { sha256, size }, first }: Put): boolean {
    if (!this.#contents.has(sha256, size)) return false;
    const holding = this.#catalogue.holding(sha256);
    return holding.length === 0 || holding.some(({ file }) => file >= first);
  }

  /** The same person puts the same file again, as over another connection: what came over the one before counts. */
  async #replace(name: string): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined) return;
    running.upload.stop("left");
    if (!running.upload.finishing) {
      running.put.failed(new ProtocolError("replaced", "The file goes on over another connection."));
    }
    await running.over;
  }

  async #open(name: string, put: Put, size: number): Promise<Upload> {
    const { space, report } = this.#options;
    const { entry: { sha256 }, received, failed } = put;
    try {
      const part = await this.#contents.part(name, size);
      try {
        await space.need(size - part.bytes);
      } catch (error) {
        part.file.close();
        if (part.bytes === 0) await this.#contents.discard(name, 0);
        throw error;
      }
      return new Upload({
        part,
        size,
        sha256,
        space,
        reread: () => this.#contents.read(name),
        received,
        whole: () => this.#store(put, () => this.#contents.keep(part, size)),
        failed,
        report,
      });
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      report(`a file could not be begun: ${messageOf(error)}`);
      throw diskError(error);
    }
  }

  /** All bytes of a file are here, once `keep` has seen to it. */
  async #store({ entry, approve, stored }: Put, keep: () => Promise<void>): Promise<void> {
    await this.#changes.run(async () => {
      const author = approve();
      await keep();
      stored(await this.#append({ ...entry, ...author }));
    });
  }

  /** Waits for an upload's end, and sees to its part. */
  async #settle(name: string, upload: Upload): Promise<void> {
    const outcome = await upload.ended;
    if (outcome === "kept" || (outcome === "left" && upload.written > 0)) return;
    try {
      await this.#contents.discard(name, upload.written);
    } catch (error) {
      this.#options.report(`a part of a file could not be removed: ${messageOf(error)}`);
    }
  }

  async #append(entry: NewFile): Promise<Appended> {
    if (!this.#contents.has(entry.sha256, entry.size)) {
      throw new ProtocolError("no_such_file", "The file was removed meanwhile. Put it again.");
    }
    const appended = await this.#options.log.append(entry);
    this.#catalogue.apply({ ...entry, ...appended, file: appended.seq });
    return appended;
  }

  /** Its entry is gone: bytes that cannot be removed now are by `tidy`. */
  async #removeContent(sha256: string): Promise<void> {
    try {
      await this.#contents.remove(sha256);
    } catch (error) {
      this.#options.report(`the bytes of a file could not be removed: ${messageOf(error)}`);
    }
  }

  async #note(): Promise<void> {
    try {
      if (this.#contents.made) await this.#catalogue.note();
    } catch (error) {
      this.#options.report(`which files there are could not be noted: ${messageOf(error)}`);
    }
  }
}
