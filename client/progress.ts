/**
 * How far a file has come, how fast it goes and how long it will take: for the dock, and for standard error in a
 * shell. Pure but for the samples that are kept.
 */

import type { Clock } from "./clock.ts";
import { showPart, showSize } from "./files/sizes.ts";
import type { Transfer } from "./files/transfer.ts";

/** The rate is that of the last seconds: it neither jumps with every chunk nor remembers a line that has changed. */
const WINDOW_MS = 5_000;
/** Samples closer together are one: so many are kept as the window holds of these. */
const SAMPLE_MS = 200;
/** A rate of less time says nothing yet. */
const RATE_MS_MIN = 500;
/** A longer time than that is no forecast: four days. */
const LEFT_S_MAX = 4 * 86_400;

/** What is shown of a transfer. */
export type Moving = Pick<Transfer, "stage" | "size" | "moved" | "read">;

interface Sample {
  readonly at: number;
  readonly moved: number;
}

/** The rate of one transfer, by what it is told from time to time. */
export class Progress {
  readonly #clock: Clock;
  #samples: Sample[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes note of what has moved until now. What moved before a pause, or over another connection, is no rate. */
  sample({ stage, moved }: Moving): void {
    const at = this.#clock.now();
    const last = this.#samples.at(-1);
    if (stage !== "moving" || (last !== undefined && moved < last.moved)) this.#samples = [];
    if (stage !== "moving") return;
    const before = this.#samples.at(-2);
    if (before !== undefined && at - before.at < SAMPLE_MS) this.#samples.pop();
    this.#samples.push({ at, moved });
    // The newest of those that are too old stays, so that the window is full.
    while ((this.#samples[1]?.at ?? at) <= at - WINDOW_MS) this.#samples.shift();
  }

  /** Null until there is one. */
  get bytesPerSecond(): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < RATE_MS_MIN) return null;
    return (last.moved - first.moved) * 1_000 / (last.at - first.at);
  }

  /** `45%  12.3 of 27.0 MiB  3.1 MiB/s  0:05 left`, or the stage in place of the rate. */
  figures({ stage, size, moved, read }: Moving): string {
    // Of what comes through a pipe nobody knows the size yet.
    if (size === 0 && stage !== "moving") return read === 0 ? stage : `${stage}  ${showSize(read)}`;
    if (stage === "reading" || (stage === "checking" && read < size)) {
      return `${stage}  ${percent(read, size)}%  ${showPart(read, size)}`;
    }
    const parts = [`${percent(moved, size)}%`, showPart(moved, size)];
    if (stage !== "moving") return [stage, ...parts].join("  ");
    const rate = this.bytesPerSecond;
    if (rate === null) return parts.join("  ");
    const left = rate === 0 ? Infinity : (size - moved) / rate;
    return [
      ...parts,
      `${showSize(Math.round(rate))}/s`,
      ...(left > LEFT_S_MAX ? [] : [`${hoursMinutesSeconds(Math.ceil(left))} left`]),
    ].join("  ");
  }
}

/** 100 only when all is there. */
function percent(moved: number, size: number): number {
  return size === 0 ? 100 : Math.min(100, Math.floor(moved * 100 / size));
}

/** `0:05`, `12:34`, `1:02:03` */
function hoursMinutesSeconds(seconds: number): string {
  const two = (count: number) => String(count).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const end = two(seconds % 60);
  return hours === 0 ? `${minutes}:${end}` : `${hours}:${two(minutes)}:${end}`;
}
