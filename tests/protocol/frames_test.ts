import { assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import { ProtocolError } from "../../server/protocol/errors.ts";
import {
  encodeJson,
  encodeMessage,
  FrameReader,
  KIND_CHUNK,
  KIND_JSON,
  writeFrameHead,
} from "../../server/protocol/frames.ts";
import {
  CHUNK_BYTES_MAX,
  CHUNK_HEADER_BYTES,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
} from "../../server/protocol/limits.ts";
import { between, seeded } from "./random.ts";

/** A frame as the reader gave it, kept over the next read. */
interface Kept {
  readonly kind: number;
  readonly body: readonly number[];
}

/** Gives the reader `bytes`, as much at once as it takes, and drains it after each time as a connection does. */
function feed(reader: FrameReader, bytes: Uint8Array): Kept[] {
  const frames: Kept[] = [];
  for (let taken = 0; taken < bytes.length;) {
    const space = reader.space();
    const part = bytes.subarray(taken, taken + space.length);
    space.set(part);
    reader.filled(part.length);
    taken += part.length;
    for (let frame = reader.next(); frame !== null; frame = reader.next()) {
      frames.push({ kind: frame.kind, body: [...frame.body] });
    }
  }
  return frames;
}

function inPieces(bytes: Uint8Array, ends: readonly number[]): Kept[] {
  const reader = new FrameReader();
  return [0, ...ends].flatMap((start, i) => feed(reader, bytes.subarray(start, ends[i] ?? bytes.length)));
}

function frameOf(kind: number, body: readonly number[] | Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + 1 + body.length);
  frame.set(body, writeFrameHead(frame, 0, kind, body.length));
  return frame;
}

const JSON_BODY = [0x7b, 0x22, 0x74, 0x79, 0x70, 0x65, 0x22, 0x3a, 0x22, 0xc3, 0xa4, 0x22, 0x7d];
const CHUNK_BODY = [0, 0, 0, 7, 0, 0, 0, 0, 0, 1, 0, 0, 0xff];
/** `{"type":"ä"}`, a chunk of one byte, and `{}`, byte by byte. */
const STREAM = new Uint8Array([
  ...[0, 0, 0, 14, 1, ...JSON_BODY],
  ...[0, 0, 0, 14, 2, ...CHUNK_BODY],
  ...[0, 0, 0, 3, 1, 0x7b, 0x7d],
]);
const FRAMES: readonly Kept[] = [
  { kind: KIND_JSON, body: JSON_BODY },
  { kind: KIND_CHUNK, body: CHUNK_BODY },
  { kind: KIND_JSON, body: [0x7b, 0x7d] },
];

Deno.test("a message is encoded as length, kind and UTF-8", () => {
  assertEquals([...encodeMessage({ type: "ä" })], [0, 0, 0, 14, 1, ...JSON_BODY]);
  assertEquals([...encodeJson("{}")], [0, 0, 0, 3, 1, 0x7b, 0x7d]);
});

Deno.test("frames are read from their literal bytes", () => {
  assertEquals(inPieces(STREAM, []), FRAMES);
});

Deno.test("frames that come byte at a time are the same", () => {
  assertEquals(inPieces(STREAM, [...STREAM.keys()].slice(1)), FRAMES);
});

Deno.test("frames are the same wherever the stream is split, once or twice", () => {
  for (let first = 0; first <= STREAM.length; first++) {
    for (let second = first; second <= STREAM.length; second++) {
      assertEquals(inPieces(STREAM, [first, second]), FRAMES, `split at ${first} and ${second}`);
    }
  }
});

Deno.test("a frame is there with its last byte, not before and not after", () => {
  const reader = new FrameReader();
  assertEquals(feed(reader, STREAM.subarray(0, 17)), []);
  assertEquals(feed(reader, STREAM.subarray(17, 18)), FRAMES.slice(0, 1));
});

