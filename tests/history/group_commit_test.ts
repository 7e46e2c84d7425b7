import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import type { NewEntry } from "../../server/history/lines.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { between, seeded } from "../protocol/random.ts";
import {
  AT,
  decode,
  emptyDisk,
  FOLDER,
  hardText,
  hold,
  openLog,
  pathOf,
  range,
  refusal,
  say,
  seqs,
  takeAll,
} from "./support.ts";

Deno.test("what arrives while the disk is busy becomes one batch with one write and one sync", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk);
  const done: string[] = [];
  const syncing = hold(disk, "sync");
  const first = log.append(say("alone"));
  await syncing.reached;
  const rest = Promise.all(range(2, 50).map((i) => log.append(say(`text ${i}`))));
  syncing.release();
  disk.hook = (operation) => {
    done.push(operation);
    return null;
  };
  assertEquals((await first).seq, 1);
  assertEquals(seqs(await rest), range(2, 50));
  assertEquals(done, ["write", "sync"]);
  const text = new TextDecoder().decode(disk.bytes(pathOf(1)));
  assertEquals(text.match(/"nth":\d+/g), range(1, 48).map((nth) => `"nth":${nth}`));
  await log.close();
});

Deno.test("a batch is bounded: a flood is written in several", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk);
  let syncs = 0;
  disk.hook = (operation) => {
    if (operation === "sync") syncs++;
    return null;
  };
  await Promise.all(range(1, 100).map(() => log.append(say("x".repeat(10_000)))));
  assertGreater(syncs, 3);
  assertEquals(log.head, 100);
  await log.close();
});

Deno.test("nobody is acknowledged or shown an entry before its sync has returned", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk);
  const seen: number[] = [];
  let calls = 0;
  const cursor = log.cursor(0, () => calls++);
  assertEquals(cursor.take(), null);
  const syncing = hold(disk, "sync");
  const appended = log.append(say("secret", "k")).then(({ seq }) => seen.push(seq));
  const repeated = log.append(say("secret", "k")).then(({ seq }) => seen.push(seq));
  await syncing.reached;
  for (let turn = 0; turn < 50; turn++) await null;
  assertGreater(disk.bytes(pathOf(1)).length, 0, "it is written");
  assertEquals([log.head, seen.length, calls, cursor.take()], [0, 0, 0, null]);
  assertEquals((await log.search("secret", 1, 10, 5)).entries, []);
  syncing.release();
  await Promise.all([appended, repeated]);
  assertEquals([log.head, seen, calls], [1, [1, 1], 1]);
  assertEquals(seqs(await takeAll(cursor)), [1]);
  cursor.close();
  await log.close();
});

Deno.test("whatever is shown or acknowledged at any moment is safe from a power cut at that moment", async () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = seeded(seed);
    const disk = emptyDisk(seed);
    const log = await openLog(disk, { segmentBytes: 1_000 });
    const isSafe = (text: string) => {
      const segments = disk.names(FOLDER).filter((name) => name.endsWith(".jsonl"));
      const safe = segments.map((name) => new TextDecoder().decode(disk.safeBytes(`${FOLDER}/${name}`)));
      assert(safe.join("").includes(`"text":"${text}"`), `seed ${seed}: ${text} can be lost`);
    };
    const cursor = log.cursor(0, () => {
      const frames = cursor.take();
      assert(frames instanceof Uint8Array, `seed ${seed}: called for nothing`);
      for (const { text } of decode(frames)) isSafe(text ?? "");
      while (cursor.take() !== null);
    });
    assertEquals(cursor.take(), null);
    const appends: Promise<unknown>[] = [];
    for (let i = 0; i < 30; i++) {
      appends.push(log.append(say(`text ${i}.`)).then(() => isSafe(`text ${i}.`)));
      for (let turns = between(random, 0, 10); turns > 0; turns--) await null;
    }
    await Promise.all(appends);
    cursor.close();
    await log.close();
  }
});

Deno.test("a repeated key is the same entry: in one batch, from an earlier one, and after reopening", async () => {
  const disk = emptyDisk();
  let now = AT;
  const log = await openLog(disk, { now: () => now });
  const once = await Promise.all([log.append(say("hi", "k")), log.append(say("hi", "k"))]);
  assertEquals(once, [{ seq: 1, at: AT }, { seq: 1, at: AT }]);
  now += 1_000;
  assertEquals(await log.append(say("hi", "k")), { seq: 1, at: AT });
  assertEquals(await log.append(say("hi")), { seq: 2, at: now });
  await log.close();
  now += 1_000;
  const again = await openLog(disk, { now: () => now });
  assertEquals(await again.append(say("hi", "k")), { seq: 1, at: AT });
  assertEquals(again.head, 2);
  await again.close();
});

