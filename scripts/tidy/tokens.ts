/**
 * TypeScript cut into tokens, with strings, regular expressions and comments out of the way. It is no parser:
 * it knows which bracket closes which, and the rules look at tokens side by side.
 */

export interface Token {
  readonly kind: "word" | "number" | "string" | "regex" | "sign";
  readonly text: string;
  /** Offset in the source. */
  readonly start: number;
  readonly line: number;
}

export interface Tokens {
  readonly list: readonly Token[];
  /** For each token the index of the bracket that it stands in; -1 at the top. */
  readonly parent: readonly number[];
  /** For each opening bracket the index of the one that closes it. */
  readonly close: ReadonlyMap<number, number>;
}

const BLANK = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$]*/uy;
const NUMBER = /\d[\w.]*/y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
/** What follows the start of a template or a substitution in it, up to its end or the next substitution. */
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;
const SIGN = /=>|\.\.\.|\?\.|\?\?=?|[!=]==?|&&=?|\|\|=?|<=|>=|\+\+|--|[\s\S]/y;

/** Words after which a slash begins a regular expression, although they are words. */
const BEFORE_VALUE = new Set(
  "return typeof case in of delete void throw new else do yield await instanceof".split(" "),
);

/** Whether a value ends with `token`, so that what follows it is an operator. */
export function endsValue(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === "word") return !BEFORE_VALUE.has(token.text);
  return token.kind !== "sign" || [")", "]", "}", "++", "--"].includes(token.text);
}

export function tokensOf(source: string): Tokens {
  const list: Token[] = [];
  const parent: number[] = [];
  const close = new Map<number, number>();
  const open: number[] = [];
  const lines = lineCounter(source);
  let at = 0;

  const matched = (pattern: RegExp, from: number = at): string | null => {
    pattern.lastIndex = from;
    return pattern.exec(source)?.[0] ?? null;
  };
  const push = (kind: Token["kind"], text: string): void => {
    if (kind === "sign" && ")]}".includes(text)) {
      const opening = open.pop();
      if (opening !== undefined) close.set(opening, list.length);
    }
    parent.push(open.at(-1) ?? -1);
    if (kind === "sign" && ["(", "[", "{", "${"].includes(text)) open.push(list.length);
    list.push({ kind, text, start: at, line: lines(at) });
    at += text.length;
  };
  const pushTemplate = (start: string): void => {
    const piece = start + (matched(TEMPLATE, at + start.length) ?? "");
    push("string", piece.endsWith("${") ? piece.slice(0, -2) : piece);
    if (piece.endsWith("${")) push("sign", "${");
  };

  while (at < source.length) {
    const first = source[at] ?? "";
    const blank = matched(BLANK);
    if (blank !== null) at += blank.length;
    else if (first === "`") pushTemplate(first);
    else if (first === "}" && list[open.at(-1) ?? -1]?.text === "${") {
      push("sign", first);
      pushTemplate("");
    } else {
      const [kind, text] = next(matched, first === "/" && !endsValue(list.at(-1)));
      push(kind, text);
    }
  }
  return { list, parent, close };
}

/** The token that begins here, where a slash is the beginning of a regular expression or not. */
function next(
  matched: (pattern: RegExp) => string | null,
  regexAllowed: boolean,
): readonly [kind: Token["kind"], text: string] {
  const kinds = [["string", STRING], ["word", WORD], ["number", NUMBER]] as const;
  for (const [kind, pattern] of kinds) {
    const text = matched(pattern);
    if (text !== null) return [kind, text];
  }
  const regex = regexAllowed ? matched(REGEX) : null;
  return regex === null ? ["sign", matched(SIGN) ?? ""] : ["regex", regex];
}

/** Line numbers of offsets that only grow. */
function lineCounter(source: string): (offset: number) => number {
  let line = 1;
  let counted = 0;
  return (offset) => {
    for (; counted < offset; counted++) {
      if (source.charCodeAt(counted) === 0x0a) line++;
    }
    return line;
  };
}
