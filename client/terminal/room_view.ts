/** A room as it is looked at: who is in it, what came while another was looked at, and how far back was shown. */

import type { EventOf } from "../../server/protocol/messages.ts";
import { foldName } from "../../server/protocol/names.ts";
import type { Regard } from "./messages.ts";

/** An entry, and what it is to us. */
export interface Kept {
  readonly entry: EventOf<"entry">;
  readonly regard: Regard;
}

/** Entries that a room keeps to show when it is looked at again; what is older is had with `/history`. */
const KEPT_MAX = 100;
/** UTF-16 units of their texts: with the most rooms that one can be in, some 8 MiB. */
const KEPT_CHARS_MAX = 16 * 1024;
/** Of the entries that were seen before, so many are shown again, for the thread of the talk. */
const SEEN_SHOWN = 5;
/** Names that are known for completion; those who spoke last outlive the others. */
const NAMES_MAX = 1_000;

/** What is to be shown of a room that is looked at again. */
export interface Reopened {
  readonly seen: readonly Kept[];
  readonly unread: readonly Kept[];
  /** How many unread ones are no longer kept; they come before the others. */
  readonly dropped: number;
}

export class RoomView {
  /** As the server writes it. */
  readonly name: string;
  readonly folded: string;
  /** The newest entry when we came: what is not newer is no news. */
  since: number;
  title: string;
  /** How many people are in it. */
  members = 0;
  /** Entries that came and were not shown. */
  unread = 0;
  /** Whether one of those was meant for us. */
  mentioned = false;
  /** The oldest entry that was shown; null before the first. */
  oldest: number | null = null;
  readonly #names = new Map<string, string>();
  #kept: Kept[] = [];
  #chars = 0;

  constructor(name: string, since: number, title: string) {
    this.name = name;
    this.folded = foldName(name);
    this.since = since;
    this.title = title;
  }

  /** Who is here, those who spoke last first. */
  get names(): readonly string[] {
    return [...this.#names.values()].reverse();
  }

  /** The room was entered, again perhaps. */
  entered(members: number, names: readonly string[]): void {
    this.members = members;
    this.#names.clear();
    for (const name of names) this.#here(name);
  }

  changed({ members, joined = [], left = [], renamed = [] }: EventOf<"presence">): void {
    this.members = members;
    for (const name of left) this.#names.delete(foldName(name));
    for (const { from, to } of renamed) this.renamed(from, to);
    for (const name of joined) this.#here(name);
  }

  /** Somebody has another name now; we ourselves, perhaps. */
  renamed(from: string, to: string): void {
    this.#names.delete(foldName(from));
    this.#here(to);
  }

  /** An entry has come; `shown` says whether it goes to the screen now. */
  add(kept: Kept, shown: boolean): void {
    const { entry, regard } = kept;
    this.#here(entry.from);
    if (entry.kind === "title") this.title = entry.title ?? "";
    if (shown) {
      this.oldest ??= entry.seq;
    } else {
      this.unread++;
      this.mentioned ||= regard === "mention";
    }
    this.#kept.push(kept);
    this.#chars += entry.text?.length ?? 0;
    while (this.#kept.length > KEPT_MAX || this.#chars > KEPT_CHARS_MAX) {
      this.#chars -= this.#kept.shift()?.entry.text?.length ?? 0;
    }
  }

  /** The room is looked at from now on. */
  reopen(): Reopened {
    const unread = this.unread === 0 ? [] : this.#kept.slice(-this.unread);
    const seen = this.#kept.slice(0, this.#kept.length - unread.length).slice(-SEEN_SHOWN);
    const dropped = this.unread - unread.length;
    const first = dropped === 0 ? seen[0] ?? unread[0] : unread[0];
    if (first !== undefined && (this.oldest === null || dropped > 0)) this.oldest = first.entry.seq;
    this.unread = 0;
    this.mentioned = false;
    return { seen: dropped === 0 ? seen : [], unread, dropped };
  }

  /** The log is another one: nothing of the old one can be shown again. */
  reset(): void {
    this.#kept = [];
    this.#chars = 0;
    this.oldest = null;
    this.unread = 0;
    this.mentioned = false;
  }

  #here(name: string): void {
    const folded = foldName(name);
    this.#names.delete(folded);
    this.#names.set(folded, name);
    if (this.#names.size <= NAMES_MAX) return;
    const oldest = this.#names.keys().next().value;
    if (oldest !== undefined) this.#names.delete(oldest);
  }
}
