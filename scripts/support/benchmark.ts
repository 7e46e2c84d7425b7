/** What a benchmark is, and what every one of them needs. */

import { median } from "./stats.ts";

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** How it stands to a baseline in the same run. */
  readonly ratio?: { readonly value: number; readonly of: string };
}

export interface Scale {
  /** Whether a rough figure will do. */
  readonly quick: boolean;
  /** How often a measurement is repeated; figures are medians. */
  readonly rounds: number;
  /** How long a long history is. */
  readonly entries: number;
}

export interface Benchmark {
  readonly name: string;
  readonly help: string;
  run(scale: Scale): Promise<readonly Figure[]>;
}

/** Measures `rounds` times; returns the median of each figure. */
export async function medians<K extends string>(
  rounds: number,
  measure: () => Promise<Readonly<Record<K, number>>>,
): Promise<(figure: K) => number> {
  const found: Readonly<Record<K, number>>[] = [];
  for (let round = 0; round < rounds; round++) found.push(await measure());
  return (figure) => median(found.map((figures) => figures[figure]));
}

/** Seconds that `work` takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}
