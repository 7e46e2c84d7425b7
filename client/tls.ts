/**
 * Connections over TLS to servers that are trusted. A certificate is trusted where the system does, for the host's
 * name; or where a person accepted that very one, which is then kept (pinned), and no other is taken.
 */

import { CERTIFICATE_NAME, certificateHash } from "../server/protocol/certificates.ts";
import { type Address, showAddress } from "./address.ts";
import type { Clock } from "./clock.ts";
import type { KnownServers } from "./known_servers.ts";
import type { Dial, Stream } from "./link.ts";
import { limited, peerCertificate } from "./peer_certificate.ts";
import { ServerCertificate } from "./server_certificate.ts";
import { connectTcp } from "./tcp.ts";
import { TrustError } from "./trust_error.ts";
import {
  accepted,
  changed,
  noLongerTls,
  notTheNamed,
  speaksNoTls,
  unknownAuthority,
  unusable,
} from "./trust_words.ts";

export interface TrustOptions {
  readonly address: Address;
  readonly known: KnownServers;
  /** The hash of the certificate that the person named as the server's; null where they named none. */
  readonly fingerprint: string | null;
  /** Shows lines, the last of which is a question to be answered with yes or no; null where nobody can be asked. */
  readonly ask: Ask | null;
  /** Shows a sentence. */
  readonly tell: (sentence: string) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export type Ask = (lines: readonly string[]) => Promise<boolean>;

/**
 * Settles whom to trust at an address, asking where nobody did before, and gives the way to connect. For a server
 * that is pinned it connects to nothing. Rejects with `TrustError`, as the way to connect does later; with Deno's
 * errors where the server cannot be reached; and with the reason of `signal`.
 */
export async function settleTrust(options: TrustOptions): Promise<Dial> {
  const { address, known, fingerprint, ask, tell, clock, signal } = options;
  const server = await known.find(address);
  if (server !== null) {
    const pin = { certificate: new ServerCertificate(server.certificate), since: server.since };
    if (fingerprint === null || fingerprint === pin.certificate.hash) return dialPinned(options, pin);
  }
  const shown = new ServerCertificate(await peerCertificate(address, clock, signal));
  if (fingerprint !== null && shown.hash !== fingerprint) throw notTheNamed(address, shown.hash, fingerprint);
  const told = (problem: string | null) => problem === null ? undefined : tell(problem);
  if (await isTrustedBySystem(options, shown)) {
    if (server !== null) told(await known.forget(address));
    return dialBySystem(options);
  }
  if (!shown.signsItself) throw unknownAuthority(address, shown);
  // Before anybody is asked: whether the server has the key, and such a certificate can be used at all.
  (await connectPinned(options, shown, signal)).close();
  if (fingerprint === null) await accepted(address, shown.hash, ask);
  told(await known.keep(address, shown.der));
  return dialPinned(options, { certificate: shown, since: null });
}

/**
 * To be called before a server is spoken to without TLS: one that is pinned is only where the person says so. Rejects
 * with `TrustError`.
 */
export async function settlePlain(
  { address, known, ask }: Pick<TrustOptions, "address" | "known" | "ask">,
): Promise<void> {
  if (await known.find(address) === null) return;
  const name = showAddress(address);
  const warning =
    `${name} is known to speak TLS. Without it, everybody on the way can read along and change what is said.`;
  if (ask === null) throw new TrustError(`${warning} Connect with --tls.`);
  if (!await ask([warning, "Connect without TLS all the same?"])) {
    throw new TrustError(`Not connected to ${name}. Connect with --tls.`);
  }
}

interface Pin {
  readonly certificate: ServerCertificate;
  /** Since when, in ISO 8601; null for now. */
  readonly since: string | null;
}

type Way = Pick<TrustOptions, "address" | "known" | "fingerprint" | "clock">;

/** Connects to whoever has the key of the certificate that is pinned, and to nobody else. */
function dialPinned(way: Way, pin: Pin): Dial {
  return async (signal) => {
    try {
      return await connectPinned(way, pin.certificate, signal);
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      const shown = await shownInstead(way, signal);
      if (shown === pin.certificate.hash) throw error;
      throw changed({ address: way.address, path: way.known.path, pin, shown });
    }
  };
}

/** The hash of what a server shows that is pinned, and was refused. To speak without TLS is nothing to advise there. */
async function shownInstead({ address, clock }: Way, signal: AbortSignal): Promise<string> {
  try {
    return certificateHash(await peerCertificate(address, clock, signal));
  } catch (error) {
    throw error instanceof TrustError ? noLongerTls(address) : error;
  }
}

/**
 * Connects to whoever has a certificate that the system trusts for the host. Which one that is has to be looked at
 * first, each time, since it is renewed every few weeks. Where somebody on the way showed us another server's, it is
 * not for this host, and no proof is made for it.
 */
function dialBySystem(way: Way): Dial {
  return async (signal) => {
    const shown = new ServerCertificate(await peerCertificate(way.address, way.clock, signal));
    const { address, fingerprint } = way;
    if (fingerprint !== null && shown.hash !== fingerprint) {
      throw notTheNamed(address, shown.hash, fingerprint);
    }
    if (!shown.covers(address.hostname)) throw unknownAuthority(address, shown);
    return await secured(way, { hostname: address.hostname }, shown.hash, signal);
  };
}

async function isTrustedBySystem(way: TrustOptions, shown: ServerCertificate): Promise<boolean> {
  const { address: { hostname }, signal } = way;
  // One that `serve --tls` made need not be tried: it would only be one more failure in the server's log.
  if (!shown.covers(hostname) || shown.covers(CERTIFICATE_NAME)) return false;
  try {
    (await secured(way, { hostname }, shown.hash, signal)).close();
    return true;
  } catch (error) {
    if (error instanceof TrustError) return false;
    throw error;
  }
}

async function connectPinned(way: Way, certificate: ServerCertificate, signal: AbortSignal): Promise<Stream> {
  const hostname = certificate.nameFor(way.address.hostname);
  if (hostname === null) throw unusable(way.address, "it is for no name that can be asked for");
  return await secured(way, { hostname, caCerts: [certificate.pem] }, certificate.hash, signal);
}

/** Connects, and agrees on TLS with a server that `trust` takes. Rejects with `TrustError` where that is not the one. */
async function secured(
  { address, clock }: Way,
  trust: Deno.StartTlsOptions,
  binding: string,
  signal: AbortSignal,
): Promise<Stream> {
  const connection = await Deno.startTls(await connectTcp(address, signal), trust);
  try {
    await limited(clock, signal, () => connection.close(), () => connection.handshake());
  } catch (error) {
    throw isRefusal(error) ? refusal(address, error) : error;
  }
  return Object.assign(connection, { binding });
}

const REFUSED = "invalid peer certificate: ";
/** What Deno says of bytes that are no TLS. */
const NO_TLS = "InvalidContentType";

function isRefusal(error: unknown): error is Error {
  return error instanceof Deno.errors.InvalidData &&
    (error.message.startsWith(REFUSED) || error.message.includes(NO_TLS));
}

function refusal(address: Address, { message }: Error): TrustError {
  return message.startsWith(REFUSED)
    ? unusable(address, message.slice(REFUSED.length))
    : speaksNoTls(address);
}
