/** The rules that a file keeps or breaks by itself. Each one is a pure function from a source to findings. */

import type { Finding, Source } from "./finding.ts";
import { functionsOf } from "./functions.ts";
import { endsValue, type Token, type Tokens, tokensOf } from "./tokens.ts";

export type SourceRule = (source: Source, tokens: Tokens) => readonly Finding[];

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 60;

/** Runs `rules` over `source`, which is cut into tokens once. */
export function checkSource(source: Source, rules: readonly SourceRule[]): readonly Finding[] {
  const tokens = tokensOf(source.text);
  return rules.flatMap((rule) => rule(source, tokens));
}

export function fileLength(source: Source): readonly Finding[] {
  const lines = source.text.trimEnd().split("\n").length;
  if (lines <= FILE_LINES_MAX) return [];
  const says =
    `the file has ${lines} lines, at most ${FILE_LINES_MAX} are wanted: split it by what its parts are.`;
  return [{ path: source.path, line: FILE_LINES_MAX + 1, says }];
}

export function functionLength(source: Source, tokens: Tokens): readonly Finding[] {
  return functionsOf(tokens).flatMap(({ name, first, last }) => {
    const lines = last - first + 1;
    if (lines <= FUNCTION_LINES_MAX) return [];
    const says = `${name} has ${lines} lines, at most ${FUNCTION_LINES_MAX} fit on a screen.`;
    return [{ path: source.path, line: first, says }];
  });
}

export function noModuleState(source: Source, tokens: Tokens): readonly Finding[] {
  return where(source, tokens, (token, i) => {
    if (tokens.parent[i] !== -1 || token.kind !== "word") return null;
    if ((token.text === "let" || token.text === "var") && !isMember(tokens, i)) {
      return `${token.text} at the top of a module is state that nobody owns: put it where it is built.`;
    }
    return token.text === "const" && startsEmpty(tokens, i)
      ? "an empty collection at the top of a module is state that nobody owns: put it where it is built."
      : null;
  });
}

/** Whether the constant declared at `i` begins as an empty collection, which can only be meant to be filled. */
function startsEmpty({ list, parent }: Tokens, i: number): boolean {
  let equals = i + 1;
  while (equals < list.length && !(list[equals]?.text === "=" && parent[equals] === -1)) {
    if (list[equals]?.text === ";") return false;
    equals++;
  }
  const value = list.slice(equals + 1).map((token) => token.text);
  const end = value.indexOf(";");
  const text = value.slice(0, end === -1 ? undefined : end).join("");
  return /^(\[\]|\{\}|new(Weak)?(Map|Set)(<.*>)?\(\))$/.test(text);
}

export function noAny(source: Source, tokens: Tokens): readonly Finding[] {
  return where(source, tokens, (token, i) => {
    const next = tokens.list[i + 1]?.text ?? "";
    if (token.text !== "any" || token.kind !== "word" || isMember(tokens, i)) return null;
    return next === ":" || next === "(" ? null : "any switches the type checker off: say unknown, and look.";
  });
}

export function noCast(source: Source, tokens: Tokens): readonly Finding[] {
  return where(source, tokens, (token, i) => {
    const { list } = tokens;
    if (token.text !== "as" || token.kind !== "word" || !endsValue(list[i - 1])) return null;
    const next = list[i + 1];
    const beginsType = next?.kind === "word" || next?.kind === "string" || next?.kind === "number" ||
      ["{", "[", "("].includes(next?.text ?? "");
    if (!beginsType || next?.text === "const" || isRename(tokens, i)) return null;
    return "a cast with as is a claim that nobody checks: narrow the type instead.";
  });
}

/** Whether the `as` at `i` renames in an import, an export, or the key of a mapped type. */
function isRename({ list, parent }: Tokens, i: number): boolean {
  const open = parent[i] ?? -1;
  if (list[open]?.text === "[") {
    return list.slice(open, i).some((token, n) => token.text === "in" && parent[open + n] === open);
  }
  const before = list.slice(Math.max(0, open - 4), Math.max(0, open)).map((token) => token.text).join(" ");
  return list[open]?.text === "{" && /\b(import|export)( type)?( [\w$]+ ,)?$/.test(before);
}

