/** A socket that a test plays the other end of, and an endpoint that says what it is told to. */

import { setImmediate } from "node:timers";
import { Connection, type ConnectionWire, type Endpoint } from "../../server/net/connection.ts";
import { type Flushable, FlushQueue } from "../../server/net/flush_queue.ts";
import type { Socket } from "../../server/net/socket.ts";
import type { ProtocolError } from "../../server/protocol/errors.ts";
import { encodeMessage, type Frame } from "../../server/protocol/frames.ts";
import { FRAME_BYTES_MAX } from "../../server/protocol/limits.ts";

/** One write that waits to be taken. */
interface Write {
  readonly bytes: Uint8Array;
  readonly take: (count: number) => void;
  readonly fail: (error: Error) => void;
}

export class FakeSocket implements Socket {
  readonly remoteAddr: Deno.NetAddr;
  /** Whether small messages wait for each other. */
  delays = true;
  /** How often it was closed. */
  closes = 0;
  /** How often our side alone was closed. */
  hangUps = 0;
  /** Whether the peer stays when our side is closed. */
  deaf = false;
  /** Whether writes are taken whole, at once; else they wait for `takes`. */
  greedy = true;
  /** What was written and taken. */
  readonly got: number[] = [];
  /** The sizes of the writes, as they were asked for. */
  readonly asked: number[] = [];
  readonly #coming: Uint8Array[] = [];
  readonly #writes: Write[] = [];
  #reading: { readonly into: Uint8Array; readonly done: (count: number | null) => void } | null = null;
  /** The peer has hung up. */
  #over = false;

  /** A socket to a peer at `hostname`. */
  constructor(hostname = "192.0.2.7") {
    this.remoteAddr = { transport: "tcp", hostname, port: 1 };
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#over) return Promise.resolve(null);
    const { promise, resolve } = Promise.withResolvers<number | null>();
    this.#reading = { into, done: resolve };
    this.#pump();
    return promise;
  }

  write(bytes: Uint8Array): Promise<number> {
    this.asked.push(bytes.length);
    if (this.greedy) {
      this.got.push(...bytes);
      return Promise.resolve(bytes.length);
    }
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const take = (count: number) => {
      this.got.push(...bytes.subarray(0, count));
      resolve(count);
    };
    this.#writes.push({ bytes, take, fail: reject });
    return promise;
  }

  /** The peer sends a message. */
  async comes(message: object): Promise<void> {
    await this.arrives(encodeMessage(message));
  }

  /** The peer sends bytes, which are read at once. */
  async arrives(bytes: Uint8Array): Promise<void> {
    this.#coming.push(bytes);
    this.#pump();
    await settled();
  }

  /** The peer takes `count` bytes of the write that waits. */
  async takes(count: number): Promise<void> {
    const [write] = this.#writes.splice(0, 1);
    if (write === undefined) throw new Error("nothing is being written");
    write.take(Math.min(count, write.bytes.length));
    await settled();
  }

  /** How many writes wait. */
  get writing(): number {
    return this.#writes.length;
  }

  close(): void {
    this.closes++;
    for (const { fail } of this.#writes.splice(0)) fail(new Deno.errors.BadResource("closed"));
    this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#reading?.done(null);
    this.#reading = null;
  }

  #pump(): void {
    const [bytes] = this.#reading === null ? [] : this.#coming.splice(0, 1);
    if (bytes === undefined || this.#reading === null) return;
    this.#reading.into.set(bytes);
    const { done } = this.#reading;
    this.#reading = null;
    done(bytes.length);
  }

  /** The peer, unless it is `deaf`, hangs up when we do. */
  closeWrite(): Promise<void> {
    this.hangUps++;
    if (!this.deaf) this.#end();
    return Promise.resolve();
  }

  setNoDelay(on = true): void {
    this.delays = !on;
  }
}

/** A socket for TLS: its peer agrees to that, or not, when the test says so. */
export class FakeTlsSocket extends FakeSocket {
  readonly #agreed = Promise.withResolvers<Deno.TlsHandshakeInfo>();

  constructor(hostname?: string) {
    super(hostname);
    this.#agreed.promise.catch(() => {
      // Whoever waits for it hears of it; nobody has to.
    });
  }

  handshake(): Promise<Deno.TlsHandshakeInfo> {
    return this.#agreed.promise;
  }

  async agrees(): Promise<void> {
    this.#agreed.resolve({ alpnProtocol: null });
    await settled();
  }

  /** The peer speaks something else. */
  async babbles(): Promise<void> {
    this.#agreed.reject(new Deno.errors.InvalidData("received corrupt message"));
    await settled();
  }

  override close(): void {
    super.close();
    this.#agreed.reject(new Deno.errors.Interrupted("operation canceled"));
  }
}

export class FakeEndpoint implements Endpoint {
  opening = true;
  /** What `take` gives, one after the other. */
  readonly toSend: Uint8Array[] = [];
  readonly frames: Frame[] = [];
  readonly errors: ProtocolError[] = [];
  closes = 0;
  /** Until when the peer's requests are held. */
  hold: Promise<void> | undefined;
  readonly wire: ConnectionWire;

  constructor(wire: ConnectionWire) {
    this.wire = wire;
  }

  get pending(): boolean {
    return this.toSend.length > 0;
  }

  taken(frame: Frame): void | Promise<void> {
    this.frames.push(frame);
    this.opening = false;
    return this.hold;
  }

  /** As the chat does: tells why and finishes. */
  broken(error: ProtocolError): void {
    this.errors.push(error);
    this.say(encodeMessage({ type: "error", code: error.code, message: error.message }));
    this.wire.finish();
  }

  take(): Uint8Array | null {
    return this.toSend.shift() ?? null;
  }

  say(bytes: Uint8Array): void {
    this.toSend.push(bytes);
    this.wire.wake();
  }

  closed(): void {
    this.closes++;
  }
}

/** A connection with both its ends, and a clock that a test moves. */
export class Bench<S extends FakeSocket = FakeSocket> {
  ms = 0;
  readonly socket: S;
  readonly connection: Connection;
  readonly running: Promise<void>;
  /** How often it was told that the peer does not speak TLS. */
  unsecured = 0;
  #endpoint: FakeEndpoint | null = null;

  constructor(socket: S, frameBytesMax = FRAME_BYTES_MAX) {
    this.socket = socket;
    this.connection = new Connection(socket, {
      queue: new FlushQueue(),
      now: () => this.ms,
      frameBytesMax,
      welcome: (wire) => this.#endpoint = new FakeEndpoint(wire),
      unsecured: () => this.unsecured++,
      finishing: () => {},
      closed: () => {},
    });
    this.running = this.connection.run();
  }

  get endpoint(): FakeEndpoint {
    if (this.#endpoint === null) throw new Error("it was not welcomed");
    return this.#endpoint;
  }

  /** Lets time pass, second by second, as the listener sees it. */
  async passes(ms: number): Promise<void> {
    const end = this.ms + ms;
    while (this.ms < end) {
      this.ms = Math.min(end, this.ms + 1_000);
      this.connection.check(this.ms);
      await settled();
    }
  }
}

/** Lets everything happen that waits for nothing from outside. */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Counts how often it was let write. */
export class Counter implements Flushable {
  readonly #onFlush: (counter: Counter) => void;
  flushes = 0;

  constructor(onFlush: (counter: Counter) => void = () => {}) {
    this.#onFlush = onFlush;
  }

  flush(): void {
    this.flushes++;
    this.#onFlush(this);
  }
}
