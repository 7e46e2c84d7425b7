/**
 * The operator's terminal, or whatever standard output is: lines are written on another thread, so that one that is
 * stopped with Ctrl-S, or a pipe that nobody reads, holds nothing up.
 */

import { Backlog } from "./backlog.ts";
import { escaped } from "./escaped.ts";

export interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

const WAITING_CHARS_MAX = 1 << 18;

export class Screen {
  readonly #sink: Sink;
  readonly #backlog = new Backlog(WAITING_CHARS_MAX, (lines) => this.#write(lines));

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Shows `text`, which may have several lines, with nothing in it that would steer the terminal. */
  print(text: string): void {
    this.#backlog.add(escaped(text));
  }

  /** Null where all is written; else resolves when it is, which on a stopped terminal may be never. */
  get written(): Promise<void> | null {
    return this.#backlog.written;
  }

  async #write(lines: Uint8Array): Promise<void> {
    try {
      for (let sent = 0; sent < lines.length;) sent += await this.#sink.write(lines.subarray(sent));
    } catch {
      // Nobody is there to read it.
    }
  }
}
