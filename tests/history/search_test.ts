import { assertEquals, assertRejects } from "@std/assert";
import type { NewEntry } from "../../server/history/lines.ts";
import type { Log } from "../../server/history/log.ts";
import { DamagedLogError } from "../../server/history/segment.ts";
import { fold } from "../../server/protocol/names.ts";
import { between, seeded } from "../protocol/random.ts";
import {
  batch,
  diskWith,
  emptyDisk,
  hardText,
  hold,
  joined,
  openLog,
  pathOf,
  range,
  say,
  seqs,
} from "./support.ts";

/** A log of one entry a text. */
async function logOf(texts: readonly string[], segmentBytes = 8 << 20): Promise<Log> {
  const log = await openLog(emptyDisk(), { segmentBytes });
  await Promise.all(texts.map((text) => log.append(say(text))));
  return log;
}

async function found(
  log: Log,
  query: string,
  before = log.head + 1,
  limit = 50,
  first = 1,
): Promise<number[]> {
  return seqs((await log.search(query, first, before, limit)).entries);
}

Deno.test("the newest come first, up to the limit, and more says whether older ones remain", async () => {
  const log = await logOf(["tea 1", "milk", "tea 2", "tea 3", "tea 4"]);
  const { entries, more } = await log.search("tea", 1, 6, 2);
  assertEquals([entries.map(({ text }) => text), more], [["tea 4", "tea 3"], true]);
  const rest = await log.search("tea", 1, entries.at(-1)?.seq ?? 0, 2);
  assertEquals([rest.entries.map(({ text }) => text), rest.more], [["tea 2", "tea 1"], false]);
  assertEquals(await log.search("tea", 1, 6, 4), { entries: [...entries, ...rest.entries], more: false });
  assertEquals((await log.search("tea", 1, 6, 3)).more, true);
  assertEquals(await log.search("coffee", 1, 6, 2), { entries: [], more: false });
  await log.close();
});

Deno.test("only entries from first on and before `before` are found", async () => {
  const log = await logOf(range(1, 40).map((i) => `tea ${i}`), 500);
  assertEquals(await found(log, "tea", 20, 50, 15), range(15, 19).toReversed());
  assertEquals(await found(log, "tea", 99, 2), [40, 39]);
  assertEquals(await found(log, "tea", 15, 50, 15), []);
  assertEquals(await found(log, "tea", 2), [1]);
  assertEquals(await found(log, "tea", 1), []);
  assertEquals((await log.search("tea", 15, 20, 5)).more, false);
  await log.close();
});

Deno.test("letters are compared folded, and composed or not", async () => {
  const log = await logOf([
    "Grüße",
    "GRÜSSE",
    "gru\u0308sse",
    "Ｔｅａ",
    "TEA",
    "ﬁne",
    "ΣΊΣΥΦΟΣ",
    "\u212aelvin",
  ]);
  assertEquals(await found(log, "grüsse"), [3, 2, 1]);
  assertEquals(await found(log, "GRU\u0308ẞE"), [3, 2, 1]);
  assertEquals(await found(log, "tea"), [5, 4]);
  assertEquals(await found(log, "ＴＥＡ"), [5, 4]);
  assertEquals(await found(log, "FINE"), [6]);
  assertEquals(await found(log, "σίσυφος"), [7]);
  assertEquals(await found(log, "kelvin"), [8]);
  await log.close();
});

Deno.test("what stands only in names, keys, titles and the line around a text is not found", async () => {
  const log = await openLog(emptyDisk());
  const entries: NewEntry[] = [
    { kind: "say", from: "Needle", text: "nothing", key: "needle" },
    { kind: "title", from: "Maya", title: "needle" },
    { kind: "say", from: "Maya", text: "nadel" },
  ];
  await Promise.all(entries.map((entry) => log.append(entry)));
  for (
    const query of ["needle", "say", "kind", "crc", "seq", '"', "{", "1760000000000", ",", "nth", "text"]
  ) {
    assertEquals(await found(log, query), [], query);
  }
  await log.close();
});

Deno.test("quotes, backslashes and line breaks are found as they were said", async () => {
  const texts = [
    'say "tea"',
    "C:\\new",
    "one\ntwo",
    "tab\there",
    "\u2028",
    '","nth":5,"crc":"00000000"}',
    "\\n",
  ];
  const log = await logOf(texts);
  for (
    const [query, wanted] of [
      ['"TEA"', [1]],
      ["\\", [7, 2]],
      ["\\new", [2]],
      ["\n", [3]],
      ["e\nT", [3]],
      ["\t", [4]],
      ["\u2028", [5]],
      ['"nth":5', [6]],
      ["\\n", [7, 2]],
    ] as const
  ) assertEquals(await found(log, query), [...wanted], JSON.stringify(query));
  await log.close();
});

