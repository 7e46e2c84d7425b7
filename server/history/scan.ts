/** Reading a segment line by line: what a room's opening rests on. */

import type { ReadFile } from "./disk.ts";
import { lineEnd, readLine } from "./lines.ts";

/** Longer than any line: a text of `TEXT_BYTES_MAX` bytes, escaped, with all else that a line holds. */
export const LINE_BYTES_MAX = 32_768;
const BLOCK_BYTES = 8 * LINE_BYTES_MAX;

/** What a segment holds, from where its lines were checked on. */
export type Scan =
  /** Whole to its end. */
  | { readonly is: "whole"; readonly next: number; readonly bytes: number }
  /** Whole up to `bytes`; what follows is a write that a crash interrupted, never acknowledged and never shown. */
  | { readonly is: "torn"; readonly next: number; readonly bytes: number }
  /** Damaged at `bytes`, and written on afterwards: what is lost there was acknowledged. */
  | { readonly is: "damaged"; readonly next: number; readonly bytes: number };

/**
 * Checks every line of `file` from byte `at` on, where entry `first` begins.
 *
 * A line is bad when its checksum or its seq is wrong or its end is missing. A valid line further on decides what
 * that means: one whose batch began after the bad line was written when the bad one had long been synced, so the
 * disk has lost something (damaged); with none, or with lines of the same batch alone, the write was cut (torn).
 */
export async function scan(file: ReadFile, first: number, at = 0): Promise<Scan> {
  let next = first;
  let badAt = -1;
  let damaged = false;
  const end = await eachLine(file, at, (bytes, start, stop, position) => {
    const line = readLine(bytes, start, stop);
    if (badAt < 0) {
      if (line !== null && line.seq === next) {
        next++;
        return true;
      }
      badAt = position;
    }
    if (line !== null && line.seq - line.nth > next) damaged = true;
    return !damaged;
  });
  if (badAt < 0) return { is: end.rest === 0 ? "whole" : "torn", next, bytes: end.at };
  return { is: damaged ? "damaged" : "torn", next, bytes: badAt };
}

/**
 * Gives each line from byte `position` on to `each`: the bytes it stands in, where it starts, where its line feed
 * is, and its place in the file; until `each` returns false. Returns where the last line given ended and how many
 * bytes without a line feed follow.
 */
export async function eachLine(
  file: ReadFile,
  position: number,
  each: (bytes: Uint8Array, start: number, end: number, position: number) => boolean,
): Promise<{ at: number; rest: number }> {
  const block = new Uint8Array(BLOCK_BYTES);
  let at = position;
  while (true) {
    const filled = await file.read(block, at);
    const bytes = block.subarray(0, filled);
    let start = 0;
    for (let end = lineEnd(bytes, 0); end >= 0; end = lineEnd(bytes, start)) {
      const goesOn = each(bytes, start, end, at + start);
      start = end + 1;
      if (!goesOn) return { at: at + start, rest: 0 };
    }
    if (filled < block.length) return { at: at + start, rest: filled - start };
    // No line is as long as a block: where one holds no line feed, the block itself is given as a bad line.
    if (start === 0 && !each(bytes, 0, start = filled, at)) return { at: at + start, rest: 0 };
    at += start;
  }
}
