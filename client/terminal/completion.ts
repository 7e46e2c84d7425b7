/**
 * Tab completes the word before the cursor; Tab again goes on to the next candidate, Shift-Tab to the one before.
 * Pure but for what is being gone through.
 */

import { ProtocolError } from "../../server/protocol/errors.ts";
import { foldName, type Name, parseName } from "../../server/protocol/names.ts";
import { quoted, wordsOf } from "./path_words.ts";

/**
 * What an argument of a command is; names are completed within a text, and nothing in what is "other". Paths to be sent
 * are all that stands behind the command, in quotes perhaps; the name of a file, or of one on its way, is all of it.
 */
export type Argument = "name" | "room" | "command" | "path" | "sent" | "file" | "transfer" | "text" | "other";

/** What there is to choose from, each list in the order in which it is offered. */
export interface Sources {
  /** With their slashes: `/join`. */
  readonly commands: readonly string[];
  /** Names of people, who spoke last first. */
  names(): readonly string[];
  /** Names of rooms, without `#`. */
  rooms(): readonly string[];
  /** Paths that begin with `prefix`, written as it is; that of a folder ends with a slash. */
  paths(prefix: string): readonly string[];
  /** Paths to be sent that begin with `prefix`, as they are, without quotes. */
  sent(prefix: string): readonly string[];
  /** Names of files, of the room and on their way. */
  files(): readonly string[];
  transfers(): readonly string[];
  /** What the argument of `command` (with its slash, as it was typed) at `index`, from 0, is. */
  argument(command: string, index: number): Argument;
}

/** `text` in the place of the draft from `from` to `to`, offsets in UTF-16 units; the cursor belongs behind it. */
export interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Candidates that are being gone through. */
interface Round {
  readonly from: number;
  readonly candidates: readonly string[];
  /** Which of them stands in the draft; counted on from round to round. */
  readonly at: number;
  /** The draft with it, and where the cursor is then. */
  readonly draft: string;
  readonly cursor: number;
}

