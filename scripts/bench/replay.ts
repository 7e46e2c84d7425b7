/** One member reads the whole history of a room, which is on the disk alone. */

import type { Address } from "../../client/address.ts";
import { pour } from "../support/bare_server.ts";
import { type Benchmark, medians, seconds } from "../support/benchmark.ts";
import { enter, ROOM, withEntries } from "../support/long_history.ts";
import { type ServerProcess, withServer } from "../support/server_process.ts";

const SAMPLE_MS = 10;

export const replay: Benchmark = {
  name: "replay",
  help: "one member reads a long history from the disk (after: 0)",
  run: ({ entries, rounds }) =>
    withServer({ prepare: withEntries(entries) }, async (server, address) => {
      const of = await medians(rounds, async () => {
        const { took, bytes, grown } = await readAll(server, address);
        const ratio = await pour(bytes, 1) / took;
        return { rate: entries / took, megabytes: bytes / took / 1e6, ratio, grown };
      });
      const ratio = { value: of("ratio"), of: "bare copy of the bytes" };
      return [
        { what: "entries streamed", value: of("rate"), unit: "1/s", ratio },
        { what: "the same in bytes", value: of("megabytes"), unit: "MB/s" },
        { what: "server's memory grows meanwhile by", value: of("grown"), unit: "MiB" },
      ];
    }),
};

async function readAll(server: ServerProcess, address: Address) {
  const { wire, joined } = await enter(address);
  let bytes = 0;
  const all = new Promise<void>((resolve) =>
    wire.hear(ROOM, (seq, body) => {
      bytes += body.length + 5;
      if (seq === joined.head) resolve();
    })
  );
  const before = await server.memoryKiB();
  let peak = before;
  const sampling = setInterval(() => {
    server.memoryKiB().then((now) => peak = Math.max(peak, now), () => clearInterval(sampling));
  }, SAMPLE_MS);
  const took = await seconds(async () => {
    await wire.ask("join", { room: ROOM, after: 0 });
    await Promise.race([all, wire.ended]);
  });
  clearInterval(sampling);
  await wire.close();
  return { took, bytes, grown: (peak - before) / 1_024 };
}
