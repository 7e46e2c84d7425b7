/**
 * The names that belong to keys: `people.json`, replaced as a whole.
 *
 * A name belongs to the key that first used it, until it was not used for `NAME_UNUSED_MS_MAX` or is released. All
 * of them are held in memory; a bind is acknowledged when it is on disk, and undone where it does not get there.
 */

import { ClaimError } from "../history/claim.ts";
import type { Disk } from "../history/disk.ts";
import { readRecord, writeRecord } from "../history/records.ts";
import { Saver } from "../history/saver.ts";
import { messageOf, ProtocolError } from "../protocol/errors.ts";
import { NAME_UNUSED_MS_MAX } from "../protocol/limits.ts";
import { type Name, parseName } from "../protocol/names.ts";
import { parseKey } from "../protocol/proofs.ts";
import { integer, listOf, object, string } from "../protocol/shapes.ts";
import { quoted } from "../protocol/texts.ts";
import { lookOf } from "./lookalikes.ts";
import type { Report } from "./report.ts";

/** A name and the key that it belongs to. Times in milliseconds since 1970-01-01 UTC. */
export interface Bond {
  /** As its owner last wrote it. */
  readonly name: string;
  /** Canonical base64url. */
  readonly key: string;
  readonly since: number;
  /** When it was last used, to a day. */
  readonly used: number;
}

export interface RegisterOptions {
  readonly disk: Disk;
  /** The server's folder; it exists. */
  readonly folder: string;
  readonly now: () => number;
  readonly report: Report;
  /** Names of all keys together. */
  readonly namesMax: number;
  readonly namesPerKeyMax: number;
  /** Told of every name that is not given out because there are too many. */
  readonly limited: (limit: "max-names" | "max-names-per-key") => void;
}

interface Held {
  readonly bond: Bond;
  readonly look: string;
}

const FILE = "people.json";
const recordShape = object({
  names: listOf(object({ name: string, key: string, since: integer(0), used: integer(0) })),
});

/** That a name is still used is written once in so long. */
const USED_STORED_MS = 86_400_000;

export class Register {
  readonly #options: RegisterOptions;
  /** By folded name. Those that were not used for too long are left out wherever it is asked, and dropped for space. */
  readonly #held = new Map<string, Held>();
  /** Of folded names: the write that makes them their key's. Until then nobody else gets them. */
  readonly #unsaved = new Map<string, Promise<void>>();
  readonly #saver = new Saver(() => this.#write());
  /** What takes the changes back that the next write is the first to store, should it fail. */
  #undo: (() => void)[] = [];

  private constructor(options: RegisterOptions) {
    this.#options = options;
  }

  /** Reads the names. Rejects with `ClaimError` where the file is damaged: they would be free for anybody. */
  static async open(options: RegisterOptions): Promise<Register> {
    const register = new Register(options);
    const path = `${options.folder}/${FILE}`;
    // A process that was killed may have left a list that a power cut would take back; it is about to be relied on.
    await options.disk.syncFolder(options.folder);
    try {
      const record = await readRecord(options.disk, path);
      if (record !== null) register.#load(record);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const advice =
        "restore it from a backup, or remove it: then all names are free for whoever comes first";
      throw new ClaimError(`${path} is damaged (${messageOf(error.cause ?? error)}): ${advice}.`);
    }
    register.#dropUnused();
    return register;
  }

  /** The key that the name of this folded form belongs to now; null where that is nobody's. */
  ownerOf(folded: string): string | null {
    return this.#find(folded)?.bond.key ?? null;
  }