export function noNonNull(source: Source, tokens: Tokens): readonly Finding[] {
  return where(source, tokens, (token, i) => {
    const before = tokens.list[i - 1];
    if (token.text !== "!" || before?.text === "}" || !endsValue(before)) return null;
    return "a ! claims that something is there, and nobody checks it: look, and say what happens if not.";
  });
}

export function noEmptyCatch(source: Source, tokens: Tokens): readonly Finding[] {
  const says =
    "an empty catch swallows errors: handle what can come, or say in it why nothing is to be done.";
  return where(source, tokens, (token, i) => {
    const { list, close } = tokens;
    if (token.text !== "catch") return null;
    let open = i + 1;
    if (isMember(tokens, i)) {
      const end = close.get(open) ?? open;
      if (list[end - 1]?.text !== "}" || close.get(end - 2) !== end - 1 || list[end - 3]?.text !== "=>") {
        return null;
      }
      open = end - 2;
    } else if (list[open]?.text === "(") open = (close.get(open) ?? open) + 1;
    const end = close.get(open);
    if (list[open]?.text !== "{" || end !== open + 1) return null;
    const inside = source.text.slice((list[open]?.start ?? 0) + 1, list[end]?.start);
    return inside.trim() === "" ? says : null;
  });
}

const IMPURE = new Set(
  "Deno console process performance Date setTimeout setInterval setImmediate queueMicrotask fetch crypto"
    .split(" "),
);

export function protocolIsPure(source: Source, tokens: Tokens): readonly Finding[] {
  if (!source.path.startsWith("server/protocol/")) return [];
  return where(source, tokens, (token, i) => {
    if (token.kind !== "word" || !IMPURE.has(token.text) || isMember(tokens, i)) return null;
    if (tokens.list[i + 1]?.text === ":" || isGivenDate(tokens, i)) return null;
    return `the protocol is pure, and ${token.text} is not: whoever calls it hands in what it needs.`;
  });
}

/** `new Date(at)` reads no clock, `new Date()` does. */
function isGivenDate({ list }: Tokens, i: number): boolean {
  const constructed = list[i]?.text === "Date" && list[i - 1]?.text === "new" && list[i + 1]?.text === "(";
  return constructed && list[i + 2]?.text !== ")";
}

/** A file that only passes on what other files export. */
export function noBarrel(source: Source, tokens: Tokens): readonly Finding[] {
  const { list, close } = tokens;
  let passesOn = false;
  for (let i = 0; i < list.length;) {
    const head = list[i]?.text;
    const second = list[i + 1]?.text === "type" ? i + 2 : i + 1;
    const opens = list[second]?.text;
    if (head === "export" && (opens === "{" || opens === "*")) passesOn = true;
    else if (head !== "import") return [];
    // To the end of the statement: its semicolon, past any braces.
    while (i < list.length && list[i]?.text !== ";") i = (close.get(i) ?? i) + 1;
    i++;
  }
  if (!passesOn) return [];
  return [{ path: source.path, line: 1, says: "the file only re-exports: import from where things are." }];
}

export const SOURCE_RULES: readonly SourceRule[] = [
  fileLength,
  functionLength,
  noModuleState,
  noAny,
  noCast,
  noNonNull,
  noEmptyCatch,
  protocolIsPure,
  noBarrel,
];

/** A finding for each token of which `judge` has something to say. */
function where(
  source: Source,
  tokens: Tokens,
  judge: (token: Token, index: number) => string | null,
): readonly Finding[] {
  return tokens.list.flatMap((token, i) => {
    const says = judge(token, i);
    return says === null ? [] : [{ path: source.path, line: token.line, says }];
  });
}

/** Whether the word at `i` is the name of a member (`x.any`), not a word of the language. */
function isMember({ list }: Tokens, i: number): boolean {
  return list[i - 1]?.text === "." || list[i - 1]?.text === "?.";
}