Deno.test("a key with another text is refused: in one batch, from an earlier one, and after reopening", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk);
  const first = log.append(say("hi", "k"));
  assertEquals(await refusal(log.append(say("ho", "k"))), "key_reused");
  assertEquals((await first).seq, 1);
  assertEquals(await refusal(log.append(say("ho", "k"))), "key_reused");
  await log.close();
  const again = await openLog(disk);
  assertEquals(await refusal(again.append(say("ho", "k"))), "key_reused");
  assertEquals((await again.append(say("hi", "k"))).seq, 1);
  await again.close();
});

Deno.test("the same key from somebody else, or after a rename, is the same entry", async () => {
  const log = await openLog(emptyDisk());
  await log.append({ kind: "say", from: "Maya", text: "hi", key: "k" });
  assertEquals((await log.append({ kind: "say", from: "Maja", text: "hi", key: "k" })).seq, 1);
  assertEquals((await log.entries(1, 1))[0]?.from, "Maya");
  await log.close();
});

/** What an append has to become, by a model that takes the calls one after the other. */
function modelOf() {
  const texts = new Map<string, { seq: number; text: string }>();
  let head = 0;
  return (entry: NewEntry): string => {
    if (entry.kind !== "say" || entry.key === undefined) return String(++head);
    const first = texts.get(entry.key);
    if (first === undefined) {
      texts.set(entry.key, { seq: ++head, text: entry.text });
      return String(head);
    }
    return first.text === entry.text ? String(first.seq) : "key_reused";
  };
}

Deno.test("appends end in the order of their calls and as if made one after the other, repeats and refusals too", async () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seeded(seed);
    const disk = emptyDisk(seed);
    const model = modelOf();
    const ended: string[] = [];
    const wanted: string[] = [];
    let log = await openLog(disk, { segmentBytes: 2_000 });
    for (let session = 0; session < 3; session++) {
      const appends: Promise<unknown>[] = [];
      for (let i = 0; i < 40; i++) {
        const key = random() < 0.6 ? `"k\\${between(random, 0, 15)}` : undefined;
        const entry: NewEntry = random() < 0.1
          ? { kind: "title", from: "Maya", title: hardText(random, 20) }
          : say(`text ${between(random, 0, 1)}`, key);
        wanted.push(`${wanted.length} ${model(entry)}`);
        const call = wanted.length - 1;
        appends.push(
          log.append(entry).then(
            ({ seq }) => ended.push(`${call} ${seq}`),
            (error) => ended.push(`${call} ${error instanceof ProtocolError ? error.code : error}`),
          ),
        );
        for (let turns = between(random, 0, 12); turns > 0; turns--) await null;
      }
      await Promise.all(appends);
      await log.close();
      log = await openLog(disk, { segmentBytes: 2_000 });
    }
    assertEquals(ended, wanted, `seed ${seed}`);
    assertEquals(seqs(await log.entries(1, log.head)), range(1, log.head));
    await log.close();
  }
});

Deno.test("who waits for the backlog goes on as soon as it is small again, while others go on", async () => {
  const log = await openLog(emptyDisk());
  const flood = range(1, 300).map(() => log.append(say("x".repeat(10_000))));
  assertEquals(log.drained, null);
  flood.push(...range(301, 600).map(() => log.append(say("x".repeat(10_000)))));
  const { drained } = log;
  assert(drained !== null);
  await drained;
  assertEquals([log.drained, log.busy], [null, true]);
  await Promise.all(flood);
  await log.close();
});

Deno.test("closing a log waits for what is being appended, and lets go of all files", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk);
  const appended = log.append(say("last words"));
  await log.close();
  assertEquals((await appended).seq, 1);
  assertEquals(disk.openFiles, 0);
  assertMatch(new TextDecoder().decode(disk.safeBytes(pathOf(1))), /last words/);
});

Deno.test("a segment that has reached its size is followed by a new one, named by its first entry", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk, { segmentBytes: 500 });
  for (let i = 1; i <= 40; i++) await log.append(say(`text ${i}`));
  const names = disk.names(FOLDER).filter((name) => name.endsWith(".jsonl"));
  assertGreater(names.length, 5);
  let next = 1;
  for (const [i, name] of names.entries()) {
    assertEquals(name, `${String(next).padStart(20, "0")}.jsonl`);
    const text = new TextDecoder().decode(disk.bytes(`${FOLDER}/${name}`));
    if (i < names.length - 1) assertGreater(text.length, 499);
    next += text.split("\n").length - 1;
  }
  assertEquals(next, 41);
  await log.close();
  assertEquals(disk.openFiles, 0);
});
