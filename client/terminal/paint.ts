/** Rows as the bytes that draw them. Pure. */

import type { Ruler } from "./ruler.ts";
import { begin, END, type Span, type Style } from "./style.ts";
import type { Row } from "./wrap.ts";

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
/** From the first column of a row on. (What is erased from the first cell of all, tmux keeps in its scrollback.) */
export const ERASE_ALL = ` ${ERASE_BELOW}\r${ERASE_ROW}`;
/** Goes to the first row of the screen. */
export const HOME = "\x1b[H";

/**
 * What an update stands between: drawn at once where the terminal can (synchronised update, mode 2026), without a
 * cursor that runs about.
 */
export const UPDATE = { begin: "\x1b[?2026h\x1b[?25l", end: "\x1b[?25h\x1b[?2026l" };

/** Draws each sample over the one before and asks where the cursor stands behind it; nothing of them stays. */
export function probe(samples: readonly string[]): string {
  return UPDATE.begin + samples.map((sample) => `\r${sample}\x1b[6n`).join("") + `\r${ERASE_ROW}` +
    UPDATE.end;
}

/** Around a cluster that may be wider than we think: at the end of a row it must not begin another one. */
const UNWRAPPED = { begin: "\x1b[?7l", end: "\x1b[?7h" };

/** A row of messages. Where terminals agree on all of it, as on most, it is not measured again. */
export function paintedRow({ spans, sure }: Row, ruler: Ruler, colours: boolean): string {
  if (!sure) return painted(spans, ruler, colours);
  return spans.map(({ text, style }) => styled(text, style, colours)).join("");
}

/**
 * The spans of a row, from its first column on. Where terminals disagree on how wide a cluster is, the next one is
 * put where it belongs all the same. Rows are short enough not to wrap; but a window may have become narrower, which
 * is told late, and what would be cut then is wrapped.
 */
export function painted(spans: readonly Span[], ruler: Ruler, colours: boolean): string {
  let out = "";
  let column = 0;
  for (const { text, style } of spans) {
    let letters = "";
    for (const { text: letter, columns, sure } of ruler.clusters(text)) {
      column += columns;
      letters += sure ? letter : UNWRAPPED.begin + letter + UNWRAPPED.end + toColumn(column);
    }
    out += styled(letters, style, colours);
  }
  return out;
}

function styled(text: string, style: Style, colours: boolean): string {
  const code = begin(style, colours);
  return code === "" ? text : code + text + END;
}
