/** Looks at the certificate that a server shows, where the runtime does not show it. */

import type { Address } from "./address.ts";
import { AnswerReader, clientHello } from "./client_hello.ts";
import type { Clock } from "./clock.ts";
import { limited } from "./secure_stream.ts";
import { connectTcp } from "./tcp.ts";
import { speaksNoTls, unseen } from "./trust_words.ts";

/**
 * The certificate of the server at `address`, in DER. Nothing shows yet that the server has its key. Rejects with
 * `TrustError` where it speaks no TLS, or none before 1.3, and with Deno's errors where it cannot be reached.
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
      throw unseen(address);
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
