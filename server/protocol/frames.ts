/**
 * Frames: how messages stand in the byte stream.
 *
 *     | length: 4 bytes, unsigned, big-endian | kind: 1 byte | body: length - 1 bytes |
 *
 * Pure: bytes in, frames out. What a body means is for `messages.ts`.
 */

import { ProtocolError } from "./errors.ts";
import { CHUNK_HEADER_BYTES, FRAME_BYTES_MAX, FRAME_HEADER_BYTES } from "./limits.ts";

export const KIND_JSON = 1;
export const KIND_CHUNK = 2;

/** One frame as it came. `body` is a view into the reader's buffer, good until the reader is given new bytes. */
export interface Frame {
  readonly kind: typeof KIND_JSON | typeof KIND_CHUNK;
  readonly body: Uint8Array;
}

const encoder = new TextEncoder();

/** Encodes one JSON message. Throws `RangeError` where the frame would be too large: nobody can read that. */
export function encodeMessage(message: object): Uint8Array<ArrayBuffer> {
  return encodeJson(JSON.stringify(message));
}

/** `encodeMessage` for a message that is JSON already. */
export function encodeJson(json: string): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + 1 + json.length);
  const body = frame.subarray(FRAME_HEADER_BYTES + 1);
  // ASCII, as most are, fits; and encoding into place is several times as fast as `encode`.
  const { read } = encoder.encodeInto(json, body);
  if (read < json.length) return encodeLonger(json);
  writeFrameHead(frame, 0, KIND_JSON, body.length);
  return frame;
}

/** `encodeJson` where the JSON has more bytes than letters. */
function encodeLonger(json: string): Uint8Array<ArrayBuffer> {
  const body = encoder.encode(json);
  const frame = new Uint8Array(FRAME_HEADER_BYTES + 1 + body.length);
  writeFrameHead(frame, 0, KIND_JSON, body.length);
  frame.set(body, FRAME_HEADER_BYTES + 1);
  return frame;
}

/** Writes length and kind for a body of `bodyBytes` into `into` from `offset`; returns where the body begins. */
export function writeFrameHead(into: Uint8Array, offset: number, kind: number, bodyBytes: number): number {
  const length = bodyBytes + 1;
  if (length > FRAME_BYTES_MAX) throw new RangeError(`a frame of ${length} bytes is over the limit`);
  into[offset] = length >>> 24;
  into[offset + 1] = length >>> 16;
  into[offset + 2] = length >>> 8;
  into[offset + 3] = length;
  into[offset + 4] = kind;
  return offset + FRAME_HEADER_BYTES + 1;
}

/** Frames end to end, to be written at once; `bytes` is the sum of their lengths. */
export function joinFrames(frames: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(bytes);
  let offset = 0;
  for (const frame of frames) {
    joined.set(frame, offset);
    offset += frame.length;
  }
  return joined;
}

const FIRST_BUFFER_BYTES = 512;
/** A large buffer that so many reads in a row hardly used shrinks: between two large frames there are a few. */
const HARDLY_USED_READS = 8;
/** A smaller one shrinks at once: it is soon made again. */
const LARGE_BUFFER_BYTES = 4_096;

/**
 * Cuts a stream of bytes into frames, in the buffer that the bytes were read into: fill `space()`, say how much
 * with `filled()`, take frames with `next()` until it returns null.
 *
 * The buffer starts small, grows for senders that fill it and for frames that need it, and shrinks again when
 * it was hardly used, so that ten thousand silent connections cost ten thousand small buffers.
 */
export class FrameReader {
  readonly #frameBytesMax: number;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #start = 0;
  #end = 0;
  /** Reads in a row that hardly used the buffer. */
  #hardlyUsed = 0;

  /** A length over `frameBytesMax` is refused; at most the protocol's own limit, which it is where nothing is given. */
  constructor(frameBytesMax = FRAME_BYTES_MAX) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Where the next bytes go; never empty once `next()` has said null. Views that it gave out are void from here on. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return this.#buffer.subarray(this.#end);
  }

  /** Says that `bytes` bytes of `space()` were filled. */
  filled(bytes: number): void {
    this.#end += bytes;
    const size = this.#buffer.length;
    if (this.#end === size) {
      // A full buffer of the largest size holds a whole frame: taking it makes room.
      const sizeMax = Math.max(FIRST_BUFFER_BYTES, FRAME_HEADER_BYTES + this.#frameBytesMax);
      if (size < sizeMax) this.#resize(Math.min(size * 2, sizeMax));
    } else if (this.#end >= size / 8 || size === FIRST_BUFFER_BYTES) {
      this.#hardlyUsed = 0;
    } else if (size < LARGE_BUFFER_BYTES || ++this.#hardlyUsed >= HARDLY_USED_READS) {
      const smaller = Math.max(size >> 3, FIRST_BUFFER_BYTES);
      // A large frame that comes in small pieces would shrink and grow the buffer at each of them.
      if (this.#end < FRAME_HEADER_BYTES || FRAME_HEADER_BYTES + this.#length() <= smaller) {
        this.#resize(smaller);
      }
    }
  }

  /**
   * The next whole frame, or null until more bytes have come. Throws `ProtocolError` `bad_frame`; the length is
   * judged before any room is made for the body.
   */
  next(): Frame | null {
    const held = this.#end - this.#start;
    if (held < FRAME_HEADER_BYTES) return null;
    const length = this.#length();
    if (length === 0 || length > this.#frameBytesMax) {
      throw new ProtocolError("bad_frame", `A frame's length is 1 to ${this.#frameBytesMax}, not ${length}.`);
    }
    if (held > FRAME_HEADER_BYTES) this.#kind();
    const whole = FRAME_HEADER_BYTES + length;
    if (held < whole) {
      // Where it is only that others stand before it, `space` makes room.
      if (whole > this.#buffer.length) this.#resize(whole);
      return null;
    }
    const kind = this.#kind();
    const body = this.#buffer.subarray(this.#start + FRAME_HEADER_BYTES + 1, this.#start + whole);
    this.#start += whole;
    if (kind === KIND_CHUNK && body.length < CHUNK_HEADER_BYTES) {
      throw new ProtocolError(
        "bad_frame",
        `A file chunk opens with ${CHUNK_HEADER_BYTES} bytes, not ${body.length}.`,
      );
    }
    return { kind, body };
  }

  #length(): number {
    return (this.#byte(0) << 24 | this.#byte(1) << 16 | this.#byte(2) << 8 | this.#byte(3)) >>> 0;
  }

  #byte(offset: number): number {
    return this.#buffer[this.#start + offset] ?? 0;
  }

  #kind(): Frame["kind"] {
    const kind = this.#byte(FRAME_HEADER_BYTES);
    if (kind === KIND_JSON || kind === KIND_CHUNK) return kind;
    throw new ProtocolError("bad_frame", `There is no frame of kind ${kind}.`);
  }

  #resize(size: number): void {
    const held = this.#buffer.subarray(this.#start, this.#end);
    const resized = new Uint8Array(size);
    resized.set(held);
    this.#end = held.length;
    this.#start = 0;
    this.#hardlyUsed = 0;
    this.#buffer = resized;
  }
}
