/** Where a file ends up: a name that nothing has yet, taken first, so that nothing is ever written over. */

import { messageOf } from "../../server/protocol/errors.ts";
import { syncFolder } from "../own_file.ts";
import { missingRight } from "../obstacle.ts";

const COPY_BYTES = 256 * 1024;

/** A name that is taken by an empty file of ours. */
export class Place {
  readonly path: string;
  readonly #file: Deno.FsFile;
  #state: "open" | "closed" | "over" = "open";

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
  }

  /** Takes `path`; throws `Deno.errors.AlreadyExists` where something is there, be it a link to nothing. */
  static async take(path: string): Promise<Place> {
    return new Place(path, await Deno.open(path, { write: true, createNew: true, mode: 0o600 }));
  }

  /** Takes the first of `paths` that nothing has; null where all are there. */
  static async takeFirst(paths: Iterable<string>): Promise<Place | null> {
    for (const path of paths) {
      try {
        return await Place.take(path);
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
    }
    return null;
  }

  /**
   * Puts the file at `part` here, whole, and on the disk when it resolves; there is none at `part` then. Where that
   * fails the name is free again, and the part as it was.
   */
  async fill(part: string, rename: typeof Deno.rename = Deno.rename): Promise<void> {
    try {
      await this.#move(part, rename);
    } catch (error) {
      await this.release();
      throw error;
    }
    this.#close();
    this.#state = "over";
    // Of a folder that a person named we may have the one file alone.
    const folder = this.path.replace(/[^/\\]*$/, "") || ".";
    if (missingRight(folder, ["read"]) === null) await syncFolder(folder);
  }

  /** Gives the name back. */
  async release(): Promise<void> {
    if (this.#state === "over") return;
    this.#close();
    this.#state = "over";
    await Deno.remove(this.path);
  }

  async #move(part: string, rename: typeof Deno.rename): Promise<void> {
    // Windows renames over no file that is open.
    if (Deno.build.os === "windows") this.#close();
    try {
      return await rename(part, this.path);
    } catch (error) {
      if (!crossesDisks(error)) throw error;
    }
    using from = await Deno.open(part, { read: true });
    using file = await Deno.open(this.path, { write: true });
    const buffer = new Uint8Array(COPY_BYTES);
    for (;;) {
      const bytes = await from.read(buffer);
      if (bytes === null) break;
      for (let done = 0; done < bytes;) done += await file.write(buffer.subarray(done, bytes));
    }
    await file.sync();
    await Deno.remove(part);
  }

  #close(): void {
    if (this.#state === "open") this.#file.close();
    this.#state = "closed";
  }
}

/** Linux, macOS: 18; Windows: 17. */
function crossesDisks(error: unknown): boolean {
  return /\(os error 1[78]\)/.test(messageOf(error));
}
