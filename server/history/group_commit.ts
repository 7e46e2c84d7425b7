/**
 * Group commit: what is appended while the disk is busy becomes one batch, numbered when it is formed, written and
 * synced together, published, and only then acknowledged.
 *
 * A batch whose write failed leaves nothing behind, not even its keys. One whose sync failed stops all appends
 * until a restart has read back what the disk really holds.
 */

import { messageOf, ProtocolError } from "../protocol/errors.ts";
import type { Entry } from "../protocol/messages.ts";
import type { RecentKeys } from "./keys.ts";
import { LineBuffer, type NewEntry } from "./lines.ts";
import { AppendFailedError } from "./store.ts";

/** What an append became. */
export interface Appended {
  readonly seq: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

/** What group commit needs of the log it serves. */
export interface CommitTarget {
  /** Seq of the newest published entry. */
  readonly head: number;
  readonly now: () => number;
  /** The keys of published entries; read from disk when first asked for. */
  keys(): Promise<RecentKeys>;
  /** Published entries: `seq`, and some of those that follow it. */
  readFrom(seq: number): Promise<readonly Entry[]>;
  /** Puts lines on disk; throws as `Store.append` does. */
  write(lines: Uint8Array, count: number): Promise<void>;
  /** Told, as a sentence for the operator, why an append was refused. */
  failed(what: string): void;
  /** Shows lines that are on disk: moves the head, without calling anybody yet. */
  publish(lines: LineBuffer): void;
  /** Calls those who wait for what was published; `more` is on its way to the disk meanwhile. */
  wake(more: boolean): void;
}

interface Pending {
  readonly entry: NewEntry;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: ProtocolError) => void;
}

interface Batch {
  readonly pending: readonly Pending[];
  /** What each of `pending` becomes once the lines are on disk. */
  readonly outcomes: readonly (Appended | ProtocolError)[];
  /** How many lines there are to write. */
  readonly count: number;
  /** The keys that are new with this batch. */
  readonly fresh: ReadonlyMap<string, { readonly seq: number; readonly text: string }>;
}

/** Lines of one batch, about. Several times what one turn of the loop takes in under load. */
const BATCH_BYTES_MAX = 1 << 18;
/** Appends of one batch: repeats add no lines. */
const BATCH_ENTRIES_MAX = 4_096;
/** Appends waiting for the disk; above it, whoever appends should wait for `drained`. */
const BACKLOG_BYTES_MAX = 1 << 22;
/** What an entry weighs beside its text. */
const ENTRY_OVERHEAD_BYTES = 256;

export class GroupCommit {
  readonly #target: CommitTarget;
  readonly #lines = new LineBuffer();
  #pending: Pending[] = [];
  #pendingBytes = 0;
  /** The loop that commits batch after batch, until nothing is pending. */
  #running: Promise<void> | null = null;
  /** Resolved when the backlog is small again; null while nobody asked for that. */
  #relief: PromiseWithResolvers<void> | null = null;
  /** Why nothing can be appended any more; null while all is well. */
  #broken: ProtocolError | null = null;

  constructor(target: CommitTarget) {
    this.#target = target;
  }

  /** Resolves in the order of the calls. Rejects with `ProtocolError`: `storage_failed` or `key_reused`. */
  append(entry: NewEntry): Promise<Appended> {
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    this.#pending.push({ entry, resolve, reject });
    this.#pendingBytes += weight(entry);
    this.#running ??= this.#run();
    return promise;
  }

  /** Null while nothing is being appended; else resolves when all of it is through. */
  get idle(): Promise<void> | null {
    return this.#running;
  }

  /** Whether nothing can be appended until a restart. */
  get broken(): boolean {
    return this.#broken !== null;
  }