export class Completion {
  readonly #sources: Sources;
  #round: Round | null = null;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /**
   * The first candidate for the word before `cursor`, or the next one (with -1: the last, the one before) while
   * the draft is as the step before left it. Null where nothing fits: nothing changes then.
   */
  next(draft: string, cursor: number, direction: 1 | -1): Replacement | null {
    const round = this.#round?.draft === draft && this.#round.cursor === cursor ? this.#round : null;
    const { from, candidates } = round ?? choiceFor(draft, cursor, this.#sources);
    const at = (round?.at ?? (direction === 1 ? -1 : 0)) + direction;
    const text = candidates.at(at % candidates.length);
    this.#round = null;
    if (text === undefined) return null;
    // The only folder is entered by the next Tab.
    if (candidates.length > 1 || !text.endsWith("/")) {
      const after = draft.slice(0, from) + text + draft.slice(cursor);
      this.#round = { from, candidates, at, draft: after, cursor: from + text.length };
    }
    return { from, to: cursor, text };
  }

  /** Another key than Tab was pressed: the next one begins anew. */
  end(): void {
    this.#round = null;
  }
}

interface Choice {
  readonly from: number;
  readonly candidates: readonly string[];
}

function choiceFor(draft: string, cursor: number, sources: Sources): Choice {
  const about = argumentOfFile(draft.slice(0, cursor), sources);
  if (about === null) {
    const from = wordStart(draft, cursor);
    return { from, candidates: candidatesFor(draft, from, cursor, sources) };
  }
  const { kind, from } = about;
  const typed = draft.slice(from, cursor);
  if (kind === "sent") return sentChoice(typed, from, sources);
  const names = kind === "file" ? sources.files() : sources.transfers();
  const fitting = names.filter((name) => name.toLowerCase().startsWith(typed.toLowerCase()));
  return { from, candidates: [...new Set(fitting)].map((name) => `${name} `) };
}

/** All that stands behind a command whose argument is no single word, and from where on. */
function argumentOfFile(
  before: string,
  sources: Sources,
): { readonly kind: "sent" | "file" | "transfer"; readonly from: number } | null {
  const [head = "", command = ""] = /^\s*(\/[^\s/]+)\s+/.exec(before) ?? [];
  if (command === "") return null;
  const kind = sources.argument(command, 0);
  return kind === "sent" || kind === "file" || kind === "transfer" ? { kind, from: head.length } : null;
}

/** For the last of the words, which may have begun with a quote. */
function sentChoice(typed: string, from: number, sources: Sources): Choice {
  const words = wordsOf(typed, OS);
  const last = words.at(-1);
  const ended = last === undefined || last.to < typed.length;
  const paths = sources.sent(ended ? "" : last.text).filter((path) => !/\p{Cc}/u.test(path));
  const candidates = [...new Set(paths)].map((path) => quoted(path, OS) + (path.endsWith("/") ? "" : " "));
  return { from: from + (ended ? typed.length : last.from), candidates };
}

const OS = Deno.build.os;

function wordStart(draft: string, cursor: number): number {
  let start = cursor;
  while (start > 0 && !/\s/.test(draft.charAt(start - 1))) start--;
  return start;
}

/** What can stand in the place of the word from `from` to `cursor`, each with what belongs behind it. */
function candidatesFor(draft: string, from: number, cursor: number, sources: Sources): readonly string[] {
  const word = draft.slice(from, cursor);
  const space = /^\s/.test(draft.slice(cursor)) ? "" : " ";
  const before = draft.slice(0, from).trimStart();
  const kind = kindOf(word, before, sources);
  switch (kind) {
    case "name":
      return named(word, "@", sources.names(), before !== "" || word.startsWith("@") ? space : `:${space}`);
    case "room":
      return named(word, "#", sources.rooms(), space);
    case "command":
      return named(word, "/", sources.commands.map((command) => command.slice(1)), space);
    case "path":
      return [...new Set(sources.paths(word))].map((path) => path.endsWith("/") ? path : path + space);
    // Those stand behind their commands alone, and are looked at there.
    case "sent":
    case "file":
    case "transfer":
    case "text":
    case "other":
      return [];
    default:
      return kind satisfies never;
  }
}

const PATH = /^(?:\.{0,2}\/|~\/|chat-data\/)/;

/** What `word` can become, by what stands before it and by how it begins; "text" is completed to nothing. */
function kindOf(word: string, before: string, sources: Sources): Argument {
  // `//` at the start says a slash.
  if (before === "" && word.startsWith("/")) return word.startsWith("//") ? "text" : "command";
  if (/^\/(?!\/)/.test(before)) {
    const [command = "", ...others] = before.trim().split(/\s+/);
    const argument = sources.argument(command, others.length);
    if (argument !== "text") return argument;
  }
  if (word.startsWith("#")) return "room";
  return PATH.test(word) ? "path" : "name";
}

/** Those of `names` that `word` begins, each once. A sigil that was typed stays, and counts for nothing. */
function named(word: string, sigil: string, names: readonly string[], ending: string): readonly string[] {
  const kept = word.startsWith(sigil) ? sigil : "";
  const typed = word.slice(kept.length);
  const prefix = comparable(foldName(typed));
  // Nothing is left of what cannot begin a name, and everything begins with nothing.
  if (prefix === "" && typed !== "") return [];
  const fitting = new Map<string, string>();
  for (const raw of names) {
    const name = legal(raw);
    if (name === null || fitting.has(name.folded) || !comparable(name.folded).startsWith(prefix)) continue;
    // A room that is called by a number would be taken for the one at that place.
    const mark = sigil === "#" && /^\d+$/.test(name.shown) ? sigil : kept;
    fitting.set(name.folded, mark + name.shown + ending);
  }
  return [...fitting.values()];
}

/** Half a Hangul syllable begins the whole one, and a letter stands for itself with any accent. */
function comparable(folded: string): string {
  return folded.normalize("NFD").replace(/[\u0300-\u036f]/g, "");
}

/** Null for what no server of ours would call anybody: with it a space or a control would get into the draft. */
function legal(raw: string): Name | null {
  try {
    return parseName(raw, "name_invalid");
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
