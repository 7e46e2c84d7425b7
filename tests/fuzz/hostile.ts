/** Frames as somebody would send them who means no good, or whose program is broken. Pure and seeded. */

import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { CHUNK_HEAD_BYTES, writeChunkHead } from "../../server/protocol/chunks.ts";
import { encodeJson, encodeMessage, writeFrameHead } from "../../server/protocol/frames.ts";
import { CHUNK_BYTES_MAX, FRAME_BYTES_MAX } from "../../server/protocol/limits.ts";
import { REQUESTS } from "../../server/protocol/messages.ts";
import { anyText, between } from "../protocol/random.ts";

export type Random = () => number;

export function pick<T>(random: Random, [first, ...rest]: readonly [T, ...T[]]): T {
  return [first, ...rest][between(random, 0, rest.length)] ?? first;
}

export function bytes(random: Random, count: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: count }, () => between(random, 0, 255));
}

/** A frame whose head says what it says, around whatever body. */
function framed(kind: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(5 + body.length);
  frame.set(body, writeFrameHead(frame, 0, kind, body.length));
  return frame;
}

const NUMBERS = [
  0,
  1,
  -1,
  0.5,
  50,
  200,
  201,
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  1e308,
  -0,
  Number.MIN_VALUE,
] as const;
export const NAMES = [
  "lobby",
  "LOBBY",
  "tea",
  "den",
  "0",
  "1",
  "Client1",
  "ghost",
  "",
  "a b",
  "__proto__",
  "operator",
  "signer-1",
  "signer-2",
  "realm-1",
] as const;

const FILE_NAMES = ["a.txt", "../../a", "C:\\a", "CON", "a".repeat(300), "\u202etxt.exe", "", ".."] as const;

/** Something that may or may not be what a member should be. */
function value(random: Random): unknown {
  switch (between(random, 0, 11)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return pick(random, NAMES);
    case 4:
    case 5:
      return pick(random, NUMBERS);
    case 6:
    case 7:
      return anyText(random, 40);
    case 8:
      return "x".repeat(between(random, 1, 5_000));
    case 9:
      return pick(random, [null, true, false, [], {}]);
    case 10:
      return { toString: null, length: -1, type: [value(random)] };
    default:
      return [value(random), value(random)];
  }
}

const MODERATION = new Set(["kick", "unban", "mute", "unmute", "owner"]);
/** Names of those who are likely to be there. */
const VICTIMS = ["signer-1", "signer-2", "tea", "ghost"] as const;

/** How often types are asked for: what costs a file or a hash of a password is rare. */
const WEIGHTS: ReadonlyMap<string, number> = new Map([
  ["bye", 1],
  ...["create", "close", "title", "password"].map((type) => [type, 4] as const),
  ...[...MODERATION].map((type) => [type, 10] as const),
]);
const WEIGHT_OF_OTHERS = 40;

const TYPES = Object.keys(REQUESTS).flatMap((type) =>
  Array(WEIGHTS.get(type) ?? WEIGHT_OF_OTHERS).fill(type)
);

/**
 * A request as the table has it, with members left out, added, and of any value, often about the room `home`; `bye` ends
 * a connection.
 */
export function request(random: Random, id: number, home: string): object {
  const type: unknown = TYPES[between(random, 0, TYPES.length - 1)];
  const asks: object = typeof type === "string"
    ? Object.entries(REQUESTS).find(([t]) => t === type)?.[1].asks ?? {}
    : {};
  const members: Record<string, unknown> = {};
  for (const name of Object.keys(asks)) {
    if (random() < 0.15) continue;
    if (name === "password" && type !== "password" && random() < 0.995) continue;
    members[name] = name === "room" && random() < 0.5 ? home : likely(random, type, name);
  }
  if (type === "create") members["room"] = random() < 0.5 ? home : pick(random, NAMES);
  if (random() < 0.02) members[anyText(random, 8)] = value(random);
  const badId = random() < 0.002;
  return { type, id: badId ? value(random) : id, ...members };
}

