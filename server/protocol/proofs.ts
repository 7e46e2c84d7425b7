/**
 * How a client proves that a name is its own: what it signs with its Ed25519 key, and how keys and signatures are
 * written. Signing needs a private key and stands with the client.
 */

import { Buffer } from "node:buffer";
import { createHash, createPublicKey, verify } from "node:crypto";

/** What stands for the server's certificate in a proof where there is no TLS. */
export const PLAIN_BINDING = "plain";

const KEY_BYTES = 32;
const PROOF_BYTES = 64;
/** Characters of a fingerprint: 132 bits, more than anybody can search for a second key with the same. */
const FINGERPRINT_CHARS = 22;

/**
 * The points P of RFC 8032's curve with 8P = 0, in hex, without the sign bit: y is 0, 1, -1, or that of order 8. What
 * fits such a key can be made without a secret, for any bytes, so that it shows nothing. Written in another way they
 * are no keys to node:crypto.
 */
const POINTS_OF_ALL: ReadonlySet<string> = new Set([
  "00".repeat(32),
  "01" + "00".repeat(31),
  "ec" + "ff".repeat(30) + "7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);

const encoder = new TextEncoder();

/**
 * The bytes that a proof signs. `nonce` is that of the connection's greeting, `binding` the hex SHA-256 of the
 * server's certificate or `PLAIN_BINDING`, `name` the one that is asked for as it is sent; empty where none is.
 */
export function proofBytes(nonce: string, binding: string, name: string): Uint8Array {
  return encoder.encode(`chat-hello-1\n${nonce}\n${binding}\n${name}`);
}

/** A public key in the one way to write it, so that two are the same where their texts are; null where it is none. */
export function parseKey(key: string): string | null {
  const bytes = Buffer.from(key, "base64url");
  return bytes.length === KEY_BYTES ? bytes.toString("base64url") : null;
}

/** Whether `proof` (64 bytes in base64url) is the signature of `signed` by the owner of `key` (32 bytes in base64url). */
export function proves(key: string, proof: string, signed: Uint8Array): boolean {
  const signature = Buffer.from(proof, "base64url");
  if (signature.length !== PROOF_BYTES || isOfAll(key)) return false;
  try {
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key }, format: "jwk" });
    return verify(null, signed, publicKey, signature);
  } catch {
    return false; // 32 bytes that are no point of the curve.
  }
}

function isOfAll(key: string): boolean {
  const [...point] = Buffer.from(key, "base64url");
  const sign = point.pop() ?? 0;
  return POINTS_OF_ALL.has(Buffer.from([...point, sign & 0x7f]).toString("hex"));
}

/** A key in short, for people, logs and histories: the start of its SHA-256 in base64url, 22 characters. */
export function fingerprint(key: string): string {
  return createHash("sha256").update(Buffer.from(key, "base64url")).digest("base64url").slice(
    0,
    FINGERPRINT_CHARS,
  );
}
