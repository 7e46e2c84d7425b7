/** Joins and leaves, folded into one line when many come together. Pure but for what is gathered. */

import { NAMED_MEMBERS_MAX } from "../../server/protocol/limits.ts";
import type { EventOf } from "../../server/protocol/messages.ts";
import { oneLine } from "../clean.ts";

/** Names that a line has for each thing that happened; the others are counted. */
const NAMES_SHOWN = 5;
/** Everybody who can be named has left, and as many have come. */
const CHANGES_MAX = 2 * NAMED_MEMBERS_MAX;

const LIST = new Intl.ListFormat("en-GB");

/**
 * The changes of one room since the last line, as what they come to: who came and went again, or left and is back,
 * is not told. Over `CHANGES_MAX` of them, further people are counted by what they do.
 */
export class PresenceFold {
  /** By the names they have now, those who joined (null) or had another name. */
  readonly #here = new Map<string, string | null>();
  /** Those who left, by the names they had. */
  readonly #gone = new Set<string>();
  #more = { joined: 0, left: 0, renamed: 0 };

  /** In a room that is too large to name its members, nothing comes of it. */
  add({ joined = [], left = [], renamed = [] }: EventOf<"presence">): void {
    // The old names first: a new one may be the name that another has just given up.
    for (const name of left) this.#leave(name);
    const moved = renamed.map(({ from, to }) => ({ to, before: this.#before(from) }));
    for (const { to, before } of moved) this.#rename(to, before);
    for (const name of joined) this.#join(name);
  }

  /** `Ada and Bo joined, Cy left, Di is now Dee`, in one line; null where it comes to nothing. Begins anew. */
  take(): string | null {
    const people = [...this.#here];
    const joined = people.flatMap(([name, before]) => before === null ? [name] : []);
    const renamed = people.flatMap(([name, before]) => before === null ? [] : [{ from: before, to: name }]);
    const parts = [
      ...told(joined, this.#more.joined, "joined"),
      ...told([...this.#gone], this.#more.left, "left"),
      ...toldNames(renamed, this.#more.renamed),
    ];
    this.#here.clear();
    this.#gone.clear();
    this.#more = { joined: 0, left: 0, renamed: 0 };
    return parts.length === 0 ? null : parts.join(", ");
  }

  #join(name: string): void {
    if (this.#gone.delete(name)) return;
    if (this.#full()) this.#more.joined++;
    else this.#here.set(name, null);
  }

  #leave(name: string): void {
    const before = this.#before(name);
    if (before === null) return;
    if (this.#full()) this.#more.left++;
    else this.#gone.add(before);
  }

  #rename(to: string, before: string | null): void {
    if (before === to) return;
    if (this.#full()) this.#more.renamed++;
    else this.#here.set(to, before);
  }

  /** What who has `name` was called at the start of the fold, null for who joined since. Forgets them. */
  #before(name: string): string | null {
    const before = this.#here.get(name);
    this.#here.delete(name);
    return before === undefined ? name : before;
  }

  #full(): boolean {
    return this.#here.size + this.#gone.size >= CHANGES_MAX;
  }
}

function told(names: readonly string[], more: number, verb: string): string[] {
  const count = names.length + more;
  if (count === 0) return [];
  const shown = names.slice(0, NAMES_SHOWN).map(oneLine);
  const rest = count - shown.length;
  return [`${LIST.format(rest === 0 ? shown : [...shown, `${rest} more`])} ${verb}`];
}

function toldNames(
  renamed: readonly { readonly from: string; readonly to: string }[],
  more: number,
): string[] {
  const shown = renamed.slice(0, NAMES_SHOWN).map(({ from, to }) => `${oneLine(from)} is now ${oneLine(to)}`);
  const rest = renamed.length + more - shown.length;
  return rest === 0 ? shown : [...shown, `${rest} more changed their names`];
}
