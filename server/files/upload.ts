/**
 * An upload: the bytes of one file on their way from one connection to a part on the disk, in order. What came is
 * hashed and written by one loop, while what comes next gathers; its sender keeps to the window, so that is bounded.
 */

import { createHash, type Hash } from "node:crypto";
import type { ReadFile } from "../history/disk.ts";
import { messageOf, ProtocolError } from "../protocol/errors.ts";
import { WINDOW_BYTES } from "../protocol/limits.ts";
import type { Part } from "./contents.ts";
import { diskError } from "./disk_error.ts";
import { Intake } from "./intake.ts";
import type { Space } from "./space.ts";

export interface UploadOptions {
  readonly part: Part;
  /** What the whole file is to have: bytes, and the hash in hex. */
  readonly size: number;
  readonly sha256: string;
  readonly space: Space;
  /** Opens the part for reading. */
  readonly reread: () => Promise<ReadFile>;
  /** So many bytes are taken, in order. */
  readonly received: (offset: number) => void;
  /** The file is there and is what it was to be: makes an entry of it. */
  readonly whole: () => Promise<void>;
  /** It will not be there. */
  readonly failed: (error: ProtocolError) => void;
  /** Told, as a sentence for the operator, what the disk did. */
  readonly report: (what: string) => void;
}

/** How an upload came out for its part. */
export type Outcome =
  /** An entry has it. */
  | "kept"
  /** It can be gone on with. */
  | "left"
  /** It is of no use. */
  | "spoiled";

/** So much is read at once of what was there before. */
const REREAD_BYTES = 1 << 18;
/** So much may be in the system's memory alone: a disk that has more to write keeps messages waiting. */
const UNSYNCED_BYTES_MAX = 1 << 22;

export class Upload {
  /** Where the sender goes on. */
  readonly offset: number;
  /** How it came out; resolves when the part is closed. */
  readonly ended: Promise<Outcome>;
  readonly #options: UploadOptions;
  readonly #intake = new Intake();
  readonly #hash: Hash = createHash("sha256");
  /** Bytes that came, and those of them that were written. */
  #taken: number;
  #written: number;
  #unsynced = 0;
  #finishing = false;
  /** What the disk has of it cannot be known any more. */
  #unsure = false;
  #wake = Promise.withResolvers<void>();
  readonly #started = Promise.withResolvers<void>();
  /** How it is to come out; null while it goes on. */
  #stopped: "left" | "spoiled" | null = null;

  constructor(options: UploadOptions) {
    this.#options = options;
    this.offset = this.#taken = this.#written = options.part.bytes;
    this.ended = this.#run();
  }

  /** Begins to write, and to tell how it goes. */
  start(): void {
    this.#started.resolve();
  }

  /** Whether an entry is being made of it: what it comes to will be told, and cannot be changed. */
  get finishing(): boolean {
    return this.#finishing;
  }

  /** Bytes on the disk. */
  get written(): number {
    return this.#written;
  }

  /**
   * Takes the next bytes. Throws `ProtocolError` where they are not the next ones, or more than was promised: then it
   * has to be stopped.
   */
  take(offset: number, bytes: Uint8Array): void {
    if (this.#stopped !== null) return;
    if (offset !== this.#taken) {
      throw new ProtocolError("bad_request", `The next chunk begins at ${this.#taken}, not at ${offset}.`);
    }
    if (offset + bytes.length > this.#options.size) {
      throw new ProtocolError("file_mismatch", `The file was to have ${this.#options.size} bytes, not more.`);
    }
    if (bytes.length === 0) throw new ProtocolError("bad_request", "A chunk has at least one byte.");
    if (offset + bytes.length > this.#written + WINDOW_BYTES) {
      throw new ProtocolError("bad_request", `No more than ${WINDOW_BYTES} bytes go ahead of "received".`);
    }
    this.#intake.add(bytes);
    this.#taken += bytes.length;
    this.#wake.resolve();
  }

  /** Takes nothing more; what came is written. Nothing is told any more, but where an entry is being made of it. */
  stop(as: "left" | "spoiled"): void {
    this.#stopped ??= as;
    this.#started.resolve();
    this.#wake.resolve();
  }

  async #run(): Promise<Outcome> {
    const { part, size } = this.#options;
    try {
      await this.#started.promise;
      await this.#reread();
      while (this.#written < size) {
        if (this.#intake.bytes > 0) await this.#write();
        else if (this.#stopped !== null) return this.#stopped;
        else await this.#wait();
      }
      return this.#stopped ?? await this.#finish();
    } catch (error) {
      return this.#fail(error);
    } finally {
      part.file.close();
    }
  }

  /** The hash of the whole begins with what was there before. */
  async #reread(): Promise<void> {
    if (this.offset === 0) return;
    const file = await this.#options.reread();
    try {
      const bytes = new Uint8Array(REREAD_BYTES);
      for (let at = 0; at < this.offset && this.#stopped === null;) {
        const filled = await file.read(bytes.subarray(0, Math.min(bytes.length, this.offset - at)), at);
        if (filled === 0) throw new Error(`${this.#options.part.name} is shorter than it was`);
        this.#hash.update(bytes.subarray(0, filled));
        at += filled;
      }
    } finally {
      file.close();
    }
  }

  async #write(): Promise<void> {
    const { part: { file }, size, space, received } = this.#options;
    const bytes = this.#intake.take();
    space.take(bytes.length);
    this.#hash.update(bytes);
    try {
      await file.write(bytes);
    } catch (error) {
      space.freed(bytes.length);
      // What the disk took of it counts for nothing: the next one goes on from what is known to be there.
      await this.#sure(() => file.truncate(this.#written));
      throw error;
    }
    this.#written += bytes.length;
    if (this.#stopped === null) received(this.#written);
    this.#unsynced += bytes.length;
    if (this.#unsynced < UNSYNCED_BYTES_MAX) return;
    this.#unsynced = 0;
    // A later sync would not say that this one lost something.
    await this.#sure(() => file.sync());
    await space.need(size - this.#written);
  }

  async #sure(act: () => Promise<void>): Promise<void> {
    this.#unsure = true;
    await act();
    this.#unsure = false;
  }

  async #wait(): Promise<void> {
    await this.#wake.promise;
    this.#wake = Promise.withResolvers();
  }

  async #finish(): Promise<Outcome> {
    const { sha256, whole } = this.#options;
    if (this.#hash.digest("hex") !== sha256) {
      // A power cut can leave other bytes than came.
      const from = this.offset === 0 ? "" : ", with what was here of it before,";
      const message = `What came${from} is not the file whose SHA-256 was given. Send all of it again.`;
      throw new ProtocolError("file_mismatch", message);
    }
    this.#finishing = true;
    await whole();
    return "kept";
  }

  #fail(error: unknown): Outcome {
    const { failed, report } = this.#options;
    const refusal = error instanceof ProtocolError ? error : diskError(error);
    if (refusal !== error) report(`a file could not be stored: ${messageOf(error)}`);
    if (this.#stopped === null) failed(refusal);
    return refusal.code === "file_mismatch" || this.#unsure ? "spoiled" : "left";
  }
}
