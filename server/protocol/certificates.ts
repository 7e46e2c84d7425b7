/** Certificates as both sides see them: the name that ours have, their fingerprint, and how people write that. Pure. */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/**
 * A name that every certificate made by `serve --tls` has. Whoever trusts one certificate and no other asks for this
 * name, however the server is reached. `.invalid` is nobody's, so no authority gives it to anyone.
 */
export const CERTIFICATE_NAME = "chat.invalid";

const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/;
const HEX_CHARS = 64;

/** The first certificate of a PEM file, in DER; null where there is none. */
export function certificateIn(pem: string): Uint8Array | null {
  const base64 = BLOCK.exec(pem)?.[1];
  return base64 === undefined ? null : new Uint8Array(Buffer.from(base64, "base64"));
}

/** A certificate in DER as a PEM file has it. */
export function pemOf(der: Uint8Array): string {
  const lines = Buffer.from(der).toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** The SHA-256 of a certificate in DER, in lower-case hex: what proofs are bound to. */
export function certificateHash(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}

/** A hash as people compare it, and as openssl and browsers show it: `AB:CD:…`. */
export function showFingerprint(hash: string): string {
  return (hash.toUpperCase().match(/../g) ?? []).join(":");
}

/** What a person wrote, with or without colons, in any case, as a hash; null where it is none. */
export function parseFingerprint(text: string): string | null {
  const hex = text.trim().replaceAll(":", "").toLowerCase();
  return hex.length === HEX_CHARS && /^[0-9a-f]+$/.test(hex) ? hex : null;
}
