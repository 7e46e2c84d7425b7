/** Where the functions of a file begin and end. */

import type { Tokens } from "./tokens.ts";

export interface FunctionLines {
  /** Its name as far as there is one, for people. */
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

const NO_FUNCTION = new Set(["if", "for", "while", "switch", "catch", "with", "await", "return"]);

/** Every function, method and arrow function with a body in braces. */
export function functionsOf(tokens: Tokens): readonly FunctionLines[] {
  const { list, close } = tokens;
  return list.flatMap((token, i) => {
    const found = token.text === "=>" ? arrowAt(tokens, i) : token.text === "(" ? headerAt(tokens, i) : null;
    if (found === null) return [];
    const end = close.get(found.body);
    const first = list[found.start]?.line;
    const last = list[end ?? -1]?.line;
    return first === undefined || last === undefined ? [] : [{ name: found.name, first, last }];
  });
}

interface Found {
  readonly name: string;
  /** Indexes of the token that the function begins with and of the brace that opens its body. */
  readonly start: number;
  readonly body: number;
}

function arrowAt({ list }: Tokens, arrow: number): Found | null {
  if (list[arrow + 1]?.text !== "{") return null;
  return { name: "an arrow function", start: arrow, body: arrow + 1 };
}

/** The function or method whose parameters open at `open`, where they are some and have a body. */
function headerAt(tokens: Tokens, open: number): Found | null {
  const { list, close } = tokens;
  const before = nameBefore(tokens, open);
  const named = list[before];
  if (named === undefined || NO_FUNCTION.has(named.text)) return null;
  if (named.kind !== "word" && named.kind !== "string" && named.text !== "]") return null;
  const end = close.get(open);
  if (end === undefined) return null;
  const body = list[end + 1]?.text === ":" ? afterType(tokens, end + 2) : end + 1;
  if (list[body]?.text !== "{") return null;
  const name = named.text === "function" ? "a function" : named.text;
  return { name, start: before, body };
}

/** The index of what stands before the parenthesis at `open` and its type parameters. */
function nameBefore({ list }: Tokens, open: number): number {
  if (list[open - 1]?.text !== ">") return open - 1;
  let depth = 0;
  for (let i = open - 1; i >= 0; i--) {
    if (list[i]?.text === ">") depth++;
    if (list[i]?.text === "<" && --depth === 0) return i - 1;
  }
  return open - 1;
}

/** Signs and words after which a brace opens a type, not a body. */
const BEFORE_TYPE = new Set([":", "|", "&", "=>", "<", ",", "is", "extends", "?", "keyof", "readonly"]);

/** The index of what follows the type that begins at `start`: of the body's brace, where there is one. */
function afterType({ list, close }: Tokens, start: number): number {
  let i = start;
  while (i < list.length) {
    const text = list[i]?.text ?? "";
    if (text === "{" && i > start && !BEFORE_TYPE.has(list[i - 1]?.text ?? "")) return i;
    if ([";", "=", ")", "]", "}"].includes(text)) return i;
    i = (close.get(i) ?? i) + 1;
  }
  return i;
}
