/** Lines made into rows of so many columns. Whatever is shown as a line goes through here, and is cleaned here. Pure. */

import { cleaned, oneLine } from "../clean.ts";
import { hasRightToLeft, ISOLATE, isolated, POP_ISOLATE } from "./isolate.ts";
import type { Cluster, Ruler } from "./ruler.ts";
import { plain, type Span, type Style } from "./style.ts";

export interface Line {
  /** Who and when: shown in one line. What comes after the first row is indented by its width. */
  readonly head: readonly Span[];
  /** What was said; it may have lines of its own. */
  readonly body: readonly Span[];
}

/** What is written as it is: clean, with no line break, and right-to-left text isolated. */
export interface Row {
  readonly spans: readonly Span[];
  /** What the spans take, at most the columns that were asked for. */
  readonly columns: number;
  /** Whether terminals agree on the columns of all that is in it. */
  readonly sure: boolean;
}

/** Stands for a cluster that is wider than a row. */
export const TOO_WIDE: Cluster = { text: "?", columns: 1, sure: true };

const TAB = "    ";
const INDENT_COLUMNS_MIN = 2;
/** In East Asian text a row neither begins with what closes nor ends with what opens. */
const CLOSING = /^[\p{Pe}\p{Pf}\p{Po}ー]/u;
const OPENING = /^[\p{Ps}\p{Pi}]/u;

interface Piece {
  readonly cluster: Cluster;
  readonly span: Span;
}

/**
 * The rows of `line` at `columns`, which is at least 1. Breaks are at spaces, which vanish there, and beside wide
 * letters; a word that is longer than a row is cut between clusters. Rows after the first are indented by the width
 * of the head, but by no more than a third of the columns.
 */
export function rowsOf({ head, body }: Line, columns: number, ruler: Ruler): readonly Row[] {
  const indentMax = Math.max(0, Math.min(columns - 2, Math.max(INDENT_COLUMNS_MIN, Math.floor(columns / 3))));
  const room = Math.max(1, columns - indentMax);
  const pieces: Piece[] = [];
  const push = (span: Span, text: string): void => {
    for (const cluster of ruler.clusters(text)) {
      pieces.push({ cluster: cluster.columns > room ? TOO_WIDE : cluster, span });
    }
  };
  for (const span of head) push(span, oneLine(span.text));
  const headLength = pieces.length;
  for (const span of body) push(span, cleaned(span.text).replaceAll("\t", TAB));
  return new Wrapping(pieces, headLength, columns, indentMax).rows();
}

/** The pieces of one line on their way into rows. */
class Wrapping {
  readonly #pieces: readonly Piece[];
  /** How many of the pieces are the head's. */
  readonly #head: number;
  /** The first piece that a break may precede. A head that is no wider than the indent keeps its first word. */
  readonly #breakable: number;
  readonly #columns: number;
  readonly #indent: number;
  readonly #rows: Row[] = [];
  /** Of the row that is being filled: its first piece, the columns taken, the last piece that a break may precede. */
  #first = 0;
  #taken = 0;
  #chance = 0;

  constructor(pieces: readonly Piece[], head: number, columns: number, indentMax: number) {
    const headColumns = columnsOf(pieces, 0, head);
    this.#pieces = pieces;
    this.#head = head;
    this.#breakable = headColumns > indentMax ? 1 : head + 1;
    this.#columns = columns;
    this.#indent = Math.min(headColumns, indentMax);
  }

  rows(): readonly Row[] {
    this.#pieces.forEach((piece, i) => this.#place(piece, i));
    this.#end(this.#pieces.length, this.#pieces.length);
    return this.#rows;
  }

  /** Takes the piece at `i` into the row or, where it is full, into the next. Spaces may hang over the edge. */
  #place({ cluster }: Piece, i: number): void {
    if (cluster.text === "\n") return this.#end(i, i + 1);
    if (i >= this.#breakable && mayBreak(this.#pieces[i - 1]?.cluster, cluster)) this.#chance = i;
    while (cluster.text !== " " && this.#taken + cluster.columns > this.#columns && this.#first < i) {
      const next = this.#chance > this.#first ? this.#chance : i;
      this.#end(next, next);
      // What was after the break is indented now, and may be too wide for that.
      this.#pieces.slice(next, i).forEach((moved, n) => this.#place(moved, next + n));
    }
    this.#taken += cluster.columns;
  }

  /** Ends the row before the piece at `to`, without the spaces there. The piece at `next` begins the next row. */
  #end(to: number, next: number): void {
    let end = to;
    while (end > this.#first && this.#pieces[end - 1]?.cluster.text === " ") end--;
    this.#rows.push(this.#row(this.#first, end));
    this.#first = next;
    this.#taken = this.#indent;
  }

  #row(from: number, to: number): Row {
    if (from === to) return { spans: [], columns: 0, sure: true };
    const indent = this.#rows.length === 0 ? 0 : this.#indent;
    const head = spansOf(this.#pieces.slice(from, Math.min(to, this.#head)));
    const body = spansOf(this.#pieces.slice(Math.max(from, this.#head), to));
    return {
      spans: [
        ...(indent === 0 ? [] : [plain(" ".repeat(indent))]),
        ...head.map(({ text, style }) => ({ text: isolated(text), style })),
        ...isolatedAsOne(body),
      ],
      columns: indent + columnsOf(this.#pieces, from, to),
      sure: !this.#pieces.some(({ cluster }, i) => !cluster.sure && i >= from && i < to),
    };
  }
}

function mayBreak(before: Cluster | undefined, after: Cluster): boolean {
  if (before === undefined || after.text === " ") return false;
  if (before.text === " ") return true;
  return (before.columns > 1 || after.columns > 1) && !OPENING.test(before.text) && !CLOSING.test(after.text);
}

function columnsOf(pieces: readonly Piece[], from: number, to: number): number {
  let columns = 0;
  for (let i = from; i < to; i++) columns += pieces[i]?.cluster.columns ?? 0;
  return columns;
}

/** What stands in a row of each span. Two of one style stay apart, since their clusters do. */
function spansOf(pieces: readonly Piece[]): readonly Span[] {
  const spans: { text: string; style: Style }[] = [];
  pieces.forEach(({ cluster, span }, i) => {
    const last = span === pieces[i - 1]?.span ? spans.at(-1) : undefined;
    if (last === undefined) spans.push({ text: cluster.text, style: span.style });
    else last.text += cluster.text;
  });
  return spans;
}

/** What one person said has one order, however it is styled. */
function isolatedAsOne(spans: readonly Span[]): readonly Span[] {
  if (!spans.some(({ text }) => hasRightToLeft(text))) return spans;
  return spans.map(({ text, style }, i) => ({
    text: (i === 0 ? ISOLATE : "") + text + (i === spans.length - 1 ? POP_ISOLATE : ""),
    style,
  }));
}
