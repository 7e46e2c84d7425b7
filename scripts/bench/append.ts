/** The log by itself: how many entries a second are put on the disk, however many are appended at once. */

import { type Disk, machineDisk } from "../../server/history/disk.ts";
import { Log } from "../../server/history/log.ts";
import { type Benchmark, medians, seconds } from "../support/benchmark.ts";
import { madeEntry } from "../support/large_room.ts";
import { inTemporaryFolder } from "../support/server_process.ts";

/** On their way together; as many again are appended while the disk has these, as many people would. */
const WAVE = 512;

export const append: Benchmark = {
  name: "append",
  help: `durable appends to one log, up to ${2 * WAVE} on their way`,
  async run({ quick, rounds }) {
    const entries = quick ? 20_000 : 100_000;
    const of = await medians(rounds, () =>
      inTemporaryFolder(async (folder) => {
        const batches: number[] = [];
        const ours = await appendAll(folder, entries, batches);
        const bare = await seconds(() => writeBare(`${folder}/bare`, batches));
        const bytes = batches.reduce((sum, batch) => sum + batch, 0);
        return {
          rate: entries / ours,
          megabytes: bytes / ours / 1e6,
          batch: entries / batches.length,
          ratio: bare / ours,
        };
      }));
    const ratio = { value: of("ratio"), of: "bare write, syncData" };
    return [
      { what: "durable appends", value: of("rate"), unit: "1/s", ratio },
      { what: "the same in bytes", value: of("megabytes"), unit: "MB/s" },
      { what: "entries in a batch", value: of("batch"), unit: "" },
    ];
  },
};

/** Seconds for `entries`; `batches` gets the size of each write. */
async function appendAll(folder: string, entries: number, batches: number[]): Promise<number> {
  const log = await Log.open({
    disk: watched(machineDisk, batches),
    folder,
    sync: true,
    segmentBytes: 8 << 20,
    report: () => {},
    room: "bench",
    now: Date.now,
  });
  const made = Array.from({ length: entries }, (_, i) => madeEntry(i));
  const took = await seconds(async () => {
    let before: Promise<unknown> = Promise.resolve();
    for (let done = 0; done < entries; done += WAVE) {
      const wave = Promise.all(
        made.slice(done, done + WAVE).map((entry) => log.append(entry)),
      );
      await before;
      before = wave;
    }
    await before;
  });
  await log.close();
  return took;
}

/** `disk`, noting how many bytes each write of a segment has. */
function watched(disk: Disk, batches: number[]): Disk {
  return {
    ...disk,
    async append(path, options) {
      const file = await disk.append(path, options);
      return {
        size: () => file.size(),
        write(bytes) {
          batches.push(bytes.length);
          return file.write(bytes);
        },
        truncate: (size) => file.truncate(size),
        sync: () => file.sync(),
        close: () => file.close(),
      };
    },
  };
}

async function writeBare(path: string, batches: readonly number[]): Promise<void> {
  using file = await Deno.open(path, { append: true, createNew: true });
  const bytes = new Uint8Array(Math.max(...batches)).fill(120);
  for (const size of batches) {
    for (let done = 0; done < size;) done += await file.write(bytes.subarray(done, size));
    await file.syncData();
  }
}
