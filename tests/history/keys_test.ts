import { assertEquals, assertLessOrEqual } from "@std/assert";
import { digestOf, RecentKeys } from "../../server/history/keys.ts";
import type { Log } from "../../server/history/log.ts";
import { KEYS_KEPT } from "../../server/protocol/limits.ts";
import { between, seeded } from "../protocol/random.ts";
import { AT, batch, diskWith, emptyDisk, joined, openLog, range, refusal, say } from "./support.ts";

/** Entries 1 to `count`, all without keys but those in `keyed`. */
function history(count: number, keyed: ReadonlyMap<number, string>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (let seq = 1; seq <= count; seq += 1_000) {
    const length = Math.min(1_000, count - seq + 1);
    parts.push(batch(seq, Array.from({ length }, (_, i) => say("again", keyed.get(seq + i)))));
  }
  return joined(parts);
}

Deno.test("the keys of the newest 10,000 entries are known, and not all older ones are kept", () => {
  const digest = digestOf({ kind: "say", text: "hi" });
  for (let seed = 0; seed < 10; seed++) {
    const random = seeded(seed);
    const keys = new RecentKeys();
    const seqOf = new Map<string, number>();
    let seq = 0;
    for (let i = 0; i < 25_000; i++) {
      // Entries without a key lie between.
      seq += between(random, 1, 3);
      keys.add(`k${seq}`, { seq, at: AT, digest });
      seqOf.set(`k${seq}`, seq);
    }
    const known = [...seqOf].filter(([key, at]) => keys.find(key)?.seq === at).length;
    for (const [key, at] of seqOf) {
      if (at > seq - KEYS_KEPT) assertEquals(keys.find(key)?.seq, at, `seed ${seed}, ${key} of ${seq}`);
    }
    assertLessOrEqual(known, 2 * KEYS_KEPT, `seed ${seed}`);
    assertEquals(keys.find("never"), undefined);
  }
});

Deno.test("after reopening, the key of an entry 10,000 back is known and makes no second entry", async () => {
  const keyed = new Map([[1, "too old"], [2, "oldest"], [10_001, "newest"]]);
  const disk = diskWith({ 1: history(10_001, keyed) });
  const log = await openLog(disk);
  assertEquals((await log.append(say("again", "newest"))).seq, 10_001);
  assertEquals((await log.append(say("again", "oldest"))).seq, 2);
  assertEquals(log.head, 10_001);
  assertEquals((await log.append(say("again", "too old"))).seq, 10_002);
  await log.close();
});

Deno.test("keys are known again after reopening when they stand in several segments", async () => {
  const disk = emptyDisk();
  const first = await openLog(disk, { segmentBytes: 300 });
  for (let i = 1; i <= 20; i++) await first.append(say(`text ${i}`, `"key\\${i}`));
  await first.close();
  const log = await openLog(disk, { segmentBytes: 300 });
  for (let i = 20; i >= 1; i--) assertEquals((await log.append(say(`text ${i}`, `"key\\${i}`))).seq, i);
  assertEquals(log.head, 20);
  await log.close();
});

Deno.test("repeats are answered without the disk, in any order, also those from before a restart", async () => {
  const disk = emptyDisk();
  const random = seeded(7);
  let now = AT;
  const open = () => openLog(disk, { segmentBytes: 20_000, now: () => now });
  const first = await open();
  for (const i of range(1, 500)) {
    now = AT + i;
    await first.append(say(`text ${i}`, `k${i}`));
  }
  const repeatAll = async (log: Log) => {
    for (const i of range(1, 500).map(() => between(random, 1, 500))) {
      assertEquals(await log.append(say(`text ${i}`, `k${i}`)), { seq: i, at: AT + i });
      assertEquals(await refusal(log.append(say(`text ${i}?`, `k${i}`))), "key_reused");
    }
    assertEquals(log.head, 500);
  };
  disk.hook = (operation) => new Error(`${operation} for a repeat`);
  await repeatAll(first);
  disk.hook = () => null;
  await first.close();
  const again = await open();
  assertEquals((await again.append(say("text 1", "k1"))).seq, 1);
  disk.hook = (operation) => new Error(`${operation} for a repeat`);
  await repeatAll(again);
  disk.hook = () => null;
  await again.close();
});

Deno.test("while the keys cannot be read, what is said without one is stored, and all end in order", async () => {
  const disk = diskWith({ 1: batch(1, [say("hello", "k")]) });
  const reports: string[] = [];
  const log = await openLog(disk, { report: (what) => reports.push(what) });
  disk.hook = (operation) => operation === "read" ? new Error("Too many open files") : null;
  const ended: (number | string)[] = [];
  await Promise.all(
    [say("one"), say("hello", "k"), say("two"), say("new", "n")].map((entry) =>
      log.append(entry).then(({ seq }) => ended.push(seq), ({ code }) => ended.push(code))
    ),
  );
  assertEquals(ended, [2, "storage_failed", 3, "storage_failed"]);
  assertEquals(reports, ["Too many open files"]);
  disk.hook = () => null;
  await log.close();
});

Deno.test("keys that could not be read once are read again at the next append", async () => {
  const disk = emptyDisk();
  const first = await openLog(disk);
  await first.append(say("hello", "k"));
  await first.close();
  const log = await openLog(disk);
  disk.hook = (operation) => operation === "read" ? new Error("Too many open files") : null;
  assertEquals(await refusal(log.append(say("hello", "k"))), "storage_failed");
  disk.hook = () => null;
  assertEquals((await log.append(say("hello", "k"))).seq, 1);
  await log.close();
});
