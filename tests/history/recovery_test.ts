import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DamagedLogError } from "../../server/history/segment.ts";
import type { SimDisk } from "../support/sim_disk.ts";
import { batches, diskWith, FOLDER, joined, openLog, pathOf, range, say, seqs } from "./support.ts";

/** Where each line ends, its line feed included. */
function lineEnds(bytes: Uint8Array): number[] {
  return Array.from(bytes.keys()).filter((i) => bytes[i] === 10).map((i) => i + 1);
}

/** Opens the log with a note of each repair, and gives its entries. */
async function openAndRead(disk: SimDisk) {
  const reports: string[] = [];
  const log = await openLog(disk, { report: (what) => reports.push(what) });
  const entries = await log.entries(1, log.head);
  return { log, entries, reports };
}

function aside(disk: SimDisk): string[] {
  return disk.names(FOLDER).filter((name) => name.includes(".torn-"));
}

/**
 * Holds a log to what is promised of a torn one: `kept` entries are there, what followed is kept aside byte for byte
 * and reported once, the next append takes the next number, and from then on the log is whole.
 */
async function assertRepaired(segment: Uint8Array, kept: number, bytes: number, what: string): Promise<void> {
  const disk = diskWith({ 1: segment });
  const { log, entries, reports } = await openAndRead(disk);
  assertEquals(seqs(entries), range(1, kept), what);
  assertEquals(reports.length, 1, what);
  const [name = ""] = aside(disk);
  assertEquals(aside(disk).length, 1, what);
  assertStringIncludes(reports[0] ?? "", name);
  assertEquals(disk.safeBytes(`${FOLDER}/${name}`), segment.slice(bytes), what);
  assertEquals(disk.safeBytes(pathOf(1)), segment.slice(0, bytes), what);
  assertEquals((await log.append(say("after", "a new key"))).seq, kept + 1, what);
  await log.close();
  disk.restart("power cut");
  const again = await openAndRead(disk);
  assertEquals([seqs(again.entries), again.reports], [range(1, kept + 1), []], what);
  await again.log.close();
  assertEquals([disk.openFiles, aside(disk).length], [0, 1], what);
}

async function assertRefused(disk: SimDisk, path: string, offset: number, what: string): Promise<void> {
  const before = disk.names(FOLDER);
  await assertRejects(() => openLog(disk), DamagedLogError, `${path} is damaged at byte ${offset}:`, what);
  assertEquals([disk.names(FOLDER), disk.openFiles], [before, 0], what);
}

Deno.test("a segment torn at any byte of its last 4 KiB opens with every whole entry, and goes on", async () => {
  const whole = batches(Array.from({ length: 60 }, (_, i) => 1 + i % 3));
  const ends = [0, ...lineEnds(whole)];
  for (let size = whole.length - 4_096; size < whole.length; size++) {
    const bytes = ends.findLast((end) => end <= size) ?? 0;
    const kept = ends.indexOf(bytes);
    if (bytes < size) await assertRepaired(whole.slice(0, size), kept, bytes, `torn at byte ${size}`);
    else {
      const { log, entries, reports } = await openAndRead(diskWith({ 1: whole.slice(0, size) }));
      assertEquals([entries.length, reports], [kept, []]);
      await log.close();
    }
  }
});

/** Every copy of `bytes` with one bit between `from` and `to` flipped. */
function* flips(bytes: Uint8Array, from: number, to: number): Generator<[string, Uint8Array<ArrayBuffer>]> {
  for (let at = from; at < to; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 1 << bit;
      yield [`bit ${bit} of byte ${at}`, flipped];
    }
  }
}

Deno.test("any bit flipped in a line with later batches after it is noticed, and the log is not opened", async () => {
  const whole = batches([1, 1, 2, 1, 1, 1]);
  const ends = [0, ...lineEnds(whole)];
  for (const line of [0, 2, 3, 4]) {
    const [start = 0, end = 0] = ends.slice(line, line + 2);
    for (const [what, flipped] of flips(whole, start, end)) {
      await assertRefused(diskWith({ 1: flipped }), pathOf(1), start, what);
    }
  }
});

Deno.test("any bit flipped in the last line is noticed: the line is set aside and reported", async () => {
  const whole = batches([1, 2, 1]);
  const [start = 0, end = 0] = lineEnds(whole).slice(-2);
  for (const [what, flipped] of flips(whole, start, end)) await assertRepaired(flipped, 3, start, what);
});

Deno.test("a flipped line feed before the last line is noticed: both lines are set aside and reported", async () => {
  const whole = batches([2, 1, 1]);
  const [start = 0, end = 0] = lineEnds(whole).slice(1, 3);
  for (const [what, flipped] of flips(whole, end - 1, end)) await assertRepaired(flipped, 2, start, what);
});

Deno.test("any bit flipped in an older segment is noticed when it is read, and the newer entries can be", async () => {
  const older = batches([1, 2, 1]);
  const [start = 0, end = 0] = lineEnds(older).slice(0, 2);
  for (const [what, flipped] of flips(older, start, end)) {
    const disk = diskWith({ 1: flipped, 5: batches([2], 5) });
    const log = await openLog(disk);
    const refused = `${pathOf(1)} is damaged at byte ${start}:`;
    await assertRejects(() => log.entries(1, 6), DamagedLogError, refused, what);
    assertEquals(seqs(await log.entries(1, 1)), [1]);
    assertEquals(seqs(await log.entries(5, 6)), [5, 6]);
    await log.close();
    assertEquals(disk.openFiles, 0);
  }
});