Deno.test("frames of every size near a limit come back whole, in any pieces (seed 1)", () => {
  const random = seeded(1);
  const sizes = [
    1,
    2,
    3,
    1_018,
    1_019,
    1_020,
    512,
    8_191,
    32_768,
    FRAME_BYTES_MAX - 2,
    FRAME_BYTES_MAX - 1,
  ];
  for (let round = 0; round < 30; round++) {
    const bodies = Array.from({ length: 6 }, () => {
      const size = sizes[between(random, 0, sizes.length - 1)] ?? 1;
      return new Uint8Array(size).fill(between(random, 0, 255));
    });
    const reader = new FrameReader();
    const read: Kept[] = [];
    const stream = bodies.flatMap((body) => [...frameOf(KIND_JSON, body)]);
    for (let at = 0; at < stream.length;) {
      const end = at + between(random, 1, random() < 0.5 ? 100 : 70_000);
      read.push(...feed(reader, new Uint8Array(stream.slice(at, end))));
      at = end;
    }
    assertEquals(read.map((frame) => frame.body.length), bodies.map((body) => body.length));
    for (const [i, frame] of read.entries()) {
      assertEquals(frame.body.every((byte) => byte === bodies[i]?.[0]), true, `round ${round}, frame ${i}`);
    }
  }
});

Deno.test("each violation is a bad_frame, as soon as its bytes are there", () => {
  const chunkHead = [0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0];
  const violations: readonly (readonly [string, readonly number[], string])[] = [
    ["length 0", [0, 0, 0, 0], "length is 1 to 65536, not 0."],
    ["one byte too long", [0, 1, 0, 1], "length is 1 to 65536, not 65537."],
    ["the sign bit set", [0x80, 0, 0, 1], "length is 1 to 65536, not 2147483649."],
    ["all bits set", [255, 255, 255, 255], "length is 1 to 65536, not 4294967295."],
    ["plain text", [...new TextEncoder().encode("GET ")], "length is 1 to 65536, not 1195725856."],
    ["kind 0, its body still to come", [0, 1, 0, 0, 0], "no frame of kind 0."],
    ["kind 3", [0, 0, 0, 2, 3], "no frame of kind 3."],
    ["kind 255", [0, 0, 0, 1, 255], "no frame of kind 255."],
    ["a chunk without its 12 bytes", [0, 0, 0, 12, 2, ...chunkHead], "opens with 12 bytes, not 11."],
    ["an empty chunk", [0, 0, 0, 1, 2], "opens with 12 bytes, not 0."],
  ];
  for (const [what, bytes, sentence] of violations) {
    const reader = new FrameReader();
    assertEquals(feed(reader, new Uint8Array(bytes.slice(0, -1))), [], what);
    const error = assertThrows(
      () => feed(reader, new Uint8Array(bytes.slice(-1))),
      ProtocolError,
      sentence,
      what,
    );
    assertEquals(error.code, "bad_frame", what);
  }
});

Deno.test("frames before a violation are given first", () => {
  const reader = new FrameReader();
  const bytes = new Uint8Array([...STREAM, 0, 0, 0, 0]);
  reader.space().set(bytes);
  reader.filled(bytes.length);
  for (const frame of FRAMES) assertEquals([...(reader.next()?.body ?? [])], frame.body);
  assertThrows(() => reader.next(), ProtocolError);
});

Deno.test("no room is made for a length that is over the limit", () => {
  const reader = new FrameReader();
  const before = reader.space().buffer;
  assertThrows(() => feed(reader, new Uint8Array([0, 1, 0, 1])), ProtocolError);
  assertEquals(reader.space().buffer === before, true);
});

Deno.test("the buffer starts small, and is as large as the largest frame once one is announced", () => {
  const reader = new FrameReader();
  assertEquals(reader.space().length, 512);
  feed(reader, new Uint8Array([0, 1, 0, 0, 1]));
  assertEquals(reader.space().length, FRAME_HEADER_BYTES + FRAME_BYTES_MAX - 5);
});

Deno.test("the buffer grows for a sender that fills it, up to the largest frame and no further", () => {
  const reader = new FrameReader();
  const small = frameOf(KIND_JSON, new Uint8Array(95));
  const burst = new Uint8Array(small.length * 40_000);
  for (let at = 0; at < burst.length; at += small.length) burst.set(small, at);
  let largest = 0;
  for (let taken = 0; taken < burst.length;) {
    const space = reader.space();
    largest = Math.max(largest, space.buffer.byteLength);
    const part = burst.subarray(taken, taken + space.length);
    space.set(part);
    reader.filled(part.length);
    taken += part.length;
    while (reader.next() !== null);
  }
  assertEquals(largest, FRAME_HEADER_BYTES + FRAME_BYTES_MAX);
});

