/** Segments: the files that a log's lines stand in, each named by the seq of its first entry. */

import type { Disk, ReadFile } from "./disk.ts";
import { type Line, lineEnd, readLine } from "./lines.ts";
import { eachLine, LINE_BYTES_MAX } from "./scan.ts";

export interface Segment {
  /** The seq of its first entry. */
  readonly first: number;
  readonly path: string;
}

const NAME = /^(\d{20})\.jsonl$/;

/** The name whose alphabetical order is the log's order. */
export function segmentName(first: number): string {
  return `${String(first).padStart(20, "0")}.jsonl`;
}

/** The segments in `folder`, oldest first. */
export async function listSegments(disk: Disk, folder: string): Promise<Segment[]> {
  const names = (await disk.list(folder)).filter((name) => NAME.test(name)).sort();
  return names.map((name) => ({ first: Number(name.slice(0, 20)), path: `${folder}/${name}` }));
}

/** Damage that no crash explains. What stands in the file from there on cannot be trusted. */
export class DamagedLogError extends Error {
  override readonly name = "DamagedLogError";

  constructor(path: string, offset: number) {
    super(`${path} is damaged at byte ${offset}: restore the file from a backup`);
  }
}

/** Where a reader stands in a segment: the byte where the line of entry `seq` begins. */
export interface Place {
  readonly segment: Segment;
  readonly at: number;
  readonly seq: number;
}

/** Consecutive lines and the bytes that their ranges point into. */
export interface Block {
  readonly bytes: Uint8Array;
  readonly lines: readonly Line[];
  /** Where the line after the last one begins. */
  readonly place: Place;
}

const BLOCK_BYTES = 2 * LINE_BYTES_MAX;

/**
 * Reads whole lines from `place`, up to 64 KiB of them, none after entry `last`. `lines` is empty only at the
 * segment's end. Throws `DamagedLogError`.
 */
export async function readBlock(disk: Disk, place: Place, last: number): Promise<Block> {
  const { segment } = place;
  const bytes = new Uint8Array(BLOCK_BYTES);
  const filled = await withFile(disk, segment.path, (file) => file.read(bytes, place.at));
  const lines: Line[] = [];
  let { seq } = place;
  let start = 0;
  for (let end = lineEnd(bytes, 0); end >= 0 && end < filled && seq <= last; end = lineEnd(bytes, start)) {
    const line = readLine(bytes, start, end);
    if (line === null || line.seq !== seq) throw new DamagedLogError(segment.path, place.at + start);
    lines.push(line);
    seq++;
    start = end + 1;
  }
  // A block is longer than two lines can be, so it holds none only where the file ends or is no text any more.
  if (lines.length === 0 && filled > 0 && seq <= last) throw new DamagedLogError(segment.path, place.at);
  return { bytes, lines, place: { segment, at: place.at + start, seq } };
}

/** Where entry `seq` begins in `segment`, which must hold it or end right before it. */
export function findEntry(disk: Disk, segment: Segment, seq: number): Promise<Place> {
  if (seq === segment.first) return Promise.resolve({ segment, at: 0, seq });
  return withFile(disk, segment.path, async (file) => {
    const { at } = await eachLine(file, await narrow(file, seq), (bytes, start, end, position) => {
      const line = readLine(bytes, start, end);
      if (line === null) throw new DamagedLogError(segment.path, position);
      return line.seq < seq - 1;
    });
    return { segment, at, seq };
  });
}

/** By halving, the start of a line before entry `seq` and close to it: lines differ in length, but carry their seq. */
async function narrow(file: ReadFile, seq: number): Promise<number> {
  const probe = new Uint8Array(LINE_BYTES_MAX);
  let low = 0;
  let high = await file.size();
  while (high - low > BLOCK_BYTES) {
    const middle = (low + high) >>> 1;
    const bytes = probe.subarray(0, await file.read(probe, middle));
    const start = lineEnd(bytes, 0) + 1;
    const end = lineEnd(bytes, start);
    const line = start > 0 && end > 0 ? readLine(bytes, start, end) : null;
    // A line that the probe does not hold whole lies in the half that is searched line by line in the end.
    if (line !== null && line.seq < seq) low = middle + start;
    else high = middle;
  }
  return low;
}

async function withFile<T>(disk: Disk, path: string, use: (file: ReadFile) => Promise<T>): Promise<T> {
  const file = await disk.open(path);
  try {
    return await use(file);
  } finally {
    file.close();
  }
}
