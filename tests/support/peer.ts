/** A client of nothing but the protocol, over a real socket. It reads only when a test asks it for something. */

import { assert, assertEquals } from "@std/assert";
import { CERTIFICATE_NAME } from "../../server/protocol/certificates.ts";
import type { ErrorCode } from "../../server/protocol/errors.ts";
import { CHUNK_HEAD_BYTES, writeChunkHead } from "../../server/protocol/chunks.ts";
import { encodeMessage, FrameReader, KIND_CHUNK } from "../../server/protocol/frames.ts";
import { CHUNK_HEADER_BYTES } from "../../server/protocol/limits.ts";
import { decodeFromServer, type FromServer } from "../../server/protocol/decoding.ts";
import {
  type Answer,
  type Entry,
  type EventOf,
  type EventType,
  isAnswer,
  type RequestType,
} from "../../server/protocol/messages.ts";
import type { TestKey } from "./keys.ts";

export class Peer {
  readonly #socket: Deno.Conn;
  readonly #reader = new FrameReader();
  /** What came, and was not asked for yet. */
  readonly #kept: FromServer[] = [];
  /** What chunks of files came while something else was looked for, without their heads. */
  readonly chunks: Uint8Array[] = [];
  #lastId = 0;
  #nonce: string | null = null;
  #open = true;

  private constructor(socket: Deno.Conn) {
    this.#socket = socket;
  }

  /** A connection on which nothing was said or read yet. */
  static async connect(port: number): Promise<Peer> {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    socket.setNoDelay(true);
    return new Peer(socket);
  }

  /** The same over TLS, to a server with this certificate. */
  static async secure(port: number, certificate: string): Promise<Peer> {
    const caCerts = [certificate];
    const plain = await Deno.connect({ hostname: "127.0.0.1", port });
    return new Peer(await Deno.startTls(plain, { hostname: CERTIFICATE_NAME, caCerts }));
  }

  /** Sends bytes as they are. */
  async raw(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.#socket.write(bytes.subarray(sent));
  }

  /** Sends a chunk of a file. */
  async chunk(transfer: number, offset: number, bytes: Uint8Array): Promise<void> {
    const frame = new Uint8Array(CHUNK_HEAD_BYTES + bytes.length);
    writeChunkHead(frame, transfer, offset, bytes.length);
    frame.set(bytes, CHUNK_HEAD_BYTES);
    await this.raw(frame);
  }

  /** Sends messages in one write. */
  async send(...messages: object[]): Promise<void> {
    await this.raw(frames(messages));
  }

