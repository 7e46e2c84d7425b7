/**
 * How much room files may take, of all rooms together: so much and no more, and never the last of the disk, which
 * is for messages.
 */

import { ProtocolError } from "../protocol/errors.ts";

export interface SpaceOptions {
  /** Bytes that all files may have. */
  readonly bytesMax: number;
  /** Bytes of the disk that are left to everything else. */
  readonly floorBytes: number;
  /** Bytes that the disk has free; Infinity where that cannot be known. */
  readonly free: () => Promise<number>;
  /** Told that a file was not taken for the disk's sake. */
  readonly low: () => void;
}

export class Space {
  readonly #options: SpaceOptions;
  /** Bytes that files and parts of files have. */
  #used: number;

  /** `used` is what there is already. */
  constructor(options: SpaceOptions, used: number) {
    this.#options = options;
    this.#used = used;
  }

  get used(): number {
    return this.#used;
  }

  /**
   * Whether there is room for `bytes` more as things are: none is kept for anybody, or whoever asks for much and
   * sends nothing would keep it from the others. Rejects with `ProtocolError` `storage_full`.
   */
  async need(bytes: number): Promise<void> {
    this.#fit(bytes);
    const { floorBytes, free, low } = this.#options;
    if (await free() - bytes >= floorBytes) return;
    low();
    throw full("The server's disk is nearly full, and takes no files. Tell its operator.");
  }

  /** `bytes` are about to be written. Throws `ProtocolError` `storage_full`. */
  take(bytes: number): void {
    this.#fit(bytes);
    this.#used += bytes;
  }

  /** `bytes` of what was there are gone. */
  freed(bytes: number): void {
    this.#used -= bytes;
  }

  #fit(bytes: number): void {
    if (this.#used + bytes <= this.#options.bytesMax) return;
    throw full("The server has no room for that much. Remove other files first, or ask its operator.");
  }
}

function full(message: string): ProtocolError {
  return new ProtocolError("storage_full", message);
}
