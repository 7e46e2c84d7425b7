/**
 * How an entry stands on disk and on the wire. This file owns the bytes of a segment. One entry a line:
 *
 *     {"seq":12,"at":1760000000000,"kind":"say","from":"Maya","text":"hi","key":"k","nth":3,"crc":"0a1b2c3d"}
 *
 * - `crc`, always last, is the CRC-32 (as of gzip) of every byte of the line before `,"crc"`, in 8 hex digits.
 * - `nth`, where there is one, stands before it: how many entries of the same batch stand before this one. The
 *   first of a batch has none. A batch is written and synced as a whole before the next one is begun, so after a
 *   crash only lines of one batch can be damaged. `nth` tells that from damage of another kind: see `scan.ts`.
 * - What stands before both is the entry's body. On the wire the same bytes follow `{"type":"entry","room":…,`,
 *   so nothing is parsed or encoded again on the way from disk to a member.
 */

import { crc32 } from "node:zlib";
import { KIND_JSON, writeFrameHead } from "../protocol/frames.ts";
import { FRAME_HEADER_BYTES } from "../protocol/limits.ts";
import { type Entry, isEntry } from "../protocol/messages.ts";

/** What is appended to a log; the log adds `seq` and `at`, and `file`, which is the seq, to a file. */
export type NewEntry =
  | (Author & { readonly kind: "say"; readonly text: string; readonly key?: string })
  | (Author & { readonly kind: "title"; readonly title: string })
  | NewFile
  | (Author & { readonly kind: "removed"; readonly file: number; readonly name: string });

/** A file whose bytes are on the disk; `sha256` is theirs in hex. */
export interface NewFile extends Author {
  readonly kind: "file";
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly key?: string;
}

/** Whose an entry is. */
export interface Author {
  readonly from: string;
  /** The fingerprint of the author's key, where there is one. */
  readonly by?: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NEWLINE = 10;
const QUOTE = 34;
const SEQ_HEAD = encoder.encode('{"seq":');
const NTH_HEAD = encoder.encode(',"nth":');
const CRC_HEAD = encoder.encode(',"crc":"');
/** `,"crc":"0a1b2c3d"}` */
const CRC_BYTES = 18;

/** A range of bytes: `start` inclusive, `end` exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A line as it was found. Ranges are offsets into the bytes that were searched. */
export interface Line {
  readonly seq: number;
  /** Entries of the same batch before this one. */
  readonly nth: number;
  readonly body: Range;
}

/** A batch that was larger than this leaves no buffer behind for the next one. */
const KEPT_BYTES_MAX = 65_536;

/** Lines being put together for one write. */
export class LineBuffer {
  #bytes = new Uint8Array();
  #used = 0;
  #bodies: Range[] = [];

  get size(): number {
    return this.#used;
  }

  /** What was added so far; a view, good until `clear`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  /** Where the bodies stand in `bytes`, in order. */
  get bodies(): readonly Range[] {
    return this.#bodies;
  }

  add(seq: number, at: number, entry: NewEntry): void {
    const { kind, from, by } = entry;
    const body = JSON.stringify({ seq, at, kind, from, by, ...restOf(seq, entry) }).slice(0, -1);
    const nth = this.#bodies.length === 0 ? "" : `,"nth":${this.#bodies.length}`;
    // A UTF-16 unit takes at most three bytes of UTF-8.
    this.#reserve((body.length + nth.length) * 3 + CRC_BYTES + 1);
    const start = this.#used;
    const end = start + this.#put(body);
    this.#put(nth);
    const crc = crc32(this.#bytes.subarray(start, this.#used)).toString(16).padStart(8, "0");
    this.#put(`,"crc":"${crc}"}\n`);
    this.#bodies.push({ start, end });
  }

  clear(): void {
    this.#used = 0;
    this.#bodies = [];
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = new Uint8Array();
  }

  #put(text: string): number {
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.#used));
    this.#used += written;
    return written;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + bytes));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}

/** In the order of the layout, whatever that of `entry` is. */
function restOf(seq: number, entry: NewEntry): object {
  switch (entry.kind) {
    case "say":
      return { text: entry.text, key: entry.key };
    case "title":
      return { title: entry.title };
    case "file": {
      const { name, size, sha256, key } = entry;
      return { file: seq, name, size, sha256, key };
    }
    case "removed":
      return { file: entry.file, name: entry.name };
    default:
      return entry satisfies never;
  }
}

