/** Rooms that are closed for good: who is told, what is left, and what happens when the disk or the time is wrong. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { closeRoom } from "../../server/chat/moderation.ts";
import { Passwords } from "../../server/chat/passwords.ts";
import { parseRoomRecord, type RoomRecord } from "../../server/chat/room_record.ts";
import { seeded } from "../protocol/random.ts";
import { TestKey } from "../support/keys.ts";
import { House } from "../support/server.ts";
import { SimDisk } from "../support/sim_disk.ts";
import { FOLDER, Guest, memoryDisk, quickHouse, reopened } from "./guests.ts";
import { openRooms, type TestHouse } from "./support.ts";

const OLGA = new TestKey();
/** The folder of the first room after the lobby. */
const TEA = `${FOLDER}/1`;
const WORDS = ["one", "two", "three"];

/** Olga's #tea, in which something was said, with a title, a password and a ban. */
async function tea(disk: SimDisk, options: { readonly password?: string } = {}) {
  const house = await quickHouse({ disk, sync: true });
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  await olga.ok("create", { room: "tea", title: "Tea", ...options });
  await olga.ok("kick", { room: "tea", name: "Pest", ban: true });
  for (const text of WORDS) await olga.ok("say", { room: "tea", text });
  return { house, olga };
}

function recordOn(disk: SimDisk): RoomRecord | null {
  return parseRoomRecord(JSON.parse(new TextDecoder().decode(disk.bytes(`${TEA}/room.json`))));
}

/** Asserts that nothing is left of #tea but that there was one. */
function assertGone(house: TestHouse, disk: SimDisk): void {
  assertEquals(house.rooms.find("tea"), undefined);
  assertEquals(disk.names(TEA), ["history", "room.json"]);
  assertEquals(disk.names(`${TEA}/history`), []);
  const { title, password, owner, banned, muted, closed, room } = recordOn(disk) ?? {};
  assertEquals([title, password, owner, banned, muted, room], ["", null, null, [], [], "tea"]);
  assertNotEquals(closed, null);
}

/** Asserts that #tea is as it was. */
async function assertWhole(house: TestHouse): Promise<void> {
  const room = house.rooms.get("tea");
  const log = await room.log();
  assertEquals((await log.entries(1, log.head)).map(({ text }) => text), WORDS);
  const { title, owner, banned, closed } = room.record;
  assertEquals([title, owner, banned.length, closed], ["Tea", OLGA.key, 1, null]);
}

Deno.test("who is in a room that is closed is told, nobody finds it, and its content is gone from the disk", async () => {
  const disk = memoryDisk();
  const { house, olga } = await tea(disk);
  const kim = await Guest.enter(house, "Kim", { rooms: ["tea", "lobby"] });
  const away = await Guest.enter(house, "Bo", { rooms: ["tea"] });
  const other = await Guest.enter(house, "Zoe", { rooms: ["lobby"] });
  away.drop();
  await olga.ok("close", { room: "TEA" });
  const kicked = {
    type: "kicked",
    room: "tea",
    by: "Olga",
    reason: "The room was closed.",
    closed: true,
    banned: false,
  } as const;
  assertEquals([await kim.events("kicked"), await olga.events("kicked")], [[kicked], [kicked]]);
  assertEquals([kim.places, await other.events("kicked")], [["lobby"], []]);
  const back = await Guest.enter(house, "Bo", { session: away.token });
  for (const guest of [kim, other, back, olga]) {
    for (const type of ["join", "say", "leave", "history", "close"] as const) {
      assertEquals(await guest.outcome(type, { room: "tea", text: "hm" }), "no_such_room");
    }
  }
  const { rooms } = await other.ok("rooms");
  assert(Array.isArray(rooms) && rooms.length === 1);
  assertGone(house, disk);
  assertEquals(house.acts.map(({ deed, room }) => `${deed} ${room}`), ["BAN tea", "CLOSE tea"]);
  disk.restart("power cut");
  assertGone(await quickHouse({ disk }), disk);
});