  /**
   * A name of another key than `key` that looks like `name`; null where there is none, and for a name that is the
   * key's own already and looks as it did then.
   */
  lookAlike(name: Name, key: string | null): string | null {
    const look = lookOf(name);
    const own = this.#find(name.folded);
    if (own !== undefined && own.bond.key === key && own.look === look) return null;
    for (const { bond, look: theirs } of this.#held.values()) {
      if (theirs === look && bond.key !== key && !this.#unused(bond)) return bond.name;
    }
    return null;
  }

  /** Why whoever has `key` cannot be called `name`, as a sentence; null where no other key is in the way. */
  whyTaken(name: Name, key: string | null): string | null {
    const owner = this.ownerOf(name.folded);
    if (owner !== null && owner !== key) {
      return `${name.shown} belongs to another key. Choose another name, or bring the key that it belongs to.`;
    }
    const other = this.lookAlike(name, key);
    if (other === null) return null;
    return `${name.shown} looks like ${other}, who is somebody else. Choose another name.`;
  }

  /** The names of `key` as they are shown, oldest first. */
  namesOf(key: string): readonly string[] {
    const names: string[] = [];
    for (const { bond } of this.#held.values()) {
      if (bond.key === key && !this.#unused(bond)) names.push(bond.name);
    }
    return names;
  }

  /** Every name that belongs to a key now, oldest first. */
  *[Symbol.iterator](): Iterator<Bond> {
    for (const { bond } of this.#held.values()) if (!this.#unused(bond)) yield bond;
  }

  /**
   * Makes `name` the key's own, or notes that it still uses it; its own, on disk, when this resolves. Rejects with
   * `ProtocolError`: `name_taken` where it, or one that looks like it, is another key's; `not_allowed` where the key
   * has too many; `server_full` where there are too many in all; `storage_failed`: then it is nobody's again.
   */
  async bind(name: Name, key: string): Promise<void> {
    const why = this.whyTaken(name, key);
    if (why !== null) throw new ProtocolError("name_taken", why);
    const own = this.#find(name.folded);
    if (own !== undefined) return await this.#use(name, own.bond);
    this.#refuseMore(key);
    const { shown, folded } = name;
    const now = this.#options.now();
    this.#hold(name, { name: shown, key, since: now, used: now });
    this.#undo.push(() => {
      this.#held.delete(folded);
      this.#unsaved.delete(folded);
    });
    const saved = this.#saver.save();
    this.#unsaved.set(folded, saved);
    await saved;
    this.#unsaved.delete(folded);
  }

  /**
   * Makes the name of this folded form nobody's, on disk when this resolves; false where it is that already. Rejects
   * with `ProtocolError` `storage_failed`: then it is still its key's.
   */
  async release(folded: string): Promise<boolean> {
    // What is not stored yet may still come to nothing.
    while (this.#unsaved.has(folded)) await Promise.allSettled([this.#unsaved.get(folded)]);
    const held = this.#find(folded);
    if (held === undefined) return false;
    this.#held.delete(folded);
    this.#undo.push(() => {
      // Whoever came for it meanwhile is in the next write.
      if (!this.#held.has(folded)) this.#held.set(folded, held);
    });
    await this.#saver.save();
    return true;
  }

  async #use(name: Name, bond: Bond): Promise<void> {
    const now = this.#options.now();
    const stale = now - bond.used >= USED_STORED_MS;
    if (stale || name.shown !== bond.name) {
      this.#hold(name, { ...bond, name: name.shown, used: stale ? now : bond.used });
    }
    const binding = this.#unsaved.get(name.folded);
    if (binding !== undefined) return await binding;
    if (!stale) return;
    try {
      await this.#saver.save();
    } catch (error) {
      // The name is the key's on disk all the same; nobody is kept out because a date was not written.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  #refuseMore(key: string): void {
    const { namesMax, namesPerKeyMax, limited } = this.#options;
    const names = this.namesOf(key);
    if (names.length >= namesPerKeyMax) {
      limited("max-names-per-key");
      const message =
        `Your key has ${names.length} names already, as many as one may have. Use one of them: ${
          names.join(", ")
        }.`;
      throw new ProtocolError("not_allowed", message);
    }
    if (this.#held.size >= namesMax) this.#dropUnused();
    if (this.#held.size < namesMax) return;
    limited("max-names");
    const message =
      `The server keeps ${namesMax} names and has no place for another. Come without a key, or later.`;
    throw new ProtocolError("server_full", message);
  }

  /** Stores all as it is now. */
  async #write(): Promise<void> {
    const { disk, folder, report } = this.#options;
    const undo = this.#undo;
    this.#undo = [];
    try {
      const names = Array.from(this.#held.values(), ({ bond }) => bond);
      await writeRecord(disk, folder, FILE, { names });
    } catch (error) {
      report("ERROR", `${folder}/${FILE} could not be stored: ${messageOf(error)}`);
      for (const takeBack of undo.toReversed()) takeBack();
      throw new ProtocolError(
        "storage_failed",
        "The server could not store the list of names. Try again later.",
      );
    }
  }

  /** Throws `SyntaxError` where `record` holds what was never written. */
  #load(record: unknown): void {
    if (!recordShape.holds(record)) throw new SyntaxError("that is no list of names");
    for (const bond of record.names) {
      const name = nameOf(bond);
      if (parseKey(bond.key) !== bond.key) throw new SyntaxError(`the key of ${name.shown} is none`);
      if (this.#held.has(name.folded)) throw new SyntaxError(`${name.shown} is there twice`);
      this.#hold(name, { name: bond.name, key: bond.key, since: bond.since, used: bond.used });
    }
  }

  #hold(name: Name, bond: Bond): void {
    this.#held.set(name.folded, { bond, look: lookOf(name) });
  }

  #find(folded: string): Held | undefined {
    const held = this.#held.get(folded);
    return held === undefined || this.#unused(held.bond) ? undefined : held;
  }

  #unused({ used }: Bond): boolean {
    return this.#options.now() - used > NAME_UNUSED_MS_MAX;
  }

  #dropUnused(): void {
    for (const [folded, { bond }] of this.#held) if (this.#unused(bond)) this.#held.delete(folded);
  }
}

function nameOf({ name }: Bond): Name {
  try {
    return parseName(name, "name_invalid");
  } catch {
    throw new SyntaxError(`${quoted(name)} is no name`);
  }
}
