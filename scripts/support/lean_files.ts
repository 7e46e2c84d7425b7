/** A file over a `Wire`, with as little around it as there can be: what a server can do, with a client that is no burden. */

import { createHash } from "node:crypto";
import { CHUNK_HEAD_BYTES, readChunk, writeChunkHead } from "../../server/protocol/chunks.ts";
import { encodeMessage } from "../../server/protocol/frames.ts";
import { CHUNK_BYTES_MAX } from "../../server/protocol/limits.ts";
import type { ServerEvent } from "../../server/protocol/messages.ts";
import type { MadeFile } from "./made_file.ts";
import type { Courier, Wire } from "./wire.ts";

const ROOM = "lobby";

/** Puts a file; resolves with its number when the server has said that it is there. */
export async function putFile(wire: Wire, { path, size, sha256 }: MadeFile): Promise<number> {
  const sending = new Sending();
  wire.carry(sending);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const { transfer, offset, window } = await wire.ask("put", { room: ROOM, name, size, sha256 });
  sending.taken = offset;
  using file = await Deno.open(path);
  await file.seek(offset, Deno.SeekMode.Start);
  // A frame is used again when the server has what was in it: one more than go ahead are never all on their way.
  const frames = Array.from(
    { length: Math.ceil(window / CHUNK_BYTES_MAX) + 1 },
    () => new Uint8Array(CHUNK_HEAD_BYTES + CHUNK_BYTES_MAX),
  );
  for (let at = offset, n = 0; at < size; n++) {
    const bytes = Math.min(CHUNK_BYTES_MAX, size - at);
    while (at + bytes > sending.taken + window) await sending.progress();
    const frame = frames[n % frames.length]?.subarray(0, CHUNK_HEAD_BYTES + bytes) ?? new Uint8Array();
    await fill(file, frame.subarray(CHUNK_HEAD_BYTES));
    writeChunkHead(frame, transfer, at, bytes);
    await wire.send(frame);
    at += bytes;
  }
  return await Promise.race([sending.done, wire.ended.then(broken)]);
}

class Sending implements Courier {
  readonly done: Promise<number>;
  taken = 0;
  readonly #done = Promise.withResolvers<number>();
  #progress = Promise.withResolvers<void>();

  constructor() {
    this.done = this.#done.promise;
  }

  /** Resolves when the server has more than now. */
  async progress(): Promise<void> {
    await Promise.race([this.#progress.promise, this.done]);
  }

  chunk(): void {}

  told(event: ServerEvent): void {
    if (event.type === "received") {
      this.taken = event.offset;
      this.#progress.resolve();
      this.#progress = Promise.withResolvers();
    } else if (event.type === "done") this.#done.resolve(event.file ?? 0);
    else if (event.type === "failed") this.#done.reject(new Error(`${event.code}: ${event.message}`));
  }
}

/**
 * Gets a file; resolves when it is at `path`, on the disk, and is what it was to be. Where `path` is null only its
 * length is looked at.
 */
export async function getFile(wire: Wire, number: number, path: string | null): Promise<void> {
  using file = path === null ? null : await Deno.open(path, { write: true, create: true, truncate: true });
  const receiving = new Receiving(wire, file);
  wire.carry(receiving);
  const { size, sha256 } = await wire.ask("get", { room: ROOM, file: number });
  await Promise.race([receiving.done, wire.ended.then(broken)]);
  await receiving.synced();
  if (receiving.taken !== size) throw new Error(`of ${size} bytes ${receiving.taken} came`);
  if (file !== null && receiving.digest() !== sha256) throw new Error("what came is not the file");
}

/** So much may wait for the disk at a time: what is synced at once keeps everybody else's syncs waiting. */
const UNSYNCED_BYTES_MAX = 4 << 20;

class Receiving implements Courier {
  readonly done: Promise<void>;
  taken = 0;
  #unsynced = 0;
  #syncing: Promise<void> | null = null;
  readonly #done = Promise.withResolvers<void>();
  readonly #hash = createHash("sha256");
  readonly #wire: Wire;
  readonly #file: Deno.FsFile | null;

  constructor(wire: Wire, file: Deno.FsFile | null) {
    this.#wire = wire;
    this.#file = file;
    this.done = this.#done.promise;
  }

  /** Resolves when the disk has all of it. */
  async synced(): Promise<void> {
    await this.#syncing;
    await this.#file?.syncData();
  }

  digest(): string {
    return this.#hash.digest("hex");
  }

  chunk(body: Uint8Array): void {
    const { transfer, offset, bytes } = readChunk(body);
    if (offset !== this.taken) {
      return this.#done.reject(new Error(`${offset} came where ${this.taken} was next`));
    }
    if (this.#file !== null) this.#write(this.#file, bytes);
    this.taken += bytes.length;
    const received = encodeMessage({ type: "received", transfer, offset: this.taken });
    if (this.#syncing === null || this.#unsynced < UNSYNCED_BYTES_MAX) void this.#wire.send(received);
    else void this.#syncing.then(() => this.#wire.send(received));
  }

  #write(file: Deno.FsFile, bytes: Uint8Array): void {
    this.#hash.update(bytes);
    // So little at once only fills the system's memory.
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    this.#unsynced += bytes.length;
    if (this.#unsynced < UNSYNCED_BYTES_MAX || this.#syncing !== null) return;
    this.#unsynced = 0;
    this.#syncing = file.syncData().finally(() => this.#syncing = null);
  }

  told(event: ServerEvent): void {
    if (event.type === "done") this.#done.resolve();
    else if (event.type === "failed") this.#done.reject(new Error(`${event.code}: ${event.message}`));
  }
}

/** Reads as many bytes as `into` has. */
async function fill(file: Deno.FsFile, into: Uint8Array): Promise<void> {
  for (let done = 0; done < into.length;) {
    const bytes = await file.read(into.subarray(done));
    if (bytes === null) throw new Error("the file ends before its end");
    done += bytes;
  }
}

function broken(reason: string): never {
  throw new Error(`the connection ended: ${reason}`);
}
