import { assertEquals, assertRejects } from "@std/assert";
import {
  DamagedLogError,
  findEntry,
  listSegments,
  readBlock,
  segmentName,
} from "../../server/history/segment.ts";
import { between, seeded } from "../protocol/random.ts";
import { batch, batches, diskWith, FOLDER, joined, openLog, pathOf, range, say, seqs } from "./support.ts";

/** Entries 1 to `count`, of lengths that differ, and where each line begins. */
function unevenLines(seed: number, count: number) {
  const random = seeded(seed);
  const lines = range(1, count).map((seq) => {
    return batch(seq, [
      say("x".repeat(random() < 0.1 ? between(random, 0, 20_000) : between(random, 0, 300))),
    ]);
  });
  let at = 0;
  const starts = lines.map((line) => (at += line.length) - line.length);
  return { bytes: joined(lines), starts };
}

Deno.test("segments are listed in the order of the log, and nothing else in the folder is one", async () => {
  const disk = diskWith({ 100: batches([1], 100), 1: batches([1]), 20: batches([1], 20) });
  const others = ["1.jsonl", `${segmentName(5)}.torn-7`, `${segmentName(6)}.new`, `x${segmentName(7)}`];
  for (const other of others) disk.put(`${FOLDER}/${other}`, new Uint8Array());
  const segments = await listSegments(disk, FOLDER);
  assertEquals(segments, [1, 20, 100].map((first) => ({ first, path: pathOf(first) })));
});

Deno.test("every entry of a large segment is found where it begins", async () => {
  for (let seed = 0; seed < 4; seed++) {
    const { bytes, starts } = unevenLines(seed, 700);
    const disk = diskWith({ 1: bytes });
    const segment = { first: 1, path: pathOf(1) };
    for (let seq = 1; seq <= 701; seq += seq < 690 ? between(seeded(seq), 1, 9) : 1) {
      const wanted = { segment, at: starts[seq - 1] ?? bytes.length, seq };
      assertEquals(await findEntry(disk, segment, seq), wanted, `seed ${seed}, entry ${seq}`);
    }
    assertEquals(disk.openFiles, 0);
  }
});

Deno.test("an entry is found before a write that is under way, and whatever that has left", async () => {
  const { bytes, starts } = unevenLines(3, 400);
  for (
    const tail of [new Uint8Array(300_000), new Uint8Array(200_000).fill(10), batches([3], 401).slice(0, -7)]
  ) {
    const disk = diskWith({ 1: joined([bytes, tail]) });
    const segment = { first: 1, path: pathOf(1) };
    for (const seq of [1, 2, 200, 399, 400]) {
      const { at } = await findEntry(disk, segment, seq);
      assertEquals(at, starts[seq - 1]);
      const { lines } = await readBlock(disk, { segment, at, seq }, 400);
      assertEquals(seqs(lines), range(seq, lines.at(-1)?.seq ?? 0));
    }
  }
});

Deno.test("blocks hold whole lines, none after the last that is asked for, and are empty only at the end", async () => {
  const { bytes, starts } = unevenLines(5, 300);
  const disk = diskWith({ 1: bytes });
  const segment = { first: 1, path: pathOf(1) };
  for (const last of [1, 150, 300]) {
    let place = { segment, at: 0, seq: 1 };
    const read: number[] = [];
    while (place.seq <= last) {
      const block = await readBlock(disk, place, last);
      read.push(...seqs(block.lines));
      place = block.place;
      assertEquals(place.at, starts[place.seq - 1] ?? bytes.length);
    }
    assertEquals(read, range(1, last));
  }
  const end = { segment, at: bytes.length, seq: 301 };
  assertEquals((await readBlock(disk, end, 400)).lines, []);
});

Deno.test("reading from a place where no line begins is damage, not an entry", async () => {
  const { bytes } = unevenLines(6, 20);
  const disk = diskWith({ 1: bytes });
  const segment = { first: 1, path: pathOf(1) };
  await assertRejects(() => readBlock(disk, { segment, at: 3, seq: 1 }, 20), DamagedLogError, "byte 3:");
  await assertRejects(() => readBlock(disk, { segment, at: 0, seq: 2 }, 20), DamagedLogError, "byte 0:");
  const hole = joined([batches([1]), new Uint8Array(100_000)]);
  const holed = diskWith({ 1: hole, 5: batches([1], 5) });
  const log = await openLog(holed);
  await assertRejects(() => log.entries(1, 5), DamagedLogError, pathOf(1));
  await assertRejects(() => log.entries(3, 5), DamagedLogError, pathOf(1));
  await log.close();
});

Deno.test("any stretch of a log is read as it was written, over as many segments as it takes", async () => {
  const { bytes, starts } = unevenLines(8, 500);
  const cuts = [1, 2, 90, 91, 300, 501];
  const segments: Record<number, Uint8Array> = {};
  for (const [i, first] of cuts.slice(0, -1).entries()) {
    segments[first] = bytes.slice(starts[first - 1], starts[(cuts[i + 1] ?? 501) - 1]);
  }
  const log = await openLog(diskWith(segments));
  const random = seeded(8);
  for (let i = 0; i < 200; i++) {
    const from = between(random, 1, 500);
    const to = between(random, from, 500);
    assertEquals(seqs(await log.entries(from, to)), range(from, to));
  }
  await log.close();
});
