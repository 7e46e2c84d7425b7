/**
 * What others typed, fit for the operator's terminal and logs: whatever would steer a terminal, reorder a line, hide
 * in it or end it stands there as its number. Unlike a client's screen a log is read by programs as well, so what is
 * escaped is escaped everywhere, also where it would only shape letters.
 */

/** Controls but for the line feed, what formats, what is no character, line separators, letters that are blank. */
const UNSEEN = /(?!\n)[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** `text` with `\u{202e}` for what is not seen by itself. Line feeds stay. */
export function escaped(text: string): string {
  return text.replace(UNSEEN, (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`);
}

/** `escaped`, and in one line: nothing in it can pass for a line of its own. White space is one space. */
export function oneLine(text: string): string {
  return escaped(text.replace(/\s+/g, " "));
}
