/**
 * Search: the newest entries whose texts hold a query, as NFKC case-folded substrings.
 *
 * There is no index: segments are read backwards, block by block, and each read lets the event loop turn, so that a
 * search through a million entries delays nobody else. Nearly all lines are ASCII, where folding is lower case and
 * the query is looked for in the line as it stands; only lines that may match, or that are not ASCII, are parsed.
 */

import type { Entry } from "../protocol/messages.ts";
import { fold } from "../protocol/names.ts";
import { lineEnd, parseBody, type Range, readLine } from "./lines.ts";
import { LINE_BYTES_MAX } from "./scan.ts";
import { DamagedLogError, type Segment } from "./segment.ts";
import type { Store } from "./store.ts";

export interface SearchRange {
  /** The oldest entry that may be found. */
  readonly first: number;
  /** The entry after the newest that may be found. */
  readonly before: number;
  /** How many at most. */
  readonly limit: number;
}

export interface SearchResult {
  /** Newest first. */
  readonly entries: readonly Entry[];
  /** Whether older ones remain. */
  readonly more: boolean;
}

/** How long a search keeps the loop. */
const TURN_MS_MAX = 4;
const BLOCK_BYTES = 4 * LINE_BYTES_MAX;
const ASCII = /^\p{ASCII}*$/u;
const decoder = new TextDecoder();

/** Searches the texts of `say` entries. Rejects with `DamagedLogError`. */
export async function searchBackwards(
  store: Store,
  query: string,
  range: SearchRange,
): Promise<SearchResult> {
  const { first, before, limit } = range;
  const folded = fold(query);
  const found: Entry[] = [];
  if (before <= first) return { entries: found, more: false };
  for await (const { bytes, segment, at } of blocksBackwards(store, first, before)) {
    const hits: Entry[] = [];
    let since = performance.now();
    for (const { start, end } of candidates(bytes, folded)) {
      // Texts of marks alone take long to fold.
      if (performance.now() - since > TURN_MS_MAX) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        since = performance.now();
      }
      const line = readLine(bytes, start, end);
      if (line === null) throw new DamagedLogError(segment.path, at + start);
      if (line.seq < first || line.seq >= before) continue;
      const entry = parseBody(bytes, line.body);
      if (entry.kind === "say" && fold(entry.text ?? "").includes(folded)) hits.push(entry);
    }
    found.push(...hits.reverse());
    if (found.length > limit) break;
  }
  return { entries: found.slice(0, limit), more: found.length > limit };
}

/** The lines of `bytes` that may hold `folded`, oldest first. */
function* candidates(bytes: Uint8Array, folded: string): Generator<Range> {
  // As it stands inside a JSON string.
  const needle = JSON.stringify(folded).slice(1, -1);
  const block = decoder.decode(bytes);
  if (ASCII.test(block) && !block.toLowerCase().includes(needle)) return;
  for (let start = 0, end = lineEnd(bytes, 0); end >= 0; start = end + 1, end = lineEnd(bytes, start)) {
    const line = decoder.decode(bytes.subarray(start, end));
    if (!ASCII.test(line) || line.toLowerCase().includes(needle)) yield { start, end };
  }
}

interface BackwardBlock {
  /** Whole lines, oldest first. */
  readonly bytes: Uint8Array;
  readonly segment: Segment;
  /** Where `bytes` begins in the segment's file. */
  readonly at: number;
}

/** The lines of entries before `before`, back to that of `first` and somewhat further: newest block first. */
async function* blocksBackwards(store: Store, first: number, before: number): AsyncGenerator<BackwardBlock> {
  for (const segment of store.segments.toReversed()) {
    if (segment.first >= before) continue;
    const file = await store.open(segment);
    try {
      // Lines from `before` on are read where they stand in the same segment, and passed over by their seq.
      for (let end = await store.wholeBytes(segment, file); end > 0;) {
        const block = new Uint8Array(Math.min(end, BLOCK_BYTES));
        const at = end - block.length;
        const filled = await file.read(block, at);
        // The first line of a block is cut, unless the file begins there: it belongs to the next block.
        const start = at === 0 ? 0 : lineEnd(block, 0) + 1;
        // A block is longer than lines can be, and ends where one does: with no other line feed in it, it is damaged.
        if (start === block.length) throw new DamagedLogError(segment.path, at);
        yield { bytes: block.subarray(start, filled), segment, at: at + start };
        end = at + start;
      }
    } finally {
      file.close();
    }
    if (segment.first <= first) return;
  }
}
