/**
 * How much room files may take, of all rooms together: so much and no more, and never the last of the disk, which
 * is for messages. What is promised to a file that is on its way counts as taken.
 */

import { ProtocolError } from "../protocol/errors.ts";

export interface SpaceOptions {
  /** Bytes that all files may have. */
  readonly bytesMax: number;
  /** Bytes of the disk that are left to everything else. */
  readonly floorBytes: number;
  /** Bytes that the disk has free; Infinity where that cannot be known. */
  readonly free: () => Promise<number>;
}

export class Space {
  readonly #options: SpaceOptions;
  /** Bytes that files and parts of files have. */
  #used: number;
  /** Bytes that are to come. */
  #promised = 0;

  /** `used` is what there is already. */
  constructor(options: SpaceOptions, used: number) {
    this.#options = options;
    this.#used = used;
  }

  get used(): number {
    return this.#used;
  }

  /** Promises room for `bytes` more. Rejects with `ProtocolError` `storage_full`. */
  async promise(bytes: number): Promise<void> {
    const { bytesMax } = this.#options;
    if (this.#used + this.#promised + bytes > bytesMax) {
      throw full("The server has no room for a file of that size. Remove others first, or ask its operator.");
    }
    this.#promised += bytes;
    try {
      await this.check();
    } catch (error) {
      this.#promised -= bytes;
      throw error;
    }
  }

  /** Whether the disk has room for what is promised: others fill it, too. Rejects with `ProtocolError` `storage_full`. */
  async check(): Promise<void> {
    const { floorBytes, free } = this.#options;
    if (await free() - this.#promised >= floorBytes) return;
    throw full("The server's disk is nearly full, and takes no files. Tell its operator.");
  }

  /** `bytes` of what was promised are on the disk. */
  written(bytes: number): void {
    this.#promised -= bytes;
    this.#used += bytes;
  }

  /** `bytes` of what was promised do not come. */
  release(bytes: number): void {
    this.#promised -= bytes;
  }

  /** `bytes` of what was there are gone. */
  freed(bytes: number): void {
    this.#used -= bytes;
  }
}

function full(message: string): ProtocolError {
  return new ProtocolError("storage_full", message);
}
