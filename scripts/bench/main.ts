/** `deno task bench`: our own figures, in one table. Only ratios mean something on another machine. */

import {
  closestName,
  describeFlags,
  type Flag,
  integerFlag,
  parseFlags,
  UsageError,
} from "../../server/protocol/flags.ts";
import type { Benchmark, Figure, Scale } from "../support/benchmark.ts";
import { figure } from "../support/stats.ts";
import { append } from "./append.ts";
import { fanOut } from "./fan_out.ts";
import { fetch } from "./fetch.ts";
import { files } from "./files.ts";
import { guesses } from "./guesses.ts";
import { idle } from "./idle.ts";
import { join } from "./join.ts";
import { replay } from "./replay.ts";
import { roundTrip } from "./round_trip.ts";
import { search } from "./search.ts";
import { silent } from "./silent.ts";
import { start } from "./start.ts";
import { typing } from "./typing.ts";

const BENCHMARKS: readonly Benchmark[] = [
  roundTrip,
  fanOut,
  append,
  replay,
  search,
  join,
  start,
  idle,
  guesses,
  typing,
  silent,
  files,
  fetch,
];

const FLAGS: readonly Flag[] = [
  { name: "quick", help: "one short round of each: rough figures in seconds" },
  {
    name: "entries",
    value: "N",
    help: "how many entries a long history has",
    default: "100000, with --quick 20000",
  },
  { name: "help", help: "show this" },
];

const HELP = `bench measures a server that it starts, and holds it to baselines of this machine.

usage: deno task bench [NAME…] [flags]

${BENCHMARKS.map(({ name, help }) => `  ${name.padEnd(12)}${help}\n`).join("")}
${describeFlags(FLAGS)}
Figures are medians over three rounds, those of typing over all keys of a long
one. A ratio is our figure over that of the
baseline named beside it, measured in the same run: for rates more is better,
for times less is.`;

const ROUNDS = 3;

function chosen(names: readonly string[]): readonly Benchmark[] {
  const known = BENCHMARKS.map(({ name }) => name);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw new UsageError(`There is no benchmark ${wrong}; the closest is ${closestName(wrong, known)}.`);
  }
  return names.length === 0 ? BENCHMARKS : BENCHMARKS.filter(({ name }) => names.includes(name));
}

/** One line of the table. */
function row(name: string, { what, value, unit, ratio }: Figure): string {
  const compared = ratio === undefined ? "" : `${figure(ratio.value).padStart(6)} × ${ratio.of}`;
  return `${name.padEnd(12)}${what.padEnd(38)}${figure(value).padStart(10)} ${unit.padEnd(6)}${compared}`
    .trimEnd();
}

/** Runs the command; returns its exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positional } = parseFlags(args, FLAGS);
    if (values.has("help")) {
      console.log(HELP);
      return 0;
    }
    const quick = values.has("quick");
    const entries = integerFlag(values, "entries", quick ? 20_000 : 100_000, 1_000, 100_000_000);
    const scale: Scale = { quick, rounds: quick ? 1 : ROUNDS, entries };
    const { deno } = Deno.version;
    console.log(`Deno ${deno}, ${Deno.build.target}, ${navigator.hardwareConcurrency} processors\n`);
    for (const benchmark of chosen(positional)) {
      const figures = await benchmark.run(scale);
      figures.forEach((figure, i) => console.log(row(i === 0 ? benchmark.name : "", figure)));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`bench: ${error.message} See deno task bench --help.`);
    return 2;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
