/**
 * Connections over TLS to servers that are trusted. A certificate is trusted where the system does, for the host's
 * name; or where a person accepted that very one, which is then kept (pinned), and no other is taken.
 */

import { tlsIsOld } from "../server/protocol/runtime.ts";
import { type Address, showAddress } from "./address.ts";
import type { Clock } from "./clock.ts";
import type { KnownServers } from "./known_servers.ts";
import type { Dial, Stream } from "./link.ts";
import * as old from "./old_secure_stream.ts";
import * as present from "./secure_stream.ts";
import { ServerCertificate } from "./server_certificate.ts";
import { TrustError } from "./trust_error.ts";
import {
  accepted,
  changed,
  noLongerTls,
  notTheNamed,
  unknownAuthority,
  unsteady,
  unusable,
  wrongName,
} from "./trust_words.ts";

const { look, secure } = tlsIsOld(Deno.version.deno) ? old : present;

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
  const { certificate: shown, isTrusted } = await look({ address, clock, signal });
  if (fingerprint !== null && shown.hash !== fingerprint) throw notTheNamed(address, shown.hash, fingerprint);
  const told = (problem: string | null) => problem === null ? undefined : tell(problem);
  const objection = objectionTo(options, shown);
  if (isTrusted && objection === null) {
    if (server !== null) told(await known.forget(address));
    return dialBySystem(options);
  }
  if (!shown.signsItself) throw objection ?? unknownAuthority(address, shown);
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
    return (await look({ address, clock, signal })).certificate.hash;
  } catch (error) {
    throw error instanceof TrustError ? noLongerTls(address) : error;
  }
}

/** Connects to whoever has the key of that certificate, and to nobody else. */
async function connectPinned(way: Way, certificate: ServerCertificate, signal: AbortSignal): Promise<Stream> {
  const { address, clock } = way;
  // As the TLS beneath: by the time of day.
  const flaw = certificate.flaw(Date.now());
  if (flaw !== null) throw unusable(address, flaw);
  const name = certificate.nameFor(address.hostname);
  if (name === null) throw unusable(address, "it is for no name that can be asked for");
  return await secure({ address, clock, signal }, { is: "pinned", certificate, name });
}

/** Connects to whoever has a certificate that the system trusts for the host. It is renewed every few weeks. */
function dialBySystem(way: Way): Dial {
  return async (signal) => {
    const target = { address: way.address, clock: way.clock, signal };
    const stream = await secure(target, { is: "system" }).catch(async (error: unknown) => {
      throw error instanceof TrustError ? await refusal(way, signal) : error;
    });
    const objection = objectionTo(way, stream.certificate);
    if (objection === null) return stream;
    stream.close();
    throw objection;
  };
}

/** Why the system does not trust a server that it trusted before. Rejects where that does not speak TLS. */
async function refusal(way: Way, signal: AbortSignal): Promise<TrustError> {
  const { address, clock } = way;
  const { certificate, isTrusted } = await look({ address, clock, signal });
  const objection = objectionTo(way, certificate);
  if (objection !== null) return objection;
  return isTrusted ? unsteady(address) : unknownAuthority(address, certificate);
}

/** Why a certificate is not taken even where the system trusts it; null where it is. */
function objectionTo({ address, fingerprint }: Way, shown: ServerCertificate): TrustError | null {
  if (fingerprint !== null && shown.hash !== fingerprint) {
    return notTheNamed(address, shown.hash, fingerprint);
  }
  if (!shown.covers(address.hostname)) return wrongName(address, shown);
  const flaw = shown.flaw(Date.now());
  return flaw === null ? null : unusable(address, flaw);
}
