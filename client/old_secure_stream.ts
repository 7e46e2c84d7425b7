/**
 * What `secure_stream.ts` does, for Deno before 2.9: there node's TLS says that it is done before it began, and shows
 * no certificate. Deno's own does not show one either, so that it is looked at over another connection. Open there:
 *
 * - A pinned certificate is trusted beside those of the system, not instead of them. Those that `serve --tls` makes are
 *   asked for by a name that no authority gives to anyone; with another pinned certificate, whoever has one from an
 *   authority for the same name is taken for the server.
 * - What a proof is bound to, and `--tls-fingerprint` compared with, where the system trusts the certificate, is that
 *   of the connection before. Who answers the two differently has a certificate that the system trusts for the host.
 * - A handshake that is given up leaves its descriptor open until the server closes the connection.
 */

import { CERTIFICATE_NAME } from "../server/protocol/certificates.ts";
import type { Address } from "./address.ts";
import { peerCertificate } from "./peer_certificate.ts";
import { limited, type Look, type SecureStream, type Target, type Trusted } from "./secure_stream.ts";
import { ServerCertificate } from "./server_certificate.ts";
import { connectTcp } from "./tcp.ts";
import { TrustError } from "./trust_error.ts";
import { keyless, speaksNoTls } from "./trust_words.ts";

/** As in `secure_stream.ts`. */
export async function secure(target: Target, trusted: Trusted): Promise<SecureStream> {
  const { hostname } = target.address;
  if (trusted.is === "system") return await started(target, { hostname }, await shownTo(target));
  const { certificate, name } = trusted;
  return await started(target, { hostname: name, caCerts: [certificate.pem] }, certificate);
}

/** As in `secure_stream.ts`. */
export async function look(target: Target): Promise<Look> {
  const certificate = await shownTo(target);
  return { certificate, isTrusted: await isTrusted(target, certificate) };
}

async function isTrusted(target: Target, shown: ServerCertificate): Promise<boolean> {
  const { hostname } = target.address;
  // One that `serve --tls` made need not be tried: it would only be one more failure in the server's log.
  if (!shown.covers(hostname) || shown.covers(CERTIFICATE_NAME)) return false;
  try {
    (await started(target, { hostname }, shown)).close();
    return true;
  } catch (error) {
    if (error instanceof TrustError) return false;
    throw error;
  }
}

async function shownTo({ address, clock, signal }: Target): Promise<ServerCertificate> {
  return new ServerCertificate(await peerCertificate(address, clock, signal));
}

async function started(
  { address, clock, signal }: Target,
  trust: Deno.StartTlsOptions,
  certificate: ServerCertificate,
): Promise<SecureStream> {
  const connection = await Deno.startTls(await connectTcp(address, signal), trust);
  try {
    await limited(clock, signal, () => connection.close(), () => connection.handshake());
  } catch (error) {
    throw refusal(address, error) ?? error;
  }
  return Object.assign(connection, { certificate, binding: certificate.hash });
}

function refusal(address: Address, error: unknown): TrustError | null {
  if (!(error instanceof Deno.errors.InvalidData)) return null;
  if (error.message.includes("InvalidContentType")) return speaksNoTls(address);
  return error.message.startsWith("invalid peer certificate: ") ? keyless(address) : null;
}
