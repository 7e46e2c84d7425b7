/** The dock: files on their way, what was said and is not stored yet, the status line, and the input. Rows and a cursor; pure. */

import { oneLine } from "../clean.ts";
import { layout, type Place } from "./draft.ts";
import { isolated } from "./isolate.ts";
import type { Ruler } from "./ruler.ts";
import { dim, PLAIN, plain, type Span, STRONG } from "./style.ts";
import type { Size } from "./tty.ts";
import { drawTransfers, type TransferRow } from "./transfer_rows.ts";
import { type Line, rowsOf } from "./wrap.ts";

export interface Dock {
  readonly transfers: readonly TransferRow[];
  readonly pending: readonly Line[];
  readonly status: readonly Span[];
  readonly input: Input;
}

/** What is being typed: a draft, or the answer to a question. */
export interface Input {
  readonly text: string;
  /** Where the cursor is in the text, in UTF-16 units. */
  readonly cursor: number;
  /** What stands before the text; later rows are indented as far. */
  readonly prompt: string;
  /** Whether the text is not to be seen. */
  readonly secret: boolean;
  /** What can be picked, and which of it is. */
  readonly options: readonly string[];
  readonly picked: number;
}

/** Rows as spans, and where the cursor stands in them. */
export interface Drawing {
  readonly rows: readonly (readonly Span[])[];
  readonly cursor: Place;
}

/** Stands where the text goes on above. */
const MORE = "↑";
const INPUT_ROWS_MAX = 8;
const PENDING_ROWS_MAX = 5;

/** The columns that are drawn on. The last stays free, since terminals differ in what follows a character in it. */
export function usable(columns: number): number {
  return Math.max(1, columns - 1);
}

/** The dock in a window of `size`. It leaves at least a third of the window to the messages. */
export function drawDock(dock: Dock, size: Size, ruler: Ruler): Drawing {
  const columns = usable(size.columns);
  const most = Math.max(2, Math.floor(size.rows * 2 / 3));
  const input = drawInput(dock.input, size.columns, Math.min(INPUT_ROWS_MAX, most - 1), ruler);
  const options = drawOptions(dock.input, columns, most - 1 - input.rows.length, ruler);
  const left = most - 1 - input.rows.length - options.length;
  const transfers = drawTransfers(dock.transfers, columns, left, ruler);
  const above = [
    ...transfers,
    ...drawPending(dock.pending, columns, Math.min(PENDING_ROWS_MAX, left - transfers.length), ruler),
    oneRow(dock.status, columns, ruler),
    ...options,
  ];
  return {
    rows: [...above, ...input.rows],
    cursor: { row: above.length + input.cursor.row, column: input.cursor.column },
  };
}

/** The columns that a draft behind `prompt` is laid out in, in a window of so many. */
export function inputColumns(columns: number, prompt: string, ruler: Ruler): number {
  return Math.max(1, usable(columns) - indentOf(prompt, columns, ruler));
}

/** The columns of the prompt before the text, 0 where it is so long that it stands above it. */
function indentOf(prompt: string, columns: number, ruler: Ruler): number {
  const indent = ruler.columns(prompt);
  return indent * 2 > usable(columns) ? 0 : indent;
}

function drawInput(input: Input, columns: number, most: number, ruler: Ruler): Drawing {
  const prompt = oneLine(input.prompt);
  const indent = indentOf(prompt, columns, ruler);
  const above = indent > 0 || most < 2 ? [] : [oneRow([dim(prompt)], usable(columns), ruler)];
  const { text, cursor } = input.secret ? { text: "", cursor: 0 } : input;
  const laid = layout(text, cursor, inputColumns(columns, prompt, ruler), ruler);
  const shown = most - above.length;
  const first = firstShown(laid.rows.length, laid.cursor.row, shown);
  const rows = laid.rows.slice(first, first + shown).map((row, i) => [
    dim(indent === 0 ? "" : first + i === 0 ? prompt : (i === 0 ? MORE : "").padEnd(indent)),
    plain(isolated(row.text)),
  ]);
  const place = { row: above.length + laid.cursor.row - first, column: laid.cursor.column + indent };
  return { rows: [...above, ...rows], cursor: place };
}

/** The first of `count` rows to show where at most `most` fit and `wanted` has to be among them: the last that can be. */
function firstShown(count: number, wanted: number, most: number): number {
  return Math.max(0, Math.min(wanted, count - most));
}

/** The options, as many as fit, with the picked one among them. */
function drawOptions(input: Input, columns: number, most: number, ruler: Ruler): Span[][] {
  const first = firstShown(input.options.length, input.picked, Math.max(1, most));
  return input.options.slice(first, first + Math.max(0, most)).map((option, i) => {
    const at = first + i;
    const mark = at === input.picked ? "› " : "  ";
    return oneRow(
      [dim(mark), dim(`${at + 1}  `), { text: option, style: at === input.picked ? STRONG : PLAIN }],
      columns,
      ruler,
    );
  });
}

/** The newest of what waits, a row each, and how many there are before them. */
function drawPending(lines: readonly Line[], columns: number, most: number, ruler: Ruler): Span[][] {
  if (most < 1 || lines.length === 0) return [];
  const shown = lines.length <= most ? lines : lines.slice(lines.length - most + 1);
  const before = lines.length - shown.length;
  return [
    ...(before === 0 ? [] : [oneRow([dim(`… ${before} more`)], columns, ruler)]),
    ...shown.map((line) => oneRow([...line.head, ...line.body], columns, ruler)),
  ];
}

/** Spans in one row, cut where it ends. */
function oneRow(spans: readonly Span[], columns: number, ruler: Ruler): Span[] {
  const line = { head: [], body: spans };
  const [row, more] = rowsOf(line, columns, ruler);
  if (row === undefined || more === undefined) return [...row?.spans ?? []];
  if (columns === 1) return [dim("…")];
  const [cut] = rowsOf(line, columns - 1, ruler);
  return [...cut?.spans ?? [], dim("…")];
}
