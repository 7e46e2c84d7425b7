/** Keys and proofs, as they are written and as they are checked. */

import { Buffer } from "node:buffer";
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { fingerprint, parseKey, PLAIN_BINDING, proofBytes, proves } from "../../server/protocol/proofs.ts";
import { TestKey } from "../support/keys.ts";

const NONCE = "n".repeat(43);
/** The points of small order, and the ways to write y = 0 and y = 1 that are not the shortest. */
const KEYS_OF_ALL = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/** A proof, and the bytes that it signs. */
function signed(key: TestKey, name: string, nonce = NONCE, binding: string = PLAIN_BINDING) {
  return { ...key.proof(nonce, name, binding), bytes: proofBytes(nonce, binding, name) };
}

/** `text` with the lowest of the bits that its last character has too many. */
function withSpareBit(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(text.slice(-1));
  return text.slice(0, -1) + alphabet.charAt(last | 1);
}

Deno.test("a proof signs what the protocol says, and nothing else", () => {
  assertEquals(
    new TextDecoder().decode(proofBytes("the-nonce", "plain", "Zoë")),
    "chat-hello-1\nthe-nonce\nplain\nZoë",
  );
  const key = new TestKey();
  const { proof, bytes } = signed(key, "Maya");
  assert(proves(key.key, proof, bytes));
  const others = [
    proofBytes("m".repeat(43), PLAIN_BINDING, "Maya"),
    proofBytes(NONCE, "ab".repeat(32), "Maya"),
    proofBytes(NONCE, PLAIN_BINDING, "maya"),
    proofBytes(NONCE, PLAIN_BINDING, ""),
    new Uint8Array(),
  ];
  for (const other of others) assertEquals(proves(key.key, proof, other), false);
  assertEquals(proves(new TestKey().key, proof, bytes), false);
});

Deno.test("the proofs of RFC 8032 fit their keys", () => {
  const hex = (text: string) => Buffer.from(text, "hex").toString("base64url");
  const key = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const proof = hex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
  assert(proves(key, proof, new Uint8Array()));
  assertEquals(proves(key, proof, new Uint8Array(1)), false);
});

Deno.test("a key is 32 bytes, and written in one way however it came", () => {
  const { key } = new TestKey();
  const bytes = Buffer.from(key, "base64url");
  assertEquals(parseKey(key), key);
  assertEquals(parseKey(bytes.toString("base64")), key, "in standard base64, with its padding");
  const spare = withSpareBit(key);
  assertNotEquals(spare, key);
  assertEquals(parseKey(spare), key, "with bits behind its end");
  for (const length of [0, 1, 31, 33, 64]) {
    assertEquals(parseKey(Buffer.alloc(length, 7).toString("base64url")), null, `${length} bytes`);
  }
  for (const text of ["", "!", "ö".repeat(43), "\ud800", key + key]) assertEquals(parseKey(text), null, text);
});

Deno.test("keys for which anybody can sign prove nothing", () => {
  for (const hex of KEYS_OF_ALL) {
    for (const sign of [0, 0x80]) {
      const point = Buffer.from(hex, "hex");
      point.writeUInt8(point.readUInt8(31) | sign, 31);
      const key = point.toString("base64url");
      // The signature of nobody: the neutral element, and 0. It fits one in eight messages, or all.
      const proof = Buffer.alloc(64);
      proof.writeUInt8(1, 0);
      for (let n = 0; n < 100; n++) {
        const bytes = proofBytes(NONCE, PLAIN_BINDING, `Maya${n}`);
        assertEquals(proves(key, proof.toString("base64url"), bytes), false, `${hex} for message ${n}`);
      }
    }
  }
});

Deno.test("what is no proof proves nothing, and throws nothing", () => {
  const key = new TestKey();
  const { proof, bytes } = signed(key, "Maya");
  const raw = Buffer.from(proof, "base64url");
  const flipped = Buffer.from(raw);
  flipped.writeUInt8(raw.readUInt8(63) ^ 1, 63);
  const wrong = [
    "",
    "!",
    raw.subarray(0, 63).toString("base64url"),
    Buffer.concat([raw, Buffer.alloc(1)]).toString("base64url"),
    flipped.toString("base64url"),
    Buffer.alloc(64).toString("base64url"),
    Buffer.alloc(64, 0xff).toString("base64url"),
    raw.toString("hex"),
  ];
  for (const text of wrong) assertEquals(proves(key.key, text, bytes), false, text);
  for (const point of ["", "AA", Buffer.alloc(32, 0xff).toString("base64url"), key.key.slice(1)]) {
    assertEquals(proves(point, proof, bytes), false, `key ${point}`);
  }
});

Deno.test("a signature whose second half is the same by another number is refused", () => {
  const key = new TestKey();
  const { proof, bytes } = signed(key, "Maya");
  const raw = Buffer.from(proof, "base64url");
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let s = BigInt(`0x${Buffer.from(raw.subarray(32).toReversed()).toString("hex")}`) + order;
  for (let at = 32; at < 64; at++, s >>= 8n) raw.writeUInt8(Number(s & 0xffn), at);
  assertEquals(s, 0n, "it still fits");
  assertEquals(proves(key.key, raw.toString("base64url"), bytes), false);
});

Deno.test("a fingerprint is 22 characters, the same for a key however it is written, and others' are others", () => {
  const { key } = new TestKey();
  assertMatch(fingerprint(key), /^[A-Za-z0-9_-]{22}$/);
  assertEquals(fingerprint(withSpareBit(key)), fingerprint(key));
  assertNotEquals(fingerprint(new TestKey().key), fingerprint(key));
  // printf 32 zero bytes | sha256sum
  assertEquals(
    fingerprint("A".repeat(43)),
    Buffer.from("66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925", "hex")
      .toString("base64url").slice(0, 22),
  );
});
