/** Files in a folder of their own, and a server that takes and gives them as a test says. */

import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import type { Described } from "../../../client/files/part.ts";
import type { Source } from "../../../client/files/source.ts";
import { CHUNK_HEAD_BYTES, writeChunkHead } from "../../../server/protocol/chunks.ts";
import type { JsonObject } from "../../../server/protocol/shapes.ts";
import { type Peer, ScriptedServer, startSession } from "../support.ts";

/** Runs `test` with a folder, which goes afterwards. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** `length` bytes, each telling where it stands. */
export function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7) & 0xff);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function described(bytes: Uint8Array, name = "report.pdf"): Described {
  return { name, size: bytes.length, sha256: sha256(bytes) };
}

/** The frame of a chunk. */
export function chunkFrame(transfer: number, offset: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(CHUNK_HEAD_BYTES + bytes.length);
  writeChunkHead(frame, transfer, offset, bytes.length);
  frame.set(bytes, CHUNK_HEAD_BYTES);
  return frame;
}

/** The names in a folder, sorted; none where there is none. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** A source in memory; counts how often it was closed. */
export class MemorySource implements Source {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly #bytes: Uint8Array;
  closed = 0;
  /** What `changed` says. */
  other = false;
  /** Where the file ends, whatever was said before. */
  end: number;

  constructor(bytes: Uint8Array, name = "report.pdf") {
    this.name = name;
    this.size = this.end = bytes.length;
    this.sha256 = sha256(bytes);
    this.#bytes = bytes;
  }

  read(into: Uint8Array, position: number): Promise<boolean> {
    if (position + into.length > this.end) return Promise.resolve(false);
    into.set(this.#bytes.subarray(position, position + into.length));
    return Promise.resolve(true);
  }

  changed(): Promise<boolean> {
    return Promise.resolve(this.other);
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

/** A session in the lobby of a server that does what the test says. */
export class Scene implements AsyncDisposable {
  readonly server: ScriptedServer;
  readonly #started: ReturnType<typeof startSession>;
  peer: Peer;

  private constructor(server: ScriptedServer, started: ReturnType<typeof startSession>, peer: Peer) {
    this.server = server;
    this.#started = started;
    this.peer = peer;
  }

  /** Files that are sent are remembered in `data`, where that is given. */
  static async open(data?: string): Promise<Scene> {
    const server = new ScriptedServer();
    const keeping = data === undefined ? {} : { keeping: { data, server: "there:1", today: Date.now } };
    const started = startSession({ dial: server.dial, ...keeping });
    const joined = started.session.join("lobby", { last: 0 });
    const { peer } = await server.welcome();
    await peer.admit(0);
    await joined;
    return new Scene(server, started, peer);
  }

  get session() {
    return this.#started.session;
  }

  get transfers() {
    return this.#started.session.transfers;
  }

  get events() {
    return this.#started.events;
  }

  get clock() {
    return this.#started.clock;
  }

  /** Drops the connection, and lets the client come again. */
  async reconnect(): Promise<void> {
    this.peer.close();
    await this.events.until("lost");
    await this.events.until("waiting");
    this.clock.advance(10_000);
    const { peer } = await this.server.welcome({ resumed: true });
    this.peer = peer;
    await peer.admit(0);
    await this.events.until("joined");
  }

  /** Takes the next `put`, which is returned, from `offset` on. */
  async takePut(transfer: number, offset: number, window: number): Promise<JsonObject> {
    const put = await this.peer.expect("put");
    await this.peer.ok(put, { transfer, offset, window });
    return put;
  }

  /** Takes the bytes of a transfer from `from` up to `to`, acknowledging each chunk. */
  async takeBytes(transfer: number, from: number, to: number): Promise<Uint8Array> {
    const taken = new Uint8Array(to - from);
    for (let at = from; at < to;) {
      const chunk = await this.peer.chunk();
      assertEquals([chunk.transfer, chunk.offset], [transfer, at]);
      taken.set(chunk.bytes, at - from);
      at += chunk.bytes.length;
      await this.peer.send({ type: "received", transfer, offset: at });
    }
    return taken;
  }

  /** Answers the next `get`, which is returned, with what `file` is; then sends `chunks`, each with its offset. */
  async giveGet(
    transfer: number,
    file: Described,
    window: number,
    ...chunks: readonly (readonly [number, Uint8Array])[]
  ): Promise<JsonObject> {
    const get = await this.peer.expect("get");
    await this.peer.ok(get, { transfer, ...file, window });
    for (const [offset, bytes] of chunks) await this.peer.raw(chunkFrame(transfer, offset, bytes));
    return get;
  }

  /** Answers the next `cancel`, which is of `transfer`. */
  async takeCancel(transfer: number): Promise<void> {
    const cancel = await this.peer.expect("cancel");
    assertEquals(cancel["transfer"], transfer);
    await this.peer.ok(cancel, { transfer });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const left = this.session.leave();
    await this.peer.farewell();
    await left;
    await this.#started.ending;
    this.server[Symbol.dispose]();
  }
}
