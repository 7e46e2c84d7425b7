/** Looks at the certificate that a server shows, whether it is to be trusted or not. */

import { connect } from "node:tls";
import type { Address } from "./address.ts";
import { AnswerReader, clientHello } from "./client_hello.ts";
import type { Clock } from "./clock.ts";
import { connectTcp } from "./tcp.ts";
import { speaksNoTls, unseen } from "./trust_words.ts";

/** How long a server may take to agree on TLS. */
const HANDSHAKE_MS_MAX = 10_000;

/**
 * The certificate of the server at `address`, in DER. Nothing shows yet that the server has its key. Rejects with
 * `TrustError` where it does not speak TLS, and with Deno's errors where it cannot be reached.
 */
export async function peerCertificate(
  address: Address,
  clock: Clock,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const connection = await connectTcp(address, signal);
  const close = () => connection.close();
  const answer = await limited(clock, signal, close, () => ask(connection, address.hostname));
  close();
  switch (answer.is) {
    case "certificate":
      return answer.der;
    case "other":
      throw speaksNoTls(address);
    case "alert":
      // It may insist on TLS 1.3.
      return await peerCertificateByNode(address, clock, signal);
    default:
      return answer satisfies never;
  }
}

async function ask(connection: Deno.TcpConn, hostname: string) {
  const hello = clientHello(hostname, crypto.getRandomValues(new Uint8Array(32)));
  for (let done = 0; done < hello.length;) done += await connection.write(hello.subarray(done));
  const reader = new AnswerReader();
  const bytes = new Uint8Array(4_096);
  for (;;) {
    const length = await connection.read(bytes);
    if (length === null) throw new Deno.errors.UnexpectedEof("The server closed the connection.");
    const answer = reader.push(bytes.subarray(0, length));
    if (answer !== null) return answer;
  }
}

/** With a TLS that speaks 1.3 and shows what it does not trust: Deno 2.9 has it, 2.4 shows nothing. */
async function peerCertificateByNode(
  address: Address,
  clock: Clock,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { hostname, port } = address;
  const socket = connect({ host: hostname, port, rejectUnauthorized: false });
  const shown = Promise.withResolvers<unknown>();
  socket.once("secureConnect", () => shown.resolve(socket.getPeerCertificate().raw));
  socket.on("error", shown.reject);
  socket.once(
    "close",
    () => shown.reject(new Deno.errors.UnexpectedEof("The server closed the connection.")),
  );
  const raw = await limited(clock, signal, () => socket.destroy(), () => shown.promise);
  socket.destroy();
  if (raw instanceof Uint8Array) return new Uint8Array(raw);
  throw unseen(address);
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