  /** Null while there is room for more appends; else resolves when there is again, however many others go on. */
  get drained(): Promise<void> | null {
    if (this.#pendingBytes <= BACKLOG_BYTES_MAX) return null;
    return (this.#relief ??= Promise.withResolvers<void>()).promise;
  }

  async #run(): Promise<void> {
    // Begins after this turn: what else one read brought belongs to the same batch.
    await Promise.resolve();
    let batch = await this.#form();
    let writing = this.#write(batch);
    while (true) {
      const failure = await writing;
      if (failure === null) await this.#publish(batch);
      const done = batch;
      const more = this.#pending.length > 0;
      if (more) {
        // The disk gets the next batch before the last one is told to anybody: both take their time at once.
        batch = await this.#form();
        writing = this.#write(batch);
      } else this.#running = null;
      this.#settle(done, failure, more);
      if (!more) return;
    }
  }

  /** Tells those who appended a batch what became of it, and then those who wait for it. */
  #settle({ pending, outcomes }: Batch, failure: ProtocolError | null, more: boolean): void {
    pending.forEach(({ entry, resolve, reject }, i) => {
      this.#pendingBytes -= weight(entry);
      const outcome = failure ?? outcomes[i];
      if (outcome === undefined || outcome instanceof ProtocolError) reject(outcome ?? refused());
      else resolve(outcome);
    });
    this.#target.wake(more);
    if (this.#pendingBytes > BACKLOG_BYTES_MAX / 2) return;
    this.#relief?.resolve();
    this.#relief = null;
  }

  /** Takes a batch off the pending appends and numbers it; its lines are in `#lines` then. */
  async #form(): Promise<Batch> {
    this.#lines.clear();
    const at = this.#target.now();
    const first = this.#target.head + 1;
    const pending: Pending[] = [];
    const outcomes: (Appended | ProtocolError)[] = [];
    const fresh = new Map<string, { seq: number; text: string }>();
    const known = new Map<number, Entry>();
    for (const append of this.#pending) {
      if (this.#lines.size > BATCH_BYTES_MAX || pending.length === BATCH_ENTRIES_MAX) break;
      pending.push(append);
      const repeated = await this.#repeated(append.entry, at, fresh, known);
      if (repeated === null) {
        const seq = first + this.#lines.bodies.length;
        this.#lines.add(seq, at, append.entry);
        outcomes.push({ seq, at });
        if (append.entry.kind === "say" && append.entry.key !== undefined) {
          fresh.set(append.entry.key, { seq, text: append.entry.text });
        }
      } else outcomes.push(repeated);
    }
    this.#pending = this.#pending.slice(pending.length);
    return { pending, outcomes, count: this.#lines.bodies.length, fresh };
  }

  /**
   * What `entry` becomes if its key was used before, in this batch (`fresh`) or earlier; else null. `known` keeps
   * what was read on the way: after a drop a client says many again that follow on each other.
   */
  async #repeated(
    entry: NewEntry,
    at: number,
    fresh: Batch["fresh"],
    known: Map<number, Entry>,
  ): Promise<Appended | ProtocolError | null> {
    if (entry.kind !== "say" || entry.key === undefined || this.#broken !== null) return null;
    const here = fresh.get(entry.key);
    if (here !== undefined) return here.text === entry.text ? { seq: here.seq, at } : reused(entry.key);
    try {
      const seq = (await this.#target.keys()).find(entry.key);
      if (seq === undefined) return null;
      if (!known.has(seq)) { for (const read of await this.#target.readFrom(seq)) known.set(read.seq, read); }
      const first = known.get(seq);
      return first?.text === entry.text ? { seq, at: first.at } : reused(entry.key);
    } catch (error) {
      return this.#refusal(error);
    }
  }

  /** Writes what is in `#lines`; returns why not, where that failed. */
  async #write({ count }: Batch): Promise<ProtocolError | null> {
    if (this.#broken !== null) return this.#broken;
    if (count === 0) return null;
    try {
      await this.#target.write(this.#lines.bytes, count);
      return null;
    } catch (error) {
      const failure = this.#refusal(error);
      if (!(error instanceof AppendFailedError)) this.#broken = failure;
      return failure;
    }
  }

  /** What those who appended are told of `error`; the operator is told all of it. */
  #refusal(error: unknown): ProtocolError {
    this.#target.failed(messageOf(error));
    return refused();
  }

  async #publish({ count, fresh }: Batch): Promise<void> {
    if (count > 0) this.#target.publish(this.#lines);
    if (fresh.size === 0) return;
    const keys = await this.#target.keys();
    for (const [key, { seq }] of fresh) keys.add(key, seq);
  }
}

function weight(entry: NewEntry): number {
  return ENTRY_OVERHEAD_BYTES + (entry.kind === "say" ? entry.text.length : entry.title.length);
}

function reused(key: string): ProtocolError {
  return new ProtocolError(
    "key_reused",
    `The key ${JSON.stringify(key)} was said with another text. Make a new one.`,
  );
}

function refused(): ProtocolError {
  return new ProtocolError("storage_failed", "The server could not store this. Try again later.");
}
