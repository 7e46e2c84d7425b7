/** What is true when something is asked for need not be when it is done: what is asked again after a wait. */

import { assertEquals } from "@std/assert";
import { OPERATOR } from "../../server/chat/directory.ts";
import { handOver, mute, setPassword } from "../../server/chat/moderation.ts";
import { TestKey } from "../support/keys.ts";
import { Guest, quickHouse } from "./guests.ts";

const MAYA = new TestKey();
const BO = new TestKey();

async function outcomeOf(guest: Guest, asked: ReturnType<Guest["post"]>): Promise<string> {
  await asked.taken;
  const reply = await guest.reply(asked.id);
  return reply.is === "ok" ? "ok" : reply.error.code;
}

Deno.test("who handed a room on while a password was hashed does not lock it any more", async () => {
  const house = await quickHouse();
  const maya = await Guest.enter(house, "Maya", { key: MAYA });
  await Guest.enter(house, "Bo", { key: BO });
  await maya.ok("create", { room: "tea" });
  const room = house.rooms.get("tea");
  const locking = maya.post({ type: "password", room: "tea", password: "secret" });
  await handOver(house, { by: OPERATOR, room }, "Bo");
  assertEquals([await outcomeOf(maya, locking), room.locked], ["not_allowed", false]);
  await house.rooms.end();
});

Deno.test("a room that is locked anew while somebody is let in stays shut to the old password", async () => {
  const house = await quickHouse();
  const maya = await Guest.enter(house, "Maya", { key: MAYA });
  await maya.ok("create", { room: "tea", password: "old" });
  const room = house.rooms.get("tea");
  const remember = room.remember.bind(room);
  room.remember = async (key, next) => {
    room.remember = remember;
    await setPassword(house, { by: OPERATOR, room }, "new", "");
    return await remember(key, next);
  };
  const bo = await Guest.enter(house, "Bo", { key: BO });
  assertEquals(await bo.outcome("join", { room: "tea", password: "old" }), "wrong_password");
  await house.rooms.end();
});

Deno.test("a search that waits for its turn finds nothing that was said after it was asked", async () => {
  const house = await quickHouse();
  const maya = await Guest.enter(house, "Maya", { key: MAYA });
  await maya.ok("create", { room: "tea" });
  const bo = await Guest.enter(house, "Bo", { rooms: ["tea"] });
  await maya.ok("say", { room: "tea", text: "word for all" });
  const turns = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const busy = turns.map(({ promise }) => house.searches.run(() => promise));
  const search = bo.post({ type: "search", room: "tea", query: "word" });
  await maya.ok("kick", { room: "tea", name: "Bo", ban: true });
  await maya.ok("say", { room: "tea", text: "word for those who stay" });
  for (const { resolve } of turns) resolve();
  await Promise.all([...busy, search.taken]);
  const reply = await bo.reply(search.id);
  const found = reply.is === "ok" ? JSON.stringify(reply.body.entries) : "";
  assertEquals([found.includes("for all"), found.includes("who stay")], [true, false]);
  await house.rooms.end();
});

Deno.test("nobody gets out of a mute by a name that was asked for a moment before it", async () => {
  const house = await quickHouse();
  const maya = await Guest.enter(house, "Maya", { key: MAYA });
  await maya.ok("create", { room: "tea" });
  const bo = await Guest.enter(house, "Bo", { rooms: ["tea"] });
  const renaming = bo.post({ type: "name", name: "Zoe", ...BO.proof("a nonce", "Zoe") });
  const muting = mute(house, { by: OPERATOR, room: house.rooms.get("tea") }, "Bo", undefined);
  assertEquals(await outcomeOf(bo, renaming), "muted");
  await muting;
  assertEquals(await bo.outcome("say", { room: "tea", text: "hi" }), "muted");
  await house.rooms.end();
});

Deno.test("one person makes so many rooms, and all guests from one network together", async () => {
  const house = await quickHouse({ ownRoomsMax: 2 });
  const maya = await Guest.enter(house, "Maya", { key: MAYA });
  const guests = [await Guest.enter(house, "Ada"), await Guest.enter(house, "Ida")];
  for (const guest of [maya, maya, ...guests]) await guest.ok("create");
  for (const guest of [maya, ...guests]) assertEquals(await guest.outcome("create"), "too_many_rooms");
  const far = await Guest.enter(house, "Far", { network: "192.0.2.8" });
  await far.ok("create");
  const near = await Guest.enter(house, "Near", { network: "127.0.0.1" });
  for (let i = 0; i < 3; i++) await near.ok("create");
  await maya.ok("close", { room: "0" });
  await maya.ok("create");
  await house.rooms.end();
});
