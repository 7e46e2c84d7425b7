/** What becomes of a file that is received: it goes among the downloads, to a path, or to a stream. */

import { createHash } from "node:crypto";
import { messageOf, ProtocolError } from "../../server/protocol/errors.ts";
import { numberedFileName } from "../../server/protocol/file_names.ts";
import { fileName } from "../file_names.ts";
import { makeFolders } from "../folders.ts";
import { fileToMake, needReachable, systemRights, unwritable } from "../rights.ts";
import { diskError } from "./disk_error.ts";
import { type Described, NOT_WHOLE, Part } from "./part.ts";
import { Place } from "./place.ts";
import type { Watch } from "./source.ts";

/** What takes one file. All of it throws `ProtocolError` with a sentence for people. */
export interface Sink {
  /** Gets ready for the file; what an earlier program has of it is read, and need not come again. */
  open(file: Described, watch: Watch): Promise<Receipt>;
}

/** A file on its way in. */
export interface Receipt {
  /** Bytes that there are. */
  readonly offset: number;
  /** Whether some of them are from an earlier program, so that it may be worth to begin anew. */
  readonly resumed: boolean;
  /** Takes the next bytes, and is through with the view when it resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Checks that it is whole, and puts it in its place: resolves to the path, null for none. `file_mismatch` otherwise. */
  finish(): Promise<string | null>;
  /** Ends it in any case; what there is stays where that is of use. */
  close(): Promise<void>;
}

/** What bytes are written to, such as `Deno.stdout`. */
export interface Writer {
  write(bytes: Uint8Array): Promise<number>;
}

/** How many files of one name there may be among the downloads. */
const SAME_NAMES_MAX = 1_000;

/** Into the folder `downloads`, under the file's name or, where that is taken, one with a number. */
export function downloadsSink(data: string): Sink {
  const folder = `${data}/client/downloads`;
  return {
    async open(file, watch) {
      await prepared(data, folder);
      return receiptOf(await Part.open(data, file, watch), async () => {
        await prepared(data, folder);
        const place = await Place.takeFirst(namesOf(file.name, folder));
        if (place !== null) return place;
        const message = `There are ${SAME_NAMES_MAX} files of that name in ${folder}. Move some away.`;
        throw new ProtocolError("bad_request", message);
      }, folder);
    },
  };
}

/** To `path`, which nothing may have. The part is in the folder of all data meanwhile. */
export function pathSink(path: string, data: string): Sink {
  return {
    async open(file, watch) {
      // Who named it was asked; but a right that is missing now would be asked for in the middle of it all.
      const named = fileToMake(path, systemRights);
      needReachable(named, () => unwritable(named, data));
      // To be told before all of it has come.
      await attempted(path, async () => {
        try {
          await (await Place.take(path)).release();
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
          throw new ProtocolError("no_such_file", `The folder of ${path} is not there. Make it first.`);
        }
      });
      return receiptOf(await Part.open(data, file, watch), () => Place.take(path), path);
    },
  };
}

/** To a stream such as standard output. It is checked at the end: what reads there must heed how that comes out. */
export function streamSink(writer: Writer): Sink {
  return { open: (file) => Promise.resolve(new Streamed(writer, file)) };
}

async function prepared(data: string, folder: string): Promise<void> {
  await attempted(folder, () => makeFolders(data, folder));
}

async function attempted<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw diskError(error, path);
  }
}

/** `where` is named where no place can be taken. */
function receiptOf(part: Part, take: () => Promise<Place>, where: string): Receipt {
  return {
    get offset() {
      return part.offset;
    },
    resumed: part.resumed,
    write: (bytes) => part.write(bytes),
    async finish() {
      await attempted(part.path, () => part.check());
      const place = await attempted(where, take);
      await part.moveTo(place);
      return place.path;
    },
    close: () => part.close(),
  };
}

function* namesOf(raw: string, folder: string): Generator<string, void, void> {
  const name = fileName(raw);
  yield `${folder}/${name}`;
  for (let n = 1; n < SAME_NAMES_MAX; n++) yield `${folder}/${numberedFileName(name, n)}`;
}

class Streamed implements Receipt {
  readonly resumed = false;
  readonly #writer: Writer;
  readonly #file: Described;
  readonly #hash = createHash("sha256");
  #offset = 0;

  constructor(writer: Writer, file: Described) {
    this.#writer = writer;
    this.#file = file;
  }

  get offset(): number {
    return this.#offset;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) done += await this.#writer.write(bytes.subarray(done));
    } catch (error) {
      const why = error instanceof Deno.errors.BrokenPipe ? "Nobody reads it any more" : messageOf(error);
      throw new ProtocolError("storage_failed", `The output takes no more of the file: ${why}.`);
    }
    this.#hash.update(bytes);
    this.#offset += bytes.length;
  }

  finish(): Promise<null> {
    const same = this.#offset === this.#file.size && this.#hash.digest("hex") === this.#file.sha256;
    return same ? Promise.resolve(null) : Promise.reject(new ProtocolError("file_mismatch", NOT_WHOLE));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
