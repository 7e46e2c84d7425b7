/**
 * A log: the entries of one room, numbered from 1 without a gap, appended to by group commit and read by cursors.
 *
 * An entry is shown, and its append resolves, only when it is on disk: nobody sees, and nobody is acknowledged,
 * what a crash can take back. Readers cost a log their cursors and nothing else.
 *
 * The surface is narrow on purpose (append, read, cursor): a log that several servers share can stand behind it.
 */

import { ProtocolError } from "../protocol/errors.ts";
import { KEYS_KEPT } from "../protocol/limits.ts";
import type { Entry } from "../protocol/messages.ts";
import { Cursor, type CursorSource, type FromDisk } from "./cursor.ts";
import { again, type Appended, type CommitTarget, GroupCommit, hasKey } from "./group_commit.ts";
import { type Gather, gather } from "./gather.ts";
import { digestOf, RecentKeys } from "./keys.ts";
import {
  frameBytes,
  framePrefix,
  type LineBuffer,
  mayBe,
  type NewEntry,
  parseBody,
  writeFrame,
} from "./lines.ts";
import { searchBackwards, type SearchResult } from "./search.ts";
import { type Block, DamagedLogError, type Place } from "./segment.ts";
import { Store, type StoreOptions } from "./store.ts";
import { Window, type WindowSegment } from "./window.ts";

const encoder = new TextEncoder();

export interface LogOptions extends StoreOptions {
  /** The room whose entries these are, as its name stands in frames. */
  readonly room: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: () => number;
  /** Waits a moment while there are `few`; `gather.ts` where left out. */
  readonly gather?: Gather;
}

/**
 * To call so many takes longer than the disk takes for a batch, so it is worth waiting for more to show them with one
 * call: the first of many entries to come waits a moment for the others before a batch is formed, and a batch whose
 * successor is on its way to the disk is shown together with it. Nobody waits longer than a moment and one batch.
 */
const MANY_WAITING = 16;

export class Log implements CursorSource, CommitTarget {
  readonly now: () => number;
  readonly #store: Store;
  readonly #gather: Gather;
  readonly #report: (what: string) => void;
  readonly #prefix: Uint8Array;
  readonly #commit = new GroupCommit(this);
  readonly #cursors = new Set<Cursor>();
  #waiting = new Set<Cursor>();
  /** What those who wait have not been called for: published since they were last, or held back once already. */
  #news: "none" | "fresh" | "held" = "none";
  /** The head when those who wait were last called, and how many entries that showed. */
  #called: { readonly head: number; readonly entries: number };
  /** Kept from the first reader on to the last. */
  #window: Window | null = null;
  #keys: Promise<RecentKeys> | null = null;
  #head: number;

  private constructor(store: Store, options: LogOptions) {
    const { room, now, report } = options;
    this.#store = store;
    this.#gather = options.gather ?? gather;
    this.now = now;
    this.#report = report;
    this.#prefix = framePrefix(room);
    this.#head = store.next - 1;
    this.#called = { head: this.#head, entries: 0 };
  }

  /** Opens the log in a folder, as `Store.open` does. */
  static async open(options: LogOptions): Promise<Log> {
    return new Log(await Store.open(options), options);
  }

  /** Seq of the newest published entry; 0 while there is none. */
  get head(): number {
    return this.#head;
  }

  /** Whether anybody reads or appends, or only a restart may open this log again. */
  get busy(): boolean {
    return this.#cursors.size > 0 || this.#commit.idle !== null || this.#commit.broken;
  }

  /** Null while nothing is being appended; else resolves when all of it is through. */
  get settled(): Promise<void> | null {
    return this.#commit.idle;
  }

  /** Null while there is room for more appends; else resolves when there is again. */
  get drained(): Promise<void> | null {
    return this.#commit.drained;
  }

  /**
   * Appends an entry. Resolves once it is on disk, in the order of the calls; a `say` whose key is known, with the
   * same text, resolves with the first one's numbers. Rejects with `ProtocolError`: `storage_failed`, `key_reused`.
   */
  append(entry: NewEntry): Promise<Appended> {
    return this.#commit.append(entry);
  }

