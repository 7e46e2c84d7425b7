/** File chunks, from their literal bytes and back. */

import { assertEquals, assertThrows } from "@std/assert";
import { CHUNK_HEAD_BYTES, readChunk, writeChunkHead } from "../../server/protocol/chunks.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { FrameReader, KIND_CHUNK } from "../../server/protocol/frames.ts";
import { CHUNK_BYTES_MAX, FRAME_BYTES_MAX } from "../../server/protocol/limits.ts";

/** Transfer 258, offset 2^32 + 5, and the bytes 7, 8, 9. */
const LITERAL = [0, 0, 0, 16, 2, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 0, 5, 7, 8, 9];

function chunk(transfer: number, offset: number, bytes: readonly number[]): Uint8Array {
  const frame = new Uint8Array(CHUNK_HEAD_BYTES + bytes.length);
  writeChunkHead(frame, transfer, offset, bytes.length);
  frame.set(bytes, CHUNK_HEAD_BYTES);
  return frame;
}

Deno.test("a chunk is a frame of kind 2: transfer, offset, bytes, all numbers big-endian", () => {
  assertEquals([...chunk(258, 2 ** 32 + 5, [7, 8, 9])], LITERAL);
  assertEquals(CHUNK_HEAD_BYTES, 17);
});

Deno.test("a chunk is read from a frame as it lies in a buffer, without a copy", () => {
  const reader = new FrameReader();
  // Something before it, so that it does not begin where its buffer does.
  const bytes = new Uint8Array([0, 0, 0, 3, 1, 123, 125, ...LITERAL]);
  reader.space().set(bytes);
  reader.filled(bytes.length);
  assertEquals(reader.next()?.kind, 1);
  const frame = reader.next();
  assertEquals(frame?.kind, KIND_CHUNK);
  const read = readChunk(frame?.body ?? new Uint8Array());
  assertEquals([read.transfer, read.offset, [...read.bytes]], [258, 2 ** 32 + 5, [7, 8, 9]]);
  assertEquals(read.bytes.buffer, frame?.body.buffer);
});

Deno.test("numbers of every size come back, up to those that no number of JavaScript tells apart", () => {
  for (const transfer of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
    for (const offset of [0, 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      const read = readChunk(chunk(transfer, offset, []).subarray(5));
      assertEquals([read.transfer, read.offset, read.bytes.length], [transfer, offset, 0]);
    }
  }
});

Deno.test("an offset of 2^53 or more is a bad_frame", () => {
  for (const offset of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
    const body = chunk(1, 0, [1]).slice(5);
    new DataView(body.buffer).setBigUint64(4, offset);
    const error = assertThrows(() => readChunk(body), ProtocolError);
    assertEquals(error.code, "bad_frame", `${offset}`);
  }
});

Deno.test("a body without a whole head is a bad_frame before anybody reads a number in it", () => {
  for (const bytes of [0, 1, 11]) {
    const reader = new FrameReader();
    reader.space().set([0, 0, 0, 1 + bytes, 2, ...new Uint8Array(bytes)]);
    reader.filled(5 + bytes);
    assertEquals(assertThrows(() => reader.next(), ProtocolError).code, "bad_frame", `${bytes} bytes`);
  }
});

Deno.test("a chunk of the largest size fits a frame", () => {
  const frame = new Uint8Array(CHUNK_HEAD_BYTES + CHUNK_BYTES_MAX);
  writeChunkHead(frame, 1, 0, CHUNK_BYTES_MAX);
  assertEquals(new DataView(frame.buffer).getUint32(0), 1 + 12 + CHUNK_BYTES_MAX);
  assertThrows(() => writeChunkHead(frame, 1, 0, FRAME_BYTES_MAX - 12), RangeError);
});