Deno.test("a hole in the last batch is a write that a crash cut: all from the hole on is set aside", async () => {
  const before = batches([2, 1]);
  const last = batches([6], 4);
  const ends = [0, ...lineEnds(last)];
  for (let first = 0; first < 6; first++) {
    for (let end = first + 1; end <= 6; end++) {
      const what = `without lines ${first} to ${end - 1}`;
      const [from = 0, to = 0] = [ends[first], ends[end]];
      const zeros = joined([before, last.slice(0, from), new Uint8Array(to - from), last.slice(to)]);
      const missing = joined([before, last.slice(0, from), last.slice(to)]);
      await assertRepaired(zeros, 3 + first, before.length + from, `${what}, zeros`);
      if (end < 6) await assertRepaired(missing, 3 + first, before.length + from, `${what}, missing`);
      // The first of them may stand in one line of the file with the zeros before it.
      const later = batches([1, 1], 10);
      for (const damaged of [zeros, missing]) {
        const disk = diskWith({ 1: joined([damaged, later]) });
        await assertRefused(disk, pathOf(1), before.length + from, `${what}, with a later batch`);
      }
    }
  }
});

Deno.test("a hole in the last batch that begins and ends in the middle of lines is set aside", async () => {
  const before = batches([3]);
  const last = batches([6], 4);
  const ends = [0, ...lineEnds(last)];
  for (let from = 0; from < last.length; from += 7) {
    for (const length of [1, 64, 300]) {
      const bytes = joined([before, last]);
      bytes.fill(0, before.length + from, before.length + Math.min(from + length, last.length));
      const start = ends.findLast((end) => end <= from) ?? 0;
      await assertRepaired(
        bytes,
        3 + ends.indexOf(start),
        before.length + start,
        `${length} bytes from ${from}`,
      );
    }
  }
});

Deno.test("a tail of zeros of any length is set aside", async () => {
  const whole = batches([1, 2]);
  for (const zeros of [1, 512, 4_096, 262_143, 262_144, 700_000]) {
    await assertRepaired(joined([whole, new Uint8Array(zeros)]), 3, whole.length, `${zeros} zeros`);
  }
});

Deno.test("a file without any line feed is set aside as a whole", async () => {
  await assertRepaired(batches([1]).slice(0, -1), 0, 0, "a line without its end");
  await assertRepaired(new Uint8Array(1_000_000).fill(120), 0, 0, "a million letters");
  await assertRepaired(new Uint8Array([10, 10, 10]), 0, 0, "nothing but line feeds");
});

Deno.test("an empty newest segment is where the log goes on", async () => {
  const disk = diskWith({ 1: batches([2]), 3: new Uint8Array() });
  const { log, entries, reports } = await openAndRead(disk);
  assertEquals([seqs(entries), reports], [[1, 2], []]);
  assertEquals((await log.append(say("three"))).seq, 3);
  await log.close();
  assertEquals(disk.names(FOLDER).filter((name) => name.endsWith(".jsonl")).length, 2);
  const again = await openAndRead(disk);
  assertEquals(seqs(again.entries), [1, 2, 3]);
  await again.log.close();
});

Deno.test("a segment that is missing between others is noticed when it is read", async () => {
  const log = await openLog(diskWith({ 1: batches([2]), 5: batches([2], 5) }));
  await assertRejects(() => log.entries(1, 6), DamagedLogError, pathOf(1));
  assertEquals(seqs(await log.entries(5, 6)), [5, 6]);
  await log.close();
});

Deno.test("lines of another log, or twice the same, are noticed", async () => {
  const whole = batches([1, 1, 1, 1]);
  const [second = 0, third = 0] = lineEnds(whole);
  const doubled = joined([whole.slice(0, third), whole.slice(second)]);
  await assertRefused(diskWith({ 1: doubled }), pathOf(1), third, "a line twice");
  await assertRefused(diskWith({ 1: batches([1, 1], 7) }), pathOf(1), 0, "another log");
});

Deno.test("what an earlier repair kept aside is never written over", async () => {
  const torn = joined([batches([1]), new Uint8Array([120])]);
  const disk = diskWith({ 1: torn });
  for (let times = 1; times <= 3; times++) {
    disk.put(pathOf(1), torn);
    const { log } = await openAndRead(disk);
    await log.close();
    assertEquals(aside(disk).length, times);
  }
  for (const name of aside(disk)) assertEquals(disk.bytes(`${FOLDER}/${name}`), new Uint8Array([120]));
});

Deno.test("a repair that a crash interrupts is made again, and nothing that was cut is lost", async () => {
  const whole = batches([3, 4]);
  const torn = whole.slice(0, -10);
  const [bytes = 0] = lineEnds(whole).slice(-2);
  for (let operations = 0; operations < 16; operations++) {
    const disk = diskWith({ 1: torn });
    disk.crashAfter(operations);
    await openLog(disk).then((log) => log.close(), (error) => assert(disk.crashed, `${error}`));
    disk.restart("power cut");
    const { log, entries } = await openAndRead(disk);
    await log.close();
    const kept = aside(disk).map((name) => disk.bytes(`${FOLDER}/${name}`).join());
    assert(kept.includes(torn.slice(bytes).join()), `crash after ${operations} operations`);
    assertEquals(seqs(entries), range(1, 6));
  }
});
