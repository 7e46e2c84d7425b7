/** `deno task fuzz`: a server under as many hostile frames as are asked for. tests/fuzz/frames_fuzz.ts says how. */

import { describeFlags, type Flag, type FlagValues, integerFlag } from "../server/protocol/flags.ts";
import { runCommand } from "./support/command.ts";
import { describe, fuzz } from "../tests/fuzz/frames_fuzz.ts";

const FLAGS: readonly Flag[] = [
  { name: "frames", value: "N", help: "how many are sent, after half as many to warm up", default: "100000" },
  { name: "seed", value: "S", help: "sends the same again; without it a new one is taken" },
  { name: "help", help: "show this" },
];

const HELP = `fuzz sends hostile frames to a server, which has to serve a bystander all the while.

usage: deno task fuzz [flags]

${describeFlags(FLAGS)}
exit codes: 0 served, and holds no more than it may; 1 not so; 2 wrong usage`;

/** What the server may hold in the end beyond what it held when it was warm. */
const GROWTH_BYTES_MAX = 20 << 20;

/** Runs the command; returns its exit code. */
async function main(values: FlagValues): Promise<number> {
  const frames = integerFlag(values, "frames", 100_000, 1, 1_000_000_000);
  const seed = integerFlag(values, "seed", Math.floor(Math.random() * 2 ** 31), 0, 2 ** 31 - 1);
  console.log(`seed ${seed}`);
  const outcome = await fuzz(frames, seed);
  console.log(describe(outcome));
  const { live, resident } = outcome.grownBytes;
  return Math.max(live, resident ?? 0) <= GROWTH_BYTES_MAX ? 0 : 1;
}

if (import.meta.main) {
  Deno.exitCode = await runCommand({ name: "fuzz", flags: FLAGS, help: HELP, run: main }, Deno.args);
}
