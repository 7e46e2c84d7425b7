/** How text looks: styles, the colours of names, and the escape codes that make them. Pure. */

import { foldName } from "../../server/protocol/names.ts";

/** All are off unless they stand here. `colour` is an index into the palette of 256. */
export interface Style {
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly reverse?: boolean;
  readonly colour?: number;
}

/** Text in one style. It may come from the network: it is cleaned where rows are made of it. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

export const PLAIN: Style = { bold: false };
export const DIM: Style = { dim: true };
export const STRONG: Style = { bold: true };

export function plain(text: string): Span {
  return { text, style: PLAIN };
}

export function dim(text: string): Span {
  return { text, style: DIM };
}

/**
 * Colours of names, from the palette's colour cube: each with a contrast of at least 3.2 to black and to white (the
 * formula of WCAG 2.2, which asks for 3), so that they can be read on a dark and on a light ground.
 */
export const NAME_COLOURS: readonly number[] = [
  28,
  29,
  31,
  33,
  63,
  64,
  67,
  94,
  97,
  98,
  100,
  104,
  127,
  132,
  134,
  136,
  162,
  166,
  167,
  170,
];

export const GOOD: Style = { colour: 28 };
export const BAD: Style = { colour: 160, bold: true };
export const NEWS: Style = { colour: 166 };

/** The style of a name: the same one wherever it is seen, on every machine. */
export function nameStyle(name: string): Style {
  return { bold: true, colour: NAME_COLOURS[hash(foldName(name)) % NAME_COLOURS.length] ?? 31 };
}

/** FNV-1a over UTF-16 units, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  return sum >>> 0;
}

/** The escape code that begins `style`, "" for none. Without `colours` only weight and reversal are left. */
export function begin({ bold, dim, reverse, colour }: Style, colours: boolean): string {
  const codes = [
    ...(bold ? ["1"] : []),
    ...(dim ? ["2"] : []),
    ...(reverse ? ["7"] : []),
    ...(colours && colour !== undefined ? [`38;5;${colour}`] : []),
  ];
  return codes.length === 0 ? "" : `\x1b[${codes.join(";")}m`;
}

/** Ends every style. */
export const END = "\x1b[0m";
