/** Nine people get the same file at once, without and with a tenth who reads slowly: what that costs the nine. */

import type { Address } from "../../client/address.ts";
import { pour } from "../support/bare_server.ts";
import { type Benchmark, medians } from "../support/benchmark.ts";
import { fetchAll } from "../support/fetchers.ts";
import { putFile } from "../support/lean_files.ts";
import { type MadeFile, makeFile } from "../support/made_file.ts";
import { MemoryWatch } from "../support/memory_watch.ts";
import { inTemporaryFolder, type ServerProcess, withServer } from "../support/server_process.ts";
import { quantile } from "../support/stats.ts";
import { Wire } from "../support/wire.ts";

const OTHERS = 9;
/** What the slow one reads in a second. */
const SLOW_BYTES = 1 << 20;
const GROWN_MIB_MAX = 30;

export const fetch: Benchmark = {
  name: "fetch",
  help: `${OTHERS} people get 100 MiB at once, without and with one who reads slowly; with --quick 20 MiB`,
  run: ({ quick, rounds }) =>
    inTemporaryFolder(async (folder) => {
      const made = await makeFile(`${folder}/made`, (quick ? 20 : 100) << 20, 1);
      const of = await medians(rounds, async () => ({
        ...await withServer({}, (server, address) => measure(server, address, made)),
        bare: await pour(made.size, OTHERS),
      }));
      const ratio = (value: number, of: string) => ({ value, of });
      return [
        {
          what: `all ${OTHERS}, nobody slow`,
          value: of("alone"),
          unit: "s",
          ratio: ratio(of("alone") / of("bare"), "bare copy to nine"),
        },
        {
          what: "the same with a slow one",
          value: of("beside"),
          unit: "s",
          ratio: ratio(of("beside") / of("alone"), "nobody slow"),
        },
        {
          what: "the median of them",
          value: of("besideMedian"),
          unit: "s",
          ratio: ratio(of("besideMedian") / of("aloneMedian"), "nobody slow"),
        },
        {
          what: "server grows by",
          value: of("grew"),
          unit: "MiB",
          ratio: ratio(of("grew") / GROWN_MIB_MAX, `${GROWN_MIB_MAX} MiB`),
        },
      ];
    }),
};

async function measure(server: ServerProcess, address: Address, made: MadeFile) {
  const { wire } = await Wire.open(address);
  await wire.ask("join", { room: "lobby", last: 0 });
  const file = await putFile(wire, made);
  const fetching = { address, file, count: OTHERS };
  await fetchAll({ ...fetching, slowBytes: 0 });
  const alone = await fetchAll({ ...fetching, slowBytes: 0 });
  const memory = await MemoryWatch.start(server.pid);
  const beside = await fetchAll({ ...fetching, slowBytes: SLOW_BYTES });
  const { grown } = await memory.stop();
  await wire.close();
  return {
    alone: quantile(alone, 1),
    aloneMedian: quantile(alone, 0.5),
    beside: quantile(beside, 1),
    besideMedian: quantile(beside, 0.5),
    grew: grown,
  };
}
