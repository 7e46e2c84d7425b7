/** Files in a log: their keys, which survive a restart, and what is found of them among all that is said. */

import { assertEquals } from "@std/assert";
import type { NewEntry, NewFile } from "../../server/history/lines.ts";
import type { Log } from "../../server/history/log.ts";
import { decode, emptyDisk, openLog, range, refusal, say, seqs } from "./support.ts";

const SHA256 = "ab".repeat(32);

function file(members: Partial<NewFile> = {}): NewFile {
  return { kind: "file", from: "Maya", name: "a.txt", size: 5, sha256: SHA256, ...members };
}

const REMOVED: NewEntry = { kind: "removed", from: "Maya", file: 1, name: "a.txt" };

async function selected(log: Log, kinds: readonly string[], from = 1): Promise<number[]> {
  const found: number[] = [];
  for await (const { seq } of log.select(kinds, from)) found.push(seq);
  return found;
}

Deno.test("a file's entry has its seq for a number, and is shown as it was appended, now and after a restart", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk);
  await log.append(say("hi"));
  const cursor = log.cursor(1, () => {});
  const { seq, at } = await log.append(file({ by: "SHA256:x", key: "k" }));
  await log.append({ ...REMOVED, file: seq });
  const wanted = [
    {
      seq: 2,
      at,
      kind: "file",
      from: "Maya",
      by: "SHA256:x",
      file: 2,
      name: "a.txt",
      size: 5,
      sha256: SHA256,
      key: "k",
    },
    { seq: 3, at, kind: "removed", from: "Maya", file: 2, name: "a.txt" },
  ];
  const frames = await cursor.take();
  assertEquals(decode(frames ?? new Uint8Array()), wanted);
  assertEquals(await log.entries(2, 3), wanted);
  cursor.close();
  await log.close();
  const next = await openLog(disk);
  assertEquals(await next.entries(2, 3), wanted);
  await next.close();
});

Deno.test("a key says the same file again, or is refused for another, for a say, and for a file of a say's key", async () => {
  const disk = emptyDisk();
  let log = await openLog(disk);
  await log.append(say("hi", "said"));
  const first = await log.append(file({ key: "put" }));
  for (const when of ["at once", "after a restart"]) {
    assertEquals(await log.append(file({ key: "put", from: "Bo" })), first, when);
    assertEquals(await log.repeated(file({ key: "put" })), first, when);
    for (const other of [{ size: 6 }, { name: "b.txt" }, { sha256: "cd".repeat(32) }]) {
      assertEquals(await refusal(log.append(file({ key: "put", ...other }))), "key_reused", when);
      assertEquals(await refusal(log.repeated(file({ key: "put", ...other }))), "key_reused", when);
    }
    assertEquals(await refusal(log.append(say("a.txt", "put"))), "key_reused", when);
    assertEquals(await refusal(log.append(file({ key: "said" }))), "key_reused", when);
    assertEquals([await log.repeated(file()), await log.repeated(file({ key: "new" }))], [null, null]);
    await log.close();
    log = await openLog(disk);
  }
  assertEquals(log.head, 2);
  await log.close();
});

Deno.test("no text makes a say the same as a file, whatever it looks like", async () => {
  const log = await openLog(emptyDisk());
  await log.append(file({ key: "k" }));
  for (const text of [`${SHA256} 5 a.txt`, `0${SHA256} 5 a.txt`, "", "a.txt"]) {
    assertEquals(await refusal(log.append(say(text, "k"))), "key_reused");
  }
  await log.close();
});

Deno.test("in one batch the second of two with a key is the first, and another is refused", async () => {
  const log = await openLog(emptyDisk());
  const outcomes = await Promise.all([
    log.append(file({ key: "k" })),
    log.append(file({ key: "k" })),
    refusal(log.append(file({ key: "k", size: 9 }))),
    refusal(log.append(say("hi", "k"))),
  ]);
  assertEquals(outcomes.map((one) => typeof one === "string" ? one : one.seq), [
    1,
    1,
    "key_reused",
    "key_reused",
  ]);
  assertEquals(log.head, 1);
  await log.close();
});

Deno.test("those of some kinds are found among all others, over segments, from anywhere, and none twice", async () => {
  const disk = emptyDisk();
  const log = await openLog(disk, { segmentBytes: 2_000 });
  const wanted: number[] = [];
  for (const i of range(1, 300)) {
    const isFile = i % 50 === 7;
    // What looks like one in a text, a name or a title is none.
    const { seq } = await log.append(
      isFile
        ? file({ name: 'x","kind":"say' })
        : i % 3 === 0
        ? { kind: "title", from: '"kind":"file"', title: '"kind":"file"' }
        : say('"kind":"file","kind":"removed"'),
    );
    if (isFile) wanted.push(seq);
  }
  const { seq } = await log.append(REMOVED);
  await log.close();
  const next = await openLog(disk, { segmentBytes: 2_000 });
  assertEquals(disk.names("room").length > 10, true);
  assertEquals(await selected(next, ["file", "removed"]), [...wanted, seq]);
  assertEquals(await selected(next, ["file"]), wanted);
  assertEquals(await selected(next, ["removed"]), [seq]);
  assertEquals(await selected(next, ["files", "fil", ""]), []);
  for (const from of [7, 8, 57, 58, 300, 301]) {
    assertEquals(await selected(next, ["file"], from), wanted.filter((one) => one >= from), `from ${from}`);
  }
  assertEquals([await selected(next, ["file"], 302), await selected(next, ["file"], 999)], [[], []]);
  assertEquals(seqs(await next.entries(1, 301)), range(1, 301));
  await next.close();
  const empty = await openLog(emptyDisk());
  assertEquals(await selected(empty, ["file"]), []);
  await empty.close();
});
