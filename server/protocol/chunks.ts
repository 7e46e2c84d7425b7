/**
 * File chunks: the body of a frame of kind 2. Pure.
 *
 *     | transfer: 4 bytes | offset: 8 bytes | bytes of the file from that offset |
 *
 * Both numbers are unsigned and big-endian.
 */

import { ProtocolError } from "./errors.ts";
import { KIND_CHUNK, writeFrameHead } from "./frames.ts";
import { CHUNK_HEADER_BYTES, FRAME_HEADER_BYTES } from "./limits.ts";

export interface Chunk {
  readonly transfer: number;
  readonly offset: number;
  /** A view into the body that was read. */
  readonly bytes: Uint8Array;
}

/** What stands in a chunk's frame before the bytes of the file. */
export const CHUNK_HEAD_BYTES = FRAME_HEADER_BYTES + 1 + CHUNK_HEADER_BYTES;

/**
 * Writes the head of a chunk's frame to the beginning of `frame`, where `bytes` bytes of the file stand behind it:
 * what is read from a disk is read into its frame.
 */
export function writeChunkHead(frame: Uint8Array, transfer: number, offset: number, bytes: number): void {
  const body = writeFrameHead(frame, 0, KIND_CHUNK, CHUNK_HEADER_BYTES + bytes);
  const view = new DataView(frame.buffer, frame.byteOffset + body);
  view.setUint32(0, transfer);
  view.setBigUint64(4, BigInt(offset));
}

/** Reads the body of a frame of kind 2, which has at least a head. Throws `ProtocolError` `bad_frame`. */
export function readChunk(body: Uint8Array): Chunk {
  const view = new DataView(body.buffer, body.byteOffset);
  const offset = Number(view.getBigUint64(4));
  if (!Number.isSafeInteger(offset)) {
    throw new ProtocolError("bad_frame", "A file chunk's offset is at most 2^53 - 1.");
  }
  return { transfer: view.getUint32(0), offset, bytes: body.subarray(CHUNK_HEADER_BYTES) };
}
