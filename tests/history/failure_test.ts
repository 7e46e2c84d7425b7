import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { SimDisk } from "../support/sim_disk.ts";
import {
  batches,
  diskWith,
  emptyDisk,
  FOLDER,
  hold,
  openLog,
  pathOf,
  range,
  refusal,
  say,
  seqs,
  takeAll,
} from "./support.ts";

const FULL = new Error("No space left on device (os error 28)");
const BROKEN = new Error("Input/output error (os error 5)");

/** Makes each operation of these kinds fail, until `hook` is set to something else. */
function failAt(disk: SimDisk, ...operations: string[]): void {
  disk.hook = (operation) => {
    if (!operations.includes(operation)) return null;
    return operation === "write" ? FULL : BROKEN;
  };
}

function works(disk: SimDisk): void {
  disk.hook = () => null;
}

Deno.test("a full disk refuses the whole batch, takes back what was written, and the room goes on later", async () => {
  for (let seed = 0; seed < 30; seed++) {
    const disk = emptyDisk(seed);
    const log = await openLog(disk);
    await log.append(say("before", "k0"));
    const whole = disk.bytes(pathOf(1));
    failAt(disk, "write");
    const refused = range(1, 5).map((i) => refusal(log.append(say(`text ${i}`, `k${i}`))));
    assertEquals(await Promise.all(refused), range(1, 5).map(() => "storage_failed"));
    assertEquals([disk.bytes(pathOf(1)), log.head], [whole, 1], `seed ${seed}`);
    works(disk);
    // The keys of what failed are forgotten: they may be said again, and with another text.
    const again = await Promise.all(range(1, 5).map((i) => log.append(say(`text ${i % 2}`, `k${i}`))));
    assertEquals(seqs(again), range(2, 6));
    assertEquals((await log.append(say("before", "k0"))).seq, 1);
    await log.close();
    disk.restart("power cut");
    const reopened = await openLog(disk);
    assertEquals((await reopened.entries(1, 6)).map(({ key }) => key), range(0, 5).map((i) => `k${i}`));
    await reopened.close();
  }
});

Deno.test("what is said while a failing write is under way is not drawn into it", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk);
  const writing = hold(disk, "write");
  const first = refusal(log.append(say("one", "k")));
  await writing.reached;
  const repeated = log.append(say("one", "k"));
  const other = log.append(say("two"));
  writing.release(FULL);
  assertEquals([await first, (await repeated).seq, (await other).seq], ["storage_failed", 1, 2]);
  await log.close();
});

Deno.test("a refusal says what to do, and the operator is told why", async () => {
  const disk = emptyDisk();
  const reports: string[] = [];
  const log = await openLog(disk, { report: (what) => reports.push(what) });
  failAt(disk, "write");
  const error = await assertRejects(() => log.append(say("hello")));
  assertStringIncludes(String(error), "Try again later.");
  assertEquals(reports.length, 1);
  assertStringIncludes(reports[0] ?? "", "No space left on device");
  await log.close();
});

Deno.test("readers never see an entry that failed, and are called for the next one", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk);
  let called = 0;
  const cursor = log.cursor(0, () => called++);
  assertEquals(cursor.take(), null);
  failAt(disk, "write");
  await refusal(log.append(say("lost")));
  assertEquals([cursor.take(), log.head], [null, 0]);
  works(disk);
  // A call for nothing would do no harm; one that does not come would.
  called = 0;
  await log.append(say("kept"));
  assertEquals(called, 1);
  assertEquals((await takeAll(cursor)).map(({ text }) => text), ["kept"]);
  cursor.close();
  await log.close();
});

/** How each failure that ends all appends comes about. */
const FATAL: readonly { what: string; operations: readonly string[]; segmentBytes: number }[] = [
  { what: "a failed sync", operations: ["sync"], segmentBytes: 8 << 20 },
  {
    what: "a failed write that cannot be taken back",
    operations: ["write", "truncate"],
    segmentBytes: 8 << 20,
  },
  { what: "a new segment whose name cannot be synced", operations: ["syncFolder"], segmentBytes: 1 },
];

