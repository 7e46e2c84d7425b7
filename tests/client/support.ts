/** A server that does what a test says, a clock that a test moves, and a reader of a session's events. */

import { assertEquals } from "@std/assert";
import { generateKeyPairSync, sign } from "node:crypto";
import { readChunk } from "../../server/protocol/chunks.ts";
import { encodeMessage, FrameReader, KIND_CHUNK } from "../../server/protocol/frames.ts";
import { PLAIN_BINDING } from "../../server/protocol/proofs.ts";
import { isObject, type JsonObject } from "../../server/protocol/shapes.ts";
import type { Clock } from "../../client/clock.ts";
import type { SessionEvent } from "../../client/events.ts";
import type { Identity } from "../../client/identity.ts";
import { type Dial, dialTcp, type Stream } from "../../client/link.ts";
import { Session, type SessionOptions } from "../../client/session.ts";
import { Wake } from "../../client/wake.ts";

/** The nonce of a greeting, one for each number. */
export function nonceOf(connection: number): string {
  return String(connection).padStart(43, "n");
}

/** Listens on a free port of this machine; each connection is handed to the test. */
export class ScriptedServer {
  readonly #listener: Deno.Listener<Deno.TcpConn> | Deno.TlsListener;
  readonly #peers: Peer[] = [];
  #open = true;

  /** Over TLS where it is given a certificate and its key, in PEM. */
  constructor(identity?: { readonly cert: string; readonly key: string }) {
    const local = { hostname: "127.0.0.1", port: 0 };
    this.#listener = identity === undefined
      ? Deno.listen(local)
      : Deno.listenTls({ ...local, cert: identity.cert, key: identity.key });
  }

  get port(): number {
    const { addr } = this.#listener;
    return "port" in addr ? addr.port : 0;
  }

  get dial(): Dial {
    return dialTcp({ hostname: "127.0.0.1", port: this.port });
  }

  /** The next connection. */
  async accept(): Promise<Peer> {
    const connection = await this.#listener.accept();
    if ("setNoDelay" in connection) connection.setNoDelay(true);
    const peer = new Peer(connection);
    this.#peers.push(peer);
    return peer;
  }

  /** The next connection, greeted, its `hello` accepted; the `hello` comes along. */
  async welcome(answer: Partial<Hello> = {}, nonce?: string): Promise<{ peer: Peer; hello: JsonObject }> {
    const { peer, hello } = await this.hear(nonce);
    await peer.welcome(hello, answer);
    return { peer, hello };
  }

  /** The next connection, greeted, with its `hello`. */
  async hear(nonce?: string): Promise<{ peer: Peer; hello: JsonObject }> {
    const peer = await this.accept();
    await peer.greet(nonce);
    return { peer, hello: await peer.expect("hello") };
  }

