import { assert, assertEquals, assertRejects } from "@std/assert";
import { readRecord, writeRecord } from "../../server/history/records.ts";
import { isObject } from "../../server/protocol/shapes.ts";
import { between, seeded } from "../protocol/random.ts";
import { emptyDisk, FOLDER, hardText } from "./support.ts";

const PATH = `${FOLDER}/room.json`;

Deno.test("a record comes back as it was written, and there is nothing beside it", async () => {
  const disk = emptyDisk();
  assertEquals(await readRecord(disk, PATH), null);
  for (let seed = 0; seed < 20; seed++) {
    const record = { seed, text: hardText(seeded(seed), 50).toWellFormed(), nested: { list: [1, null] } };
    await writeRecord(disk, FOLDER, "room.json", record);
    const found: unknown = await readRecord(disk, PATH);
    const wanted: unknown = record;
    assertEquals(found, wanted);
  }
  assertEquals(disk.names(FOLDER), ["room.json", "unrelated.txt"]);
  assertEquals(disk.openFiles, 0);
});

Deno.test("a record that is no JSON or no UTF-8 is an error that names the file", async () => {
  const disk = emptyDisk();
  for (const bytes of [[], [0x7b], [0, 0, 0], [0x22, 0xff, 0x22]]) {
    disk.put(PATH, new Uint8Array(bytes));
    await assertRejects(() => readRecord(disk, PATH), SyntaxError, PATH);
  }
  assertEquals(disk.openFiles, 0);
});

Deno.test("a record that cannot be written leaves the old one, and can be written later", async () => {
  const operations = ["list", "append", "write", "sync", "rename", "syncFolder"];
  for (const failing of operations) {
    const disk = emptyDisk();
    await writeRecord(disk, FOLDER, "room.json", { title: "old" });
    disk.hook = (operation) => operation === failing ? new Error("No space left on device") : null;
    await assertRejects(() => writeRecord(disk, FOLDER, "room.json", { title: "new" }), Error, "No space");
    disk.hook = () => null;
    const found: unknown = await readRecord(disk, PATH);
    assert(isObject(found));
    // Once renamed, only the sync of the folder can fail: it may be either then.
    if (failing !== "syncFolder") assertEquals(found["title"], "old", failing);
    await writeRecord(disk, FOLDER, "room.json", { title: "newer" });
    const now: unknown = await readRecord(disk, PATH);
    const wanted: unknown = { title: "newer" };
    assertEquals(now, wanted);
    assertEquals([disk.openFiles, disk.names(FOLDER).length], [0, 2]);
  }
});

/** Writes version after version until the power is cut, and looks what is there. */
async function crashWhileWriting(seed: number): Promise<void> {
  const random = seeded(seed);
  const disk = emptyDisk(seed);
  let acknowledged = -1;
  let version = -1;
  for (let round = 0; round < 8; round++) {
    disk.crashAfter(between(random, 0, 30));
    try {
      while (true) {
        version++;
        await writeRecord(disk, FOLDER, "room.json", {
          version,
          filler: "x".repeat(between(random, 0, 3_000)),
        });
        acknowledged = version;
      }
    } catch (error) {
      if (!disk.crashed) throw error;
    }
    disk.restart(random() < 0.7 ? "power cut" : "kill");
    const found: unknown = await readRecord(disk, PATH);
    const there = isObject(found) && typeof found["version"] === "number" ? found["version"] : -1;
    assert(
      there >= acknowledged && there <= version,
      `seed ${seed}: ${there}, not ${acknowledged} to ${version}`,
    );
  }
}

Deno.test("after any crash a record is the old one or the new one, whole", async () => {
  for (let seed = 0; seed < 300; seed++) await crashWhileWriting(seed);
});
