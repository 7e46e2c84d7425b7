/** Texts as nobody writes them, made of what editors and terminals stumble over; and terminals that draw them. */

import fc from "fast-check";
import { type Kind, PROBES, Ruler } from "../../../client/terminal/ruler.ts";

const PIECES: readonly string[] = [
  ..."aZ 1.,-_",
  "\n",
  "\t",
  "\r",
  "\x1b",
  "\x7f",
  "\x9b",
  "word ",
  // Combining marks, alone and composed; letters that a ruler could take for such.
  "\u0301",
  "e\u0301",
  "é",
  "ﾞ",
  "กำ",
  "ำ",
  // Families, skins, styles, keycaps, flags: whole and in parts.
  ..."👍🏽❤☠👨👩🇩🇪🇫🏴",
  "👨‍👩‍👧",
  "❤️",
  "1️⃣",
  "\u200d",
  "\ufe0f",
  "\u20e3",
  "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
  "\u{e0067}",
  // Syllables: Hangul, Devanagari, Sinhala, Tamil, Myanmar.
  "한",
  "\u1112",
  "\u1161",
  "\u11ab",
  ..."कषा",
  "\u094d",
  "स्ते",
  "ක්‍ෂ",
  "கொ",
  "မြန်မာ",
  // Wide.
  ..."日本、「」。ｱ　",
  // From right to left.
  ..."שלا٣",
  "می‌خواهم",
  // What steers, reorders or hides, and what is no character at all.
  "\u0600",
  "\u{110bd}",
  "\u061c",
  "\u200b",
  "\u202e",
  "\u2068",
  "\u2069",
  "\u2028",
  "\u3164",
  "\u2800",
  "\ud83d",
  "\udc4d",
  "\ufffe",
];

export const hostileText = (max = 30): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...PIECES), { maxLength: max }).map((pieces) => pieces.join(""));

/** What a terminal answers that draws the sample of a kind in parts. */
export const IN_PARTS: Readonly<Record<Kind, number>> = {
  modifier: 4,
  presentation: 1,
  keycap: 1,
  joined: 6,
  conjunct: 2,
  spacing: 2,
};

/** A ruler of a terminal that draws any kinds in parts. */
export const anyRuler: fc.Arbitrary<Ruler> = fc.subarray([...PROBES]).map((probes) => {
  const ruler = new Ruler();
  for (const { kind } of probes) ruler.measured(kind, IN_PARTS[kind]);
  return ruler;
});
