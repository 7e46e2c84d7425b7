/**
 * What came from the network, fit to be shown: what would steer a terminal, reorder a line or hide in it becomes a
 * mark that can be seen. Pure.
 */

/** Flags of parts of countries: a black flag, then tag letters that are invisible anywhere else. */
const TAG_FLAG = "\\u{1F3F4}[\\u{E0020}-\\u{E007E}]{1,6}\\u{E007F}";
/** Joiners where they shape what is seen: within emoji, and in scripts whose letters join. */
const SHAPING =
  "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\uFE0F])\\u200D(?=\\p{Extended_Pictographic})" +
  "|(?<=(?!\\p{Script=Latin}|\\p{Script=Cyrillic}|\\p{Script=Greek})[\\p{Lo}\\p{M}])[\\u200C\\u200D]" +
  "(?=\\p{Lo}|\\s|$)";
/** One variation selector after what it varies. */
const VARIATION = "(?<=[\\p{S}\\p{Po}\\p{Lo}0-9#*])[\\uFE00-\\uFE0F\\u{E0100}-\\u{E01EF}]";
/** Controls (but for tab and line feed), line separators, lone surrogates, and all that is not seen by itself. */
const UNSEEN =
  "(?![\\t\\n])[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800\\uFFFE\\uFFFF]";

const STEERING = new RegExp(`(${TAG_FLAG}|${SHAPING}|${VARIATION})|${UNSEEN}`, "gu");

/** `text` with marks for what must not reach a screen: `␛`, `⟨U+202E⟩`. Tabs and line feeds stay. */
export function cleaned(text: string): string {
  return text.replace(STEERING, (found, harmless: string | undefined) => harmless ?? mark(found));
}

/** `cleaned`, and in one line: nothing in it can pass for a line of its own. */
export function oneLine(text: string): string {
  return cleaned(text).replaceAll("\n", " ⏎ ").replaceAll("\t", "    ");
}

function mark(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "␡";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
