/** A screen as `tmux capture-pane -e -p` gives it: its text with the codes of its styles. Pure. */

import type { Span, Style } from "../../../client/terminal/style.ts";

/** What stood on a terminal at one moment. */
export interface Capture {
  /** Of the window, as the program in it set it. */
  readonly title: string;
  readonly columns: number;
  readonly rows: readonly (readonly Span[])[];
  /** Where the cursor is, both from 0. */
  readonly cursor: { readonly column: number; readonly row: number };
}

/** An isolate that begins at the end of a style: its first character has no width, so tmux keeps it one cell early. */
const EARLY_ISOLATE = /\u2068((?:\p{Cc}\[[\d;]*m)+)/gu;
const CODE = /\p{Cc}\[([\d;]*)m/u;

/**
 * The rows of `captured`, one for each of its lines. Throws where it holds a code that the client never writes, since
 * the picture would lack it.
 */
export function rowsOf(captured: string): readonly (readonly Span[])[] {
  let style: Style = {};
  return captured.replace(EARLY_ISOLATE, "$1\u2068").replace(/\n$/, "").split("\n").map((line) => {
    const spans: Span[] = [];
    // Texts and codes take turns, and a style that is on at the end of a line is on in the next.
    for (const [i, part] of line.split(CODE).entries()) {
      if (i % 2 === 1) style = styleAfter(style, part.split(";").map(Number));
      else if (part !== "") spans.push({ text: part, style });
    }
    return spans;
  });
}

/** `style` after a code with these numbers (ECMA-48, SGR), of which 38;5;n is a colour of the palette. */
function styleAfter(style: Style, [code, ...rest]: readonly number[]): Style {
  if (code === undefined) return style;
  if (code === 38 && rest[0] === 5 && rest[1] !== undefined) {
    return styleAfter({ ...style, colour: rest[1] }, rest.slice(2));
  }
  return styleAfter(styleWith(style, code), rest);
}

function styleWith(style: Style, code: number): Style {
  switch (code) {
    case 0:
      return {};
    case 1:
      return { ...style, bold: true };
    case 2:
      return { ...style, dim: true };
    case 7:
      return { ...style, reverse: true };
    case 39: {
      const { colour: _, ...rest } = style;
      return rest;
    }
    case 49:
      return style;
    default:
      throw new RangeError(`the screen holds the style code ${code}, of which no picture is known`);
  }
}
