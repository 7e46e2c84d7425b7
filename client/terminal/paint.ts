/** Rows as the bytes that draw them. Pure. */

import { begin, END, type Span } from "./style.ts";
import type { Ruler } from "./ruler.ts";

/** Goes up `rows` rows, and to the first column. */
export function upToStart(rows: number): string {
  return rows === 0 ? "\r" : `\x1b[${rows}A\r`;
}

/** Goes right to `column`, from 0. */
export function toColumn(column: number): string {
  return `\x1b[${column + 1}G`;
}

export const ERASE_ROW = "\x1b[K";
export const ERASE_BELOW = "\x1b[J";
/** Goes to the first row of the screen. */
export const HOME = "\x1b[H";

/**
 * What an update stands between: drawn at once where the terminal can (synchronised update, mode 2026), without a
 * cursor that runs about, and without wrapping, so that a cluster that is wider than we think cannot add a row.
 */
export const UPDATE = { begin: "\x1b[?2026h\x1b[?25l\x1b[?7l", end: "\x1b[?7h\x1b[?25h\x1b[?2026l" };

/** Draws each sample over the one before and asks where the cursor stands behind it; nothing of them stays. */
export function probe(samples: readonly string[]): string {
  return UPDATE.begin + samples.map((sample) => `\r${sample}\x1b[6n`).join("") + `\r${ERASE_ROW}` +
    UPDATE.end;
}

/**
 * The spans of a row, from its first column on. Where terminals disagree on how wide a cluster is, the next one is
 * put where it belongs all the same.
 */
export function painted(spans: readonly Span[], ruler: Ruler, colours: boolean): string {
  let out = "";
  let column = 0;
  for (const { text, style } of spans) {
    const code = begin(style, colours);
    out += code;
    for (const { text: letter, columns, sure } of ruler.clusters(text)) {
      column += columns;
      out += sure ? letter : letter + toColumn(column);
    }
    if (code !== "") out += END;
  }
  return out;
}
