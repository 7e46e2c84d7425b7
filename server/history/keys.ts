/** The keys of a log's newest `say`s: what makes a repeated one the same entry. */

import { hash } from "node:crypto";
import { KEYS_KEPT } from "../protocol/limits.ts";

/** What is kept of an entry that was said with a key: all that answers its being said again. */
export interface Said {
  readonly seq: number;
  readonly at: number;
  /** `digestOf` its text. */
  readonly digest: bigint;
}

/** Tells a text from others without keeping it: the first 64 bits of its SHA-256. */
export function digestOf(text: string): bigint {
  return BigInt(`0x${hash("sha256", text).slice(0, 16)}`);
}

export class RecentKeys {
  // Two generations: forgetting is letting go of a map, which costs nothing, where deleting from one costs much.
  #young = new Map<string, Said>();
  #old = new Map<string, Said>();

  /** The entry that `key` was said with, among the newest `KEYS_KEPT` at least. */
  find(key: string): Said | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** Remembers the key of an entry that is newer than all before. */
  add(key: string, said: Said): void {
    if (this.#young.size >= KEYS_KEPT) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, said);
  }
}
