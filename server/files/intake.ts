/** Bytes that come while those that came before are being written: two buffers that change places. */

/** What a sender leaves behind who sends little at a time. */
const FIRST_BYTES = 65_536;

export class Intake {
  #filling = new Uint8Array();
  #filled = 0;
  #other = new Uint8Array();

  /** Bytes that were added and not taken. */
  get bytes(): number {
    return this.#filled;
  }

  /** Copies `bytes`. How much may wait is for whoever adds to keep to. */
  add(bytes: Uint8Array): void {
    const end = this.#filled + bytes.length;
    if (end > this.#filling.length) {
      const larger = new Uint8Array(Math.max(FIRST_BYTES, this.#filling.length * 2, end));
      larger.set(this.#filling.subarray(0, this.#filled));
      this.#filling = larger;
    }
    this.#filling.set(bytes, this.#filled);
    this.#filled = end;
  }

  /** All that was added, as a view that is good until this is called again. */
  take(): Uint8Array {
    const taken = this.#filling.subarray(0, this.#filled);
    [this.#filling, this.#other] = [this.#other, this.#filling];
    this.#filled = 0;
    return taken;
  }
}