  /** Can be called before the end of a scope, too. */
  [Symbol.dispose](): void {
    if (this.#open) this.#listener.close();
    this.#open = false;
    for (const peer of this.#peers) peer.close();
  }
}

interface Hello {
  readonly name: string;
  readonly session: string;
  readonly resumed: boolean;
}

/** The answer to a `hello`. */
export const WELCOME = {
  protocol: 1,
  name: "Maya",
  session: "token-1",
  resumed: false,
  limits: { frame: 65_536, text: 4_096, file: 100 << 20 },
};

/** A frame of the client. */
export type Heard =
  | { readonly is: "message"; readonly message: JsonObject }
  | { readonly is: "chunk"; readonly transfer: number; readonly offset: number; readonly bytes: Uint8Array };

/** The server's side of one connection. */
export class Peer {
  readonly #connection: Deno.Conn;
  readonly #reader = new FrameReader();
  #open = true;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Messages in one write, so that they arrive together. */
  async send(...messages: object[]): Promise<void> {
    const bytes = new Uint8Array(messages.flatMap((message) => [...encodeMessage(message)]));
    await this.raw(bytes);
  }

  async raw(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) done += await this.#connection.write(bytes.subarray(done));
  }

  greet(nonce = nonceOf(0)): Promise<void> {
    return this.send({ type: "greeting", protocol: [1], server: "scripted", nonce });
  }

  /** The next message of the client; null at the end of its stream. */
  async next(): Promise<JsonObject | null> {
    const heard = await this.hear();
    if (heard?.is === "chunk") throw new Error("the client sent a chunk instead of a message");
    return heard?.message ?? null;
  }

  /** The next frame of the client; null at the end of its stream. */
  async hear(): Promise<Heard | null> {
    for (;;) {
      const frame = this.#reader.next();
      if (frame?.kind === KIND_CHUNK) {
        const { transfer, offset, bytes } = readChunk(frame.body);
        return { is: "chunk", transfer, offset, bytes: bytes.slice() };
      }
      if (frame !== null) {
        const message: unknown = JSON.parse(new TextDecoder().decode(frame.body));
        if (!isObject(message)) throw new Error("the client sent no object");
        return { is: "message", message };
      }
      const bytes = await this.#connection.read(this.#reader.space());
      if (bytes === null) return null;
      this.#reader.filled(bytes);
    }
  }

  /** The next frame, which is a chunk. */
  async chunk(): Promise<Heard & { readonly is: "chunk" }> {
    const heard = await this.hear();
    if (heard?.is !== "chunk") throw new Error(`the client sent no chunk: ${JSON.stringify(heard)}`);
    return heard;
  }

  /** The next message, which is a `type`. */
  async expect(type: string): Promise<JsonObject> {
    const message = await this.next();
    assertEquals(message?.["type"], type);
    return message ?? {};
  }

  ok(request: JsonObject, body: object = {}): Promise<void> {
    return this.send({ type: "ok", re: request["id"], ...body });
  }

  refuse(request: JsonObject, code: string, message = "No.", more: object = {}): Promise<void> {
    return this.send({ type: "error", re: request["id"], code, message, ...more });
  }

  /** Accepts a `hello`, under the name that it asks for. */
  welcome(hello: JsonObject, answer: Partial<Hello> = {}): Promise<void> {
    return this.ok(hello, { ...WELCOME, name: hello["name"] ?? "Client1", ...answer });
  }

  /** Answers the next `join`, which is returned, with room `lobby` and entries up to `head`. */
  async admit(head: number, answer: object = {}, ...after: object[]): Promise<JsonObject> {
    const join = await this.expect("join");
    const room = {
      room: join["room"],
      log: "log-1",
      members: 1,
      names: ["Maya"],
      head,
      first: 1,
      reset: false,
    };
    await this.send({ type: "ok", re: join["id"], ...room, ...answer }, ...after);
    return join;
  }

  /** Answers the next `say`, which is returned, as entry `seq`. */
  async store(seq: number): Promise<JsonObject> {
    const say = await this.expect("say");
    await this.ok(say, { room: say["room"], seq, at: 1_000 });
    return say;
  }

  /** Answers `bye` and closes. */
  async farewell(): Promise<void> {
    await this.ok(await this.expect("bye"));
    this.close();
  }

  close(): void {
    if (this.#open) this.#connection.close();
    this.#open = false;
  }
}

export function entry(seq: number, text = `text ${seq}`, room = "lobby"): object {
  return { type: "entry", room, seq, at: 1_000, kind: "say", from: "Ada", text };
}

/** Stands still until a test moves it. */
export class HandClock implements Clock {
  #now = 0;
  #timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  #last = 0;

  now(): number {
    return this.#now;
  }

  timer(ms: number, run: () => void): () => void {
    const id = ++this.#last;
    this.#timers.set(id, { at: this.#now + ms, run });
    return () => this.#timers.delete(id);
  }

  /** How many timers are still to run; the system's would keep a program from ending. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Goes `ms` on, running what falls due on the way, in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) =>
        a.at - b.at
      );
      const [first] = due;
      if (first === undefined) break;
      const [id, timer] = first;
      this.#timers.delete(id);
      this.#now = timer.at;
      timer.run();
    }
    this.#now = end;
  }
}

/** Reads a session's events one by one. */
export class Watcher {
  readonly #events: AsyncIterator<SessionEvent>;

  constructor(events: AsyncIterable<SessionEvent>) {
    this.#events = events[Symbol.asyncIterator]();
  }

  /** The next event of the kind, passing over others. Fails at the end of the stream. */
  async until<K extends SessionEvent["is"]>(kind: K): Promise<SessionEvent & { readonly is: K }> {
    for (;;) {
      const { value, done } = await this.#events.next();
      if (done) throw new Error(`the session ended before ${kind}`);
      if (isKind(value, kind)) return value;
    }
  }

  /** The rest, to the end. */
  async rest(): Promise<SessionEvent[]> {
    const events: SessionEvent[] = [];
    for (;;) {
      const { value, done } = await this.#events.next();
      if (done) return events;
      events.push(value);
    }
  }
}

function isKind<K extends SessionEvent["is"]>(
  event: SessionEvent,
  kind: K,
): event is SessionEvent & { readonly is: K } {
  return event.is === kind;
}

/** Lets everything happen that waits for nothing from outside. */
export async function turn(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve));
}

/** A connection in memory, to a server that lets us in and then sends entries, as fast as they are read. */
export class PreparedStream implements Stream {
  readonly binding = PLAIN_BINDING;
  /** How many entries were read. */
  taken = 0;
  readonly #entryOf: (seq: number) => object | null;
  readonly #written = new FrameReader();
  readonly #asked = new Wake();
  readonly #closed = Promise.withResolvers<null>();
  #waiting: Uint8Array = encodeMessage({
    type: "greeting",
    protocol: [1],
    server: "prepared",
    nonce: nonceOf(0),
  });
  #joined = false;

  /** `entryOf` gives entry `seq`, null after the last. */
  constructor(entryOf: (seq: number) => object | null) {
    this.#entryOf = entryOf;
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#waiting.length === 0) {
      const next = this.#joined ? this.#entryOf(this.taken + 1) : null;
      if (next !== null) {
        this.taken++;
        this.#waiting = encodeMessage(next);
      } else if (await Promise.race([this.#asked.wait(), this.#closed.promise]) === null) {
        return null;
      }
    }
    const bytes = this.#waiting.subarray(0, into.length);
    into.set(bytes);
    this.#waiting = this.#waiting.subarray(bytes.length);
    return bytes.length;
  }

  write(bytes: Uint8Array): Promise<number> {
    for (let done = 0; done < bytes.length;) {
      const space = this.#written.space();
      const some = bytes.subarray(done, done + space.length);
      space.set(some);
      this.#written.filled(some.length);
      done += some.length;
      for (let frame = this.#written.next(); frame !== null; frame = this.#written.next()) {
        this.#answer(frame.body);
      }
    }
    return Promise.resolve(bytes.length);
  }

  #answer(body: Uint8Array): void {
    const message: unknown = JSON.parse(new TextDecoder().decode(body));
    if (!isObject(message)) throw new Error("the client sent no object");
    const room = { room: "lobby", log: "log-1", members: 1, head: 0, first: 1, reset: false };
    const reply = encodeMessage({ ...WELCOME, ...room, type: "ok", re: message["id"] });
    this.#waiting = new Uint8Array([...this.#waiting, ...reply]);
    this.#joined ||= message["type"] === "join";
    this.#asked.ring();
  }

  close(): void {
    this.#closed.resolve(null);
  }
}

type Start = Partial<SessionOptions> & Pick<SessionOptions, "dial"> & {
  /** False where the server is to pick the name. */
  readonly named?: boolean;
};

/** A session of `Maya` that runs, with keys `k1`, `k2`, … and no jitter. */
export function startSession({ named = true, ...options }: Start) {
  const clock = new HandClock();
  let keys = 0;
  const session = new Session({
    ...(named ? { name: "Maya" } : {}),
    client: "test",
    tries: 3,
    reconnect: true,
    clock,
    random: () => 0,
    newKey: () => `k${++keys}`,
    ...options,
  });
  const events = new Watcher(session.events());
  return { session, clock, events, ending: session.run() };
}

/** Leaves the session, the server agreeing. */
export async function leave(
  { session, ending }: Pick<ReturnType<typeof startSession>, "session" | "ending">,
  peer: Peer,
): Promise<void> {
  const left = session.leave();
  await peer.farewell();
  await left;
  assertEquals(await ending, { is: "left" });
}

/** A key that nobody has. */
export function newIdentity(): Identity {
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = privateKey.export({ format: "jwk" }).x ?? "";
  return { key, sign: (bytes) => sign(null, bytes, privateKey).toString("base64url") };
}
