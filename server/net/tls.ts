/**
 * The listener with TLS.
 *
 * It does not stand on `Deno.listenTls`, because what that accepts cannot be ended before its handshake, nor while a
 * write waits for its peer: `close` leaves the descriptor open until the peer goes. Whoever connects and stays silent
 * would hold it for ever. So the socket below is plain and ours to close, and TLS runs on top of it.
 */

import { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { LoopTurn } from "./loop_turn.ts";
import { tlsIsOld } from "../protocol/runtime.ts";
import type { Acceptor, Socket } from "./socket.ts";
import { listenTcp } from "./tcp.ts";

/** What a server shows that it is. */
export interface Identity {
  /** The certificate, and those of the authorities up to one that clients know, in PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface ListenTlsOptions {
  readonly hostname: string;
  readonly port: number;
  readonly identity: Identity;
}

/** A record of TLS holds at most that much. */
const RECORD_BYTES = 16_384;
/** Room for the first message of most clients. */
const FIRST_BYTES = 1_024;
/** With that much decrypted and not read yet, nothing more is taken from the peer. */
const UNREAD_BYTES_MAX = 1 << 16;
/** How TLS begins: with a record of the handshake. */
const HANDSHAKE = 0x16;
/** Fatal, "cannot be decoded": so that who does not speak TLS can tell what it has come to. */
const ALERT = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 50);

/** Listens with TLS. An accepted connection agrees on it by itself; nobody else waits for that. */
export function listenTls({ hostname, port, identity }: ListenTlsOptions): Acceptor {
  const { cert, key } = identity;
  // There TLS runs on nothing but the runtime's own sockets: with the flaw that is described above.
  if (tlsIsOld(Deno.version.deno)) return Deno.listenTls({ hostname, port, cert, key });
  const context = createSecureContext({ cert, key });
  const listener = listenTcp(hostname, port);
  return {
    addr: listener.addr,
    accept: async () => new SecureSocket(await listener.accept(), context),
    close: () => listener.close(),
  };
}

/** How far a socket has come: nothing was heard yet, TLS is being agreed on, it runs, or all is over. */
type State =
  | { readonly is: "waiting" | "closed" }
  | { readonly is: "securing" | "secured"; readonly tls: TLSSocket };

/**
 * The server's end of TLS over an accepted connection. TLS costs a millisecond and 60 KiB, so that it begins when the
 * peer does: who is silent, or does not speak TLS, costs no more than on a listener without.
 */
class SecureSocket implements Socket {
  readonly remoteAddr: Deno.NetAddr;
  readonly #socket: Deno.TcpConn;
  readonly #secured = Promise.withResolvers<TLSSocket>();
  /** Resolved, and made anew, when there is more to read, or less, or there will be nothing any more. */
  #news = Promise.withResolvers<void>();
  #state: State = { is: "waiting" };
  #failure: Error | null = null;

  constructor(socket: Deno.TcpConn, context: SecureContext) {
    this.#socket = socket;
    this.remoteAddr = socket.remoteAddr;
    this.#secured.promise.catch(() => {
      // Whoever waits for it hears of it; nobody has to.
    });
    void this.#begin(context);
  }

  setNoDelay(noDelay: boolean): void {
    this.#socket.setNoDelay(noDelay);
  }

  async handshake(): Promise<void> {
    await this.#secured.promise;
  }

  async read(into: Uint8Array): Promise<number | null> {
    const tls = await this.#secured.promise;
    for (;;) {
      // Asked for no bytes it gives none, but sees to it that some come.
      const chunk: unknown = tls.read(Math.min(into.length, tls.readableLength));
      if (chunk instanceof Uint8Array) {
        into.set(chunk);
        this.#tell();
        return chunk.length;
      }
      if (tls.readableEnded) return null;
      if (tls.destroyed) throw this.#failure ?? closed();
      await this.#news.promise;
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    const tls = this.#state.is === "secured" ? this.#state.tls : await this.#secured.promise;
    return await new Promise((resolve, reject) => {
      tls.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  async closeWrite(): Promise<void> {
    const tls = await this.#secured.promise;
    await new Promise<void>((resolve, reject) => {
      tls.once("close", () => reject(closed()));
      tls.end(() => resolve());
    });
  }

  close(): void {
    const state = this.#state;
    if (state.is === "closed") return;
    this.#state = { is: "closed" };
    this.#secured.reject(this.#failure ?? closed());
    if ("tls" in state) state.tls.destroy();
    else this.#socket.close();
    this.#tell();
  }

  /** Waits for the peer's first bytes, and agrees on TLS where they are of it. */
  async #begin(context: SecureContext): Promise<void> {
    const bytes = new Uint8Array(FIRST_BYTES);
    let length: number | null = null;
    try {
      length = await this.#socket.read(bytes);
      if (length !== null && bytes[0] !== HANDSHAKE) await this.#socket.write(ALERT);
    } catch (error) {
      this.#failure = error instanceof Error ? error : null;
    }
    if (this.#state.is !== "waiting") return;
    if (length === null || bytes[0] !== HANDSHAKE) this.close();
    else this.#secure(bytes.subarray(0, length), context);
  }

  #secure(first: Uint8Array, secureContext: SecureContext): void {
    const tls = new TLSSocket(streamOver(this.#socket, this.#encrypted(first)), {
      isServer: true,
      secureContext,
    });
    this.#state = { is: "securing", tls };
    tls.once("secure", () => {
      this.#state = { is: "secured", tls };
      this.#secured.resolve(tls);
    });
    tls.on("error", (error) => this.#failure = error);
    // So it calls what is wrong with a record after the handshake, of which it says nothing else and goes on.
    tls.on("_tlsError", (error: Error) => {
      this.#failure = error;
      this.close();
    });
    tls.on("readable", () => this.#tell());
    tls.once("end", () => this.#tell());
    tls.once("close", () => this.close());
  }

  /** What the peer sends, `first` at first, as TLS may have it. */
  async *#encrypted(first: Uint8Array): AsyncGenerator<Uint8Array> {
    // TLS starts in a tick of its own, and throws there, where nobody can catch it, at bytes that it cannot read.
    await new Promise<void>((resolve) => setImmediate(resolve));
    yield first;
    const buffer = new Uint8Array(RECORD_BYTES);
    const turn = new LoopTurn(() => performance.now());
    for (;;) {
      // It would take on and on, and keep whatever nobody reads.
      while (this.#unread >= UNREAD_BYTES_MAX) await this.#news.promise;
      turn.waits();
      const length = await this.#socket.read(buffer);
      if (length === null) break;
      turn.goesOn();
      yield buffer.slice(0, length);
      if (turn.over) await turn.yield();
    }
    // The end of a connection is none of TLS's, before there is any: it would wait on.
    if (this.#state.is !== "secured") throw closed();
  }

  /** Bytes that were decrypted and not read yet. */
  get #unread(): number {
    return this.#state.is === "secured" ? this.#state.tls.readableLength : 0;
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

function closed(): Error {
  return new Deno.errors.Interrupted("the connection is closed");
}

/** A connection as the stream that node's TLS wants, which is given what comes as `encrypted`. */
function streamOver(socket: Deno.TcpConn, encrypted: AsyncGenerator<Uint8Array>): Duplex {
  // However a socket fails, its peer is gone; and what TLS throws at a stranger's bytes ends only the stranger.
  const fail = () => void stream.destroy();
  const stream = new Duplex({
    allowHalfOpen: true,
    read() {
      encrypted.next().then(({ value }) => stream.push(value ?? null)).catch(fail);
    },
    write(chunk: Uint8Array, _encoding, done) {
      writeAll(socket, chunk).then(() => done()).catch(fail);
    },
    final(done) {
      socket.closeWrite().then(() => done()).catch(fail);
    },
    destroy(error, done) {
      socket.close();
      done(error);
    },
  });
  return stream;
}

async function writeAll(socket: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await socket.write(bytes.subarray(done));
}
