/** A draft as it is shown: rows of so many columns, and the place of the cursor in them. Pure. */

import { cleaned } from "../clean.ts";
import type { Ruler } from "./ruler.ts";
import { TOO_WIDE } from "./wrap.ts";

export interface DraftRow {
  /** What is seen: marks for what would steer a terminal. Right-to-left text is not isolated yet. */
  readonly text: string;
  readonly columns: number;
  /** What it shows of the draft, in UTF-16 units. A line break belongs to no row. */
  readonly start: number;
  readonly end: number;
}

/** Both from 0. The column is less than the columns of a row. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export interface DraftLayout {
  /** At least one. */
  readonly rows: readonly DraftRow[];
  readonly cursor: Place;
}

interface Seen {
  readonly text: string;
  readonly columns: number;
}

const TAB = "    ";
/** What may need a letter before it. Where it has none, it would join the last letter that is shown before it. */
const COMBINING = /^[\p{M}\p{Emoji_Modifier}\u0e33\u0eb3\uff9e\uff9f]/u;
/** The dotted circle, which stands for that letter. */
const BASE = "\u25cc";

/**
 * The rows of `text` at `columns`, which is at least 1, and the place of `cursor`, which is on a border of clusters.
 * Rows are filled to the last column. Before each cluster and at the end of each line is a column for the cursor, so
 * after a line that ends with a full row there is an empty row.
 */
export function layout(text: string, cursor: number, columns: number, ruler: Ruler): DraftLayout {
  let place: Place = { row: 0, column: 0 };
  const rows = fill(text, columns, ruler, (offset, row, column) => {
    if (offset === cursor) place = { row, column };
  });
  return { rows, cursor: place };
}

/** The offset that stands at `place`, or the last one before it in its row. */
export function offsetAt(text: string, place: Place, columns: number, ruler: Ruler): number {
  let found = 0;
  fill(text, columns, ruler, (offset, row, column) => {
    if (row === place.row && column <= place.column) found = offset;
  });
  return found;
}

/** Makes the rows, and tells `visit` where each cluster and the end of the text have their place. */
function fill(
  text: string,
  columns: number,
  ruler: Ruler,
  visit: (offset: number, row: number, column: number) => void,
): readonly DraftRow[] {
  const rows: DraftRow[] = [];
  let row = { text: "", columns: 0, start: 0 };
  let offset = 0;
  const arrive = (wanted: number): void => {
    if (row.columns + Math.max(1, wanted) > columns) end(offset, offset);
    visit(offset, rows.length, row.columns);
  };
  const end = (to: number, next: number): void => {
    rows.push({ ...row, end: to });
    row = { text: "", columns: 0, start: next };
  };
  const known = new Map<string, Seen>();
  for (const cluster of ruler.clusters(text)) {
    const seen = known.get(cluster.text) ?? asSeen(cluster.text, columns, ruler);
    known.set(cluster.text, seen);
    arrive(seen.columns);
    row.text += seen.text;
    row.columns += seen.columns;
    offset += cluster.text.length;
    if (cluster.text.endsWith("\n")) end(offset - 1, offset);
  }
  arrive(0);
  end(offset, offset);
  return rows;
}

/** What is seen of a cluster, within `columns`. A line break is not. */
function asSeen(cluster: string, columns: number, ruler: Ruler): Seen {
  const text = cleaned(cluster.replace("\t", TAB).replace("\n", ""));
  const joins = COMBINING.test(text) && ruler.clusters(BASE + text)[0]?.text !== BASE;
  const based = joins ? BASE + text : text;
  const seen = { text: based, columns: ruler.columns(based) };
  return seen.columns > columns ? TOO_WIDE : seen;
}
