/**
 * The operator's terminal, or whatever standard output is: lines are written on another thread, so that one that is
 * stopped with Ctrl-S, or a pipe that nobody reads, holds nothing up. Over a bound lines are left out and counted.
 */

export interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

const WAITING_CHARS_MAX = 1 << 18;
const encoder = new TextEncoder();

export class Screen {
  readonly #sink: Sink;
  #waiting = "";
  #leftOut = 0;
  #writing: Promise<void> | null = null;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  print(text: string): void {
    if (this.#waiting.length > WAITING_CHARS_MAX) this.#leftOut++;
    else this.#waiting += `${text}\n`;
    this.#writing ??= this.#run();
  }

  /** Null where all is written; else resolves when it is, which on a stopped terminal may be never. */
  get written(): Promise<void> | null {
    return this.#writing;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#waiting !== "") {
        const bytes = encoder.encode(this.#take());
        for (let sent = 0; sent < bytes.length;) sent += await this.#sink.write(bytes.subarray(sent));
      }
    } catch {
      this.#waiting = ""; // Nobody is there to read it.
    }
    this.#writing = null;
  }

  #take(): string {
    const text = this.#leftOut === 0 ? this.#waiting : `${this.#waiting}(${this.#leftOut} lines left out)\n`;
    this.#waiting = "";
    this.#leftOut = 0;
    return text;
  }
}
