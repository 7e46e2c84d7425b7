/** The keys of a log's newest entries: what makes a repeated one the same. */

import { hash } from "node:crypto";
import { KEYS_KEPT } from "../protocol/limits.ts";

/** What an entry with a key says, whether it was read, or is to be appended. */
export interface Keyed {
  readonly kind: string;
  readonly text?: string | undefined;
  readonly name?: string | undefined;
  readonly size?: number | undefined;
  readonly sha256?: string | undefined;
}

/** What is kept of an entry that was said with a key: all that answers its being said again. */
export interface Said {
  readonly seq: number;
  readonly at: number;
  /** `digestOf` it. */
  readonly digest: bigint;
}

/** Tells what an entry says from others without keeping it: the first 64 bits of a SHA-256. */
export function digestOf({ kind, text = "", name = "", size = 0, sha256 = "" }: Keyed): bigint {
  // No text has a NUL in it.
  const said = kind === "file" ? `\0${sha256} ${size} ${name}` : text;
  return BigInt(`0x${hash("sha256", said).slice(0, 16)}`);
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
