/** What is sent: a file on the disk, or what came on standard input, kept aside until it is sent. */

import { createHash } from "node:crypto";
import { messageOf, ProtocolError } from "../../server/protocol/errors.ts";
import { safeFileName } from "../../server/protocol/file_names.ts";
import { oneLine } from "../clean.ts";
import { makeFolders } from "../folders.ts";
import { fileToRead, needReachable, unreadable } from "../rights.ts";
import { diskError } from "./disk_error.ts";
import { showSize } from "./sizes.ts";

export interface Source {
  /** Fit to be a file's name anywhere. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** In hex. */
  readonly sha256: string;
  /** Fills `into` with what stands at `position`; false where the file ends before that. */
  read(into: Uint8Array, position: number): Promise<boolean>;
  /** Whether the file is another one than was hashed, as far as its size and time tell. */
  changed(): Promise<boolean>;
  close(): Promise<void>;
}

/** Who looks on while a file is read to be hashed. */
export interface Watch {
  /** Stops it: what reads then throws. */
  readonly signal?: AbortSignal;
  /** Bytes read so far, of how many; null where that is not known yet. */
  readonly progress?: (read: number, size: number | null) => void;
  /** The largest file that the server takes. */
  readonly bytesMax?: number;
}

/** How much is read at a time while hashing. */
export const READ_BYTES = 256 * 1024;

/**
 * Opens the file at `path`, to be sent as `name`, and reads it once for its hash. `data` is the folder of all data.
 * Throws `ProtocolError` with a sentence for people.
 */
export async function openSource(
  path: string,
  name: string,
  data: string,
  watch: Watch = {},
): Promise<Source> {
  const safe = nameOf(name);
  // Who named it was asked; but a right that is missing now would be asked for in the middle of it all.
  const named = fileToRead(path);
  needReachable(named, () => unreadable(named, data));
  try {
    // A pipe or a device would be waited for while it is opened.
    if (!(await Deno.stat(path)).isFile) throw notPlain(path);
    const file = await Deno.open(path, { read: true });
    try {
      const { isFile, size, mtime } = await file.stat();
      if (!isFile) throw notPlain(path);
      fits(size, watch);
      const sha256 = await hashOf(file, size, watch);
      return new FileSource(file, { name: safe, size, sha256, time: mtime?.getTime() ?? 0 });
    } catch (error) {
      file.close();
      throw error;
    }
  } catch (error) {
    throw stoppedOr(error, watch, path);
  }
}

/**
 * Keeps all of `stream` aside in the folder of all data, to be sent as `name`; it goes when the source is closed. The
 * stream is read to its end or, once that was begun, cancelled. Throws as `openSource`.
 */
export async function spoolSource(
  stream: ReadableStream<Uint8Array>,
  name: string,
  data: string,
  watch: Watch = {},
): Promise<Source> {
  const safe = nameOf(name);
  const path = `${data}/client/sending/${crypto.randomUUID()}.spool`;
  try {
    await makeFolders(data, `${data}/client/sending`);
    const file = await Deno.open(path, { read: true, write: true, createNew: true, mode: 0o600 });
    try {
      const { size, sha256 } = await spooled(stream, file, watch);
      const { mtime } = await file.stat();
      return new FileSource(file, { name: safe, size, sha256, time: mtime?.getTime() ?? 0 }, path);
    } catch (error) {
      file.close();
      await Deno.remove(path);
      throw error;
    }
  } catch (error) {
    throw stoppedOr(error, watch, path);
  }
}

interface Facts {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  /** When it was last changed, in milliseconds since 1970. */
  readonly time: number;
}

class FileSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly #file: Deno.FsFile;
  readonly #time: number;
  /** What goes with us. */
  readonly #spool: string | null;
  /** Where the file stands, so that reading on needs no seek. */
  #at: number;

  constructor(file: Deno.FsFile, { name, size, sha256, time }: Facts, spool: string | null = null) {
    this.name = name;
    this.size = this.#at = size;
    this.sha256 = sha256;
    this.#file = file;
    this.#time = time;
    this.#spool = spool;
  }

  async read(into: Uint8Array, position: number): Promise<boolean> {
    try {
      if (position !== this.#at) await this.#file.seek(position, Deno.SeekMode.Start);
      this.#at = position;
      for (let done = 0; done < into.length;) {
        const bytes = await this.#file.read(into.subarray(done));
        if (bytes === null) return false;
        done += bytes;
        this.#at += bytes;
      }
      return true;
    } catch (error) {
      throw diskError(error, this.name);
    }
  }

  async changed(): Promise<boolean> {
    try {
      const { size, mtime } = await this.#file.stat();
      return size !== this.size || (mtime?.getTime() ?? 0) !== this.#time;
    } catch (error) {
      throw diskError(error, this.name);
    }
  }

  async close(): Promise<void> {
    this.#file.close();
    if (this.#spool === null) return;
    try {
      await Deno.remove(this.#spool);
    } catch (error) {
      // What cannot go now goes when it is old.
      if (!(error instanceof Error)) throw error;
    }
  }
}

/** Hashes the first `size` bytes: what a file grows by meanwhile is not sent. */
async function hashOf(file: Deno.FsFile, size: number, { signal, progress }: Watch): Promise<string> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(Math.min(READ_BYTES, size));
  for (let done = 0; done < size;) {
    signal?.throwIfAborted();
    const bytes = await file.read(buffer.subarray(0, Math.min(buffer.length, size - done)));
    if (bytes === null) throw new ProtocolError("file_mismatch", FILE_CHANGED);
    hash.update(buffer.subarray(0, bytes));
    done += bytes;
    progress?.(done, size);
  }
  return hash.digest("hex");
}

/** Writes all of `stream` to `file`, and hashes it on the way. */
async function spooled(
  stream: ReadableStream<Uint8Array>,
  file: Deno.FsFile,
  watch: Watch,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const { signal, progress } = watch;
  const hash = createHash("sha256");
  const reader = stream.getReader();
  // A read that is pending ends then; what the cancelling itself comes to does not matter to anybody.
  const stop = () => void reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", stop, { once: true });
  let size = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { value, done } = await reader.read();
      if (done) break;
      size += value.length;
      fits(size, watch);
      hash.update(value);
      for (let at = 0; at < value.length;) at += await file.write(value.subarray(at));
      progress?.(size, null);
    }
    signal?.throwIfAborted();
    return { size, sha256: hash.digest("hex") };
  } catch (error) {
    stop();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** What is said where a file is not the one that was hashed. */
export const FILE_CHANGED = "The file changed while it was sent. Send it again.";

function nameOf(raw: string): string {
  const name = safeFileName(raw);
  if (name !== null) return name;
  throw new ProtocolError("bad_request", `Nothing of "${oneLine(raw)}" can be a file's name. Give another.`);
}

function notPlain(path: string): ProtocolError {
  return new ProtocolError("bad_request", `${path} is not a plain file. Only files are sent.`);
}

/** The server would refuse it, after all of it was read. */
function fits(size: number, { bytesMax = Infinity }: Watch): void {
  if (bytesMax === 0) throw new ProtocolError("file_too_large", "This server takes no files.");
  if (size <= bytesMax) return;
  const most = `This server takes files of at most ${showSize(bytesMax)}.`;
  throw new ProtocolError("file_too_large", `The file is too large. ${most}`);
}

function stoppedOr(error: unknown, { signal }: Watch, path: string): ProtocolError {
  if (signal?.aborted === true) return new ProtocolError("timeout", `It was stopped: ${messageOf(error)}`);
  return diskError(error, path);
}
