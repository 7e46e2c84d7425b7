/** Files are kept for a time; what was never finished for a day. */

import { assertEquals } from "@std/assert";
import { expireFiles } from "../../server/chat/file_keeping.ts";
import { brokenDisk } from "../files/support.ts";
import { begin, bytesOf, contents, failure, rest, sendPart } from "./file_people.ts";
import { FOLDER, Guest, memoryDisk, quickHouse } from "./guests.ts";
import type { TestHouseOptions } from "./support.ts";

const DAY_MS = 86_400_000;

async function tea(options: TestHouseOptions = {}) {
  const disk = memoryDisk();
  const told: string[] = [];
  const house = await quickHouse({
    disk,
    report: (tag, text) => void told.push(`${tag} ${text}`),
    ...options,
  });
  disk.now = house.time.ms;
  const bo = await Guest.enter(house, "Bo");
  await bo.ok("create", { room: "tea" });
  const pass = (ms: number) => {
    house.time.ms += ms;
    disk.now = house.time.ms;
  };
  return { disk, house, bo, told, pass };
}

Deno.test("files go when they were kept for as long as they should be, and not before; an entry says so", async () => {
  const { disk, house, bo, pass } = await tea({ keepFilesMs: 2 * DAY_MS });
  await bo.put("tea", "one", bytesOf(1, 10));
  pass(DAY_MS);
  await bo.put("tea", "two", bytesOf(2, 10));
  await bo.put("tea", "one again", bytesOf(1, 10));
  pass(DAY_MS - 1);
  await expireFiles(house);
  assertEquals(contents(disk).length, 2);
  pass(1);
  await bo.events("entry");
  await expireFiles(house);
  const removed = await bo.events("entry");
  assertEquals(removed.map(({ kind, file, name, from }) => [kind, file, name, from]), [[
    "removed",
    1,
    "one",
    "server",
  ]]);
  assertEquals(contents(disk).length, 2, "another file has the same bytes");
  pass(DAY_MS);
  await expireFiles(house);
  assertEquals([contents(disk), (await bo.ok("files", { room: "tea" })).files], [[], []]);
  assertEquals(house.acts, [], "nobody did that");
  await house.rooms.end();
});

Deno.test("a server that ends does not wait until all old files are gone: the rest goes the next time", async () => {
  const { house, bo, pass } = await tea({ keepFilesMs: DAY_MS });
  for (const seed of [1, 2, 3]) await bo.put("tea", "old", bytesOf(seed, 10));
  pass(DAY_MS);
  const files = await house.rooms.get("tea").files();
  await expireFiles(house, () => [...files.list(1)].length > 1);
  assertEquals([...files.list(1)].map(({ file }) => file), [3]);
  await expireFiles(house);
  assertEquals([...files.list(1)], []);
  await house.rooms.end();
});

Deno.test("files that are kept for ever stay, and what was not finished goes after a day all the same", async () => {
  const { disk, house, bo, pass } = await tea();
  await bo.put("tea", "one", bytesOf(1, 10));
  const { transfer } = await begin(bo, bytesOf(2, 1_000));
  await sendPart(bo, transfer, bytesOf(2, 1_000), [0, 500]);
  pass(3 * DAY_MS);
  await expireFiles(house);
  assertEquals(contents(disk).length, 2, "it is still on its way");
  bo.visitor.client.checkTransfers();
  assertEquals(await failure(bo, transfer), "timeout");
  await rest(house);
  await expireFiles(house);
  assertEquals(contents(disk).length, 1);
  const again = await begin(bo, bytesOf(2, 1_000));
  assertEquals(again.offset, 0);
  await house.rooms.end();
});

Deno.test("rooms that never had a file are not opened for it, and those that cannot be read do not keep others from it", async () => {
  const { disk, house, bo, told, pass } = await tea({ keepFilesMs: DAY_MS });
  await bo.put("tea", "one", bytesOf(1, 10));
  for (const room of ["milk", "salt"]) await bo.ok("create", { room });
  await bo.put("salt", "one", bytesOf(1, 10));
  await bo.ok("say", { room: "milk", text: "hi" });
  await house.rooms.end();
  const next = await quickHouse({
    disk,
    keepFilesMs: DAY_MS,
    report: (tag, text) => void told.push(`${tag} ${text}`),
  });
  pass(DAY_MS);
  next.time.ms = house.time.ms;
  const opened: string[] = [];
  disk.hook = (operation, path) => {
    if (operation === "open" || operation === "append") opened.push(path);
    return path.startsWith(`${FOLDER}/1/history`) ? brokenDisk() : null;
  };
  await expireFiles(next);
  disk.hook = () => null;
  assertEquals(opened.filter((path) => path.startsWith(`${FOLDER}/2/`)), []);
  assertEquals([contents(disk, 1).length, contents(disk, 3)], [1, []]);
  const errors = told.filter((line) => line.startsWith("ERROR"));
  assertEquals(errors.length > 0 && errors.every((line) => line.includes("tea")), true, errors.join("\n"));
  await next.rooms.end();
});

Deno.test("a file that somebody removes while old ones go does not keep the others", async () => {
  const { disk, house, bo, pass } = await tea({ keepFilesMs: DAY_MS });
  for (const i of [1, 2, 3]) await bo.put("tea", `${i}`, bytesOf(i, 10));
  pass(DAY_MS);
  const expiring = expireFiles(house);
  const removing = bo.post({ type: "remove", room: "tea", file: 2 });
  await Promise.all([expiring, removing.taken]);
  assertEquals(contents(disk), []);
  await house.rooms.end();
});
