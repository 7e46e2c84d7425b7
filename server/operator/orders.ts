/** What the operator typed after the name of a command, taken apart: `Bo from tea for 2h because too loud`. Pure. */

import { parseDuration, UsageError } from "../protocol/flags.ts";
import { REASON_BYTES_MAX } from "../protocol/limits.ts";
import { cleanLine, quoted } from "../protocol/texts.ts";

/** What a part of an order begins with. `from` and `in` name a room, and a command has one of them. */
export type Clause = "from" | "in" | "for" | "because";

export interface Order {
  /** Whom it is about, as it was typed. */
  readonly who: string;
  readonly room: string | null;
  /** Milliseconds; left out where it holds for ever. */
  readonly forMs?: number;
  readonly reason?: string;
}

/**
 * Reads `WHO`, then any of `clauses` in any order; what stands after `because` is all reason. Throws `UsageError`
 * with a sentence that says what is wrong, or `usage` where nothing stands there at all; `ProtocolError`
 * `text_too_long` for a long reason.
 */
export function parseOrder(text: string, usage: string, clauses: readonly Clause[]): Order {
  const { word: who, rest } = firstWord(text);
  if (who === "") throw new UsageError(`usage: ${usage}`);
  let order: Order = { who, room: null };
  for (let left = rest; left !== "";) {
    const { word, rest: after } = firstWord(left);
    const clause = clauses.find((clause) => clause === word);
    if (clause === undefined) throw new UsageError(`${quoted(word)} is not clear. usage: ${usage}`);
    if (after === "") throw new UsageError(`Something has to stand after "${clause}". usage: ${usage}`);
    if (clause === "because") return { ...order, reason: cleanLine(after, REASON_BYTES_MAX) };
    const value = firstWord(after);
    order = clause === "for" ? { ...order, forMs: durationOf(value.word) } : { ...order, room: value.word };
    left = value.rest;
  }
  return order;
}

/** The first word of `text`, and what stands after the white space behind it. */
export function firstWord(text: string): { readonly word: string; readonly rest: string } {
  const [, word = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  return { word, rest };
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return ms;
  throw new UsageError(`A time is written like 30s, 10m, 2h or 3d, not ${quoted(text)}.`);
}
