/** Which files a room has: what the log says, whatever a note of it says. */

import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { between, seeded } from "../protocol/random.ts";
import type { SimDisk } from "../support/sim_disk.ts";
import {
  brokenDisk,
  bytesOf,
  CONTENT,
  FOLDER,
  roomDisk,
  sha256Of,
  Shelf,
  type ShelfOptions,
} from "./support.ts";

const NOTE = `${FOLDER}/files.json`;
const DAY_MS = 86_400_000;

/** So many messages. */
async function talk(shelf: Shelf, count: number): Promise<void> {
  const said = Array.from(
    { length: count },
    (_, i) => ({ kind: "say", from: "Zoe", text: `say ${i}` } as const),
  );
  await Promise.all(said.map((entry) => shelf.log.append(entry)));
}

/** A disk with a room that has files and a note of them; gives what is listed. */
async function noted(): Promise<{ readonly disk: SimDisk; readonly listed: readonly object[] }> {
  const disk = roomDisk();
  const shelf = await Shelf.open({ disk });
  for (const i of [1, 2, 3]) await shelf.whole(bytesOf(i, 10), { name: `file ${i}` });
  await shelf.files.remove(2, { from: "Bo" });
  await talk(shelf, 1_000);
  const listed = [...shelf.files.list(1)];
  await shelf.close();
  assert(disk.names(FOLDER).includes("files.json"));
  return { disk, listed };
}

/** Bytes of the history that are read to open the files. */
async function readToOpen(disk: SimDisk): Promise<{ readonly reads: number; readonly listed: object[] }> {
  let reads = 0;
  const log = await Shelf.open({ disk: roomDisk() });
  await log.close();
  // What opening the log itself reads is the same with and without a note.
  disk.hook = (operation, path) => {
    if (operation === "read" && path.endsWith(".jsonl")) reads++;
    return null;
  };
  const shelf = await Shelf.open({ disk });
  disk.hook = () => null;
  const listed = [...shelf.files.list(1)];
  await shelf.close();
  return { reads, listed };
}

function writeNote(
  disk: SimDisk,
  change: (note: { log: string; seq: number; files: object[] }) => object,
): void {
  const note = JSON.parse(new TextDecoder().decode(disk.bytes(NOTE)));
  disk.put(NOTE, new TextEncoder().encode(JSON.stringify(change(note))));
}

Deno.test("a file has the number, name, size, hash, author and time of its entry, also after a restart", async () => {
  const disk = roomDisk();
  const shelf = await Shelf.open({ disk });
  const { at } = await shelf.log.append({ kind: "say", from: "Zoe", text: "first" });
  assertEquals(await shelf.whole(bytesOf(1, 10), { name: "a", from: "Bo" }), 2);
  const wanted = {
    file: 2,
    name: "a",
    size: 10,
    sha256: sha256Of(bytesOf(1, 10)),
    from: "Bo",
    by: undefined,
    at,
  };
  assertEquals([...shelf.files.list(1)], [wanted]);
  await shelf.close();
  const next = await Shelf.open({ disk });
  assertEquals([...next.files.list(1)], [wanted]);
  assertEquals([[...next.files.list(2)].length, [...next.files.list(3)].length], [1, 0]);
  await next.close();
});

Deno.test("after a thousand entries a note says which files there are, and the log before it is not read again", async () => {
  const { disk, listed } = await noted();
  const withNote = await readToOpen(disk);
  assertEquals(withNote.listed, JSON.parse(JSON.stringify(listed)));
  disk.put(NOTE, new Uint8Array());
  const without = await readToOpen(disk);
  assertEquals(without.listed.length, 2);
  assertLess(withNote.reads, without.reads);
});

Deno.test("fewer entries are worth no note, and none is written where there never was a file", async () => {
  const disk = roomDisk();
  const shelf = await Shelf.open({ disk });
  await talk(shelf, 1_500);
  await shelf.files.tidy(0);
  assertEquals(disk.names(FOLDER).includes("files.json"), false);
  assertEquals(await shelf.whole(bytesOf(1, 10)), 1_501);
  await shelf.close();
  const next = await Shelf.open({ disk });
  await talk(next, 100);
  await next.close();
  const { seq } = JSON.parse(new TextDecoder().decode(disk.bytes(NOTE)));
  assertEquals(seq, 1_501, "a hundred more are not worth another");
});

Deno.test("what was put and removed since the note is known", async () => {
  const { disk } = await noted();
  const shelf = await Shelf.open({ disk });
  assertEquals(await shelf.whole(bytesOf(2, 10), { name: "again" }), 1_005);
  await shelf.files.remove(1, { from: "Bo" });
  await shelf.close();
  const next = await Shelf.open({ disk });
  assertEquals(next.listed, [3, 1_005]);
  await next.close();
});