/** Mostly what the member should be, so that the request gets somewhere. */
function likely(random: Random, type: unknown, name: string): unknown {
  if (random() < 0.2) return value(random);
  switch (name) {
    case "room":
    case "to":
      return pick(random, NAMES);
    case "name":
      if (type === "put") return pick(random, FILE_NAMES);
      return MODERATION.has(String(type)) ? pick(random, VICTIMS) : pick(random, NAMES);
    case "for_ms":
      return between(random, 1, 100_000);
    case "text":
    case "query":
    case "title":
    case "reason":
    case "client":
    case "session":
      return anyText(random, 60);
    case "key":
      return type === "say" || type === "put"
        ? `key ${between(random, 0, 50)}`
        : Buffer.from(bytes(random, 32)).toString("base64url");
    case "proof":
      return Buffer.from(bytes(random, 64)).toString("base64url");
    case "password":
      return type === "password" && random() < 0.9 ? null : anyText(random, 20);
    case "history":
      return pick(random, ["all", "joined"]);
    case "ban":
    case "address":
      return random() < 0.5;
    case "protocol":
      return 1;
    case "size":
    case "offset":
      return pick(random, FILE_BYTES);
    case "sha256":
      return HASHES[between(random, 0, HASHES.length - 1)];
    case "transfer":
    case "file":
      return between(random, 0, 6);
    default:
      return pick(random, NUMBERS);
  }
}

/** Files of so many zeros: so some that are put come to their end. */
const FILE_BYTES = [0, 1, 10, 1_000, 61_440, 100_000] as const;
const HASHES = FILE_BYTES.map((size) => hash("sha256", new Uint8Array(size)));

/** What comes of a file beside requests: a chunk, or that some of one has come; rightly or wrongly. */
export function filePiece(random: Random): Uint8Array<ArrayBuffer> {
  const transfer = between(random, 0, 6);
  const offset = pick(random, [0, 0, 0, 1, 61_440, 2 ** 40]);
  if (random() < 0.3) {
    return encodeMessage({ type: "received", transfer, offset: likely(random, "get", "offset") });
  }
  const size = Math.min(pick(random, FILE_BYTES), CHUNK_BYTES_MAX);
  const frame = new Uint8Array(CHUNK_HEAD_BYTES + size);
  writeChunkHead(frame, transfer, offset, size);
  if (random() < 0.05) frame.fill(between(random, 0, 255), 9, 17);
  return frame;
}

/** Deep, wide or long JSON that a frame can hold. */
export function heavy(random: Random): Uint8Array {
  const depth = between(random, 1, 30_000);
  switch (between(random, 0, 8)) {
    case 0:
      return encodeJson(`${"[".repeat(depth)}${"]".repeat(depth)}`);
    case 1:
      return encodeJson(`{"type":"say","id":1,"room":${'{"a":'.repeat(depth / 3)}1${"}".repeat(depth / 3)}}`);
    case 2:
      return encodeJson(`{"type":"${"x".repeat(depth)}","id":7}`);
    case 3:
      return encodeJson(`{${'"type":"ping",'.repeat(depth / 16)}"id":1e400}`);
    case 4:
      return encodeJson(`{"type":"say","id":${"9".repeat(depth)},"room":[${"0,".repeat(depth / 2)}0]}`);
    case 5: {
      const members = Array.from({ length: depth / 8 }, (_, i) => `"m${i}":${i}`);
      return encodeJson(`{"type":"join","id":9,"room":"lobby","__proto__":{"type":"bye"},${members}}`);
    }
    case 6:
      return encodeJson(`{"type":"tell","id":10,"to":"lobby","text":"${"\\u0041".repeat(depth / 3)}"}`);
    case 7: {
      // As large as a frame may be.
      const shell = '{"type":"search","id":11,"room":"lobby","query":""}';
      return encodeJson(shell.replace('""', `"${"q".repeat(FRAME_BYTES_MAX - 1 - shell.length)}"`));
    }
    default:
      return encodeMessage({
        type: "say",
        id: 8,
        room: "lobby",
        text: "\u0000".repeat(between(random, 1, 10_000)),
      });
  }
}

/** Bytes after which a stream cannot be understood any more, or that are none. */
export function poison(random: Random): Uint8Array {
  const body = bytes(random, between(random, 1, 300));
  switch (between(random, 0, 6)) {
    case 0:
      return body;
    case 1: {
      // A length that does not fit what follows.
      const frame = framed(1, body);
      new DataView(frame.buffer).setUint32(0, between(random, 0, 2 * FRAME_BYTES_MAX));
      return frame;
    }
    case 2:
      return framed(1, body);
    case 3:
      return framed(2, body);
    case 4:
      return framed(between(random, 0, 255), body);
    case 5: {
      // Cut somewhere, and nothing after it.
      const frame = encodeMessage(request(random, 9, "lobby"));
      return frame.subarray(0, between(random, 1, frame.length - 1));
    }
    default: {
      // One byte of a good frame is another.
      const frame = encodeMessage(request(random, 9, "lobby"));
      frame[between(random, 0, frame.length - 1)] = between(random, 0, 255);
      return frame;
    }
  }
}
