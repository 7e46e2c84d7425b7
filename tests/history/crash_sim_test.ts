import { assertEquals, assertGreater } from "@std/assert";
import type { Disk } from "../../server/history/disk.ts";
import type { SimDisk } from "../support/sim_disk.ts";
import { simulate, type Simulation, type Tally } from "./crash_sim.ts";

function emptyTally(): Tally {
  return { rounds: 0, acknowledged: 0, shown: 0, repeated: 0, repaired: 0, failures: 0 };
}

async function simulateAll(
  seeds: number,
  through: Simulation["through"],
  tally = emptyTally(),
): Promise<string[]> {
  const broken: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const what = await simulate({ seed, rounds: 20, through }, tally);
    if (what !== null) broken.push(what);
  }
  return broken;
}

/** The disk, but nothing that is asked to be on stable storage is put there. */
function lying(disk: SimDisk, about: "files" | "folders"): Disk {
  return {
    open: (path) => disk.open(path),
    async append(path, options) {
      const file = await disk.append(path, options);
      return {
        size: () => file.size(),
        write: (bytes) => file.write(bytes),
        truncate: (size) => file.truncate(size),
        sync: () => about === "files" ? Promise.resolve() : file.sync(),
        close: () => file.close(),
      };
    },
    list: (folder) => disk.list(folder),
    stat: (path) => disk.stat(path),
    makeFolder: (path) => disk.makeFolder(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    syncFolder: (folder) => about === "folders" ? Promise.resolve() : disk.syncFolder(folder),
  };
}

Deno.test("nothing that was acknowledged or shown is lost, changed or doubled, whatever crashes when", async () => {
  const tally = emptyTally();
  assertEquals(await simulateAll(200, (disk) => disk, tally), []);
  assertEquals(tally.rounds, 4_000);
  for (const [what, count] of Object.entries(tally)) assertGreater(count, 50, what);
});

Deno.test("the same simulation notices what is lost on a disk that lies about syncing files", async () => {
  assertGreater((await simulateAll(30, (disk) => lying(disk, "files"))).length, 20);
});

Deno.test("the same simulation notices what is lost on a disk that lies about syncing folders", async () => {
  assertGreater((await simulateAll(30, (disk) => lying(disk, "folders"))).length, 10);
});
