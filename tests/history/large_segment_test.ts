/** Opening reads only the end of a large segment: more than the last batch, which alone a crash can have torn. */

import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { DamagedLogError } from "../../server/history/segment.ts";
import { batch, diskWith, emptyDisk, joined, openLog, pathOf, range, say, seqs } from "./support.ts";

/** What opening checks of a segment at least, less what it needs to find the first line there. */
const CHECKED_BYTES = (1 << 19) - (1 << 16);

/** Batches of 20 entries of about 1 KiB each. */
function large(count: number, first = 1): Uint8Array<ArrayBuffer> {
  return joined(
    range(0, count - 1).map((i) => {
      return batch(first + i * 20, range(1, 20).map((n) => say(`${i}.${n} ${"x".repeat(1_000)}`)));
    }),
  );
}

/** The largest batch that there is, about. */
function largestBatch(first: number): Uint8Array<ArrayBuffer> {
  return batch(first, range(1, 13).map((n) => say(`${n} ${'"'.repeat(10_000)}`)));
}

Deno.test("no write is larger than what opening checks", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk);
  let written = 0;
  let largest = 0;
  disk.hook = (operation, path) => {
    if (operation === "write") written = disk.bytes(path).length;
    if (operation === "sync") largest = Math.max(largest, disk.bytes(path).length - written);
    return null;
  };
  await Promise.all(range(1, 60).map(() => log.append(say('"'.repeat(10_000)))));
  await log.close();
  assertLess(262_144, largest);
  assertLess(largest, CHECKED_BYTES);
});

Deno.test("a large segment opens with all its entries, wherever its lines end", async () => {
  for (const shift of [0, 1, 100, 1_050, 1_090, 5_000]) {
    const whole = joined([batch(1, [say("x".repeat(shift))]), large(60, 2)]);
    const log = await openLog(diskWith({ 1: whole }));
    assertEquals(log.head, 1_201);
    assertEquals(seqs(await log.entries(1_190, 1_201)), range(1_190, 1_201));
    assertEquals((await log.append(say("on"))).seq, 1_202);
    await log.close();
  }
});

Deno.test("a large segment that is torn anywhere in a batch of any size loses nothing that was acknowledged", async () => {
  const before = large(50);
  const last = largestBatch(1_001);
  for (let size = 1; size < last.length; size += 4_001) {
    const disk = diskWith({ 1: joined([before, last.slice(0, size)]) });
    const log = await openLog(disk);
    const kept = last.slice(0, size).filter((byte) => byte === 10).length;
    assertEquals(log.head, 1_000 + kept, `torn at byte ${size}`);
    assertEquals((await log.append(say("on"))).seq, log.head);
    await log.close();
  }
});

Deno.test("a hole in the last batch of a large segment is set aside, with a later batch it is refused", async () => {
  const before = large(50);
  const last = largestBatch(1_001);
  const later = batch(1_014, [say("later")]);
  for (const [from, to] of [[0, 10], [0, 100_000], [50_000, 51_000], [0, 250_000]] as const) {
    const holed = last.slice().fill(0, from, to);
    const intact = last.slice(0, from).filter((byte) => byte === 10).length;
    const starts = last.slice(0, from).lastIndexOf(10) + 1;
    const reports: string[] = [];
    const disk = diskWith({ 1: joined([before, holed]) });
    const log = await openLog(disk, { report: (what) => reports.push(what) });
    assertEquals([log.head, reports.length], [1_000 + intact, 1]);
    assertEquals(disk.safeBytes(pathOf(1)).length, before.length + starts);
    await log.close();
    const damaged = diskWith({ 1: joined([before, holed, later]) });
    const where = `${pathOf(1)} is damaged at byte ${before.length + starts}:`;
    await assertRejects(() => openLog(damaged), DamagedLogError, where);
    assertEquals(damaged.openFiles, 0);
  }
});

Deno.test("damage far above the end of a large segment is noticed when it is read, and the newer entries can be", async () => {
  const whole = large(60);
  const damaged = whole.slice();
  damaged[100_000] = (damaged[100_000] ?? 0) ^ 1;
  const start = whole.slice(0, 100_000).lastIndexOf(10) + 1;
  const disk = diskWith({ 1: damaged });
  const log = await openLog(disk);
  assertEquals(log.head, 1_200);
  await assertRejects(() => log.entries(1, 200), DamagedLogError, `is damaged at byte ${start}:`);
  assertEquals(seqs(await log.entries(1_100, 1_200)), range(1_100, 1_200));
  await log.close();
  assertEquals(disk.openFiles, 0);
});
