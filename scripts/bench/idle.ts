/** People who are there and silent: what each of them costs the server in memory. */

import type { Address } from "../../client/address.ts";
import { type Benchmark, medians } from "../support/benchmark.ts";
import { withServer } from "../support/server_process.ts";
import { Wire } from "../support/wire.ts";

/** Of the people, in how many rooms. */
const PEOPLE_A_ROOM = 10;
const CONNECTING_MAX = 50;
/** Until memory that was only needed for coming in is given back. */
const SETTLE_MS = 2_000;

export const idle: Benchmark = {
  name: "idle",
  help: `silent members, ${PEOPLE_A_ROOM} to a room`,
  async run({ quick, rounds }) {
    const people = quick ? 500 : 1_000;
    const of = await medians(
      rounds,
      () =>
        withServer({ flags: ["--max-clients", String(people + 10)] }, async (server, address) => {
          // What the first ones cost, code that is loaded and compiled, comes once and is not theirs.
          await makeRooms(address, people);
          const first = await comeIn(address, 0, CONNECTING_MAX);
          await settle();
          const before = await server.memoryKiB();
          const wires = await comeIn(address, CONNECTING_MAX, people);
          await settle();
          const each = (await server.memoryKiB() - before) / (people - CONNECTING_MAX);
          await Promise.all([...first, ...wires].map((wire) => wire.close()));
          return { each };
        }),
    );
    return [{ what: `memory for each of ${people} connections`, value: of("each"), unit: "KiB" }];
  },
};

/** Makes the rooms, and stays in none of them. */
async function makeRooms(address: Address, people: number): Promise<void> {
  const { wire } = await Wire.open(address);
  for (let room = 0; room * PEOPLE_A_ROOM < people; room++) {
    await wire.ask("create", { room: `room-${room}` });
    await wire.ask("leave", { room: `room-${room}` });
  }
  await wire.close();
}

/** Lets people `from` up to, and without, `to` connect and join. */
async function comeIn(address: Address, from: number, to: number): Promise<Wire[]> {
  const wires: Wire[] = [];
  for (let n = from; n < to; n += CONNECTING_MAX) {
    const batch = Array.from({ length: Math.min(CONNECTING_MAX, to - n) }, async (_, i) => {
      const { wire } = await Wire.open(address);
      await wire.ask("join", { room: `room-${Math.floor((n + i) / PEOPLE_A_ROOM)}`, last: 0 });
      return wire;
    });
    wires.push(...await Promise.all(batch));
  }
  return wires;
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}
