/** Titles and a disk that fails: the log is the truth, the record follows it. */

import { assertEquals } from "@std/assert";
import type { House } from "../../server/chat/house.ts";
import { Folder } from "../support/server.ts";
import { faultyDisk, openHouse, openRooms, Visitor } from "./support.ts";

/** Asks for a title; gives the code that it is refused with, or "ok". */
async function retitle(visitor: Visitor, id: number, title: string): Promise<string> {
  await visitor.hand({ type: "title", id, room: "lobby", title });
  for (const message of await visitor.take()) {
    if (message.is === "ok" && message.re === id) return "ok";
    if (message.is === "refused" && message.re === id) return message.error.code;
  }
  return "unanswered";
}

/** The title in the room's answers, the one that a restart would find, and those in the history. */
async function titles(house: House, folder: string) {
  const log = await house.rooms.get("lobby").log();
  const entries = (await log.entries(1, log.head)).map(({ title }) => title);
  const kept = (await openRooms(folder)).get("lobby").record.title;
  return { told: house.rooms.get("lobby").record.title, kept, entries };
}

Deno.test("a title whose entry is refused is not set", async () => {
  await using folder = new Folder();
  let full = false;
  const disk = faultyDisk((path) => full && path.includes("/history/") ? new Error("no space left") : null);
  const house = await openHouse(folder.path, { disk });
  const ada = await Visitor.member(house, "Ada");
  full = true;
  assertEquals(await retitle(ada, 3, "Milk"), "storage_failed");
  full = false;
  assertEquals(await titles(house, folder.path), { told: "", kept: "", entries: [] });
  assertEquals(await retitle(ada, 4, "Tea"), "ok");
  assertEquals(await titles(house, folder.path), { told: "Tea", kept: "Tea", entries: ["Tea"] });
  await house.rooms.end();
});

Deno.test("a title whose entry is stored and whose record is not holds until a restart, and its asker is told", async () => {
  await using folder = new Folder();
  let full = false;
  const disk = faultyDisk((path) => full && path.endsWith("/room.json.new") ? new Error("no space") : null);
  const house = await openHouse(folder.path, { disk });
  const ada = await Visitor.member(house, "Ada");
  assertEquals(await retitle(ada, 3, "Milk"), "ok");
  full = true;
  assertEquals(await retitle(ada, 4, "Tea"), "storage_failed");
  const entries = ["Milk", "Tea"];
  assertEquals(await titles(house, folder.path), { told: "Tea", kept: "Milk", entries });
  full = false;
  assertEquals(await retitle(ada, 5, "Tea"), "ok");
  assertEquals(await titles(house, folder.path), { told: "Tea", kept: "Tea", entries: [...entries, "Tea"] });
  await house.rooms.end();
});

Deno.test("titles asked for at once end as the last entry says, in the answers and on disk", async () => {
  await using folder = new Folder();
  const house = await openHouse(folder.path);
  const visitors = await Promise.all(
    Array.from({ length: 5 }, (_, i) => Visitor.member(house, `Guest${i}`)),
  );
  await Promise.all(visitors.map((visitor, i) => retitle(visitor, 3, `title ${i}`)));
  const { told, kept, entries } = await titles(house, folder.path);
  assertEquals([entries.length, told, kept], [5, entries.at(-1), entries.at(-1)]);
  await house.rooms.end();
});
