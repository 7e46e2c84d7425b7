/**
 * TLS over a connection of its own, by node's module. Deno's trusts the authorities of the system beside those that it
 * is told to trust, and shows no certificate; node's trusts nobody else, and shows the certificate of the very
 * connection that is in use, which is what proofs have to be bound to.
 */

import { isIP } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Address } from "./address.ts";
import type { Clock } from "./clock.ts";
import type { Stream } from "./link.ts";
import { ServerCertificate } from "./server_certificate.ts";
import { keyless, speaksNoTls, unusable } from "./trust_words.ts";

/** What to connect to, and how long to try. */
export interface Target {
  readonly address: Address;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Which certificates are taken: those that the system trusts for the host, or one and no other. */
export type Trusted =
  | { readonly is: "system" }
  | {
    readonly is: "pinned";
    readonly certificate: ServerCertificate;
    /** One of the names that it is for. */
    readonly name: string;
  };

/** A connection over TLS to whoever has the key of `certificate`; `binding` is its hash. */
export interface SecureStream extends Stream {
  readonly certificate: ServerCertificate;
}

/** What a server showed to somebody who would take anything: advice, on which nothing may be sent. */
export interface Look {
  readonly certificate: ServerCertificate;
  /** Whether the system trusts that one, for the host. */
  readonly isTrusted: boolean;
}

/** How long a server may take to agree on TLS. */
const HANDSHAKE_MS_MAX = 10_000;

/** What an error of node's is called that says that nobody, or nobody any more, is there; and what Deno calls it. */
const GONE: Readonly<Record<string, new (message: string) => Error>> = {
  ECONNREFUSED: Deno.errors.ConnectionRefused,
  ECONNRESET: Deno.errors.ConnectionReset,
  ETIMEDOUT: Deno.errors.TimedOut,
};

/**
 * Connects, and agrees on TLS with a server whose certificate is trusted. Rejects with `TrustError` where there is no
 * TLS, or another certificate; with Deno's errors where the server cannot be reached; and with the reason of
 * `target.signal`.
 */
export async function secure(target: Target, trusted: Trusted): Promise<SecureStream> {
  const { address } = target;
  const socket = connect({ ...reached(address), ...checks(trusted), rejectUnauthorized: true });
  const stream = new TlsStream(socket);
  await agreed(target, socket);
  const certificate = shownBy(socket, address);
  // Node's own list of what it trusts is not relied on alone.
  if (trusted.is === "system" || certificate.hash === trusted.certificate.hash) {
    return Object.assign(stream, { certificate, binding: certificate.hash });
  }
  socket.destroy();
  throw keyless(address);
}

/** Looks at the certificate of a server, whichever it is. Rejects as `secure` does. */
export async function look(target: Target): Promise<Look> {
  const socket = connect({ ...reached(target.address), rejectUnauthorized: false });
  await agreed(target, socket);
  const { authorized } = socket;
  const certificate = shownBy(socket, target.address);
  socket.destroy();
  return { certificate, isTrusted: authorized };
}

function reached({ hostname, port }: Address): ConnectionOptions {
  return { host: hostname, port, ...asked(hostname) };
}

/** Addresses are not asked for by name. */
function asked(name: string): ConnectionOptions {
  return isIP(name) === 0 ? { servername: name } : {};
}

function checks(trusted: Trusted): ConnectionOptions {
  if (trusted.is === "system") return {};
  // Where it is that very certificate, it does not matter under which name the server was reached.
  return {
    ca: [trusted.certificate.pem],
    ...asked(trusted.name),
    checkServerIdentity: () => undefined,
  };
}

/** Waits until TLS is agreed on; where it is not, the socket is gone. */
async function agreed({ address, clock, signal }: Target, socket: TLSSocket): Promise<void> {
  const done = Promise.withResolvers<void>();
  // Small messages must not wait for each other's acknowledgement.
  socket.once("connect", () => socket.setNoDelay(true));
  socket.once("secureConnect", done.resolve);
  socket.on("error", (error) => done.reject(failure(address, error)));
  socket.once("close", () => done.reject(ended()));
  await limited(clock, signal, () => socket.destroy(), () => done.promise);
}

function shownBy(socket: TLSSocket, address: Address): ServerCertificate {
  const raw: unknown = socket.getPeerCertificate().raw;
  try {
    if (raw instanceof Uint8Array) return new ServerCertificate(new Uint8Array(raw));
  } catch {
    // Not one that can be read here.
  }
  socket.destroy();
  throw unusable(address, "it cannot be read");
}

/** What is wrong, as the rest of the client knows it. */
function failure(address: Address, error: Error): Error {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (error.message.includes("InvalidContentType")) return speaksNoTls(address);
  if (!code.startsWith("ERR_SSL_") && /CERT|VERIFY|PURPOSE/.test(code)) return keyless(address);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new Error(`${address.hostname} has no known address`);
  }
  const gone = GONE[code];
  return gone === undefined ? error : new gone(error.message);
}

function ended(): Error {
  return new Deno.errors.UnexpectedEof("The server closed the connection.");
}

/** A socket of node's as a stream: one reader, and one writer with one write at a time; who closes it ends both. */
class TlsStream {
  readonly #socket: TLSSocket;
  /** Resolved, and made anew, when there is something to read, or there will be nothing any more. */
  #news = Promise.withResolvers<void>();
  #failure: Error | null = null;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("error", (error) => this.#failure = error);
    socket.on("readable", () => this.#tell());
    socket.once("end", () => this.#tell());
    socket.once("close", () => this.#tell());
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      // Asked for no bytes it gives none, but sees to it that some come.
      const chunk: unknown = this.#socket.read(Math.min(into.length, this.#socket.readableLength));
      if (chunk instanceof Uint8Array) {
        into.set(chunk);
        return chunk.length;
      }
      if (this.#socket.readableEnded) return null;
      if (this.#socket.destroyed) throw this.#failure ?? ended();
      await this.#news.promise;
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#socket.destroyed) throw this.#failure ?? ended();
    return await new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

/**
 * What `work` resolves to. Where it fails, takes too long, or `signal` aborts, `end` is called, which must make it
 * settle.
 */
export async function limited<T>(
  clock: Clock,
  signal: AbortSignal,
  end: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const over = Promise.withResolvers<never>();
  const late = `The server did not agree on TLS within ${HANDSHAKE_MS_MAX / 1_000} seconds.`;
  const cancel = clock.timer(HANDSHAKE_MS_MAX, () => over.reject(new Deno.errors.TimedOut(late)));
  const abort = () => over.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work(), over.promise]);
  } catch (error) {
    end();
    throw error;
  } finally {
    cancel();
    signal.removeEventListener("abort", abort);
  }
}
