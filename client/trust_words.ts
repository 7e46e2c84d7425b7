/** What people are told, and asked, about a server's certificate. */

import { showFingerprint } from "../server/protocol/certificates.ts";
import { type Address, showAddress } from "./address.ts";
import type { ServerCertificate } from "./server_certificate.ts";
import { TrustError } from "./trust_error.ts";

/** Asks whether the certificate with `hash` is the server's. Rejects with `TrustError` unless that is affirmed. */
export async function accepted(
  address: Address,
  hash: string,
  ask: ((lines: readonly string[]) => Promise<boolean>) | null,
): Promise<void> {
  const name = showAddress(address);
  const shown = showFingerprint(hash);
  if (ask === null) {
    throw new TrustError(
      `The certificate of ${name} is not known, and nobody is there to be asked. Its SHA-256 fingerprint is`,
      `  ${shown}`,
      "If the server shows the same when it starts, connect with --tls-fingerprint and that.",
    );
  }
  const isTheirs = await ask([
    `The certificate of ${name} is not known yet. Its SHA-256 fingerprint is`,
    `  ${shown}`,
    "The server shows the same when it starts. If yours differs, somebody is between you and the server.",
    "Trust this certificate from now on?",
  ]);
  if (!isTheirs) throw new TrustError(`Not connected to ${name}: its certificate is not trusted.`);
}

/** The server is another one than before, or has another certificate. */
export function changed(
  { address, path, pin, shown }: {
    readonly address: Address;
    /** The file of known servers. */
    readonly path: string;
    readonly pin: { readonly certificate: ServerCertificate; readonly since: string | null };
    /** The hash of what it shows now. */
    readonly shown: string;
  },
): TrustError {
  const now = showFingerprint(shown);
  return new TrustError(
    `WARNING: THE CERTIFICATE OF ${showAddress(address)} HAS CHANGED. Nothing was sent there.`,
    `  trusted since ${pin.since?.slice(0, 10) ?? "today"}: ${showFingerprint(pin.certificate.hash)}`,
    `  shown now: ${now}`,
    "Either somebody is between you and the server, to read along, or its operator has made a new certificate.",
    "Ask the operator for the fingerprint, by another way than this chat. If it is the one that is shown now, take it with",
    `  --tls-fingerprint ${now}`,
    `which replaces the one in ${path}.`,
  );
}

/** There is no TLS at that address. */
export function speaksNoTls(address: Address): TrustError {
  return new TrustError(`What answers at ${showAddress(address)} does not speak TLS. Connect without --tls.`);
}

/** There was TLS at that address, with a certificate that is pinned. */
export function noLongerTls(address: Address): TrustError {
  return new TrustError(
    `WARNING: ${showAddress(address)} NO LONGER SPEAKS TLS as it did. Nothing was sent there.`,
    "Either somebody is between you and the server, to read along, or it was started without --tls. Ask its operator.",
  );
}

/** A certificate that this build cannot look at. */
export function unseen(address: Address): TrustError {
  return new TrustError(
    `The certificate of ${showAddress(address)} cannot be seen here. Let the server speak TLS 1.2, too, ` +
      "or use a newer build of this program.",
  );
}

/** A certificate other than the one that `--tls-fingerprint` names. */
export function notTheNamed(address: Address, shown: string, named: string): TrustError {
  return new TrustError(
    `The certificate of ${
      showAddress(address)
    } is not the one that --tls-fingerprint names. Nothing was sent there.`,
    `  named: ${showFingerprint(named)}`,
    `  shown: ${showFingerprint(shown)}`,
    "Ask the operator which one is the server's, by another way than this chat.",
  );
}

/** A certificate that is not for this host. */
export function wrongName(address: Address, shown: ServerCertificate): TrustError {
  const names = shown.names.length === 0 ? "other names" : shown.names.join(", ");
  return new TrustError(
    `The certificate of ${showAddress(address)} is for ${names}. Connect to the server by such a name.`,
  );
}

/** A certificate that somebody vouches for, but nobody who is known. */
export function unknownAuthority(address: Address, shown: ServerCertificate): TrustError {
  return new TrustError(
    `The certificate of ${
      showAddress(address)
    } is from an authority that is not known here (${shown.issuer}). If this ` +
      "computer knows it, set the variable DENO_TLS_CA_STORE to system; if only you trust it, set DENO_CERT to a file " +
      "with its certificate.",
  );
}

/** What was refused is not shown any more, but a certificate that is in order. */
export function unsteady(address: Address): TrustError {
  return new TrustError(
    `What answers at ${showAddress(address)} shows now one certificate, now another. Nothing was sent there.`,
  );
}

/** A certificate that whoever answers only shows. */
export function keyless(address: Address): TrustError {
  return unusable(address, "what answers does not have its key");
}

/** A certificate that cannot be used, and why. */
export function unusable(address: Address, why: string): TrustError {
  return new TrustError(
    `The certificate of ${showAddress(address)} cannot be used: ${why}. Ask the operator to make another.`,
  );
}
