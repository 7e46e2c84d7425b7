/** Bytes between who receives and who writes them down: a fixed buffer that is used round and round. Pure. */

export class Ring {
  readonly #buffer: Uint8Array;
  #start = 0;
  #held = 0;

  constructor(bytesMax: number) {
    this.#buffer = new Uint8Array(bytesMax);
  }

  /** How many bytes are in it. */
  get held(): number {
    return this.#held;
  }

  /** Copies `bytes` in, of which there must be no more than there is space for. */
  put(bytes: Uint8Array): void {
    const { length } = this.#buffer;
    if (this.#held + bytes.length > length) {
      throw new RangeError(`${bytes.length} bytes are too many for the ring`);
    }
    const end = (this.#start + this.#held) % Math.max(length, 1);
    const first = bytes.subarray(0, length - end);
    this.#buffer.set(first, end);
    this.#buffer.set(bytes.subarray(first.length), 0);
    this.#held += bytes.length;
  }

  /** The oldest bytes that stand in one piece; good until they are freed. */
  head(): Uint8Array {
    return this.#buffer.subarray(this.#start, Math.min(this.#start + this.#held, this.#buffer.length));
  }

  /** Gives the space of the oldest `bytes` bytes back. */
  free(bytes: number): void {
    this.#start = (this.#start + bytes) % Math.max(this.#buffer.length, 1);
    this.#held -= bytes;
  }
}
