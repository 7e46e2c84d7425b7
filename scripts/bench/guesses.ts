/** Ten people chat while somebody guesses a room's password from ever new addresses: what that costs the ten. */

import type { Address } from "../../client/address.ts";
import { type Benchmark, medians } from "../support/benchmark.ts";
import { Guesser } from "../support/guesser.ts";
import { withServer } from "../support/server_process.ts";
import { quantile } from "../support/stats.ts";
import { Wire } from "../support/wire.ts";

const PEOPLE = 10;
/** Each says a line so often, not in step with the others: under what anybody may say. */
const SAY_EVERY_MS = 250;
const LOCKED = "locked";
/** What a flood may add at p99. */
const ADDED_MS_MAX = 20;

export const guesses: Benchmark = {
  name: "guesses",
  help: `${PEOPLE} people chat while passwords are guessed from ever new addresses (on Linux)`,
  async run({ quick, rounds }) {
    if (Deno.build.os !== "linux") return [];
    const seconds = quick ? 5 : 15;
    const of = await medians(rounds, () =>
      withServer({}, async (_server, address) => {
        const { wire } = await Wire.open(address);
        await wire.ask("create", { room: LOCKED, password: "nobody guesses this" });
        await wire.close();
        const quiet = await chat(address, seconds);
        const guesser = await Guesser.start(address, LOCKED);
        const flooded = await chat(address, seconds);
        const { looked, refused } = await guesser.stop();
        const [p99, p99Flooded] = [quantile(quiet, 0.99), quantile(flooded, 0.99)];
        return {
          p99,
          p99Flooded,
          added: p99Flooded - p99,
          looked: looked / seconds,
          refused: refused / seconds,
        };
      }));
    return [
      { what: "say to seen, p99, nobody guesses", value: of("p99"), unit: "ms" },
      { what: "say to seen, p99, in a flood", value: of("p99Flooded"), unit: "ms" },
      {
        what: "what the flood adds",
        value: of("added"),
        unit: "ms",
        ratio: { value: of("added") / ADDED_MS_MAX, of: `${ADDED_MS_MAX} ms, the most` },
      },
      { what: "guesses that were looked at", value: of("looked"), unit: "1/s" },
      { what: "guesses that were refused", value: of("refused"), unit: "1/s" },
    ];
  },
};

/** Lets people talk in the lobby for so many seconds; the milliseconds from each line that was said to each who saw it. */
async function chat(address: Address, seconds: number): Promise<readonly number[]> {
  const wires = await Promise.all(Array.from({ length: PEOPLE }, () => Wire.open(address)));
  const saidAt = new Map<number, number>();
  const seen: { readonly seq: number; readonly at: number }[] = [];
  for (const { wire } of wires) {
    wire.hear("lobby", (seq) => seen.push({ seq, at: performance.now() }));
    await wire.ask("join", { room: "lobby", last: 0 });
  }
  const end = performance.now() + seconds * 1_000;
  await Promise.all(wires.map(async ({ wire }, i) => {
    await new Promise((resolve) => setTimeout(resolve, SAY_EVERY_MS * i / PEOPLE));
    while (performance.now() < end) {
      const at = performance.now();
      const { seq } = await wire.ask("say", { room: "lobby", text: "x".repeat(100) });
      saidAt.set(seq, at);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, at + SAY_EVERY_MS - performance.now())));
    }
  }));
  // What everybody was sent before the answer to this, they have seen.
  for (const { wire } of wires) await wire.ask("ping", {});
  await Promise.all(wires.map(({ wire }) => wire.close()));
  return seen.map(({ seq, at }) => at - (saidAt.get(seq) ?? NaN));
}
