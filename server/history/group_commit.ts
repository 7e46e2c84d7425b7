/**
 * Group commit: what is appended while the disk is busy becomes one batch, numbered when it is formed, written and
 * synced together, published, and only then acknowledged.
 *
 * A batch whose write failed leaves nothing behind, not even its keys. One whose sync failed stops all appends
 * until a restart has read back what the disk really holds.
 */

import { messageOf, ProtocolError } from "../protocol/errors.ts";
import { digestOf, RecentKeys, type Said } from "./keys.ts";
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
  /** Waits, if that is worth it, for more appends than are `pending`; at least until this turn is over. */
  gathered(pending: () => number): Promise<void>;
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
  /** In the order of the calls; `outcome` is what each becomes once the lines are on disk. */
  readonly appends: readonly { readonly pending: Pending; readonly outcome: Appended | ProtocolError }[];
  /** How many lines there are to write. */
  readonly count: number;
  /** The keys that are new with this batch. */
  readonly fresh: ReadonlyMap<string, Said>;
  /** The keys of the entries before it; an error where they cannot be read, null where it needs none. */
  readonly keys: RecentKeys | ProtocolError | null;
}

/** An entry that is the same one however often it is appended. */
export type KeyedEntry = NewEntry & { readonly kind: "say" | "file"; readonly key: string };

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
    // What else one read brings, and where many will be called what comes in a moment, belongs to the same batch.
    await this.#target.gathered(() => this.#pending.length);
    let batch = await this.#form();
    let writing = this.#write(batch);
    while (true) {
      const failure = await writing;
      if (failure === null) this.#publish(batch);
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
  #settle({ appends }: Batch, failure: ProtocolError | null, more: boolean): void {
    for (const { pending: { entry, resolve, reject }, outcome } of appends) {
      this.#pendingBytes -= weight(entry);
      const told = failure ?? outcome;
      if (told instanceof ProtocolError) reject(told);
      else resolve(told);
    }
    this.#target.wake(more);
    if (this.#pendingBytes > BACKLOG_BYTES_MAX / 2) return;
    this.#relief?.resolve();
    this.#relief = null;
  }

  /** Takes a batch off the pending appends and numbers it; its lines are in `#lines` then. */
  async #form(): Promise<Batch> {
    const taken = this.#pending.slice(0, BATCH_ENTRIES_MAX);
    const keys = taken.some(({ entry }) => hasKey(entry)) ? await this.#known() : null;
    this.#lines.clear();
    const at = this.#target.now();
    const first = this.#target.head + 1;
    const appends: Batch["appends"][number][] = [];
    const fresh = new Map<string, Said>();
    for (const pending of taken) {
      if (this.#lines.size > BATCH_BYTES_MAX) break;
      const { entry } = pending;
      const next = { seq: first + this.#lines.bodies.length, at };
      const outcome = hasKey(entry) && keys !== null ? sayOnce(entry, next, keys, fresh) : next;
      if (outcome === next) this.#lines.add(next.seq, at, entry);
      appends.push({ pending, outcome });
    }
    this.#pending = this.#pending.slice(appends.length);
    return { appends, count: this.#lines.bodies.length, fresh, keys };
  }

  /** The keys of published entries, or what those are told who append with one while they cannot be read. */
  async #known(): Promise<RecentKeys | ProtocolError> {
    try {
      return await this.#target.keys();
    } catch (error) {
      return this.#refusal(error);
    }
  }

  /** The keys of published entries. Rejects with `ProtocolError` `storage_failed`. */
  async known(): Promise<RecentKeys> {
    const keys = await this.#known();
    if (keys instanceof ProtocolError) throw keys;
    return keys;
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

  #publish({ count, fresh, keys }: Batch): void {
    if (count > 0) this.#target.publish(this.#lines);
    if (keys instanceof RecentKeys) { for (const [key, said] of fresh) keys.add(key, said); }
  }
}

export function hasKey(entry: NewEntry): entry is KeyedEntry {
  return (entry.kind === "say" || entry.kind === "file") && entry.key !== undefined;
}

/** What an entry with a key becomes: `next`, and its key one of the `fresh`, unless the key was used before. */
function sayOnce(
  entry: KeyedEntry,
  next: Appended,
  keys: RecentKeys | ProtocolError,
  fresh: Map<string, Said>,
): Appended | ProtocolError {
  if (keys instanceof ProtocolError) return keys;
  const said = fresh.get(entry.key) ?? keys.find(entry.key);
  if (said !== undefined) return again(entry, said);
  fresh.set(entry.key, { ...next, digest: digestOf(entry) });
  return next;
}

/** What comes of an entry whose key was used before. */
export function again(entry: KeyedEntry, said: Said): Appended | ProtocolError {
  return said.digest === digestOf(entry) ? { seq: said.seq, at: said.at } : reused(entry.key);
}

function weight(entry: NewEntry): number {
  const text = entry.kind === "say" ? entry.text : entry.kind === "title" ? entry.title : entry.name;
  return ENTRY_OVERHEAD_BYTES + text.length;
}

function reused(key: string): ProtocolError {
  return new ProtocolError(
    "key_reused",
    `The key ${JSON.stringify(key)} was used for something else. Make a new one.`,
  );
}

function refused(): ProtocolError {
  return new ProtocolError("storage_failed", "The server could not store this. Try again later.");
}
