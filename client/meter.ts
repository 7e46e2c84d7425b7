/**
 * How far a transfer is, on standard error: on a terminal one line that is drawn again and again, elsewhere a line at
 * the beginning. Sentences go through here too, so that they do not stand in the middle of that line.
 */

import stringWidth from "string-width";
import { oneLine } from "./clean.ts";
import type { Clock } from "./clock.ts";
import { shownFileName } from "./file_names.ts";
import type { Output } from "./output.ts";
import { Progress } from "./progress.ts";
import type { Transfer } from "./files/transfer.ts";

export interface MeterOptions {
  readonly err: Output;
  /** The columns of the terminal; null where there is none. */
  readonly columns: () => number | null;
  readonly clock: Clock;
}

/** How often the line is drawn. */
const TICK_MS = 250;
/** From the first column of a row on, with nothing in it. */
const ROW = "\r\x1b[K";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

export class Meter {
  readonly #options: MeterOptions;
  #drawn = false;
  /** Whether the line is still on its way: a terminal that takes nothing gets no more of them. */
  #drawing = false;
  #stop: () => void = () => {};

  constructor(options: MeterOptions) {
    this.#options = options;
  }

  /** Shows `transfer` until `end`. */
  begin(transfer: Transfer): void {
    const { columns, clock } = this.#options;
    if (columns() === null) {
      void this.line(`${transfer.way === "put" ? "Sending" : "Getting"} ${shownFileName(transfer.name)}.`);
      return;
    }
    const progress = new Progress(clock);
    const tick = () => {
      this.#stop = clock.timer(TICK_MS, tick);
      progress.sample(transfer);
      if (!this.#drawing) void this.#draw(transfer, progress);
    };
    tick();
  }

  /** Takes the line away. */
  async end(): Promise<void> {
    this.#stop();
    this.#stop = () => {};
    if (this.#drawn) await this.#options.err.text(ROW);
    this.#drawn = false;
  }

  /** A sentence on a line of its own. */
  async line(sentence: string): Promise<void> {
    await this.#options.err.line((this.#drawn ? ROW : "") + oneLine(sentence));
  }

  async #draw(transfer: Transfer, progress: Progress): Promise<void> {
    const arrow = transfer.way === "put" ? "↑" : "↓";
    const figures = progress.figures(transfer);
    // The last column stays free: terminals differ in what follows a character there.
    const columns = (this.#options.columns() ?? 0) - 1;
    const left = columns - stringWidth(`${arrow}   ${figures}`);
    this.#drawn = true;
    const line = `${arrow} ${cut(shownFileName(transfer.name), left)}  ${figures}`;
    // What is wider than the terminal would begin a row of its own each time.
    this.#drawing = true;
    await this.#options.err.text(`${ROW}${cut(line, columns)}`);
    this.#drawing = false;
  }
}

function cut(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let kept = "";
  for (const { segment } of graphemes.segment(text)) {
    if (stringWidth(kept + segment) > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