  /**
   * The entry that `entry` became when it was appended with the same key before; null where it was not. Rejects with
   * `ProtocolError`: `key_reused` where something else was, `storage_failed`.
   */
  async repeated(entry: NewEntry): Promise<Appended | null> {
    if (!hasKey(entry)) return null;
    const said = (await this.#commit.known()).find(entry.key);
    if (said === undefined) return null;
    const outcome = again(entry, said);
    if (outcome instanceof ProtocolError) throw outcome;
    return outcome;
  }

  /** A cursor that gives every entry after `after` and calls `ready` when there is more. Close it. */
  cursor(after: number, ready: () => void): Cursor {
    this.#window ??= new Window(this.#prefix, this.#head + 1);
    const cursor = new Cursor(this, after, ready);
    this.#cursors.add(cursor);
    return cursor;
  }

  /** Entries `from` to `to`, both inclusive and within 1 to `head`. Rejects with `DamagedLogError`. */
  async entries(from: number, to: number): Promise<Entry[]> {
    const entries: Entry[] = [];
    for await (const { bytes, lines } of this.#blocks(from, to)) {
      for (const { body } of lines) entries.push(parseBody(bytes, body));
    }
    return entries;
  }

  /** Those of one of `kinds` among the entries from `from` to the head, oldest first. Rejects with `DamagedLogError`. */
  async *select(kinds: readonly string[], from: number): AsyncGenerator<Entry> {
    const wanted = kinds.map((kind) => encoder.encode(`${kind}"`));
    for await (const { bytes, lines } of this.#blocks(from, this.#head)) {
      for (const { body } of lines) {
        if (wanted.some((kind) => mayBe(kind, bytes, body))) yield parseBody(bytes, body);
      }
    }
  }

  /** The newest `limit` of the entries `first` to `before - 1` whose texts hold `query`, newest first. */
  search(query: string, first: number, before: number, limit: number): Promise<SearchResult> {
    return searchBackwards(this.#store, query, { first, before: Math.min(before, this.#head + 1), limit });
  }

  /** Waits until everything appended is through, and lets go of the files. Nothing may be appended afterwards. */
  async close(): Promise<void> {
    await this.#commit.idle;
    await this.#store.close();
  }

  // For cursors.

  inMemory(seq: number): WindowSegment | null {
    return this.#window?.find(seq) ?? null;
  }

  async onDisk(seq: number, near: Place | null): Promise<FromDisk> {
    const place = near?.seq === seq ? near : await this.#store.find(seq);
    const block = await this.#store.read(place, this.#head);
    return { frames: this.#frames(block), near: block.place };
  }

  wait(cursor: Cursor): void {
    this.#waiting.add(cursor);
  }

  leave(cursor: Cursor): void {
    this.#waiting.delete(cursor);
    this.#cursors.delete(cursor);
    if (this.#cursors.size === 0) this.#window = null;
  }

  // For the group commit.

  keys(): Promise<RecentKeys> {
    return this.#keys ??= this.#readKeys().catch((error) => {
      // Files that could not be read this time may be readable the next; damaged ones will not.
      if (!(error instanceof DamagedLogError)) this.#keys = null;
      throw error;
    });
  }

  write(lines: Uint8Array, count: number): Promise<void> {
    return this.#store.append(lines, count);
  }

  failed(what: string): void {
    this.#report(what);
  }

  publish(lines: LineBuffer): void {
    for (const body of lines.bodies) this.#window?.push(lines.bytes, body);
    this.#head += lines.bodies.length;
    if (this.#news === "none") this.#news = "fresh";
  }

  async gathered(pending: () => number): Promise<void> {
    if (this.#waiting.size <= MANY_WAITING) return;
    // Clearly fewer than were shown with the last call: the rest may be about to come.
    await this.#gather(() => pending() * 4 < this.#called.entries * 3);
  }

  wake(more: boolean): void {
    if (this.#news === "none") return;
    const hold = more && this.#news === "fresh" && this.#waiting.size > MANY_WAITING;
    this.#news = hold ? "held" : "none";
    if (!hold) this.#call();
  }

  #call(): void {
    this.#called = { head: this.#head, entries: this.#head - this.#called.head };
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const cursor of waiting) cursor.ready();
  }

  #frames({ bytes, lines }: Block): Uint8Array<ArrayBuffer> {
    let size = 0;
    for (const { body } of lines) size += frameBytes(this.#prefix, body.end - body.start);
    const frames = new Uint8Array(size);
    let end = 0;
    for (const { body } of lines) end = writeFrame(frames, end, this.#prefix, bytes, body);
    return frames;
  }

  async *#blocks(from: number, to: number): AsyncGenerator<Block> {
    if (from > to) return;
    let place = await this.#store.find(from);
    while (place.seq <= to) {
      const block = await this.#store.read(place, to);
      yield block;
      place = block.place;
    }
  }

  async #readKeys(): Promise<RecentKeys> {
    const keys = new RecentKeys();
    for await (const { bytes, lines } of this.#blocks(Math.max(1, this.#head - KEYS_KEPT + 1), this.#head)) {
      for (const { body } of lines) {
        const entry = parseBody(bytes, body);
        const { seq, at, key } = entry;
        if (key !== undefined) keys.add(key, { seq, at, digest: digestOf(entry) });
      }
    }
    return keys;
  }
}
