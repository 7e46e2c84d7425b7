/** Ten people chat while thousands of connections come that say nothing, or hardly anything. */

import type { Address } from "../../client/address.ts";
import type { Benchmark } from "../support/benchmark.ts";
import { Seeded } from "../support/seeded.ts";
import { type ServerProcess, withServer } from "../support/server_process.ts";
import { counted, quantile } from "../support/stats.ts";
import { Wire } from "../support/wire.ts";

const STRANGERS = new URL("../support/strangers.ts", import.meta.url).pathname;
const SILENT = 10_000;
const SLOW = 500;
const PEOPLE = 10;
/** What the server is held to. */
const SEEN_MS_MAX = 50;
const NEWCOMER_MS_MAX = 1_000;
/** Between two lines of one person: less than the rate that everybody is granted. */
const PAUSE_MS = { min: 220, max: 320 };
const NEWCOMER_PAUSE_MS = 100;
/** Descriptors come back when the server has seen that the strangers are gone. */
const RETURN_MS_MAX = 20_000;

export const silent: Benchmark = {
  name: "silent",
  help: `${PEOPLE} people, while ${counted(SILENT)} silent and ${
    counted(SLOW)
  } slow connections come (Linux)`,
  async run({ quick }) {
    if (Deno.build.os !== "linux") return [];
    const ms = quick ? 3_000 : 15_000;
    return await withServer({}, async (server, address) => {
      const chat = await Chat.open(address);
      const alone = await chat.talk(() => pause(ms));
      const before = descriptors(server);
      const newcomers: number[] = [];
      const crowd = await chat.talk(() => amongStrangers(address, ms, newcomers));
      const left = await descriptorsLeft(server, before);
      await chat.close();
      const slowest = quantile(newcomers, 1);
      return [
        { what: "say to seen, alone, p99", value: quantile(alone, 0.99), unit: "ms" },
        { what: "say to seen, with strangers, p50", value: quantile(crowd, 0.5), unit: "ms" },
        held("say to seen, with strangers, p99", quantile(crowd, 0.99), SEEN_MS_MAX),
        { what: "a newcomer is in, p50", value: quantile(newcomers, 0.5), unit: "ms" },
        held(`slowest of ${newcomers.length} newcomers`, slowest, NEWCOMER_MS_MAX),
        { what: "descriptors that did not come back", value: left, unit: "" },
      ];
    });
  },
};

function held(what: string, value: number, max: number) {
  return { what, value, unit: "ms", ratio: { value: value / max, of: `${max} ms` } };
}

/** People in a room who all hear all. */
class Chat {
  readonly #wires: readonly Wire[];
  readonly #random = new Seeded(1);
  /** Milliseconds from a line to each of those who see it. */
  #seenMs: number[] = [];

  private constructor(wires: readonly Wire[]) {
    this.#wires = wires;
  }

  static async open(address: Address): Promise<Chat> {
    const opened = await Promise.all(Array.from({ length: PEOPLE }, () => Wire.open(address)));
    const chat = new Chat(opened.map(({ wire }) => wire));
    const decoder = new TextDecoder();
    for (const wire of chat.#wires) {
      wire.hear("lobby", (_seq, body) => {
        const saidAt = Number(/"text":"said at ([\d.]+)"/.exec(decoder.decode(body))?.[1]);
        chat.#seenMs.push(performance.now() - saidAt);
      });
      await wire.ask("join", { room: "lobby", last: 0 });
    }
    return chat;
  }

  /** Everybody talks until `during` is over; gives what it took each line to be seen by each. */
  async talk(during: () => Promise<void>): Promise<readonly number[]> {
    this.#seenMs = [];
    let over = false;
    const talking = this.#wires.map(async (wire) => {
      while (!over) {
        await pause(this.#random.between(PAUSE_MS.min, PAUSE_MS.max));
        await wire.ask("say", { room: "lobby", text: `said at ${performance.now()}` });
      }
    });
    await during();
    over = true;
    await Promise.all(talking);
    return this.#seenMs;
  }

  async close(): Promise<void> {
    await Promise.all(this.#wires.map((wire) => wire.close()));
  }
}

/** Strangers come and stay for `ms` after the last of them is there. Meanwhile newcomers come, one after the other. */
async function amongStrangers(address: Address, ms: number, newcomers: number[]): Promise<void> {
  const { hostname, port } = address;
  const strangers = [Deno.execPath(), "run", "-A", STRANGERS, hostname, port, SILENT, SLOW].map(String);
  // Strangers have processors of their own elsewhere; here they get what the server and the people leave.
  const args = ["-n", "19", ...strangers];
  const child = new Deno.Command("nice", { args, stdin: "null", stdout: "piped" }).spawn();
  let over = false;
  const coming = (async () => {
    while (!over) {
      const began = performance.now();
      const { wire } = await Wire.open(address);
      newcomers.push(performance.now() - began);
      await wire.close();
      await pause(NEWCOMER_PAUSE_MS);
    }
  })();
  try {
    const reader = child.stdout.getReader();
    const { done } = await reader.read();
    if (done) throw new Error("the strangers did not all get their connections");
    reader.releaseLock();
    await pause(ms);
    over = true;
    await coming;
  } finally {
    child.kill("SIGKILL");
    await child.stdout.cancel();
    await child.status;
  }
}

/** How many more descriptors the server has than `before` once the strangers are gone. */
async function descriptorsLeft(server: ServerProcess, before: number): Promise<number> {
  const began = performance.now();
  while (descriptors(server) > before && performance.now() - began < RETURN_MS_MAX) await pause(100);
  return Math.max(0, descriptors(server) - before);
}

function descriptors({ pid }: ServerProcess): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
