/**
 * Lines on their way to something that may be slow or stopped: they wait in memory up to a bound; over it they are
 * counted instead, and the count is written.
 */

const encoder = new TextEncoder();

export class Backlog {
  readonly #charsMax: number;
  readonly #write: (lines: Uint8Array) => Promise<void>;
  #waiting = "";
  #leftOut = 0;
  #writing: Promise<void> | null = null;

  /** `write` takes some lines at a time, one call after the other, and does not reject. */
  constructor(charsMax: number, write: (lines: Uint8Array) => Promise<void>) {
    this.#charsMax = charsMax;
    this.#write = write;
  }

  add(line: string): void {
    if (this.#waiting.length > this.#charsMax) this.#leftOut++;
    else this.#waiting += `${line}\n`;
    this.#writing ??= this.#run();
  }

  /** Null where all is written; else resolves when it is. */
  get written(): Promise<void> | null {
    return this.#writing;
  }

  async #run(): Promise<void> {
    // After what runs now, so that all its lines go out together.
    await Promise.resolve();
    while (this.#waiting !== "") await this.#write(encoder.encode(this.#take()));
    this.#writing = null;
  }

  #take(): string {
    const lines = this.#leftOut === 0 ? this.#waiting : `${this.#waiting}(${this.#leftOut} lines left out)\n`;
    this.#waiting = "";
    this.#leftOut = 0;
    return lines;
  }
}
