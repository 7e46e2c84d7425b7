/**
 * What is remembered of a `put` until it has ended, in `sending/<digest>.json`: its key, so that one that is repeated
 * after this program was killed is the same entry.
 */

import { createHash } from "node:crypto";
import { KEY_CHARS_MAX } from "../../server/protocol/limits.ts";
import { foldName } from "../../server/protocol/names.ts";
import { makeFolders } from "../folders.ts";
import { readObject, replaceObject } from "../own_file.ts";

const RECORD_BYTES_MAX = 4_096;
const KEY = new RegExp(`^[\\x20-\\x7e]{1,${KEY_CHARS_MAX}}$`);

export interface PendingPutOptions {
  /** The folder of all data. */
  readonly data: string;
  /** The server's address. */
  readonly server: string;
  readonly newKey: () => string;
}

/** What is put: the same again is the same entry. */
export interface PutThing {
  readonly room: string;
  readonly name: string;
  readonly sha256: string;
}

/** What names the record of a thing. */
export function digestOf(server: string, { room, name, sha256 }: PutThing): string {
  return createHash("sha256").update(JSON.stringify([server, foldName(room), name, sha256])).digest("hex");
}

export class PendingPut {
  readonly key: string;
  readonly #path: string;

  private constructor(key: string, path: string) {
    this.key = key;
    this.#path = path;
  }

  /** Finds what is remembered of `thing`, or begins to remember it: on the disk when it resolves. */
  static async of(thing: PutThing, { data, server, newKey }: PendingPutOptions): Promise<PendingPut> {
    const folder = `${data}/client/sending`;
    const path = `${folder}/${digestOf(server, thing)}.json`;
    try {
      await makeFolders(data, folder);
      const key = (await readObject(path, RECORD_BYTES_MAX, "a file that is sent"))?.["key"];
      if (typeof key === "string" && KEY.test(key)) return new PendingPut(key, path);
      const pending = new PendingPut(newKey(), path);
      await replaceObject(path, { key: pending.key });
      return pending;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // A disk that takes nothing need not keep a file from being sent; only one repeated later is another entry then.
      return new PendingPut(newKey(), path);
    }
  }

  /** It has ended for good. */
  async forget(): Promise<void> {
    try {
      await Deno.remove(this.#path);
    } catch (error) {
      // There is none where it could not be written, or another client that sent the same has ended first; what
      // cannot be removed goes when it is old.
      if (!(error instanceof Error)) throw error;
    }
  }
}
