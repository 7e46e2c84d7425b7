/** Lines to standard output or error, whole ones, in order, until nobody reads them any more. */

import { messageOf } from "../server/protocol/errors.ts";

export interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

export class Output {
  readonly #sink: Sink;
  readonly #failed: (sentence: string) => void;
  readonly #encoder = new TextEncoder();
  #last: Promise<void> = Promise.resolve();
  #open = true;

  /** `failed` is told when it cannot be written on, for another reason than that nobody reads. */
  constructor(sink: Sink, failed: (sentence: string) => void = () => {}) {
    this.#sink = sink;
    this.#failed = failed;
  }

  /** Whether somebody reads: false after a write found the pipe closed. */
  get open(): boolean {
    return this.#open;
  }

  /** Writes a line; resolves when it is out. On a pipe that was closed it goes nowhere. */
  line(text: string): Promise<void> {
    return this.text(`${text}\n`);
  }

  /** Writes what is no line yet, such as one that is drawn again and again. */
  text(text: string): Promise<void> {
    this.#last = this.#last.then(() => this.#write(this.#encoder.encode(text)));
    return this.#last;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length && this.#open;) {
        done += await this.#sink.write(bytes.subarray(done));
      }
    } catch (error) {
      this.#open = false;
      if (!isClosed(error)) this.#failed(`What is to be shown cannot be written: ${messageOf(error)}.`);
    }
  }
}

/** Whether nobody reads any more. A terminal that is gone answers with EIO, which Deno has no class for. */
function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || messageOf(error).includes("(os error 5)");
}