for (const { what, operations, segmentBytes } of FATAL) {
  Deno.test(`${what} ends the appends until the log is opened again, and reading goes on`, async () => {
    const disk = emptyDisk();
    const log = await openLog(disk, { segmentBytes });
    await log.append(say("safe", "k0"));
    const live = log.cursor(0, () => {});
    failAt(disk, ...operations);
    assertEquals(await refusal(log.append(say("lost", "k1"))), "storage_failed");
    works(disk);
    for (const entry of [say("more"), say("lost", "k1"), say("safe", "k0")]) {
      assertEquals(await refusal(log.append(entry)), "storage_failed");
    }
    assertEquals(log.head, 1);
    assertEquals(seqs(await takeAll(live)), [1]);
    assertEquals(seqs(await log.entries(1, 1)), [1]);
    assertEquals(seqs((await log.search("s", 1, 9, 9)).entries), [1]);
    live.close();
    await log.close();
    assertEquals(disk.openFiles, 0);
    const again = await openLog(disk, { segmentBytes });
    // What the disk holds now was found by reading it: the failed entry may be there, and is safe then.
    const { head } = again;
    const { seq } = await again.append(say("lost", "k1"));
    assertEquals(seq, 2);
    assertEquals(head === 1 || head === 2, true);
    assertEquals((await again.append(say("on"))).seq, 3);
    await again.close();
    disk.restart("power cut");
    const last = await openLog(disk, { segmentBytes });
    assertEquals((await last.entries(1, 3)).map(({ text }) => text), ["safe", "lost", "on"]);
    await last.close();
  });
}

Deno.test("a segment that cannot be opened or made refuses appends, and the next one works", async () => {
  for (const segmentBytes of [1, 8 << 20]) {
    const disk = diskWith({ 1: batches([2]) });
    const log = await openLog(disk, { segmentBytes });
    failAt(disk, "append");
    assertEquals(await refusal(log.append(say("three", "k"))), "storage_failed");
    works(disk);
    assertEquals((await log.append(say("three", "k"))).seq, 3);
    await log.close();
    assertEquals(disk.openFiles, 0);
  }
});

Deno.test("a log whose files cannot be read, listed or synced does not open, leaves no file open, and opens later", async () => {
  for (const operation of ["list", "open", "read", "append", "sync", "syncFolder"]) {
    const disk = diskWith({ 1: batches([2]) });
    failAt(disk, operation);
    await assertRejects(() => openLog(disk), Error, "Input/output error", operation);
    assertEquals(disk.openFiles, 0, operation);
    works(disk);
    const log = await openLog(disk);
    assertEquals(log.head, 2);
    await log.close();
  }
});

Deno.test("a torn end that cannot be kept aside is not cut off", async () => {
  for (const operation of ["append", "write", "sync", "syncFolder"]) {
    const torn = batches([3]).slice(0, -5);
    const disk = diskWith({ 1: torn });
    failAt(disk, operation);
    await assertRejects(() => openLog(disk), Error, "(os error", operation);
    assertEquals([disk.bytes(pathOf(1)), disk.openFiles], [torn, 0], operation);
    works(disk);
    const log = await openLog(disk);
    assertEquals(log.head, 2);
    await log.close();
    assertEquals(disk.names(FOLDER).some((name) => name.includes(".torn-")), true);
  }
});

Deno.test("a read that fails is an error for that reader alone, and the next try works", async () => {
  const disk = diskWith({ 1: batches([3]) });
  const log = await openLog(disk);
  const cursor = log.cursor(0, () => {});
  failAt(disk, "read");
  await assertRejects(async () => await cursor.take(), Error, "Input/output error");
  await assertRejects(() => log.entries(1, 3), Error, "Input/output error");
  works(disk);
  assertEquals(seqs(await takeAll(cursor)), [1, 2, 3]);
  assertEquals(seqs(await log.entries(1, 3)), [1, 2, 3]);
  cursor.close();
  await log.close();
  assertEquals(disk.openFiles, 0);
});
