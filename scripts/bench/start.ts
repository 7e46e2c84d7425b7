/** How long a server takes from the start of its process until it listens, whatever stands in its folder. */

import { type Benchmark, medians } from "../support/benchmark.ts";
import { makeLargeRooms } from "../support/large_room.ts";
import { ROOM, withEntries } from "../support/long_history.ts";
import { inTemporaryFolder, ServerProcess } from "../support/server_process.ts";

const ROOMS = 1_000;
/** Starts are short and scatter: there are more of them than rounds. */
const STARTS_A_ROUND = 3;

export const start: Benchmark = {
  name: "start",
  help: `until the server listens: empty, with a long history, with ${ROOMS} rooms`,
  async run({ entries, rounds }) {
    const starts = rounds * STARTS_A_ROUND;
    const each = Math.ceil(entries / ROOMS);
    const empty = await startMs(starts, () => Promise.resolve());
    const one = await startMs(starts, withEntries(entries));
    const many = await startMs(
      starts,
      (data) => makeLargeRooms({ data, rooms: ROOMS, entries: each, room: ROOM }),
    );
    const [unit, of] = ["ms", "empty"];
    return [
      { what: "empty", value: empty, unit },
      { what: `a room of ${entries} entries`, value: one, unit, ratio: { value: one / empty, of } },
      { what: `${ROOMS} rooms of ${each}`, value: many, unit, ratio: { value: many / empty, of } },
    ];
  },
};

function startMs(starts: number, prepare: (data: string) => Promise<unknown>): Promise<number> {
  return inTemporaryFolder(async (folder) => {
    await prepare(`${folder}/chat-data`);
    const of = await medians(starts, async () => {
      const began = performance.now();
      const { server } = await ServerProcess.start({ folder, port: 0 });
      const ms = performance.now() - began;
      await server.stop();
      return { ms };
    });
    return of("ms");
  });
}
