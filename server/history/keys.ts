/** The keys of a log's newest `say`s: what makes a repeated one the same entry. */

import { KEYS_KEPT } from "../protocol/limits.ts";

export class RecentKeys {
  /** Oldest first: a `Map` keeps the order of insertion, and keys come in the order of their entries. */
  readonly #seqs = new Map<string, number>();

  /** The entry that `key` was said with, among the newest `KEYS_KEPT` at least. */
  find(key: string): number | undefined {
    return this.#seqs.get(key);
  }

  /** Remembers the key of entry `seq`, which is newer than all before, and forgets those that are too old. */
  add(key: string, seq: number): void {
    this.#seqs.set(key, seq);
    for (const [oldest, at] of this.#seqs) {
      if (at > seq - KEYS_KEPT) return;
      this.#seqs.delete(oldest);
    }
  }
}
