/**
 * The keys of those who were members of a room before: since when, and so from which entry on each may see it where
 * members see only what came after they first joined. In `members.json`, beside the room's record.
 */

import type { Disk } from "../history/disk.ts";
import { readRecord, writeRecord } from "../history/records.ts";
import { Saver } from "../history/saver.ts";
import { integer, listOf, object, string } from "../protocol/shapes.ts";

const FILE = "members.json";
/** Whoever comes when there are so many is a stranger each time. */
const REGULARS_MAX = 10_000;

const recordShape = object({ members: listOf(object({ key: string, first: integer(1) })) });

export class Regulars {
  /** By key, the seq of the first entry that came after the join. */
  readonly #firsts: Map<string, number>;
  readonly #saver: Saver;
  /** The keys that are being stored, each with the write that does it. */
  readonly #unsaved = new Map<string, Promise<void>>();

  private constructor(disk: Disk, folder: string, firsts: Map<string, number>) {
    this.#firsts = firsts;
    this.#saver = new Saver(() => {
      const members = Array.from(firsts, ([key, first]) => ({ key, first }));
      return writeRecord(disk, folder, FILE, { members });
    });
  }

  /** Reads those of the room in `folder`. Rejects with `SyntaxError` where the file is damaged. */
  static async open(disk: Disk, folder: string): Promise<Regulars> {
    const path = `${folder}/${FILE}`;
    const record = await readRecord(disk, path);
    if (record !== null && !recordShape.holds(record)) throw new SyntaxError(`${path} is no list of members`);
    const members = record?.members ?? [];
    return new Regulars(disk, folder, new Map(members.map(({ key, first }) => [key, first])));
  }

  has(key: string): boolean {
    return this.#firsts.has(key);
  }

  /**
   * Notes that `key` joins where the next entry is `next`, on disk when this resolves; gives the seq of the first
   * entry that it may see: `next`, or that of the first time.
   */
  async add(key: string, next: number): Promise<number> {
    const known = this.#firsts.get(key);
    if (known !== undefined || this.#firsts.size >= REGULARS_MAX) {
      await this.#unsaved.get(key);
      return known ?? next;
    }
    this.#firsts.set(key, next);
    const saved = this.#saver.save();
    this.#unsaved.set(key, saved);
    try {
      await saved;
    } catch (error) {
      this.#firsts.delete(key);
      throw error;
    } finally {
      this.#unsaved.delete(key);
    }
    return next;
  }
}
