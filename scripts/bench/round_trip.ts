/** Two people: one says a line, waits for the `ok`, and says the next; the other one reads. */

import type { Address } from "../../client/address.ts";
import { type Benchmark, medians } from "../support/benchmark.ts";
import { withBareServer } from "../support/bare_server.ts";
import { withServer } from "../support/server_process.ts";
import { quantile } from "../support/stats.ts";
import { Wire } from "../support/wire.ts";

const TEXT = "x".repeat(100);
/** About what such a line has on the disk and on the wire. */
const LINE_BYTES = 200;

export const roundTrip: Benchmark = {
  name: "round-trip",
  help: "2 people, one line of 100 bytes at a time, on the disk before it is answered",
  async run({ quick, rounds }) {
    const lines = quick ? 300 : 2_000;
    const of = await medians(rounds, async () => ({
      ...await withServer({}, (_server, address) => chat(address, lines)),
      bare: await withBareServer(["echo"], (address) => echo(address, lines)),
    }));
    const ratio = { value: of("ok") / of("bare"), of: "bare write, sync, echo" };
    return [
      { what: "say to ok, p50", value: of("ok"), unit: "ms", ratio },
      { what: "say to ok, p99", value: of("ok99"), unit: "ms" },
      { what: "say to seen, p50", value: of("seen"), unit: "ms" },
      { what: "say to seen, p99", value: of("seen99"), unit: "ms" },
    ];
  },
};

async function chat(address: Address, lines: number) {
  const [{ wire: speaker }, { wire: listener }] = [await Wire.open(address), await Wire.open(address)];
  const okMs: number[] = [];
  const seenMs: number[] = [];
  let saidAt = 0;
  let seen: (() => void) | null = null;
  listener.hear("lobby", () => {
    seenMs.push(performance.now() - saidAt);
    seen?.();
  });
  for (const wire of [speaker, listener]) await wire.ask("join", { room: "lobby", last: 0 });
  for (let i = 0; i < lines; i++) {
    const shown = new Promise<void>((resolve) => seen = resolve);
    saidAt = performance.now();
    await speaker.ask("say", { room: "lobby", text: TEXT });
    okMs.push(performance.now() - saidAt);
    await shown;
  }
  await Promise.all([speaker.close(), listener.close()]);
  return {
    ok: quantile(okMs, 0.5),
    ok99: quantile(okMs, 0.99),
    seen: quantile(seenMs, 0.5),
    seen99: quantile(seenMs, 0.99),
  };
}

async function echo(address: Address, lines: number): Promise<number> {
  const connection = await Deno.connect(address);
  connection.setNoDelay(true);
  const line = new Uint8Array(LINE_BYTES);
  const buffer = new Uint8Array(LINE_BYTES);
  const times: number[] = [];
  for (let i = 0; i < lines; i++) {
    const began = performance.now();
    await connection.write(line);
    for (let left = LINE_BYTES; left > 0;) left -= await connection.read(buffer) ?? left;
    times.push(performance.now() - began);
  }
  connection.close();
  return quantile(times, 0.5);
}
