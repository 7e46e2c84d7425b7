/**
 * `deno task crash`: kills a server at random moments while people talk, starts it again, and looks whether anything
 * that it had acknowledged or shown is missing, twice there, or elsewhere.
 *
 * SIGKILL takes the process and leaves the system's memory as it is: what this shows is that the server acknowledges
 * nothing that it has not written, repairs what it half wrote, and knows keys again. That it has *synced* what it
 * acknowledges is for the tests with a simulated disk.
 */

import { describeFlags, type Flag, type FlagValues, integerFlag } from "../server/protocol/flags.ts";
import { runCommand } from "./support/command.ts";
import { judge, type Verdict } from "./support/crash_check.ts";
import { CrashClient, ROOM } from "./support/crash_client.ts";
import { readHistory } from "./support/segments.ts";
import { Seeded } from "./support/seeded.ts";
import { inTemporaryFolder, ServerProcess } from "./support/server_process.ts";
import { counted } from "./support/stats.ts";

const FLAGS: readonly Flag[] = [
  { name: "rounds", value: "N", help: "how often the server is killed under load", default: "10" },
  { name: "clients", value: "N", help: "how many people talk", default: "8" },
  { name: "seed", value: "S", help: "makes the same choices again; without it a new one is taken" },
  { name: "help", help: "show this" },
];

const HELP = `crash kills a server under load, again and again, and counts what that cost.

usage: deno task crash [flags]

${describeFlags(FLAGS)}
exit codes: 0 nothing lost, doubled or reordered; 1 something was; 2 wrong usage`;

export interface CrashOptions {
  readonly rounds: number;
  readonly clients: number;
  readonly seed: number;
}

export interface CrashResult extends Verdict {
  readonly kills: number;
  /** Lines that a kill left without an acknowledgement, so that they were said again. */
  readonly resent: number;
}

/** A server lives this long, at most, after it listens. */
const LIFE_MS_MAX = 600;
/** In some rounds it is killed while it starts, too. */
const STARTS_KILLED_SHARE = 0.15;
const START_MS_MAX = 250;
const OBSERVERS = 2;
/** How long everybody may take, in the end, to be shown everything. */
const CATCH_UP_MS_MAX = 20_000;

/** Runs the rounds and judges them. */
export function crash(options: CrashOptions): Promise<CrashResult> {
  return inTemporaryFolder(async (folder) => {
    const random = new Seeded(options.seed);
    let { server, port } = await ServerProcess.start({ folder, port: 0 });
    const cast = newCast(options.clients, port, options.seed);
    let kills = 0;
    try {
      await Promise.all(cast.all.map((client) => client.join()));
      const talking = cast.speakers.map((client, i) => client.speak(i + 1));
      for (let round = 0; round < options.rounds; round++) {
        await pause(random.between(0, LIFE_MS_MAX));
        await server.kill();
        kills++;
        if (random.next() < STARTS_KILLED_SHARE) {
          const starting = new ServerProcess({ folder, port });
          await pause(random.between(0, START_MS_MAX));
          await starting.kill();
          kills++;
        }
        ({ server } = await ServerProcess.start({ folder, port }));
      }
      for (const client of cast.speakers) client.quiet();
      await Promise.all(talking);
      return { ...await judged(cast, server, port, folder), kills, resent: sum(cast.all, "resent") };
    } finally {
      for (const client of cast.all) client.quiet();
      await Promise.all(cast.all.map((client) => client.leave()));
      await server.kill();
    }
  });
}

interface Cast {
  readonly speakers: readonly CrashClient[];
  readonly all: readonly CrashClient[];
}

function newCast(clients: number, port: number, seed: number): Cast {
  const client = (name: string) => {
    let said = 0;
    return new CrashClient({ name, port, newKey: () => `${seed}-${name}-${++said}` });
  };
  const speakers = Array.from({ length: clients }, (_, i) => client(`speaker-${i + 1}`));
  const observers = Array.from({ length: OBSERVERS }, (_, i) => client(`observer-${i + 1}`));
  return { speakers, all: [...speakers, ...observers] };
}

/** Lets everybody see everything, one newcomer too, ends the server in order, and looks at the files. */
async function judged({ all }: Cast, server: ServerProcess, port: number, folder: string): Promise<Verdict> {
  const newcomer = new CrashClient({ name: "newcomer", port, newKey: () => "none" });
  await newcomer.join();
  const readers = [...all, newcomer];
  const acknowledged = all.flatMap(({ acknowledged }) => acknowledged);
  const head = acknowledged.reduce((newest, { seq }) => Math.max(newest, seq), 0);
  await Promise.all(readers.map((reader) => reader.sees(head, CATCH_UP_MS_MAX)));
  await Promise.all(readers.map((reader) => reader.leave()));
  const code = await server.stop();
  const { entries, faults } = await readHistory(`${folder}/chat-data`, ROOM);
  const verdict = judge({
    acknowledged,
    log: entries,
    readers: new Map(readers.map(({ name, shown }) => [name, shown])),
  });
  const said = sum(all, "said");
  return {
    ...verdict,
    faults: [
      ...verdict.faults,
      ...faults,
      ...readers.flatMap(({ faults }) => faults),
      ...(code === 0 ? [] : [`the server ended with ${code}: ${server.complaint.trim()}`]),
      ...(said === verdict.acknowledged
        ? []
        : [`${said} lines were said, ${verdict.acknowledged} acknowledged`]),
    ],
  };
}

function sum(clients: readonly CrashClient[], what: "resent" | "said"): number {
  return clients.reduce((total, client) => total + client[what], 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Runs the command; returns its exit code. */
async function main(values: FlagValues): Promise<number> {
  const rounds = integerFlag(values, "rounds", 10, 1, 1_000_000);
  const clients = integerFlag(values, "clients", 8, 1, 500);
  const seed = integerFlag(values, "seed", Math.floor(Math.random() * 2 ** 32), 0, 2 ** 32 - 1);
  console.log(`seed ${seed}`);
  const began = performance.now();
  const { acknowledged, lost, doubled, reordered, kills, resent, faults } = await crash({
    rounds,
    clients,
    seed,
  });
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(`rounds ${rounds}, kills ${kills}, resent ${counted(resent)}, in ${seconds} s`);
  console.log(`acknowledged ${acknowledged}, lost ${lost}, doubled ${doubled}, reordered ${reordered}`);
  for (const fault of faults) console.log(`WRONG ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  Deno.exitCode = await runCommand({ name: "crash", flags: FLAGS, help: HELP, run: main }, Deno.args);
}
