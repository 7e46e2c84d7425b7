/** Names of people and rooms: which may be had, and when two are the same. */

import { ProtocolError } from "./errors.ts";
import { NAME_BYTES_MAX, NAME_GRAPHEMES_MAX } from "./limits.ts";
import { utf8Bytes } from "./texts.ts";

/** A name that may be had. */
export interface Name {
  /** As it is shown: NFC. */
  readonly shown: string;
  /** What two names have in common when they are the same: NFKC, case-folded, nothing invisible. */
  readonly folded: string;
}

/**
 * NFC makes at most four UTF-16 units into one, so a longer name has over `NAME_BYTES_MAX` bytes in NFC too. It is
 * not normalised to find that out: a run of combining marks takes quadratic time, a frame full of them 0.2 s.
 */
const RAW_UNITS_MAX = 4 * NAME_BYTES_MAX;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

const FORBIDDEN = /[\p{White_Space}\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2800]/u;
const VISIBLE = /[^\p{M}\p{Default_Ignorable_Code_Point}]/u;
const LATIN = /\p{Script=Latin}/u;
const CYRILLIC_OR_GREEK = /[\p{Script=Cyrillic}\p{Script=Greek}]/u;

/**
 * The name that `raw` stands for. Throws `ProtocolError` with `code` (`name_invalid` for people, `room_invalid`
 * for rooms) and a sentence that says which rule it breaks.
 */
export function parseName(raw: string, code: "name_invalid" | "room_invalid"): Name {
  const shown = raw.length > RAW_UNITS_MAX ? raw : raw.normalize("NFC");
  const wrong = whatIsWrong(shown);
  if (wrong !== null) throw new ProtocolError(code, `A name ${wrong}. Choose another.`);
  return { shown, folded: foldName(shown) };
}

/** `Name.folded` of `raw`, to look somebody up by what was typed; of what cannot be a name, something no name has. */
export function foldName(raw: string): string {
  if (raw.length > RAW_UNITS_MAX) return "";
  // What is ignored goes first: it can stand between a letter and a mark that would become one.
  return fold(raw.replace(/\p{Default_Ignorable_Code_Point}/gu, ""));
}

function whatIsWrong(name: string): string | null {
  if (name === "") return "cannot be empty";
  if (utf8Bytes(name) > NAME_BYTES_MAX) return `has at most ${NAME_BYTES_MAX} bytes`;
  if (FORBIDDEN.test(name)) return "has no spaces and no invisible or control characters";
  if (!VISIBLE.test(name)) return "has at least one visible character";
  if (LATIN.test(name) && CYRILLIC_OR_GREEK.test(name)) {
    return "does not mix Latin with Cyrillic or Greek letters";
  }
  if ([...graphemes.segment(name)].length > NAME_GRAPHEMES_MAX) {
    return `has at most ${NAME_GRAPHEMES_MAX} characters`;
  }
  return null;
}

const ASCII = /^\p{ASCII}*$/u;

/**
 * NFKC and case-folded, for comparing. Unicode's full case folding (CaseFolding.txt, C + F) is what lower, upper
 * and lower case give letter by letter; only the dotless i, which upper case would merge with i, stays itself.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text.normalize("NFKC").replace(/\P{ASCII}|[A-Z]/gu, foldLetter).normalize("NFKC");
}

function foldLetter(letter: string): string {
  return letter === "ı" ? letter : letter.toLowerCase().toUpperCase().toLowerCase();
}