/** The line in `bytes` from `start` up to its line feed at `end`; null where it is damaged. */
export function readLine(bytes: Uint8Array, start: number, end: number): Line | null {
  const checked = end - CRC_BYTES;
  if (checked <= start || !matches(bytes, checked, CRC_HEAD) || !matches(bytes, start, SEQ_HEAD)) return null;
  if (bytes[end - 2] !== QUOTE || bytes[end - 1] !== 125) return null;
  const crc = hex(bytes, end - 10, end - 2);
  if (crc === null || crc32(bytes.subarray(start, checked)) !== crc) return null;
  const seq = digits(bytes, start + SEQ_HEAD.length, checked);
  if (seq === null) return null;
  return { seq, ...splitNth(bytes, start, checked) };
}

function splitNth(bytes: Uint8Array, start: number, end: number): { nth: number; body: Range } {
  let first = end;
  while (first > start && isDigit(bytes[first - 1])) first--;
  const head = first - NTH_HEAD.length;
  if (first < end && head > start && matches(bytes, head, NTH_HEAD)) {
    return { nth: digits(bytes, first, end) ?? 0, body: { start, end: head } };
  }
  return { nth: 0, body: { start, end } };
}

/** Where the next line feed stands at or after `from`; -1 where there is none. */
export function lineEnd(bytes: Uint8Array, from: number): number {
  return bytes.indexOf(NEWLINE, from);
}

const KIND_HEAD = encoder.encode('"kind":"');

/** Whether a body may be of an entry of `kind`, which is cheaper to see than what it holds. */
export function mayBe(kind: Uint8Array, bytes: Uint8Array, { start, end }: Range): boolean {
  // Before it there are two numbers.
  let at = start;
  while (at < end && !matches(bytes, at, KIND_HEAD)) at++;
  return matches(bytes, at + KIND_HEAD.length, kind);
}

/** The entry in a body. Throws `SyntaxError` where a line with a right checksum holds none. */
export function parseBody(bytes: Uint8Array, { start, end }: Range): Entry {
  const entry: unknown = JSON.parse(`${decoder.decode(bytes.subarray(start, end))}}`);
  if (!isEntry(entry)) throw new SyntaxError("a line of the history holds no entry");
  return entry;
}

/** What stands in a frame before an entry's body, for entries of `room`. */
export function framePrefix(room: string): Uint8Array {
  return encoder.encode(`{"type":"entry","room":${JSON.stringify(room)},`);
}

/** Bytes of the frame for a body of `bodyBytes`: its `{` is in the prefix, its `}` is added. */
export function frameBytes(prefix: Uint8Array, bodyBytes: number): number {
  return FRAME_HEADER_BYTES + 1 + prefix.length + bodyBytes;
}

/** Writes the frame for the body that stands in `from` at `body` into `into` at `offset`; returns its end. */
export function writeFrame(
  into: Uint8Array,
  offset: number,
  prefix: Uint8Array,
  from: Uint8Array,
  body: Range,
): number {
  const json = writeFrameHead(into, offset, KIND_JSON, prefix.length + body.end - body.start);
  into.set(prefix, json);
  into.set(from.subarray(body.start + 1, body.end), json + prefix.length);
  const end = json + prefix.length + body.end - body.start;
  into[end - 1] = 125;
  return end;
}

function matches(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** The decimal number from `at` to the first other byte; null where there is no digit. */
function digits(bytes: Uint8Array, at: number, end: number): number | null {
  let value = 0;
  let i = at;
  for (; i < end; i++) {
    const byte = bytes[i];
    if (byte === undefined || byte < 48 || byte > 57) break;
    value = value * 10 + byte - 48;
  }
  return i === at ? null : value;
}

function hex(bytes: Uint8Array, at: number, end: number): number | null {
  let value = 0;
  for (let i = at; i < end; i++) {
    const byte = bytes[i] ?? 0;
    const digit = byte >= 48 && byte <= 57 ? byte - 48 : byte >= 97 && byte <= 102 ? byte - 87 : -1;
    if (digit < 0) return null;
    value = value * 16 + digit;
  }
  return value;
}