Deno.test("a later room of that name begins empty, with another log, and nothing of the old one's rules", async () => {
  const disk = memoryDisk();
  const { house, olga } = await tea(disk);
  const { log: old } = await olga.ok("join", { room: "tea" });
  assertEquals(await olga.texts(), [...WORDS, ...WORDS]);
  await olga.ok("close", { room: "tea" });
  const pest = await Guest.enter(house, "Pest");
  const { log, head } = await pest.ok("create", { room: "Tea" });
  assertNotEquals(log, old);
  assertEquals([head, house.rooms.get("tea").number, house.rooms.get("tea").record.owner], [0, 2, null]);
  const joined = await olga.ok("join", { room: "tea", after: 2, log: old });
  assertEquals([joined.reset, joined.head, joined.title], [true, 0, undefined]);
  await pest.ok("say", { room: "tea", text: "new" });
  assertEquals(await olga.texts(), ["new"]);
  const next = await reopened(house, disk);
  assertEquals(await next.rooms.get("tea").head(), 1);
  await next.rooms.end();
});

Deno.test("a number that was a room's name is never another's, also after a restart", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  assertEquals((await olga.ok("create")).room, "0");
  await olga.ok("close", { room: "0" });
  assertEquals((await olga.ok("create")).room, "1");
  await olga.ok("close", { room: "1" });
  const next = await reopened(house, disk);
  const back = await Guest.enter(next, "Olga", { key: OLGA });
  assertEquals((await back.ok("create")).room, "2");
  assertEquals(next.rooms.get("2").number, 3, "and so for folders");
  await next.rooms.end();
});

Deno.test("while a room is being closed nobody gets in or takes its name, and nobody closes it twice", async () => {
  const disk = memoryDisk();
  const { house, olga } = await tea(disk);
  const kim = await Guest.enter(house, "Kim", { rooms: ["tea"] });
  const [storing, stored] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  disk.hook = async (_operation, path) => {
    if (!path.startsWith(TEA)) return null;
    storing.resolve();
    await stored.promise;
    return null;
  };
  const closing = olga.post({ type: "close", room: "tea" });
  await storing.promise;
  const max = await Guest.enter(house, "Max");
  assertEquals(await max.outcome("join", { room: "tea" }), "no_such_room");
  assertEquals(await max.outcome("create", { room: "tea" }), "room_exists");
  assertEquals(await kim.outcome("say", { room: "tea", text: "hm" }), "no_such_room");
  assertEquals(await kim.outcome("name", { name: "Kimberley" }), "ok");
  const second = await Guest.enter(house, "Olga", { key: OLGA });
  assertEquals(await second.outcome("close", { room: "tea" }), "no_such_room");
  assertEquals(await second.outcome("mute", { room: "tea", name: "Kim" }), "no_such_room");
  stored.resolve();
  await closing.taken;
  assertEquals((await olga.reply(closing.id)).is, "ok");
  assertGone(house, disk);
});

Deno.test("a join that waits for its password, or for the log, finds no room when that was closed meanwhile", async () => {
  const disk = memoryDisk();
  const { house, olga } = await tea(disk, { password: "green" });
  const checking = Promise.withResolvers<void>();
  const derive = async (password: string, salt: Uint8Array) => {
    await checking.promise;
    return new Uint8Array([...new TextEncoder().encode(password), ...salt]);
  };
  const slow = { ...house, passwords: new Passwords(derive) };
  const bo = await Guest.enter(slow, "Bo", { key: new TestKey() });
  const join = bo.post({ type: "join", room: "tea", password: "green" });
  const room = house.rooms.get("tea");
  await olga.ok("close", { room: "tea" });
  checking.resolve();
  await join.taken;
  const reply = await bo.reply(join.id);
  assertEquals([reply.is === "refused" && reply.error.code, bo.places], ["no_such_room", []]);
  assertEquals([...room.members], []);
  assertGone(house, disk);

  const opening = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const next = await reopened(house, disk);
  const again = await Guest.enter(next, "Olga", { key: OLGA });
  await again.ok("create", { room: "milk" });
  await again.ok("say", { room: "milk", text: "hi" });
  const after = await reopened(next, disk);
  disk.hook = async (_operation, path) => {
    if (!path.startsWith(`${FOLDER}/2/history`)) return null;
    opening.resolve();
    await opened.promise;
    return null;
  };
  const max = await Guest.enter(after, "Max");
  const waiting = max.post({ type: "join", room: "milk" });
  await opening.promise;
  const closing = closeRoom(after, { by: "operator", room: after.rooms.get("milk") });
  opened.resolve();
  await Promise.all([closing, waiting.taken]);
  const refused = await max.reply(waiting.id);
  assertEquals(refused.is === "refused" && refused.error.code, "no_such_room");
  assertEquals([disk.names(`${FOLDER}/2/history`), disk.openFiles], [[], 0]);
});

