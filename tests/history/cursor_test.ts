import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import type { Cursor } from "../../server/history/cursor.ts";
import type { Log } from "../../server/history/log.ts";
import { DamagedLogError } from "../../server/history/segment.ts";
import type { Entry } from "../../server/protocol/messages.ts";
import { between, seeded } from "../protocol/random.ts";
import {
  batches,
  decode,
  diskWith,
  emptyDisk,
  hold,
  openLog,
  pathOf,
  range,
  say,
  seqs,
  takeAll,
} from "./support.ts";

/** A reader as a connection is one: takes when called, waits when there is nothing, keeps all it was given. */
class Reader {
  readonly entries: Entry[] = [];
  readonly cursor;
  called = 0;

  constructor(log: Log, after: number) {
    this.cursor = log.cursor(after, () => this.called++);
  }

  async takeOne(): Promise<boolean> {
    const frames = await this.cursor.take();
    if (frames !== null) this.entries.push(...decode(frames));
    return frames !== null;
  }
}

Deno.test("a cursor gives what is on disk, over all segments, and then waits", async () => {
  const disk = diskWith({ 1: batches([3, 4]), 8: batches([5], 8), 13: batches([1, 2], 13) });
  const log = await openLog(disk);
  for (const after of [0, 1, 6, 7, 8, 11, 12, 14, 15]) {
    const cursor = log.cursor(after, () => {});
    assertEquals(seqs(await takeAll(cursor)), range(after + 1, 15), `after ${after}`);
    assert(cursor.waiting);
    cursor.close();
  }
  await log.close();
  assertEquals(disk.openFiles, 0);
});

Deno.test("the frames that a cursor gives hold the same entries as a reading of the history", async () => {
  const log = await openLog(diskWith({ 1: batches([3, 4]) }));
  const cursor = log.cursor(0, () => {});
  const old = await takeAll(cursor);
  await Promise.all(["a", '"', "\u2028"].map((text, i) => log.append(say(text, `k${i}`))));
  await log.append({ kind: "title", from: "Maya", title: "Tea" });
  assertEquals([...old, ...await takeAll(cursor)], await log.entries(1, 11));
  assertEquals(await log.entries(5, 5), old.slice(4, 5));
  assertEquals(await log.entries(8, 7), []);
  cursor.close();
  await log.close();
});

Deno.test("live entries come from memory, without a read, and to everybody as the same bytes", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk);
  const cursors = [1, 2, 3].map(() => log.cursor(0, () => {}));
  for (const cursor of cursors) assertEquals(cursor.take(), null);
  await Promise.all(range(1, 10).map((i) => log.append(say(`text ${i}`))));
  disk.hook = (operation) => new Error(`${operation} of what is in memory`);
  const views = cursors.map((cursor) => cursor.take());
  for (const view of views) {
    assert(view instanceof Uint8Array);
    assertEquals(seqs(decode(view)), range(1, 10));
    assert(views[0] instanceof Uint8Array && view.buffer === views[0].buffer);
  }
  disk.hook = () => null;
  for (const cursor of cursors) cursor.close();
  await log.close();
});

Deno.test("a waiting reader is called once for each time it was told to wait, and not after it was closed", async () => {
  const log = await openLog(emptyDisk());
  const reader = new Reader(log, 0);
  await log.append(say("one"));
  assertEquals(reader.called, 0, "it was not told to wait");
  assert(await reader.takeOne());
  assertEquals(await reader.takeOne(), false);
  await log.append(say("two"));
  await log.append(say("three"));
  assertEquals(reader.called, 1);
  assert(await reader.takeOne());
  assertEquals(await reader.takeOne(), false);
  reader.cursor.close();
  await log.append(say("four"));
  assertEquals(reader.called, 1);
  assertEquals(reader.cursor.take(), null);
  assertEquals(seqs(reader.entries), [1, 2, 3]);
  await log.close();
});

Deno.test("many readers are called once for the first of many entries to come and those that follow in a moment", async () => {
  for (const { readers, heads } of [{ readers: 30, heads: [4, 6] }, { readers: 3, heads: [4, 5] }]) {
    const log: Log = await openLog(emptyDisk(), {
      gather: async (few) => {
        await null;
        if (few()) appends.push(log.append(say("6")));
      },
    });
    const called: number[] = [];
    const cursors = Array.from({ length: readers }, () => {
      const cursor: Cursor = log.cursor(0, () => {
        if (cursor === cursors[0]) called.push(log.head);
        while (!cursor.waiting) cursor.take();
      });
      assert(cursor.waiting);
      return cursor;
    });
    const appends = range(1, 4).map((n) => log.append(say(`${n}`)));
    await Promise.all(appends);
    await log.append(say("5"));
    await Promise.all(appends);
    assertEquals(called, heads);
    for (const cursor of cursors) cursor.close();
    await log.close();
  }
});

Deno.test("in a busy room with many readers each one is called for all that there is, also when the last batch fails", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = seeded(seed);
    const disk = emptyDisk(seed);
    const log = await openLog(disk);
    const given = range(1, 150).map((): number[] => []);
    const cursors = given.map((list) => {
      const take = () => {
        for (let frames = cursor.take(); frames !== null; frames = cursor.take()) {
          assert(frames instanceof Uint8Array);
          list.push(...seqs(decode(frames)));
        }
      };
      const cursor = log.cursor(0, take);
      take();
      return cursor;
    });
    const appends: Promise<unknown>[] = [];
    for (let i = 0; i < 12; i++) {
      appends.push(log.append(say(`text ${i}`)).catch((error: unknown) => error));
      for (let turns = between(random, 0, 12); turns > 0; turns--) await null;
    }
    if (seed % 2 === 1) disk.hook = (operation) => operation === "write" ? new Error("No space left") : null;
    await Promise.all(appends);
    for (const list of given) assertEquals(list, range(1, log.head), `seed ${seed}`);
    for (const cursor of cursors) cursor.close();
    await log.close();
  }
});

