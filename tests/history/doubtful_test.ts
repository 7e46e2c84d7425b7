import { assertEquals, assertRejects } from "@std/assert";
import { DamagedLogError } from "../../server/history/segment.ts";
import type { Log } from "../../server/history/log.ts";
import type { SimDisk } from "../support/sim_disk.ts";
import { batches, diskWith, emptyDisk, openLog, range, say, seqs } from "./support.ts";

Deno.test("a hole with later batches after it is refused, and set aside where the last run did not sync", async () => {
  const bytes = batches([1, 1, 1, 1, 1]);
  const third = batches([1, 1]).length;
  bytes.fill(0, third, third + 40);
  const disk = diskWith({ 1: bytes });
  await assertRejects(() => openLog(disk), DamagedLogError);
  const reports: string[] = [];
  const log = await openLog(disk, { doubtful: true, report: (what) => reports.push(what) });
  assertEquals([log.head, reports.length], [2, 1]);
  assertEquals((await log.append(say("again"))).seq, 3);
  await log.close();
  const reopened = await openLog(disk);
  assertEquals((await reopened.entries(1, 3)).map(({ text }) => text), ["line 1", "line 2", "again"]);
  await reopened.close();
});

/** Opens a log that is not synced on `disk`. */
function openUnsynced(disk: SimDisk, doubtful = false): Promise<Log> {
  return openLog(disk, { sync: false, doubtful, segmentBytes: 300 });
}

Deno.test("without syncing, what was said is safe from a power cut once the log was closed", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const disk = emptyDisk(seed);
    const log = await openUnsynced(disk);
    for (const i of range(1, 10)) await log.append(say(`text ${i}`));
    await log.close();
    disk.restart("power cut");
    const again = await openUnsynced(disk);
    assertEquals(seqs(await again.entries(1, again.head)), range(1, 10), `seed ${seed}`);
    await again.close();
  }
});

Deno.test("without syncing, what a killed run left is safe from a power cut once it was shown", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const disk = emptyDisk(seed);
    const log = await openUnsynced(disk);
    for (const i of range(1, 10)) await log.append(say(`text ${i}`));
    disk.restart("kill");
    const shown = await openUnsynced(disk, true);
    assertEquals(shown.head, 10);
    await shown.close();
    disk.restart("power cut");
    const again = await openUnsynced(disk);
    assertEquals(seqs(await again.entries(1, again.head)), range(1, 10), `seed ${seed}`);
    await again.close();
  }
});

Deno.test("without syncing, a power cut at any moment leaves a log that can be read from its first entry on", async () => {
  for (let seed = 0; seed < 300; seed++) {
    const disk = emptyDisk(seed);
    const log = await openUnsynced(disk);
    disk.crashAfter(seed % 40);
    for (const i of range(1, 20)) await log.append(say(`text ${i}`)).catch(() => null);
    disk.restart("power cut");
    const again = await openUnsynced(disk, true);
    const entries = again.head === 0 ? [] : await again.entries(1, again.head);
    assertEquals(seqs(entries), range(1, again.head), `seed ${seed}`);
    await again.close();
  }
});