Deno.test("what is said, titled and locked while a room is closed comes before that or not at all, and leaves nothing", async () => {
  const disk = memoryDisk();
  const { house, olga } = await tea(disk);
  const kim = await Guest.enter(house, "Kim", { rooms: ["tea"] });
  const titles = await Guest.enter(house, "Olga", { key: OLGA });
  const locks = await Guest.enter(house, "Olga", { key: OLGA });
  const said = kim.post({ type: "say", room: "tea", text: "last words" });
  const titled = titles.post({ type: "title", room: "tea", title: "Secret" });
  const locked = locks.post({ type: "password", room: "tea", password: "green" });
  await olga.ok("close", { room: "tea" });
  await Promise.all([said.taken, titled.taken, locked.taken]);
  await kim.visitor.client.answers.said;
  assertEquals((await kim.reply(said.id)).is, "ok", "it was on disk");
  assertEquals(kim.places, []);
  for (const [guest, { id }] of [[titles, titled], [locks, locked]] as const) {
    const reply = await guest.reply(id);
    assertEquals(reply.is === "refused" && reply.error.code, "no_such_room");
  }
  assertEquals(house.acts.map(({ deed }) => deed), ["BAN", "CLOSE"]);
  assertGone(house, disk);
  assertEquals(disk.openFiles, 0);
});

Deno.test("a room that the disk does not let close goes on as it was, and is open after a restart", async () => {
  for (const failing of ["write", "sync", "rename", "syncFolder"]) {
    for (const times of [1, Infinity]) {
      const disk = memoryDisk();
      const { house, olga } = await tea(disk);
      const kim = await Guest.enter(house, "Kim", { rooms: ["tea"] });
      let left = times;
      disk.hook = (operation, path) =>
        operation === failing && path.startsWith(TEA) && left-- > 0 ? new Error("Input/output error") : null;
      assertEquals(await olga.outcome("close", { room: "tea" }), "storage_failed", failing);
      assertEquals([kim.places, await kim.events("kicked")], [["tea"], []]);
      assertEquals(house.acts.map(({ deed }) => deed), ["BAN"]);
      await assertWhole(house);
      disk.hook = () => null;
      await house.rooms.end();
      if (times === 1) disk.restart("power cut");
      const next = await quickHouse({ disk });
      await assertWhole(next);
      await (await Guest.enter(next, "Olga", { key: OLGA })).ok("close", { room: "tea" });
      assertGone(next, disk);
    }
  }
});

Deno.test("a crash at any time while a room is closed leaves it whole or gone", async () => {
  const seen = { whole: 0, gone: 0 };
  for (const after of ["kill", "power cut"] as const) {
    for (let operations = 0, crashed = true; crashed; operations++) {
      const disk = new SimDisk(seeded(operations));
      disk.put(`${FOLDER}/other.txt`, new Uint8Array());
      const { house, olga } = await tea(disk);
      disk.crashAfter(operations);
      await olga.outcome("close", { room: "tea" });
      await house.rooms.end();
      crashed = disk.crashed;
      disk.restart(after);
      const next = await quickHouse({ disk });
      if (next.rooms.find("tea") === undefined) assertGone(next, disk);
      else await assertWhole(next);
      seen[next.rooms.find("tea") === undefined ? "gone" : "whole"]++;
      await next.rooms.end();
    }
  }
  assert(seen.whole >= 5 && seen.gone >= 5, `${seen.whole} whole, ${seen.gone} gone`);
});

