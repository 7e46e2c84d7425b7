/**
 * People who talk in the lobby at a steady pace, each over a connection of their own, in a process of their own so
 * that it takes nothing from the one that measures:
 *
 *     deno run -A scripts/support/crowd.ts HOST:PORT english|world COUNT PER_SECOND
 */

import { type Address, parseAddress, showAddress } from "../../client/address.ts";
import { type Language, PHRASES, textOf } from "./phrases.ts";
import { Wire } from "./wire.ts";

export interface CrowdOptions {
  readonly address: Address;
  readonly language: Language;
  /** How many messages it says, and how many of them a second. */
  readonly count: number;
  readonly perSecond: number;
}

/** Said when all else is stored. */
export const LAST_WORDS = "That was all that was to be said.";

const ROOM = "lobby";
const SPEAKERS = ["Ada", "Bola", "Chidi", "Dunja"];
/** How often it is looked at what is due. */
const STEP_MS = 4;

/** Lets a crowd talk. Resolves when all of it is stored. */
export async function talk({ address, language, count, perSecond }: CrowdOptions): Promise<void> {
  const args = [showAddress(address), language, String(count), String(perSecond)];
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", import.meta.url, ...args] });
  const { success } = await command.spawn().status;
  if (!success) throw new Error("the crowd could not say what it had to");
}

/** Says `texts`, each one over the next of `wires`. Resolves when they are stored. */
async function sayAll(wires: readonly Wire[], texts: readonly string[], perSecond: number): Promise<void> {
  const stored = Promise.withResolvers<void>();
  let left = texts.length;
  const began = performance.now();
  for (const [i, text] of texts.entries()) {
    // What a step that came late has left undone is made up for.
    while (i > (performance.now() - began) / 1_000 * perSecond) await step();
    wires[i % wires.length]?.post("say", { room: ROOM, text }, (outcome) => {
      if (outcome.is === "refused") throw outcome.error;
      if (--left === 0) stored.resolve();
    });
  }
  await stored.promise;
}

function step(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, STEP_MS));
}

async function main([where = "", language, count, perSecond]: readonly string[]): Promise<void> {
  const address = parseAddress(where);
  const wires = await Promise.all(SPEAKERS.map(async (name) => {
    const { wire } = await Wire.open(address, name);
    wire.hear(ROOM, () => {});
    await wire.ask("join", { room: ROOM, last: 0 });
    return wire;
  }));
  const phrases = PHRASES[language === "world" ? "world" : "english"];
  const texts = Array.from({ length: Number(count) }, (_, i) => textOf(phrases, i));
  await sayAll(wires, texts, Number(perSecond));
  await sayAll(wires, [LAST_WORDS], Number(perSecond));
  await Promise.all(wires.map((wire) => wire.close()));
}

if (import.meta.main) await main(Deno.args);
