/** What people write: cleaned and measured before anybody stores or shows it. */

import { ProtocolError } from "./errors.ts";
import { QUOTED_CHARS_MAX } from "./limits.ts";

const encoder = new TextEncoder();

/** Bytes of `text` in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    // A surrogate pair is two units and four bytes; a lone one is counted as the U+FFFD that replaces it.
    else if (unit >= 0xd800 && unit < 0xe000) return encoder.encode(text).length;
    else bytes += 2;
  }
  return bytes;
}

// C0 but for tab and line feed, DEL, C1.
// deno-lint-ignore no-control-regex -- control characters are what this is about
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * `text` as it is stored: without control characters other than line feed and tab, lone surrogates replaced.
 * Throws `ProtocolError`: `text_empty` where nothing is left, `text_too_long` over `bytesMax` bytes of UTF-8.
 */
export function cleanText(text: string, bytesMax: number): string {
  const clean = stripControls(text);
  if (clean === "") throw new ProtocolError("text_empty", "The text is empty. Write something.");
  // Three bytes a UTF-16 unit is the most that UTF-8 takes.
  if (clean.length * 3 > bytesMax && utf8Bytes(clean) > bytesMax) {
    throw new ProtocolError(
      "text_too_long",
      `The text has ${utf8Bytes(clean)} bytes; ${bytesMax} is the most.`,
    );
  }
  return clean;
}

/**
 * `text` in one line: white space in it becomes single spaces, and control characters go. Empty where nothing is
 * left. Throws `ProtocolError` `text_too_long`.
 */
export function cleanLine(text: string, bytesMax: number): string {
  const line = stripControls(text.replace(/\s+/g, " ")).trim();
  return line === "" ? "" : cleanText(line, bytesMax);
}

/** `text` without control characters other than line feed and tab, lone surrogates replaced by U+FFFD. */
export function stripControls(text: string): string {
  return text.toWellFormed().replace(CONTROLS, "");
}

// What JSON leaves as it is and a terminal does not: DEL, C1, line separators, and what turns a line around.
const UNSEEN = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** `text`, which somebody sent, as a sentence repeats it: in quotes, escaped as in JSON, its end left out if it is long. */
export function quoted(text: string): string {
  // A character has two UTF-16 units at most, and a frame full of them need not be looked at.
  const start = [...text.slice(0, 2 * QUOTED_CHARS_MAX + 2)];
  const shown = start.length > QUOTED_CHARS_MAX ? `${start.slice(0, QUOTED_CHARS_MAX).join("")}…` : text;
  return JSON.stringify(shown).replace(
    UNSEEN,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
