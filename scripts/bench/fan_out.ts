/** A hundred members, ten of whom say as much as they can: 32 lines each on their way at any time. */

import type { Address } from "../../client/address.ts";
import { pour } from "../support/bare_server.ts";
import { type Benchmark, medians } from "../support/benchmark.ts";
import { type ServerProcess, withServer } from "../support/server_process.ts";
import { quantile } from "../support/stats.ts";
import { Wire } from "../support/wire.ts";

const MEMBERS = 100;
const SENDERS = 10;
const WINDOW = 32;
const TEXT = "x".repeat(100);
/** What an entry with such a text has in a frame. */
const FRAME_BYTES = 200;

export const fanOut: Benchmark = {
  name: "fan-out",
  help: `${MEMBERS} members, ${SENDERS} of them saying 100 bytes, ${WINDOW} on their way each`,
  async run({ quick, rounds }) {
    const lines = quick ? 4_000 : 20_000;
    const of = await medians(rounds, async () => ({
      ...await withServer({}, (server, address) => chat(server, address, lines)),
      bare: lines * MEMBERS / await pour(lines * FRAME_BYTES, MEMBERS),
    }));
    const ratio = { value: of("rate") / of("bare"), of: "bare copy of the bytes" };
    return [
      { what: "deliveries", value: of("rate"), unit: "1/s", ratio },
      { what: "server's processor per 1,000,000", value: of("processor"), unit: "s" },
      { what: "say to last member, p50", value: of("last"), unit: "ms" },
      { what: "say to last member, p99", value: of("last99"), unit: "ms" },
    ];
  },
};

async function chat(server: ServerProcess, address: Address, lines: number) {
  const wires = await Promise.all(Array.from({ length: MEMBERS }, () => Wire.open(address)));
  const said = new Float64Array(lines + 1);
  const seenBy = new Uint16Array(lines + 1);
  const lastAt = new Float64Array(lines + 1);
  let complete = 0;
  const done = Promise.withResolvers<void>();
  const senders = wires.slice(0, SENDERS).map(({ wire }) => new Sender(wire, said));
  wires.forEach(({ wire }) =>
    wire.hear("lobby", (seq) => {
      const seen = seenBy[seq] = (seenBy[seq] ?? 0) + 1;
      if (seen < MEMBERS) return;
      lastAt[seq] = performance.now();
      if (++complete === lines) done.resolve();
    })
  );
  for (const { wire } of wires) await wire.ask("join", { room: "lobby", last: 0 });
  const processor = await server.processorSeconds();
  const began = performance.now();
  const answered = senders.map((sender) => sender.say(lines / SENDERS));
  const broken = Promise.race(wires.map(({ wire }) => wire.ended));
  const why = await Promise.race([done.promise, broken]);
  const seconds = (performance.now() - began) / 1_000;
  if (typeof why === "string") throw new Error(`a connection ended: ${why}`);
  // An entry can come before the answer that says which one it is.
  await Promise.all(answered);
  const lastMs = Array.from(lastAt.subarray(1), (at, i) => at - (said[i + 1] ?? NaN));
  const used = await server.processorSeconds() - processor;
  await Promise.all(wires.map(({ wire }) => wire.close()));
  return {
    rate: lines * MEMBERS / seconds,
    processor: used / (lines * MEMBERS) * 1e6,
    last: quantile(lastMs, 0.5),
    last99: quantile(lastMs, 0.99),
  };
}

/** Says the next line when one is answered. */
class Sender {
  readonly #wire: Wire;
  /** When entry `seq` was said. */
  readonly #said: Float64Array;
  readonly #answered = Promise.withResolvers<void>();
  #left = 0;
  #unanswered = 0;

  constructor(wire: Wire, said: Float64Array) {
    this.#wire = wire;
    this.#said = said;
  }

  /** Resolves when all is answered. */
  say(lines: number): Promise<void> {
    this.#left = lines;
    for (let i = 0; i < WINDOW; i++) this.#next();
    return this.#answered.promise;
  }

  #next(): void {
    if (this.#left === 0) {
      if (this.#unanswered === 0) this.#answered.resolve();
      return;
    }
    this.#left--;
    this.#unanswered++;
    const at = performance.now();
    this.#wire.post("say", { room: "lobby", text: TEXT }, (outcome) => {
      this.#unanswered--;
      if (outcome.is === "refused") throw outcome.error;
      this.#said[Number(outcome.body["seq"])] = at;
      this.#next();
    });
  }
}