Deno.test("the buffer shrinks back when little comes, and keeps what it holds", () => {
  const reader = new FrameReader();
  feed(reader, frameOf(KIND_JSON, new Uint8Array(FRAME_BYTES_MAX - 1)));
  for (let i = 0; i < 30; i++) assertEquals(feed(reader, STREAM), FRAMES);
  assertEquals(reader.space().length, 512);
  feed(reader, new Uint8Array([0, 1, 0, 0, 1]));
  const rest = new Uint8Array(FRAME_BYTES_MAX - 1).fill(9);
  assertEquals(feed(reader, rest), [{ kind: KIND_JSON, body: [...rest] }]);
});

Deno.test("a large frame that comes in small pieces has one buffer made for it", () => {
  const reader = new FrameReader();
  feed(reader, new Uint8Array([0, 1, 0, 0, 1]));
  const buffer = reader.space().buffer;
  for (let i = 0; i < 1_000; i++) {
    feed(reader, new Uint8Array(10));
    assertEquals(reader.space().buffer === buffer, true, `piece ${i}`);
  }
});

Deno.test("large frames one after another make no new buffer each, however the stream is cut (seed 7)", () => {
  const random = seeded(7);
  for (const pieceMax of [1_448, 16_384, 65_536]) {
    const reader = new FrameReader();
    const buffers = new Set<ArrayBufferLike>();
    const chunk = frameOf(KIND_CHUNK, new Uint8Array(CHUNK_HEADER_BYTES + CHUNK_BYTES_MAX));
    const stream = new Uint8Array(chunk.length * 20);
    for (let i = 0; i < 20; i++) stream.set(chunk, chunk.length * i);
    let frames = 0;
    for (let at = 0; at < stream.length;) {
      const space = reader.space();
      buffers.add(space.buffer);
      const part = stream.subarray(at, at + Math.min(space.length, between(random, 1, pieceMax)));
      space.set(part);
      reader.filled(part.length);
      at += part.length;
      while (reader.next() !== null) frames++;
    }
    assertEquals(frames, 20);
    // The first, and what it grew by.
    assertLessOrEqual(buffers.size, 10, `pieces up to ${pieceMax}`);
  }
});

Deno.test("there is always space for the next bytes once all frames are taken (seed 2)", () => {
  const random = seeded(2);
  const reader = new FrameReader();
  for (let i = 0; i < 300; i++) {
    const body = new Uint8Array(between(random, 0, random() < 0.2 ? FRAME_BYTES_MAX - 1 : 2_000));
    const frame = frameOf(KIND_JSON, body);
    for (let at = 0; at < frame.length;) {
      const space = reader.space();
      assertLess(0, space.length);
      assertLessOrEqual(space.buffer.byteLength, FRAME_HEADER_BYTES + FRAME_BYTES_MAX);
      const part = frame.subarray(at, at + between(random, 1, space.length));
      space.set(part);
      reader.filled(part.length);
      at += part.length;
      while (reader.next() !== null);
    }
  }
});

Deno.test("the largest message is encoded, one byte more is refused", () => {
  const envelope = JSON.stringify({ type: "" }).length;
  const largest = FRAME_BYTES_MAX - 1 - envelope;
  assertEquals(encodeMessage({ type: "x".repeat(largest) }).length, FRAME_HEADER_BYTES + FRAME_BYTES_MAX);
  assertThrows(() => encodeMessage({ type: "x".repeat(largest + 1) }), RangeError, "65537 bytes");
});

Deno.test("a frame's head is written where it is asked for", () => {
  const bytes = new Uint8Array(10).fill(7);
  assertEquals(writeFrameHead(bytes, 3, KIND_CHUNK, 0x1234), 8);
  assertEquals([...bytes], [7, 7, 7, 0, 0, 0x12, 0x35, 2, 7, 7]);
});

Deno.test("a server can take shorter frames than the protocol allows, and makes no room for longer ones", () => {
  const reader = new FrameReader(2_000);
  assertEquals(feed(reader, frameOf(KIND_JSON, new Uint8Array(1_999)))[0]?.body.length, 1_999);
  const error = assertThrows(
    () => feed(reader, frameOf(KIND_JSON, new Uint8Array(2_000))),
    ProtocolError,
    "length is 1 to 2000, not 2001.",
  );
  assertEquals(error.code, "bad_frame");
  const flooded = new FrameReader(2_000);
  const burst = Array.from({ length: 5_000 }, () => [...frameOf(KIND_JSON, [1, 2, 3])]).flat();
  assertEquals(feed(flooded, new Uint8Array(burst)).length, 5_000);
  assertLessOrEqual(flooded.space().buffer.byteLength, FRAME_HEADER_BYTES + 2_000);
});