Deno.test("a note is ignored that is of another log, ahead of the log, damaged, or no note", async () => {
  const { disk } = await noted();
  const ghost = {
    file: 1,
    name: "ghost",
    size: 1,
    sha256: "0".repeat(64),
    from: "Bo",
    at: 1,
  };
  const notes:
    readonly (readonly [what: string, (note: { log: string; seq: number; files: object[] }) => object])[] = [
      ["of another log", (note) => ({ ...note, log: "log-2", files: [ghost] })],
      ["ahead of the log", (note) => ({ ...note, seq: note.seq + 1, files: [ghost] })],
      ["without a log", ({ seq }) => ({ seq, files: [ghost] })],
      ["with a file that is none", (note) => ({ ...note, files: [{ ...ghost, size: -1 }] })],
      ["a list", () => [ghost]],
    ];
  const right = disk.bytes(NOTE);
  for (const [what, change] of notes) {
    disk.put(NOTE, right);
    writeNote(disk, change);
    const shelf = await Shelf.open({ disk });
    assertEquals([shelf.listed, shelf.reports], [[1, 3], []], what);
    await shelf.close();
  }
  for (const bytes of [new Uint8Array(), right.slice(0, -10), new Uint8Array(right.length)]) {
    disk.put(NOTE, bytes);
    const shelf = await Shelf.open({ disk });
    assertEquals(shelf.listed, [1, 3], `${bytes.length} bytes`);
    await shelf.close();
  }
  // A right one is believed, or none of this would show anything.
  disk.put(NOTE, right);
  writeNote(disk, (note) => ({ ...note, files: [ghost] }));
  const shelf = await Shelf.open({ disk });
  assertEquals(shelf.listed, [1]);
  await shelf.close();
});

Deno.test("a note that cannot be written is told, and costs nothing but reading", async () => {
  const disk = roomDisk();
  const shelf = await Shelf.open({ disk });
  await shelf.whole(bytesOf(1, 10));
  await talk(shelf, 1_000);
  disk.hook = (_operation, path) => path.includes("files.json") ? brokenDisk() : null;
  await shelf.close();
  disk.hook = () => null;
  assertEquals(shelf.reports, ["which files there are could not be noted: Input/output error (os error 5)"]);
  const next = await Shelf.open({ disk });
  assertEquals(next.listed, [1]);
  await next.close();
});

Deno.test("a log that lost its end, as without --sync, has the files that it speaks of, and the bytes of others go", async () => {
  const disk = roomDisk();
  const options: ShelfOptions = { disk, sync: false };
  const shelf = await Shelf.open(options);
  await shelf.whole(bytesOf(1, 10));
  await shelf.whole(bytesOf(2, 10));
  await talk(shelf, 1_000);
  await shelf.close();
  const path = `${FOLDER}/history/00000000000000000001.jsonl`;
  const lines = disk.bytes(path);
  disk.put(path, lines.slice(0, lines.indexOf(10) + 1));
  const next = await Shelf.open({ disk, logId: "log-2" });
  assertEquals([next.listed, next.space.used], [[1], 20]);
  await next.files.tidy(DAY_MS);
  assertEquals([disk.names(CONTENT).length, next.space.used], [1, 10]);
  await next.assertTidy();
});

Deno.test("whatever is put, removed and said, with restarts between, is listed as the log says (seed 8)", async () => {
  const random = seeded(8);
  const disk = roomDisk();
  const model = new Set<number>();
  let shelf = await Shelf.open({ disk });
  let removed = 0;
  for (let step = 0; step < 120; step++) {
    const dice = random();
    const some = [...model][between(random, 0, model.size - 1)];
    if (dice < 0.4) {
      const file = await shelf.whole(bytesOf(between(random, 1, 4), 10));
      assert(typeof file === "number");
      model.add(file);
    } else if (dice < 0.6 && some !== undefined) {
      await shelf.files.remove(some, { from: "Bo" });
      model.delete(some);
      removed++;
    } else if (dice < 0.8) await talk(shelf, between(random, 1, 200));
    else if (dice < 0.9) {
      await shelf.close();
      shelf = await Shelf.open({ disk });
    } else await shelf.files.tidy(0);
    assertEquals(shelf.listed, [...model]);
    for (const file of model) assertEquals((await shelf.bytes(file)).length, 10);
  }
  assertGreater(removed, 10);
  await shelf.assertTidy();
});
