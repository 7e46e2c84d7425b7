/** The system calls themselves: an entry is on stable storage before anybody is told of it. */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { isObject } from "../../server/protocol/shapes.ts";
import { Peer } from "../support/peer.ts";
import { Folder, installed, ServeProcess } from "../support/server.ts";

/** One system call as strace saw it; begun and done are the numbers of its first and last line. */
interface Call {
  readonly name: string;
  readonly text: string;
  readonly begun: number;
  readonly done: number;
}

const there = Deno.build.os === "linux" &&
  installed("strace", ["-f", "-o", "/dev/null", "-e", "trace=write", "true"]);

/** Puts the lines of `strace -f` together again: calls that were interrupted by others stand in two pieces. */
function callsIn(trace: string): Call[] {
  const calls: Call[] = [];
  const unfinished = new Map<string, { text: string; begun: number }>();
  for (const [number, line] of trace.split("\n").entries()) {
    const [, pid = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest);
    const name = resumed?.[1] ?? /^(\w+)\(/.exec(rest)?.[1];
    if (name === undefined) continue;
    const begun = resumed === null ? undefined : unfinished.get(pid);
    const text = (begun?.text ?? "") + (resumed?.[2] ?? rest);
    if (text.endsWith("<unfinished ...>")) {
      unfinished.set(pid, { text: text.slice(0, -"<unfinished ...>".length), begun: number });
    } else calls.push({ name, text, begun: begun?.begun ?? number, done: number });
  }
  return calls;
}

async function processId(data: string): Promise<number> {
  const lock: unknown = JSON.parse(await Deno.readTextFile(`${data}/server/lock.json`));
  assert(isObject(lock) && typeof lock["pid"] === "number");
  return lock["pid"];
}

/** Says three lines to a server that runs under strace; gives the calls that it made. */
async function traced(folder: string): Promise<Call[]> {
  const trace = `${folder}/trace`;
  const under = ["strace", "-f", "--seccomp-bpf", "-y", "-s", "2000", "-o", trace];
  const { child, port } = await ServeProcess.listening(`${folder}/data`, [], {
    under: [...under, "-e", "trace=fdatasync,fsync,write,writev,sendto,sendmsg"],
  });
  await using server = child;
  const [ada, bob] = [await Peer.connect(port), await Peer.connect(port)];
  for (const [name, peer] of [["Ada", ada], ["Bob", bob]] as const) {
    await peer.hello(name);
    await peer.ask("join", { room: "lobby" });
  }
  for (let i = 1; i <= 3; i++) {
    await ada.ask("say", { room: "lobby", text: `needle-${i}` });
    await bob.entries(1);
  }
  Deno.kill(await processId(`${folder}/data`), "SIGTERM");
  await bob.ending();
  ada.close();
  bob.close();
  assertEquals(await server.ended(), 0);
  return callsIn(await Deno.readTextFile(trace));
}

Deno.test(
  `fdatasync returns before the first byte of an ok or entry is written to a socket${
    there ? "" : " (skipped: no strace that may trace)"
  }`,
  { ignore: !there },
  async () => {
    await using folder = new Folder();
    const calls = await traced(folder.path);
    for (let i = 1; i <= 3; i++) {
      const inFile = calls.find(({ text }) => text.includes(".jsonl>") && text.includes(`needle-${i}`));
      assert(inFile !== undefined, `line ${i} was not written to the history`);
      const synced = calls.find(({ name, text, begun }) =>
        name === "fdatasync" && text.includes(".jsonl>") && / = 0\b/.test(text) && begun > inFile.done
      );
      assert(synced !== undefined, `line ${i} was not synced`);
      const told = calls.filter(({ text }) =>
        /<(TCP|socket)/.test(text) && (text.includes(`needle-${i}`) || text.includes(`\\"seq\\":${i},`))
      );
      assertGreater(told.length, 0, "strace saw no write to a socket that tells of it");
      for (const { begun, text } of told) assert(begun > synced.done, `told too early: ${text}`);
    }
  },
);
