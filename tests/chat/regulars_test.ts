/** Who was a member of a room before. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Regulars } from "../../server/chat/regulars.ts";
import { machineDisk } from "../../server/history/disk.ts";
import { TestKey } from "../support/keys.ts";
import { Folder } from "../support/server.ts";
import { FOLDER, Guest, memoryDisk, quickHouse, reopened } from "./guests.ts";

const PATH = `${FOLDER}/members.json`;

function record(members: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ members }));
}

Deno.test("the first time counts, and is on disk when it is known", async () => {
  const disk = memoryDisk();
  const regulars = await Regulars.open(disk, FOLDER);
  assertEquals([regulars.has("a"), await regulars.add("a", 5), await regulars.add("b", 7)], [false, 5, 7]);
  assertEquals([await regulars.add("a", 9), regulars.has("a"), regulars.has("c")], [5, true, false]);
  disk.restart("power cut");
  const later = await Regulars.open(disk, FOLDER);
  assertEquals([await later.add("a", 20), await later.add("b", 20), await later.add("c", 20)], [5, 7, 20]);
});

Deno.test("many who come at once are stored with few writes", async () => {
  const disk = memoryDisk();
  const regulars = await Regulars.open(disk, FOLDER);
  let writes = 0;
  disk.hook = (operation) => {
    if (operation === "write") writes++;
    return null;
  };
  await Promise.all(Array.from({ length: 100 }, (_, i) => regulars.add(`key ${i}`, i + 1)));
  assertEquals(writes, 2);
  disk.restart("power cut");
  const later = await Regulars.open(disk, FOLDER);
  assertEquals(await Promise.all(Array.from({ length: 100 }, (_, i) => later.add(`key ${i}`, 999))), [
    ...Array.from({ length: 100 }, (_, i) => i + 1),
  ]);
});

Deno.test("who could not be stored is not known, and can be the next time", async () => {
  const disk = memoryDisk();
  const regulars = await Regulars.open(disk, FOLDER);
  await regulars.add("a", 1);
  disk.hook = (operation) => operation === "write" ? new Error("no space left") : null;
  await assertRejects(() => regulars.add("b", 2), Error, "no space left");
  assertEquals([regulars.has("a"), regulars.has("b")], [true, false]);
  disk.hook = () => null;
  assertEquals(await regulars.add("b", 3), 3);
  disk.restart("power cut");
  assertEquals(await (await Regulars.open(disk, FOLDER)).add("b", 4), 3);
});

Deno.test("who comes twice at once is known neither time before it is on disk", async () => {
  const disk = memoryDisk();
  const regulars = await Regulars.open(disk, FOLDER);
  await regulars.add("a", 1);
  disk.hook = (operation) => operation === "write" ? new Error("no space left") : null;
  const both = await Promise.allSettled([regulars.add("b", 2), regulars.add("b", 2)]);
  assertEquals(both.map(({ status }) => status), ["rejected", "rejected"]);
});

Deno.test("a room remembers 10,000; whoever comes later is a stranger each time, and those it knows it knows", async () => {
  const disk = memoryDisk();
  disk.put(PATH, record(Array.from({ length: 9_999 }, (_, i) => ({ key: `key ${i}`, first: i + 1 }))));
  const regulars = await Regulars.open(disk, FOLDER);
  assertEquals([await regulars.add("last", 20_000), regulars.has("last")], [20_000, true]);
  assertEquals([await regulars.add("late", 20_001), regulars.has("late")], [20_001, false]);
  assertEquals([await regulars.add("late", 20_005), await regulars.add("key 9998", 20_005)], [20_005, 9_999]);
});

Deno.test("a damaged list is not taken for an empty one", async () => {
  const damaged = [
    new TextEncoder().encode('{"members":[{"key":"a","fir'),
    new Uint8Array([0xff]),
    record(null),
    record({}),
    record([{ key: "a" }]),
    record([{ key: 7, first: 1 }]),
    record([{ key: "a", first: 0 }]),
    record([{ key: "a", first: 1.5 }]),
  ];
  for (const bytes of damaged) {
    const disk = memoryDisk();
    disk.put(PATH, bytes);
    await assertRejects(() => Regulars.open(disk, FOLDER), SyntaxError, PATH);
  }
});

Deno.test("where the list is damaged nobody with a key gets in anew, until it is restored; members stay", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const sam = await Guest.enter(house, "Sam", { key: new TestKey() });
  await sam.ok("create", { room: "tea", history: "joined" });
  const path = `${FOLDER}/1/members.json`;
  const whole = disk.bytes(path);
  disk.put(path, new Uint8Array([0xff]));
  const next = await reopened(house, disk);
  const bo = await Guest.enter(next, "Bo", { key: new TestKey() });
  assertEquals(await bo.outcome("join", { room: "tea", after: 0 }), "storage_failed");
  const kim = await Guest.enter(next, "Kim", { rooms: ["tea"] });
  await kim.ok("join", { room: "tea", after: 0 });
  disk.put(path, whole);
  await bo.ok("join", { room: "tea" });
  await next.rooms.end();
});

Deno.test("the list is in the room's folder, and has nothing but keys and numbers", async () => {
  await using folder = new Folder();
  const { key } = new TestKey();
  const regulars = await Regulars.open(machineDisk, folder.path);
  await regulars.add(key, 3);
  assertEquals(JSON.parse(await Deno.readTextFile(`${folder.path}/members.json`)), {
    members: [{ key, first: 3 }],
  });
  assert(!(await machineDisk.list(folder.path)).includes("members.json.new"));
});
