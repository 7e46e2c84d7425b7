/** What belongs to a room's owner: its title, its password, the ownership itself; and rooms that nobody owns. */

import { assert, assertEquals } from "@std/assert";
import { closeRoom, handOver, setPassword } from "../../server/chat/moderation.ts";
import { Passwords } from "../../server/chat/passwords.ts";
import { TestKey } from "../support/keys.ts";
import { Guest, memoryDisk, quickHouse, reopened } from "./guests.ts";

const OLGA = new TestKey();
const BO = new TestKey();

Deno.test("whoever creates a room with a key owns it, from any connection and after a restart", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  await olga.ok("create", { room: "tea" });
  assertEquals(house.rooms.get("tea").record.owner, OLGA.key);
  const next = await reopened(house, disk);
  const later = await Guest.enter(next, "Someone", { key: OLGA });
  await later.ok("password", { room: "tea", password: "green" });
  await next.rooms.end();
});

Deno.test("a room is handed on to somebody who has a key, here or not, and whoever had it has it no more", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  const bo = await Guest.enter(house, "Bo", { key: BO });
  await Guest.enter(house, "Kim");
  await olga.ok("create", { room: "tea" });
  assertEquals(await olga.outcome("owner", { room: "tea", name: "Kim" }), "not_allowed");
  assertEquals(await olga.outcome("owner", { room: "tea", name: "Nobody" }), "no_such_person");
  await bo.ok("bye");
  await olga.ok("owner", { room: "tea", name: "bo" });
  assertEquals(await olga.outcome("owner", { room: "tea", name: "Olga" }), "not_allowed");
  const next = await reopened(house, disk);
  const back = await Guest.enter(next, "Bo", { key: BO });
  await back.ok("kick", { room: "tea", name: "Olga", ban: true });
  const former = await Guest.enter(next, "Olga", { key: OLGA });
  assertEquals(await former.outcome("join", { room: "tea" }), "banned");
  assertEquals(await former.outcome("unban", { room: "tea", name: "Olga" }), "not_allowed");
  await next.rooms.end();
});

Deno.test("a name without its key is not the owner", async () => {
  const house = await quickHouse({ openNames: true });
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  await olga.ok("create", { room: "tea" });
  await olga.ok("bye");
  for (const key of [undefined, BO]) {
    const other = await Guest.enter(house, "Olga", key === undefined ? {} : { key });
    assertEquals(await other.outcome("close", { room: "tea" }), "not_allowed");
    await other.ok("bye");
  }
  await house.rooms.end();
});

Deno.test("with another password members stay, and strangers need the new one", async () => {
  const house = await quickHouse();
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  await olga.ok("create", { room: "tea", password: "old" });
  const kim = await Guest.enter(house, "Kim");
  await kim.ok("join", { room: "tea", password: "old" });
  await olga.ok("password", { room: "tea", password: "new" });
  assertEquals(kim.places, ["tea"]);
  await kim.ok("join", { room: "tea", after: 0 });
  await kim.ok("say", { room: "tea", text: "still here" });
  kim.drop();
  const back = await Guest.enter(house, "Kim", { session: kim.token });
  await back.ok("join", { room: "tea", after: 0 });
  const max = await Guest.enter(house, "Max");
  assertEquals(await max.outcome("join", { room: "tea" }), "wrong_password");
  assertEquals(await max.outcome("join", { room: "tea", password: "old" }), "wrong_password");
  await max.ok("join", { room: "tea", password: "new" });
  await olga.ok("password", { room: "tea", password: null });
  await (await Guest.enter(house, "Zoe")).ok("join", { room: "tea" });
  assertEquals(house.acts.map(({ deed }) => deed), ["PASSWORD SET", "PASSWORD REMOVED"]);
  await house.rooms.end();
});

Deno.test("whoever knew the last password and is still being checked does not get in by it", async () => {
  const checking = Promise.withResolvers<void>();
  let held = false;
  const house = {
    ...await quickHouse(),
    passwords: new Passwords(async (password) => {
      if (held && password === "old") await checking.promise;
      return new TextEncoder().encode(password);
    }),
  };
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  await olga.ok("create", { room: "tea", password: "old" });
  const max = await Guest.enter(house, "Max");
  held = true;
  const join = max.post({ type: "join", room: "tea", password: "old" });
  await house.rooms.amend(house.rooms.get("tea"), { password: await new Passwords().hash("new", "") });
  checking.resolve();
  await join.taken;
  const reply = await max.reply(join.id);
  assertEquals([reply.is === "refused" && reply.error.code, max.places], ["wrong_password", []]);
  await house.rooms.end();
});

