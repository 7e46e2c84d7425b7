/**
 * `deno task cut`: carries a file to a server and back by `chat connect`, over a slow line, and cuts it again and again:
 * kills the client or the server, drops the line, or lets it stand still and drops it then. Looks whether the file
 * arrives whole, once, and how much was sent for it in all.
 */

import {
  describeFlags,
  type Flag,
  type FlagValues,
  integerFlag,
  sizeFlag,
} from "../server/protocol/flags.ts";
import { runCommand } from "./support/command.ts";
import { MEANS, planCuts } from "./support/cut_plan.ts";
import { type Carried, CutTrial } from "./support/cut_trial.ts";
import { hashOf, type MadeFile, makeFile } from "./support/made_file.ts";
import { readHistory, roomFolder } from "./support/segments.ts";
import { Seeded } from "./support/seeded.ts";
import { inTemporaryFolder } from "./support/server_process.ts";
import { counted } from "./support/stats.ts";

const FLAGS: readonly Flag[] = [
  { name: "rounds", value: "N", help: "how often the file is cut on each of its two ways", default: "50" },
  { name: "size", value: "SIZE", help: "how large it is", default: "100MiB" },
  { name: "pace", value: "SIZE", help: "what the line carries in a second", default: "10MiB" },
  { name: "seed", value: "S", help: "makes the same choices again; without it a new one is taken" },
  { name: "help", help: "show this" },
];

const HELP = `cut interrupts a file on its way to a server and back, and counts what that cost.
Each cut can cost what is on its way then, up to the window of 480 KiB: a file of
less than 2 MiB for each round can be sent more than 1.2 times with nothing wrong.

usage: deno task cut [flags]

${describeFlags(FLAGS)}
exit codes: 0 the file arrived whole, once, and at most 1.2 times its size was sent; 1 it did not; 2 wrong usage`;

export interface CutOptions {
  readonly rounds: number;
  /** Bytes of the file, and of it in a second. */
  readonly size: number;
  readonly pace: number;
  readonly seed: number;
}

export interface Way extends Carried {
  readonly name: "put" | "get";
  readonly seconds: number;
  /** What was sent in all, as a multiple of the file. */
  readonly sent: number;
}

export interface CutResult {
  readonly ways: readonly Way[];
  /** What is wrong, a sentence each. */
  readonly faults: readonly string[];
}

const ROOM = "lobby";
const NAME = "carried.bin";
/** What a file that is cut often may take of the line, as a multiple of it. */
const SENT_MAX = 1.2;

/** Carries a file there and back, cuts it meanwhile, and judges what came of it. */
export function cut({ rounds, size, pace, seed }: CutOptions): Promise<CutResult> {
  return inTemporaryFolder(async (folder) => {
    const random = new Seeded(seed);
    const trial = await CutTrial.start({ folder, bytesPerSecond: pace });
    try {
      const file = await makeFile(`${trial.clientData}/${NAME}`, size, seed);
      const way = async (name: Way["name"], errand: readonly string[]): Promise<Way> => {
        const began = performance.now();
        const plan = planCuts(random, rounds, size);
        const carried = await trial.carry(errand, name === "put" ? "up" : "down", plan);
        const seconds = (performance.now() - began) / 1_000;
        return { ...carried, name, seconds, sent: carried.sentBytes / size };
      };
      const put = await way("put", ["--send", `chat-data/${NAME}`]);
      const get = await way("get", ["--get", NAME, "--to", "chat-data/copy"]);
      const ways = [put, get];
      const ended = await trial.stop();
      const faults = [...ways.flatMap(excess), ...ended, ...await look(trial, file)];
      return { ways, faults };
    } finally {
      await trial.kill();
    }
  });
}

function excess({ name, faults, sent, cuts }: Way): readonly string[] {
  // What a transfer has beside its file, however small that is, is no cost of a cut.
  const more = sent > SENT_MAX && cuts.length > 0
    ? [`${name}: ${sent.toFixed(3)} times the file was sent`]
    : [];
  return [...faults.map((fault) => `${name}: ${fault}`), ...more];
}

/** Looks at what lies on the disk when all is over. */
async function look({ serverData, clientData }: CutTrial, { sha256 }: MadeFile): Promise<readonly string[]> {
  const { entries, faults } = await readHistory(serverData, ROOM);
  const kept = await hashOf(`${await roomFolder(serverData, ROOM)}/files/${sha256}`);
  const copy = await hashOf(`${clientData}/copy`);
  return [
    ...faults,
    ...(entries.length === 1 ? [] : [`the room has ${entries.length} entries for one file`]),
    ...(kept === sha256 ? [] : ["what the server has is not the file"]),
    ...(copy === sha256 ? [] : ["what came back is not the file"]),
  ];
}

function describe({ name, cuts, seconds, sent, sentBytes }: Way): string {
  const means = MEANS.map((means) => `${means} ${cuts.filter((cut) => cut.means === means).length}`);
  return `${name}: cut ${cuts.length} times (${means.join(", ")}), ` +
    `${counted(sentBytes)} bytes sent, ${sent.toFixed(3)} times the file, in ${seconds.toFixed(1)} s`;
}

/** Runs the command; returns its exit code. */
async function main(values: FlagValues): Promise<number> {
  const rounds = integerFlag(values, "rounds", 50, 0, 100_000);
  const size = sizeFlag(values, "size", 100 << 20);
  const pace = sizeFlag(values, "pace", 10 << 20);
  const seed = integerFlag(values, "seed", Math.floor(Math.random() * 2 ** 32), 0, 2 ** 32 - 1);
  console.log(`seed ${seed}, a file of ${counted(size)} bytes at ${counted(pace)} a second`);
  const { ways, faults } = await cut({ rounds, size, pace, seed });
  for (const way of ways) console.log(describe(way));
  for (const fault of faults) console.log(`WRONG ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  Deno.exitCode = await runCommand({ name: "cut", flags: FLAGS, help: HELP, run: main }, Deno.args);
}