Deno.test("a reader that falls out of the window goes on from disk and comes back, without a gap", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk, { segmentBytes: 300_000 });
  const slow = new Reader(log, 0);
  const quick = new Reader(log, 0);
  let reads = 0;
  disk.hook = (operation) => {
    if (operation === "read") reads++;
    return null;
  };
  await log.append(say("first"));
  await slow.takeOne();
  for (let i = 0; i < 60; i++) {
    await Promise.all(range(1, 5).map((n) => log.append(say(`${i}.${n} ${"x".repeat(8_000)}`))));
    while (await quick.takeOne());
  }
  assertEquals(reads, 0, "the quick one never needs the disk");
  while (await slow.takeOne());
  assertGreater(reads, 0);
  assertEquals(seqs(slow.entries), range(1, 301));
  assertEquals(slow.entries, quick.entries);
  reads = 0;
  await log.append(say("last"));
  assert(await slow.takeOne());
  assertEquals([slow.entries.at(-1)?.text, reads], ["last", 0]);
  slow.cursor.close();
  quick.cursor.close();
  await log.close();
});

Deno.test("a cursor that is closed while it reads from disk gives nothing more", async () => {
  const disk = diskWith({ 1: batches([3]) });
  const log = await openLog(disk);
  const reading = hold(disk, "read");
  const cursor = log.cursor(0, () => {});
  const taken = cursor.take();
  assert(taken instanceof Promise);
  await reading.reached;
  cursor.close();
  reading.release();
  assertEquals(await taken, null);
  assertEquals(cursor.take(), null);
  assertEquals([log.busy, disk.openFiles], [false, 0]);
  await log.close();
});

Deno.test("entries that are appended while a cursor reads from disk come after those that it reads", async () => {
  const disk = diskWith({ 1: batches([3]) });
  const log = await openLog(disk);
  const reader = new Reader(log, 1);
  const reading = hold(disk, "read");
  const taken = reader.takeOne();
  await reading.reached;
  await log.append(say("live"));
  reading.release();
  await taken;
  while (await reader.takeOne());
  assertEquals(seqs(reader.entries), [2, 3, 4]);
  reader.cursor.close();
  await log.close();
});

Deno.test("a disk that cannot give what was published is an error that names file and offset", async () => {
  const whole = batches([1, 1, 1]);
  const log = await openLog(diskWith({ 1: whole.slice(0, -40), 4: batches([1], 4) }));
  const cursor = log.cursor(0, () => {});
  assertEquals(seqs(decode(await cursor.take() ?? new Uint8Array())), [1, 2]);
  const start = whole.lastIndexOf(10, -2) + 1;
  const refused = `${pathOf(1)} is damaged at byte ${start}`;
  await assertRejects(async () => await cursor.take(), DamagedLogError, refused);
  await assertRejects(() => log.entries(1, 4), DamagedLogError, refused);
  cursor.close();
  const later = log.cursor(3, () => {});
  assertEquals(seqs(await takeAll(later)), [4]);
  later.close();
  await log.close();
});

/** Appends and takes in a seeded order; every reader has to end with every entry after its start, once, in order. */
async function interleave(seed: number): Promise<void> {
  const random = seeded(seed);
  const disk = emptyDisk(seed);
  const log = await openLog(disk, { segmentBytes: between(random, 200, 60_000) });
  const readers: { reader: Reader; after: number; taking: Promise<unknown> }[] = [];
  const appends: Promise<unknown>[] = [];
  for (let step = 0; step < 120; step++) {
    const dice = random();
    const one = readers[between(random, 0, readers.length - 1)];
    if (dice < 0.1 && readers.length < 8) {
      const after = between(random, 0, log.head);
      readers.push({ reader: new Reader(log, after), after, taking: Promise.resolve() });
    } else if (dice < 0.13 && one !== undefined) {
      one.reader.cursor.close();
      await one.taking;
      assertEquals(seqs(one.reader.entries), range(one.after + 1, one.after + one.reader.entries.length));
      readers.splice(readers.indexOf(one), 1);
    } else if (dice < 0.45) {
      const size = random() < 0.3 ? between(random, 5_000, 20_000) : between(random, 0, 100);
      const many = between(random, 1, 4);
      for (let i = 0; i < many; i++) appends.push(log.append(say("x".repeat(size))));
    } else if (dice < 0.9 && one !== undefined) {
      one.taking = one.taking.then(() => one.reader.takeOne());
    } else for (let turns = between(random, 0, 60); turns > 0; turns--) await null;
  }
  await Promise.all(appends);
  const all = log.head === 0 ? [] : await log.entries(1, log.head);
  assertEquals(seqs(all), range(1, appends.length), `seed ${seed}`);
  for (const { reader, after, taking } of readers) {
    await taking;
    while (await reader.takeOne());
    assertEquals(reader.entries, all.slice(after), `seed ${seed}, after ${after}`);
    reader.cursor.close();
  }
  await log.close();
  assertEquals(disk.openFiles, 0, `seed ${seed}`);
}

Deno.test("no reader gets an entry twice or misses one, however appends and takes interleave", async () => {
  for (let seed = 0; seed < 150; seed++) await interleave(seed);
});