  /** Sends requests in one write, without waiting for their answers; gives their ids. */
  async post(...requests: { readonly type: RequestType; readonly [member: string]: unknown }[]) {
    const withIds = requests.map((request) => ({ ...request, id: ++this.#lastId }));
    await this.send(...withIds);
    return withIds.map(({ id }) => id);
  }

  /** The `ok` of a request, whose members are as the protocol says. Fails where it is refused. */
  async ask<T extends RequestType>(type: T, members: object = {}): Promise<Answer<T>> {
    const [id = 0] = await this.post({ type, ...members });
    return await this.answer(type, id);
  }

  /** The code that a request is refused with. */
  async refusal(type: RequestType, members: object = {}): Promise<ErrorCode> {
    const [id = 0] = await this.post({ type, ...members });
    const reply = await this.reply(id);
    assert(reply.is === "refused", `${type} ${JSON.stringify(members)} was not refused`);
    assert(reply.error.message.length > 10, "an error explains itself");
    return reply.error.code;
  }

  /** The `ok` of the request with this `id`. */
  async answer<T extends RequestType>(type: T, id: number): Promise<Answer<T>> {
    const reply = await this.reply(id);
    if (reply.is === "refused") throw reply.error;
    const { body } = reply;
    assert(isAnswer(type, body), `${JSON.stringify(body)} is no answer to ${type}`);
    return body;
  }

  /** The reply to the request with this `id`. What comes before it is kept. */
  async reply(id: number): Promise<FromServer & { readonly is: "ok" | "refused" }> {
    const found = await this.#find((message) =>
      (message.is === "ok" || message.is === "refused") && message.re === id
    );
    if (found.is === "ok" || found.is === "refused") return found;
    throw new TypeError("what was found is not what was looked for");
  }

  /** The next event of a type. What comes before it is kept. */
  async event<T extends EventType>(type: T): Promise<EventOf<T>> {
    const found = await this.#find((message) => message.is === "event" && message.event.type === type);
    if (found.is === "event" && isType(found.event, type)) return found.event;
    throw new TypeError("what was found is not what was looked for");
  }

  /** The next `count` entries of whatever rooms. */
  async entries(count: number): Promise<(Entry & { readonly room: string })[]> {
    const entries = [];
    while (entries.length < count) entries.push(await this.event("entry"));
    return entries;
  }

  /** The next message as it came, whatever it is; null at the end of the stream. */
  async next(): Promise<FromServer | null> {
    return this.#kept.shift() ?? await this.#read();
  }

  /** Everything that came, and comes before the reply to the request with this `id`, in its order. */
  async upTo(id: number): Promise<FromServer[]> {
    const messages: FromServer[] = [];
    while (true) {
      const message = await this.next();
      assert(message !== null, "the connection ended");
      if ((message.is === "ok" || message.is === "refused") && message.re === id) return messages;
      messages.push(message);
    }
  }

  /** Everything that came, and comes before the answer to a `ping`. */
  async upToNow(): Promise<FromServer[]> {
    const [id = 0] = await this.post({ type: "ping" });
    return await this.upTo(id);
  }

  /** Everything up to the end of the stream. */
  async rest(): Promise<FromServer[]> {
    const messages: FromServer[] = [];
    for (let message = await this.next(); message !== null; message = await this.next()) {
      messages.push(message);
    }
    return messages;
  }

  /** Reads to the end of the stream, which an `error` without `re` comes last before; gives its code. */
  async ending(): Promise<ErrorCode> {
    const last = (await this.rest()).at(-1);
    assert(last?.is === "ending", `the last message was ${JSON.stringify(last)}`);
    return last.error.code;
  }

  /** Says hello, under `name` or as a guest; gives the answer. */
  hello(name?: string, members: object = {}): Promise<Answer<"hello">> {
    return this.ask("hello", { protocol: 1, ...(name === undefined ? {} : { name }), ...members });
  }

  /** Says hello with a key; gives the answer. */
  async keyedHello(
    key: TestKey,
    name: string,
    members: object = {},
    binding?: string,
  ): Promise<Answer<"hello">> {
    return await this.hello(name, { ...key.proof(await this.nonce(), name, binding), ...members });
  }

  /** The nonce of the greeting, which is taken. */
  async nonce(): Promise<string> {
    return this.#nonce ??= (await this.event("greeting")).nonce;
  }

  /** Ends the connection without a word. Can be called again. */
  close(): void {
    if (this.#open) this.#socket.close();
    this.#open = false;
  }

  async #find(wanted: (message: FromServer) => boolean): Promise<FromServer> {
    const at = this.#kept.findIndex(wanted);
    const [found] = at < 0 ? [] : this.#kept.splice(at, 1);
    if (found !== undefined) return found;
    while (true) {
      const message = await this.#read();
      assert(message !== null, "the connection ended before what was waited for");
      if (wanted(message)) return message;
      assert(message.is !== "ending", message.is === "ending" ? `it ended: ${message.error}` : "");
      this.#kept.push(message);
    }
  }

  async #read(): Promise<FromServer | null> {
    while (true) {
      const frame = this.#reader.next();
      if (frame?.kind === KIND_CHUNK) this.chunks.push(frame.body.slice(CHUNK_HEADER_BYTES));
      else if (frame !== null) return decodeFromServer(frame.body);
      if (frame !== null) continue;
      const bytes = await this.#socket.read(this.#reader.space()).catch(resetIsEnd);
      if (bytes === null) return null;
      this.#reader.filled(bytes);
    }
  }
}

/** Messages as frames, end to end. */
export function frames(messages: readonly object[]): Uint8Array {
  const encoded = messages.map(encodeMessage);
  const bytes = new Uint8Array(encoded.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const frame of encoded) {
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}

/** The entries among messages. */
export function entriesIn(messages: readonly FromServer[]): Entry[] {
  return messages.flatMap((message) =>
    message.is === "event" && message.event.type === "entry" ? [message.event] : []
  );
}

/** Asserts that entries go on from `first` without a gap. */
export function assertGapless(entries: readonly Entry[], first: number): void {
  assertEquals(entries.map(({ seq }) => seq), entries.map((_, i) => first + i));
}

function isType<T extends EventType>(event: { readonly type: EventType }, type: T): event is EventOf<T> {
  return event.type === type;
}

/** A server that closes while something is on its way to it resets the connection. */
function resetIsEnd(error: unknown): null {
  if (error instanceof Deno.errors.ConnectionReset) return null;
  throw error;
}
