/** Right-to-left text set apart, so that a terminal that reorders letters reorders nothing around it. Pure. */

/** U+2068 and U+2069: what stands between has an order of its own (UAX #9). Cleaned text holds neither. */
export const ISOLATE = "\u2068";
export const POP_ISOLATE = "\u2069";

/**
 * The blocks whose letters and digits go from right to left, or are kept for such
 * (https://www.unicode.org/Public/UCD/latest/ucd/extracted/DerivedBidiClass.txt, its @missing lines).
 */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

export function hasRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(text);
}

/** `text`, which is cleaned and stands in one row, between isolates where it needs them. They have no columns. */
export function isolated(text: string): string {
  return hasRightToLeft(text) ? ISOLATE + text + POP_ISOLATE : text;
}
