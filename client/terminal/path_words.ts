/**
 * Paths as they are typed, pasted or dropped into a terminal: words with quotes and backslashes as in a shell, or
 * `file:` addresses. Pure.
 */

import { UsageError } from "../../server/protocol/flags.ts";

type Os = typeof Deno.build.os;

/** A word, and where it stands in what was typed, in UTF-16 units. */
export interface PathWord {
  readonly text: string;
  readonly from: number;
  /** Behind it. */
  readonly to: number;
  /** The quote that it ends in and that nothing closes. */
  readonly open: string | null;
}

/** Words of `typed`. On Windows a backslash stands between folders, elsewhere before a letter that is meant as it is. */
export function wordsOf(typed: string, os: Os): readonly PathWord[] {
  const escapes = os !== "windows";
  const words: PathWord[] = [];
  let word: { text: string; from: number } | null = null;
  let quote: string | null = null;
  for (let i = 0; i < typed.length; i++) {
    const letter = typed.charAt(i);
    if (quote === null && /\s/.test(letter)) {
      if (word !== null) words.push({ ...word, to: i, open: null });
      word = null;
      continue;
    }
    word ??= { text: "", from: i };
    if (letter === quote) quote = null;
    else if (quote === null && (letter === '"' || letter === "'")) quote = letter;
    else if (escapes && letter === "\\" && quote !== "'" && i + 1 < typed.length) {
      word.text += typed.charAt(++i);
    } else word.text += letter;
  }
  if (word !== null) words.push({ ...word, to: typed.length, open: quote });
  return words;
}

/** The paths that were typed, in their order. Throws `UsageError` for what is none. */
export function pathsOf(typed: string, os: Os): readonly string[] {
  return wordsOf(typed, os).map(({ text, open }) => {
    if (open !== null) {
      throw new UsageError(`The quote ${open} is not closed. Write it twice around the name.`);
    }
    return pathOf(text, os);
  });
}

function pathOf(word: string, os: Os): string {
  if (/^~[^/\\]*([/\\]|$)/.test(word)) {
    throw new UsageError(
      "~ is not known here: this program does not see the environment. Write the whole path, as in /home/me/report.pdf.",
    );
  }
  if (word === "") throw new UsageError("There is a path missing between the quotes.");
  return /^file:/i.test(word) ? pathOfAddress(word, os) : word;
}

function pathOfAddress(address: string, os: Os): string {
  const wrong = new UsageError(`${address} is no file of this machine. Write its path.`);
  if (!URL.canParse(address)) throw wrong;
  const { host, pathname } = new URL(address);
  if (host !== "" && host !== "localhost") throw wrong;
  const path = decoded(pathname);
  if (path === null || path.includes("\0")) throw wrong;
  return os === "windows" ? path.replace(/^\/(?=[a-z]:)/i, "") : path;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** `path` as a word that is read as just that. */
export function quoted(path: string, os: Os): string {
  if (os === "windows") return /[\s'"]/.test(path) ? `"${path}"` : path;
  return path.replace(/[\s'"\\]/g, "\\$&").replace(/^~/, "./~");
}

/** Whether `path` is a name alone, in no folder. */
export function isBare(path: string, os: Os): boolean {
  return !(os === "windows" ? /[/\\:]/ : /\//).test(path) && path !== "." && path !== "..";
}
