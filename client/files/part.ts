/**
 * A file that is being received, in `receiving/<sha256>.part` until it is whole. It outlives this program: the next
 * one hashes what is there and goes on behind it. Held by a lock, so that two clients do not write the same.
 */

import { createHash, type Hash } from "node:crypto";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { diskIsFull } from "../../server/protocol/runtime.ts";
import { makeFolders } from "../folders.ts";
import { diskError } from "./disk_error.ts";
import type { Place } from "./place.ts";
import { showSize } from "./sizes.ts";
import { READ_BYTES, type Watch } from "./source.ts";

/** What is to come. `sha256` is in lower-case hex. */
export interface Described {
  /** As the server says it: not cleaned. */
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** What is said where the bytes that came are not those that were announced. */
export const NOT_WHOLE =
  "What came is not the file that was announced: its SHA-256 is another. Get it again.";
/** How long a lock that another client may hold is waited for, where it cannot be tried. */
const LOCK_MS_MAX = 200;

const AT_ONCE_BYTES_MAX = 65_536;
/** A disk that has much to write at once keeps the syncs of everybody else on this machine waiting. */
const UNSYNCED_BYTES_MAX = 1 << 22;

export class Part {
  readonly path: string;
  /** Whether it began with bytes that were there before. */
  readonly resumed: boolean;
  readonly #file: Deno.FsFile;
  readonly #hash: Hash;
  readonly #whole: Described;
  /** Whether the next program finds it again. */
  readonly #findable: boolean;
  #offset: number;
  /** Bytes that were written since the last sync was begun, and that sync. */
  #unsynced = 0;
  #syncing: Promise<void> = Promise.resolve();
  #state: "open" | "gone" | "closed" = "open";

  private constructor(opened: Opened, hash: Hash, offset: number, whole: Described) {
    this.path = opened.path;
    this.resumed = offset > 0;
    this.#file = opened.file;
    this.#hash = hash;
    this.#whole = whole;
    this.#findable = opened.findable;
    this.#offset = offset;
  }

  /** Opens the part of `whole`, and hashes what there is of it. Throws `ProtocolError`. */
  static async open(data: string, whole: Described, { signal, progress }: Watch = {}): Promise<Part> {
    const folder = `${data}/client/receiving`;
    try {
      await makeFolders(data, folder);
      const opened = await openPart(folder, whole.sha256);
      try {
        const hash = createHash("sha256");
        const { size } = await opened.file.stat();
        // Longer than the file can only be something else.
        if (size > whole.size) await opened.file.truncate(0);
        const offset = size > whole.size ? 0 : size;
        const buffer = new Uint8Array(Math.min(READ_BYTES, offset));
        for (let done = 0; done < offset;) {
          signal?.throwIfAborted();
          const bytes = await opened.file.read(buffer);
          if (bytes === null) throw new Error("the part ends too early");
          hash.update(buffer.subarray(0, bytes));
          done += bytes;
          progress?.(done, offset);
        }
        return new Part(opened, hash, offset, whole);
      } catch (error) {
        opened.file.close();
        throw error;
      }
    } catch (error) {
      throw diskError(error, folder);
    }
  }

  /** How much there is. */
  get offset(): number {
    return this.#offset;
  }

  /** Adds bytes. Throws `ProtocolError`; those that fitted are kept. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        // So little at once only fills memory of the system's, which is faster than another thread is told of it.
        const some = this.#file.writeSync(bytes.subarray(done, done + AT_ONCE_BYTES_MAX));
        this.#hash.update(bytes.subarray(done, done + some));
        this.#offset += some;
        done += some;
        this.#unsynced += some;
        if (this.#unsynced >= UNSYNCED_BYTES_MAX) await this.#sync();
      }
    } catch (error) {
      if (!diskIsFull(error)) throw diskError(error, this.path);
      const have = `${showSize(this.#offset)} of ${showSize(this.#whole.size)}`;
      throw new ProtocolError(
        "storage_full",
        `The disk is full. ${have} are kept in ${this.path}: make room, and get the file again to go on from there.`,
      );
    }
  }

  /** Begins to sync what there is, once what was to be synced before is. */
  async #sync(): Promise<void> {
    this.#unsynced = 0;
    await this.#syncing;
    this.#syncing = this.#file.syncData();
    this.#syncing.catch(() => {
      // Whoever awaits it next is told.
    });
  }

  /** Checks the whole of it; where it is not what was announced it goes, and `file_mismatch` is thrown. */
  async check(): Promise<void> {
    if (this.#offset === this.#whole.size && this.#hash.digest("hex") === this.#whole.sha256) return;
    await this.#discard();
    throw new ProtocolError("file_mismatch", NOT_WHOLE);
  }

  /** Puts it in its place, once it was checked. Throws `ProtocolError`, and is kept then. */
  async moveTo(place: Place): Promise<void> {
    try {
      await this.#syncing;
      await this.#file.sync();
      // Windows renames no file that is open; elsewhere the lock holds until it has its name.
      if (Deno.build.os === "windows") this.#file.close();
      await place.fill(this.path);
      if (Deno.build.os !== "windows") this.#file.close();
      this.#state = "gone";
    } catch (error) {
      if (Deno.build.os === "windows") this.#state = "closed";
      await place.release();
      throw diskError(error, place.path);
    }
  }

  /** Closes it; what there is stays for the next time. */
  async close(): Promise<void> {
    if (this.#state !== "open") return;
    await this.#syncing.catch(() => {
      // What there is stays, for what it is worth: it is hashed before anything is added to it.
    });
    if (!this.#findable || this.#offset === 0) return await this.#discard();
    this.#state = "closed";
    this.#file.close();
  }

  async #discard(): Promise<void> {
    this.#state = "gone";
    this.#file.close();
    try {
      await Deno.remove(this.path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw diskError(error, this.path);
    }
  }
}

interface Opened {
  readonly file: Deno.FsFile;
  readonly path: string;
  readonly findable: boolean;
}

/** The part that is found again; or, where another transfer holds it, one of our own. */
async function openPart(folder: string, sha256: string): Promise<Opened> {
  const path = `${folder}/${sha256}.part`;
  const file = await openPlain(path);
  if (await holds(file) && await isStillAt(path, file)) return { file, path, findable: true };
  file.close();
  const own = `${folder}/${sha256}.${crypto.randomUUID()}.part`;
  return { file: await Deno.open(own, PART), path: own, findable: false };
}

const PART = { read: true, write: true, createNew: true, mode: 0o600 } as const;

/** Permissions do not stop symbolic links: what is there already is opened when it is a file and nothing else. */
async function openPlain(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, PART);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  if (!(await Deno.lstat(path)).isFile) throw new Error("it is not a plain file");
  return await Deno.open(path, { read: true, write: true });
}

/** Whether `file` is ours alone from here on; the lock goes when it is closed, or with the process. */
async function holds(file: Deno.FsFile): Promise<boolean> {
  // Deno 2.4 has no `tryLock`.
  if ("tryLock" in file) return await file.tryLock(true);
  const held: Deno.FsFile = file;
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), LOCK_MS_MAX);
  const locked = await Promise.race([held.lock(true).then(() => true), late.promise]);
  clearTimeout(timer);
  return locked;
}

/** Whether the file was not put into its place by another client before we held it. */
async function isStillAt(path: string, file: Deno.FsFile): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).ino === (await file.stat()).ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