Deno.test("a member whose entries were being read from the disk when the room was closed goes on elsewhere", async () => {
  const disk = memoryDisk();
  const { house } = await tea(disk);
  const next = await reopened(house, disk);
  const kim = await Guest.enter(next, "Kim", { rooms: ["lobby", "tea"] });
  const [reading, removed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  disk.hook = async (operation, path) => {
    if (operation !== "open" || !path.startsWith(`${TEA}/history`)) return null;
    reading.resolve();
    await removed.promise;
    return null;
  };
  const join = kim.post({ type: "join", room: "tea", after: 0 });
  await join.taken;
  const taken = kim.events("kicked");
  await reading.promise;
  await closeRoom(next, { by: "operator", room: next.rooms.get("tea") });
  removed.resolve();
  assertEquals((await taken).length, 1);
  assertEquals([kim.places, kim.visitor.finished], [["lobby"], false]);
  assertGone(next, disk);
  await next.rooms.end();
});

Deno.test("what cannot be removed is told to the operator, and removed at the next start", async () => {
  const disk = memoryDisk();
  const { house, olga } = await tea(disk);
  await house.rooms.end();
  const reports: string[] = [];
  const rooms = await openRooms(FOLDER, { disk, report: (_tag, text) => reports.push(text) });
  disk.hook = (operation) => operation === "remove" ? new Error("Permission denied") : null;
  await closeRoom({ ...house, rooms }, { by: "operator", room: rooms.get("tea") });
  assertEquals(rooms.find("tea"), undefined);
  assertEquals(reports, [`the content of the closed room #tea is still in ${TEA}: Permission denied`]);
  disk.hook = () => null;
  assertGone(await quickHouse({ disk }), disk);
  assertEquals(olga.places, ["tea"], "the other house knows nothing of it");
});

Deno.test("however many rooms were closed, a start has few files open, and removes what is left of each", async () => {
  const disk = memoryDisk();
  const { house, olga } = await tea(disk);
  await olga.ok("close", { room: "tea" });
  await house.rooms.end();
  const record = disk.bytes(`${TEA}/room.json`);
  for (let number = 2; number < 500; number++) {
    disk.put(`${FOLDER}/${number}/room.json`, record);
    disk.put(`${FOLDER}/${number}/history/00000000000000000001.jsonl`, new Uint8Array(10));
  }
  let open = 0;
  disk.hook = () => {
    open = Math.max(open, disk.openFiles);
    return null;
  };
  const next = await quickHouse({ disk });
  assert(open > 1 && open <= 64, `${open} files were open at once`);
  assertEquals([...next.rooms].length, 1);
  assertEquals(disk.names(`${FOLDER}/499/history`), []);
  await next.rooms.end();
});

Deno.test("over sockets: what an owner did holds after a restart, and nothing of a closed room is left to be read", async () => {
  await using house = await House.start();
  const olga = await house.member("Olga", "lobby", OLGA);
  for (const room of ["tea", "milk"]) await olga.ask("create", { room });
  const kim = await house.member("Kim", "tea");
  await kim.ask("join", { room: "milk" });
  await kim.ask("say", { room: "tea", text: "a secret" });
  await olga.ask("kick", { room: "milk", name: "Kim", ban: true, reason: "noise" });
  await olga.ask("close", { room: "tea" });
  const kicked = [await kim.event("kicked"), await kim.event("kicked")];
  assertEquals(kicked.map(({ room, banned, reason }) => [room, banned, reason]), [
    ["milk", true, "noise"],
    ["tea", false, "The room was closed."],
  ]);
  assertEquals([...Deno.readDirSync(`${house.room(1)}/history`)], []);
  for (const peer of [olga, kim]) peer.close();
  await house.close();
  await house.open();
  const back = await house.enter("Kim");
  assertEquals(await back.refusal("join", { room: "milk" }), "banned");
  assertEquals(await back.refusal("join", { room: "tea" }), "no_such_room");
  assertEquals((await back.ask("create", { room: "tea" })).head, 0);
  assertEquals(house.server.house.rooms.get("tea").number, 3);
  const again = await house.keyed(OLGA, "Olga");
  await again.ask("unban", { room: "milk", name: "Kim" });
  await back.ask("join", { room: "milk" });
});