Deno.test("whatever was said is found as a plain reading of the history finds it", async () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = seeded(seed);
    const texts = Array.from({ length: between(random, 1, 60) }, () => {
      const text = random() < 0.5
        ? hardText(random, 30)
        : ["Tea", "MILK", "straße", "x"][between(random, 0, 3)] ?? "";
      // Some long enough that the blocks of a search end everywhere.
      return random() < 0.3 ? text + "-".repeat(between(random, 0, 9_000)) + text : text;
    });
    const log = await logOf(texts, between(random, 1_000, 300_000));
    for (const query of ["tea", "ss", "\\", '"', "\u{1f600}", "nth", texts[0] || "x"]) {
      const wanted = range(1, texts.length).filter((seq) => fold(texts[seq - 1] ?? "").includes(fold(query)));
      assertEquals(await found(log, query, log.head + 1, 100), wanted.toReversed(), `seed ${seed}: ${query}`);
      const before = between(random, 1, log.head + 1);
      const first = between(random, 1, before);
      const page = await log.search(query, first, before, 3);
      const some = wanted.toReversed().filter((seq) => seq >= first && seq < before);
      assertEquals(
        [seqs(page.entries), page.more],
        [some.slice(0, 3), some.length > 3],
        `seed ${seed}: ${query}`,
      );
    }
    await log.close();
  }
});

Deno.test("every entry is found over the borders of blocks and segments", async () => {
  // Blocks are 128 KiB and larger: lines of many lengths, so that borders fall everywhere in them.
  const random = seeded(5);
  const texts = range(1, 900).map((i) => `<${i}> ${"z".repeat(between(random, 0, 2_000))} needle`);
  const log = await logOf(texts, 300_000);
  assertEquals(await found(log, "needle", 901, 1_000), range(1, 900).toReversed());
  for (const i of range(1, 900)) {
    if (i % 30 === 0) assertEquals(await found(log, `<${i}> z`), texts[i - 1]?.includes("> z") ? [i] : []);
  }
  await log.close();
});

Deno.test("a search sees nothing of a write that is under way or has failed", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk);
  await log.append(say("tea"));
  const syncing = hold(disk, "sync");
  const appended = log.append(say("tea too"));
  await syncing.reached;
  assertEquals(await found(log, "tea"), [1]);
  syncing.release(new Error("Input/output error"));
  await appended.catch((error: unknown) => error);
  const whole = disk.bytes(pathOf(1));
  // What the disk made of the write that it did not confirm.
  disk.put(pathOf(1), joined([whole.slice(0, -60), new Uint8Array(200_000), new Uint8Array([10])]));
  assertEquals(await found(log, "tea"), [1]);
  await log.close();
});

Deno.test("damage in a line that may match ends a search with file and offset", async () => {
  const lines = range(1, 9).map((i) => batch(i, [say(i === 4 ? "a needle" : "hay")]));
  const older = joined(lines);
  const start = joined(lines.slice(0, 3)).length;
  older[start + 10] = 57;
  const log = await openLog(diskWith({ 1: older, 10: batch(10, [say("hay")]) }));
  await assertRejects(
    () => log.search("needle", 1, 11, 5),
    DamagedLogError,
    `${pathOf(1)} is damaged at byte ${start}`,
  );
  await log.close();
});

Deno.test("a hole of any size in an older segment ends a search, or is passed over, but never holds it up", async () => {
  const lines = range(1, 9).map((i) => batch(i, [say(i === 4 ? "a needle" : "hay")]));
  for (const [zeros, wanted] of [[1_000, "1 found"], [2 << 20, "DamagedLogError"]] as const) {
    const hole = joined([new Uint8Array(zeros), new Uint8Array([10])]);
    const holed = joined([...lines.slice(0, 5), hole, ...lines.slice(6)]);
    const disk = diskWith({ 1: holed, 10: batch(10, [say("hay")]) });
    const log = await openLog(disk);
    const result = await log.search("needle", 1, 11, 5).then(
      ({ entries }) => `${entries.length} found`,
      (error: unknown) => error instanceof DamagedLogError ? error.name : error,
    );
    assertEquals([result, disk.openFiles], [wanted, 0]);
    await log.close();
  }
});