Deno.test("members with keys are known to a room's door from the time that it is locked, strangers are not", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  await olga.ok("create", { room: "tea" });
  await Guest.enter(house, "Bo", { key: BO, rooms: ["tea"] });
  await Guest.enter(house, "Kim", { rooms: ["tea"] });
  await olga.ok("password", { room: "tea", password: "green" });
  const next = await reopened(house, disk);
  const regulars = await next.rooms.get("tea").regulars();
  assertEquals([OLGA, BO, new TestKey()].map(({ key }) => regulars.has(key)), [true, true, false]);

  const network = "198.51.100.1";
  const max = await Guest.enter(next, "Max", { network });
  for (let i = 0; i < 5; i++) {
    assertEquals(await max.outcome("join", { room: "tea", password: `guess ${i}` }), "wrong_password");
  }
  const late = await max.ask("join", { room: "tea", password: "green" });
  assert(late.is === "refused" && late.error.code === "too_many_attempts");
  assertEquals(late.error.retryMs, 60_000);
  const bo = await Guest.enter(next, "Bo", { key: BO, network });
  await bo.ok("join", { room: "tea", password: "green" });
  const stranger = await Guest.enter(next, "Zoe", { key: new TestKey(), network });
  assertEquals(await stranger.outcome("join", { room: "tea", password: "green" }), "too_many_attempts");
  await next.rooms.end();
});

Deno.test("to note who is in a room that is locked takes few writes, however many they are", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  await olga.ok("create", { room: "tea" });
  for (let i = 0; i < 20; i++) await Guest.enter(house, `N${i}`, { key: new TestKey(), rooms: ["tea"] });
  let writes = 0;
  disk.hook = (operation, path) => {
    if (operation === "write" && path.includes("/members.json")) writes++;
    return null;
  };
  await olga.ok("password", { room: "tea", password: "green" });
  assertEquals(writes, 2, "the first one's, and one for all the others");
  await house.rooms.end();
});

Deno.test("a password that was not stored is not forgotten until a restart; one that no member could be noted for is not set", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  await olga.ok("create", { room: "tea" });
  const tea = house.rooms.get("tea");
  const failing = (file: string) => {
    disk.hook = (operation, path) =>
      operation === "write" && path.includes(`/${file}`) ? new Error("no space left") : null;
  };
  failing("members.json");
  assertEquals(await olga.outcome("password", { room: "tea", password: "green" }), "storage_failed");
  assertEquals(tea.locked, false);
  failing("room.json");
  assertEquals(await olga.outcome("password", { room: "tea", password: "green" }), "storage_failed");
  assertEquals(tea.locked, true);
  disk.hook = () => null;
  assertEquals((await reopened(house, disk)).rooms.get("tea").locked, false);
});

Deno.test("a room with an owner has the title that the owner gives it, also from outside; others' is any member's", async () => {
  const house = await quickHouse();
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  const kim = await Guest.enter(house, "Kim");
  await olga.ok("create", { room: "tea" });
  await kim.ok("create", { room: "free" });
  await kim.ok("join", { room: "tea" });
  await olga.ok("leave", { room: "tea" });
  await olga.ok("title", { room: "tea", title: "Hers" });
  assertEquals(await kim.outcome("title", { room: "tea", title: "Mine" }), "not_allowed");
  assertEquals(await olga.outcome("title", { room: "free", title: "Hers" }), "not_a_member");
  await kim.ok("title", { room: "free", title: "Mine" });
  assertEquals(["tea", "free"].map((room) => house.rooms.get(room).record.title), ["Hers", "Mine"]);
  assertEquals(await kim.texts(), ["Hers", "Mine"]);
  await house.rooms.end();
});

Deno.test("the lobby is nobody's: not closed, locked or owned, not even by the operator", async () => {
  const house = await quickHouse();
  await Guest.enter(house, "Bo", { key: BO });
  const scene = { by: "operator", room: house.rooms.get("lobby") } as const;
  const acts = [
    () => closeRoom(house, scene),
    () => handOver(house, scene, "Bo"),
    () => setPassword(house, scene, "green", "192.0.2.1"),
    () => setPassword(house, scene, null, "192.0.2.1"),
  ];
  for (const act of acts) {
    const outcome = await act().then(() => "done", ({ code }) => code);
    assertEquals(outcome, "not_allowed");
  }
  const { record } = house.rooms.get("lobby");
  assertEquals([record.owner, record.password, record.closed, house.acts], [null, null, null, []]);
  await house.rooms.end();
});
