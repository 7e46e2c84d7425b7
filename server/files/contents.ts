/**
 * What the files of one room hold, on the disk:
 *
 *     files/<sha256>                 a whole file, its bytes checked and synced before it got that name
 *     files/<sha256>.<owner>.part    one that is on its way; <owner> is a digest of who puts it
 *
 * A file is there once, however often it was put, and nothing that a person typed becomes a path.
 */

import { hash } from "node:crypto";
import type { AppendFile, Disk, ReadFile } from "../history/disk.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { Space } from "./space.ts";

/** A file that is on its way. One upload has it open. */
export interface Part {
  readonly name: string;
  readonly sha256: string;
  readonly file: AppendFile;
  /** Bytes that are there already. */
  readonly bytes: number;
}

const WHOLE = /^[0-9a-f]{64}$/;
const PART = /^[0-9a-f]{64}\.[0-9a-f]{16}\.part$/;
/** Files that one room may have, and parts with them: small ones cost more than their bytes. */
export const FILES_MAX = 10_000;
/** An unfinished part that has not grown for so long is given up. */
const PART_MS_MAX = 86_400_000;

export class Contents {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #space: Space;
  /** Bytes of each whole file. */
  readonly #whole = new Map<string, number>();
  /** The names of parts. */
  readonly #parts = new Set<string>();
  #made: boolean;

  private constructor(disk: Disk, folder: string, space: Space, made: boolean) {
    this.#disk = disk;
    this.#folder = folder;
    this.#space = space;
    this.#made = made;
  }

  /** Looks into `folder`, which is made when the first file comes. */
  static async open(disk: Disk, folder: string, space: Space): Promise<Contents> {
    const names = await namesIn(disk, folder);
    const contents = new Contents(disk, folder, space, names !== null);
    for (const name of names ?? []) {
      if (PART.test(name)) contents.#parts.add(name);
      if (WHOLE.test(name)) contents.#whole.set(name, (await disk.stat(`${folder}/${name}`)).size);
    }
    return contents;
  }

  /** Whether there ever was a file. */
  get made(): boolean {
    return this.#made;
  }

  /** Whether the file with this hash is here whole, and so long. */
  has(sha256: string, size: number): boolean {
    return this.#whole.get(sha256) === size;
  }

  /** Opens a whole file. */
  read(sha256: string): Promise<ReadFile> {
    return this.#disk.open(this.#path(sha256));
  }

  /** What the part of a file is called that `owner` puts. */
  static partName(sha256: string, owner: string): string {
    return `${sha256}.${hash("sha256", owner).slice(0, 16)}.part`;
  }

  /**
   * Opens the part of that name, or begins it; one that is longer than `size` is begun anew. Rejects with
   * `ProtocolError` `storage_full` where there are too many, and with what the disk gives.
   */
  async part(name: string, size: number): Promise<Part> {
    await this.#make();
    const sha256 = name.slice(0, 64);
    const known = this.#parts.has(name);
    if (!known && this.#whole.size + this.#parts.size >= FILES_MAX) throw tooMany(FILES_MAX);
    const file = await this.#disk.append(this.#path(name), { createNew: !known });
    this.#parts.add(name);
    try {
      let bytes = await file.size();
      if (bytes > size) {
        await file.truncate(0);
        this.#space.freed(bytes);
        bytes = 0;
      }
      return { name, sha256, file, bytes };
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Makes a part that is whole and checked the file: on the disk, under its name, when this resolves. */
  async keep({ name, sha256, file }: Part, size: number): Promise<void> {
    // Somebody else may have put the same file meanwhile.
    if (this.has(sha256, size)) return await this.discard(name, size);
    try {
      await file.sync();
    } catch (error) {
      // What the disk has of it cannot be known any more, and a later sync would not say.
      await this.discard(name, size);
      throw error;
    }
    const [part, whole] = [this.#path(name), this.#path(sha256)];
    await this.#disk.rename(part, whole);
    this.#parts.delete(name);
    // There may have been one that was cut short.
    this.#space.freed(this.#whole.get(sha256) ?? 0);
    this.#whole.delete(sha256);
    try {
      await this.#disk.syncFolder(this.#folder);
    } catch (error) {
      await this.#disk.rename(whole, part);
      this.#parts.add(name);
      throw error;
    }
    this.#whole.set(sha256, size);
  }

  /** Gives up a part of `bytes` bytes. */
  async discard(name: string, bytes: number): Promise<void> {
    try {
      await this.#disk.remove(this.#path(name));
    } catch (error) {
      // It became a whole file.
      if (error instanceof Deno.errors.NotFound) return;
      throw error;
    }
    this.#parts.delete(name);
    this.#space.freed(bytes);
  }

  /** Removes a whole file. */
  async remove(sha256: string): Promise<void> {
    const size = this.#whole.get(sha256);
    if (size === undefined) return;
    await this.#disk.remove(this.#path(sha256));
    this.#whole.delete(sha256);
    this.#space.freed(size);
  }

  /** Gives up parts that are a day old, and whole files that are and that no entry speaks of, as after a crash. */
  async tidy(now: number, inUse: (name: string) => boolean): Promise<void> {
    for (const name of await namesIn(this.#disk, this.#folder) ?? []) {
      if (inUse(name) || (!PART.test(name) && !WHOLE.test(name))) continue;
      const { size, modifiedAt } = await this.#disk.stat(this.#path(name));
      if (now - modifiedAt < PART_MS_MAX || inUse(name)) continue;
      if (WHOLE.test(name)) await this.remove(name);
      else await this.discard(name, size);
    }
  }

  async #make(): Promise<void> {
    if (this.#made) return;
    try {
      await this.#disk.makeFolder(this.#folder);
    } catch (error) {
      // It was made before, but the sync failed.
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    await this.#disk.syncFolder(this.#folder.slice(0, this.#folder.lastIndexOf("/")));
    this.#made = true;
  }

  #path(name: string): string {
    return `${this.#folder}/${name}`;
  }
}

/** Names in a folder; null where there is none. */
async function namesIn(disk: Disk, folder: string): Promise<string[] | null> {
  try {
    return await disk.list(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Bytes of a file; none of one that went meanwhile. */
async function sizeOf(disk: Disk, path: string): Promise<number> {
  try {
    return (await disk.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** Bytes of all that lies in a room's folder of files. */
export async function bytesIn(disk: Disk, folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await namesIn(disk, folder) ?? []) bytes += await sizeOf(disk, `${folder}/${name}`);
  return bytes;
}

export function tooMany(filesMax: number): ProtocolError {
  return new ProtocolError(
    "storage_full",
    `The room has ${filesMax} files, and takes no more. Remove some first.`,
  );
}
