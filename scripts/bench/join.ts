/** How soon somebody who joins a room with a long history sees something of it. */

import type { Address } from "../../client/address.ts";
import { type Benchmark, medians, seconds } from "../support/benchmark.ts";
import { ROOM, withEntries } from "../support/long_history.ts";
import { HOST, inTemporaryFolder, ServerProcess } from "../support/server_process.ts";
import { median } from "../support/stats.ts";
import { Wire } from "../support/wire.ts";

const JOINS = 11;

export const join: Benchmark = {
  name: "join",
  help: "from a join with last: 50 of a room with a long history to its first entry",
  run: ({ entries, rounds }) =>
    inTemporaryFolder(async (folder) => {
      await withEntries(entries)(`${folder}/chat-data`);
      const of = await medians(rounds, async () => {
        const { server, port } = await ServerProcess.start({ folder, port: 0 });
        const address = { hostname: HOST, port };
        const cold = await firstEntryMs(address);
        const warm: number[] = [];
        for (let i = 0; i < JOINS; i++) warm.push(await firstEntryMs(address));
        await server.stop();
        return { cold, warm: median(warm) };
      });
      return [
        { what: "first entry, room not open yet", value: of("cold"), unit: "ms" },
        { what: "first entry, after that, p50", value: of("warm"), unit: "ms" },
      ];
    }),
};

async function firstEntryMs(address: Address): Promise<number> {
  const { wire } = await Wire.open(address);
  const first = new Promise<void>((resolve) => wire.hear(ROOM, () => resolve()));
  const took = await seconds(async () => {
    await wire.ask("join", { room: ROOM, last: 50 });
    await Promise.race([first, wire.ended]);
  });
  await wire.close();
  return took * 1_000;
}
