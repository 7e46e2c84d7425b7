/** The keys of a log's newest `say`s: what makes a repeated one the same entry. */

import { KEYS_KEPT } from "../protocol/limits.ts";

export class RecentKeys {
  // Two generations: forgetting is letting go of a map, which costs nothing, where deleting from one costs much.
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  /** The entry that `key` was said with, among the newest `KEYS_KEPT` at least. */
  find(key: string): number | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** Remembers the key of entry `seq`, which is newer than all before. */
  add(key: string, seq: number): void {
    if (this.#young.size >= KEYS_KEPT) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, seq);
  }
}
