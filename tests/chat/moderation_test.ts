/** What an owner does to people: sending out, banning, silencing, and what those can do about it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { closeRoom, kick } from "../../server/chat/moderation.ts";
import { Passwords } from "../../server/chat/passwords.ts";
import { sanctionOf } from "../../server/chat/sanctions.ts";
import { parseName } from "../../server/protocol/names.ts";
import { fingerprint } from "../../server/protocol/proofs.ts";
import { TestKey } from "../support/keys.ts";
import { Guest, type Manners, memoryDisk, quickHouse, reopened } from "./guests.ts";
import type { TestHouse } from "./support.ts";

const HOUR_MS = 3_600_000;
const OLGA = new TestKey();
const BO = new TestKey();

/** Olga's room #tea. */
async function tea(password?: string, house?: TestHouse): Promise<{ house: TestHouse; olga: Guest }> {
  const where = house ?? await quickHouse();
  const olga = await Guest.enter(where, "Olga", { key: OLGA, network: "203.0.113.1" });
  await olga.ok("create", { room: "tea", ...(password === undefined ? {} : { password }) });
  return { house: where, olga };
}

/** What comes of a join of #tea by somebody who comes for that. */
async function joining(house: TestHouse, name: string, manners: Manners = {}): Promise<string> {
  const guest = await Guest.enter(house, name, manners);
  const outcome = await guest.outcome("join", { room: "tea" });
  await guest.ok("bye");
  return outcome;
}

Deno.test("who is sent out reads who did it and why, and nothing of the room after that", async () => {
  const { house, olga } = await tea();
  const bo = await Guest.enter(house, "Bo", { rooms: ["tea"] });
  await olga.ok("say", { room: "tea", text: "before" });
  const { name } = await olga.ok("kick", { room: "tea", name: "BO", reason: " too\u0007 loud\n" });
  assertEquals(name, "Bo");
  await olga.ok("say", { room: "tea", text: "after" });
  const kicked = { type: "kicked", room: "tea", by: "Olga", reason: "too loud", banned: false } as const;
  assertEquals(await bo.texts(), []);
  assertEquals(await bo.events("kicked"), [kicked]);
  assertEquals(bo.places, []);
  for (const type of ["say", "history", "leave"] as const) {
    assertEquals(await bo.outcome(type, { room: "tea", text: "hm" }), "not_a_member");
  }
  assertEquals(await olga.outcome("kick", { room: "tea", name: "Bo" }), "no_such_person");
  await bo.ok("join", { room: "tea", after: 0 });
  assertEquals(await bo.texts(), ["before", "after"]);
  assertEquals(house.acts.map(({ deed, whom, reason }) => [deed, whom?.name, reason]), [
    ["KICK", "Bo", "too loud"],
  ]);
  await house.rooms.end();
});

Deno.test("entries that waited for a slow reader do not follow on kicked", async () => {
  const { house, olga } = await tea();
  const bo = await Guest.enter(house, "Bo", { rooms: ["tea"] });
  await olga.ok("say", { room: "tea", text: "not taken yet" });
  await olga.ok("kick", { room: "tea", name: "Bo" });
  const messages = await bo.visitor.take();
  assertEquals(messages.map((message) => message.is === "event" && message.event.type), ["kicked"]);
  await house.rooms.end();
});

Deno.test("who was sent out of a locked room needs its password again, also to take up a session", async () => {
  const { house, olga } = await tea("green");
  const bo = await Guest.enter(house, "Bo");
  await bo.ok("join", { room: "tea", password: "green" });
  await olga.ok("kick", { room: "tea", name: "Bo" });
  assertEquals(await bo.outcome("join", { room: "tea" }), "wrong_password");
  await bo.ok("join", { room: "tea", password: "green" });

  bo.drop();
  await olga.ok("kick", { room: "tea", name: "Bo" });
  const again = await Guest.enter(house, "Bo", { session: bo.token });
  assertEquals(again.token, bo.token, "the session goes on");
  assertEquals(await again.outcome("join", { room: "tea", after: 0 }), "wrong_password");
  await house.rooms.end();
});

Deno.test("who is sent out while they move their cursor does not get in by that", async () => {
  const { house, olga } = await tea("green");
  const bo = await Guest.enter(house, "Bo");
  await bo.ok("join", { room: "tea", password: "green" });
  const join = bo.post({ type: "join", room: "tea", after: 0 });
  const scene = { by: "operator", room: house.rooms.get("tea") } as const;
  await Promise.all([kick(house, scene, "Bo", {}), join.taken]);
  const reply = await bo.reply(join.id);
  assertEquals([reply.is === "refused" && reply.error.code, bo.places], ["kicked", []]);
  assertEquals(await olga.outcome("kick", { room: "tea", name: "Bo" }), "no_such_person");
  await house.rooms.end();
});

Deno.test("somebody goes with all their connections, and from that room alone", async () => {
  const { house, olga } = await tea();
  const rooms = ["lobby", "tea"];
  const [one, other] = [
    await Guest.enter(house, "Bo", { key: BO, rooms }),
    await Guest.enter(house, "Bo", { key: BO, rooms, network: "198.51.100.9" }),
  ];
  await olga.ok("kick", { room: "tea", name: "Bo" });
  for (const bo of [one, other]) {
    assertEquals(bo.places, ["lobby"]);
    assertEquals((await bo.events("kicked")).length, 1);
  }
  assertEquals(house.rooms.get("tea").names(), ["Olga"]);
  await house.rooms.end();
});

Deno.test("a ban holds for the key under any name, and for the name however it is written", async () => {
  const { house, olga } = await tea();
  const bo = await Guest.enter(house, "Bo", { key: BO, rooms: ["tea"] });
  const alias = await Guest.enter(house, "Robert", { key: BO, rooms: ["tea"] });
  await olga.ok("kick", { room: "tea", name: "Bo", ban: true, reason: "spam" });
  for (const guest of [bo, alias]) {
    const [kicked] = await guest.events("kicked");
    assertEquals([kicked?.banned, kicked?.reason, guest.places], [true, "spam", []]);
    assertEquals(await guest.outcome("join", { room: "tea" }), "banned");
    await guest.ok("bye");
  }
  assertEquals(await joining(house, "Third", { key: BO }), "banned");
  assertEquals(await joining(house, "Maya"), "ok", "from the same network");
  // Nobody but Bo could be called that here, but for the operator's releasing the name.
  await house.register?.release("bo");
  for (const name of ["Bo", "BO", "\uff22\uff4f", "\u0412\u043e"]) {
    assertEquals(await joining(house, name), "banned", name);
  }
  assertEquals(await joining(house, "Boo"), "ok");
  await house.rooms.end();
});

Deno.test("nobody is in a room as somebody who is banned from it, by taking the name or the key there", async () => {
  const { house, olga } = await tea();
  await house.people.directory.bind(parseName("Bo", "name_invalid"), BO.key);
  for (const name of ["Bo", "Pest"]) await olga.ok("kick", { room: "tea", name, ban: true });
  const mask = await Guest.enter(house, "Mask", { rooms: ["tea"] });
  assertEquals(await mask.outcome("name", { name: "Pest" }), "banned");
  for (const name of ["Bo", "Robert"]) {
    assertEquals(await mask.outcome("name", { name, ...BO.proof("a nonce", name) }), "banned", name);
  }
  assertEquals(mask.visitor.client.standing.is === "open" && mask.visitor.client.standing.session.key, null);
  await olga.ok("name", { name: "Pest", ...OLGA.proof("a nonce", "Pest") });
  await olga.ok("name", { name: "Olga", ...OLGA.proof("a nonce", "Olga") });
  await house.register?.release("pest");
  await mask.ok("leave", { room: "tea" });
  await mask.ok("name", { name: "Pest" });
  assertEquals(await mask.outcome("join", { room: "tea" }), "banned");
  await house.bans.add(
    sanctionOf({ name: null, key: BO.key, network: null }, { by: "operator", at: 0, until: null }),
  );
  assertEquals(await mask.outcome("name", { name: "Bo", ...BO.proof("a nonce", "Bo") }), "banned");
  await house.rooms.end();
});

Deno.test("a guest's name is the next guest's too: only where they come from can be banned", async () => {
  const { house, olga } = await tea();
  const guest = await Guest.enter(house, "Client7", { rooms: ["tea"] });
  assertEquals(await olga.outcome("mute", { room: "tea", name: "Client7" }), "not_allowed");
  assertEquals(await olga.outcome("kick", { room: "tea", name: "Client7", ban: true }), "not_allowed");
  assertEquals(guest.places, ["tea"]);
  await olga.ok("kick", { room: "tea", name: "Client7", ban: true, address: true });
  assertEquals([guest.places, await guest.outcome("join", { room: "tea" })], [[], "banned"]);
  assertEquals(await joining(house, "Client8"), "banned", "from there");
  await guest.ok("bye");
  assertEquals(await joining(house, "Client7", { network: "198.51.100.1" }), "ok");
  assertEquals(house.acts.length, 1);
  await house.rooms.end();
});

Deno.test("a ban with the address is one for all who come from there, but for the owner", async () => {
  const { house, olga } = await tea();
  const there = "2001:db8:0:1::/64";
  const bo = await Guest.enter(house, "Bo", { network: there, rooms: ["tea"] });
  const zoe = await Guest.enter(house, "Zoe", { network: there, rooms: ["tea"] });
  const here = await Guest.enter(house, "Olga", { key: OLGA, network: there, rooms: ["tea"] });
  await olga.ok("kick", { room: "tea", name: "Bo", ban: true, address: true });
  assertEquals([bo.places, zoe.places, here.places], [[], [], ["tea"]]);
  assertEquals(await joining(house, "Else", { network: there }), "banned");
  assertEquals(await joining(house, "Else", { network: "2001:db8:0:2::/64" }), "ok");
  await here.ok("leave", { room: "tea" });
  await here.ok("join", { room: "tea" });
  await house.rooms.end();
});

Deno.test("who is banned while their password is checked does not get in", async () => {
  const { house, olga } = await tea("green");
  const checking = Promise.withResolvers<void>();
  const derive = async (password: string, salt: Uint8Array) => {
    await checking.promise;
    return new Uint8Array([...new TextEncoder().encode(password), ...salt]);
  };
  const bo = await Guest.enter({ ...house, passwords: new Passwords(derive) }, "Bo");
  const join = bo.post({ type: "join", room: "tea", password: "green" });
  await olga.ok("kick", { room: "tea", name: "Bo", ban: true });
  checking.resolve();
  await join.taken;
  const reply = await bo.reply(join.id);
  assertEquals([reply.is === "refused" && reply.error.code, bo.places], ["banned", []]);
  await house.rooms.end();
});

Deno.test("a ban of somebody who is not there holds when they come, and cannot be one of an address", async () => {
  const { house, olga } = await tea();
  await Guest.enter(house, "Kim");
  for (const name of ["Kim", "Nobody"]) {
    const asked = { room: "tea", name, ban: true, address: true };
    assertEquals(await olga.outcome("kick", asked), "no_such_person");
  }
  assertEquals(house.rooms.get("tea").record.banned, []);
  const bo = await Guest.enter(house, "Bo", { key: BO });
  await bo.ok("bye");
  await olga.ok("kick", { room: "tea", name: "Bo", ban: true });
  await olga.ok("kick", { room: "tea", name: "Nobody", ban: true });
  assertEquals(await joining(house, "Roberta", { key: BO }), "banned");
  assertEquals(await joining(house, "nobody"), "banned");
  await house.rooms.end();
});

Deno.test("a ban ends when its time is over, and says until then how long that is", async () => {
  const { house, olga } = await tea();
  await olga.ok("kick", { room: "tea", name: "Bo", ban: true, for_ms: 2 * HOUR_MS, reason: "a break" });
  const bo = await Guest.enter(house, "Bo");
  const reply = await bo.ask("join", { room: "tea" });
  assertMatch(reply.is === "refused" ? reply.error.message : "", /from #tea for another 2 hours: a break\./);
  house.time.ms += 2 * HOUR_MS - 1;
  assertEquals(await bo.outcome("join", { room: "tea" }), "banned");
  house.time.ms += 1;
  await bo.ok("join", { room: "tea" });
  await house.rooms.end();
});

Deno.test("bans and mutes, and their ends, outlive the server", async () => {
  const disk = memoryDisk();
  const { house, olga } = await tea(undefined, await quickHouse({ disk }));
  await olga.ok("kick", { room: "tea", name: "Bo", ban: true, for_ms: HOUR_MS });
  await olga.ok("mute", { room: "tea", name: "Kim", for_ms: HOUR_MS });
  const next = await reopened(house, disk);
  assertEquals(await joining(next, "Bo"), "banned");
  const kim = await Guest.enter(next, "Kim", { rooms: ["tea"] });
  assertEquals(await kim.outcome("say", { room: "tea", text: "hm" }), "muted");
  next.time.ms += HOUR_MS;
  assertEquals(await joining(next, "Bo"), "ok");
  assertEquals(await kim.outcome("say", { room: "tea", text: "hm" }), "ok");
  await next.rooms.end();
});

Deno.test("unban lets somebody back, by any name that their key has", async () => {
  const { house, olga } = await tea();
  const bo = await Guest.enter(house, "Bo", { key: BO });
  await olga.ok("kick", { room: "tea", name: "Bo", ban: true });
  await bo.ok("name", { name: "Robert", ...BO.proof("a nonce", "Robert") });
  assertEquals(await bo.outcome("join", { room: "tea" }), "banned");
  assertEquals(await olga.outcome("unban", { room: "tea", name: "Kim" }), "no_such_person");
  await olga.ok("unban", { room: "tea", name: "Robert" });
  await bo.ok("join", { room: "tea" });
  assertEquals(house.rooms.get("tea").record.banned, []);
  assertEquals(await olga.outcome("unban", { room: "tea", name: "Bo" }), "no_such_person");
  await house.rooms.end();
});

Deno.test("who is muted can read and leave, not speak, and does not get rid of it by a name or a key", async () => {
  const { house, olga } = await tea();
  const bo = await Guest.enter(house, "Bo", { rooms: ["tea", "lobby"] });
  await olga.ok("mute", { room: "tea", name: "Bo", for_ms: HOUR_MS });
  assertEquals(await bo.outcome("say", { room: "tea", text: "hm" }), "muted");
  assertEquals(await bo.outcome("say", { room: "lobby", text: "hm" }), "ok");
  for (const proof of [{}, BO.proof("a nonce", "Robert")]) {
    assertEquals(await bo.outcome("name", { name: "Robert", ...proof }), "muted");
  }
  await olga.ok("say", { room: "tea", text: "hush" });
  assertEquals(await bo.texts(), ["hm", "hush"]);
  await bo.ok("leave", { room: "tea" });
  await bo.ok("join", { room: "tea" });
  assertEquals(await bo.outcome("say", { room: "tea", text: "hm" }), "muted");
  house.time.ms += HOUR_MS;
  await bo.ok("say", { room: "tea", text: "at last" });
  await bo.ok("name", { name: "Robert" });
  await olga.ok("mute", { room: "tea", name: "Robert" });
  assertEquals(await bo.outcome("say", { room: "tea", text: "hm" }), "muted");
  await olga.ok("unmute", { room: "tea", name: "robert" });
  await bo.ok("say", { room: "tea", text: "thanks" });
  await house.rooms.end();
});

Deno.test("a mute holds for the key over every connection, and for the title of a room without an owner", async () => {
  const { house, olga } = await tea();
  const one = await Guest.enter(house, "Bo", { key: BO, rooms: ["tea"] });
  await olga.ok("mute", { room: "tea", name: "Bo" });
  const other = await Guest.enter(house, "Robert", { key: BO, rooms: ["tea"] });
  for (const bo of [one, other]) {
    assertEquals(await bo.outcome("say", { room: "tea", text: "hm" }), "muted");
  }
  const kim = await Guest.enter(house, "Kim");
  await kim.ok("create", { room: "free" });
  const free = house.rooms.get("free");
  await house.rooms.amend(free, { muted: house.rooms.get("tea").record.muted });
  await other.ok("join", { room: "free" });
  assertEquals(await other.outcome("title", { room: "free", title: "Mine" }), "muted");
  assertEquals([free.record.title, await free.head()], ["", 0]);
  await house.rooms.end();
});

Deno.test("a rename is not kept up by a room that is being closed", async () => {
  const { house } = await tea();
  const bo = await Guest.enter(house, "Bo", { rooms: ["tea"] });
  const closing = closeRoom(house, { by: "operator", room: house.rooms.get("tea") });
  assertEquals(await bo.outcome("name", { name: "Robert" }), "ok");
  await closing;
  await house.rooms.end();
});

Deno.test("nobody sends themselves out, bans or mutes themselves, also under another name of theirs", async () => {
  const { house, olga } = await tea();
  await Guest.enter(house, "Olga2", { key: OLGA, rooms: ["tea"] });
  for (const name of ["Olga", "olga", "Olga2"]) {
    for (const type of ["kick", "mute"] as const) {
      assertEquals(await olga.outcome(type, { room: "tea", name, ban: true }), "not_allowed", name);
    }
  }
  assertEquals(house.acts, []);
  await house.rooms.end();
});

Deno.test("an act that cannot be stored holds all the same, is in the audit log, and its author is told", async () => {
  const disk = memoryDisk();
  const { house, olga } = await tea(undefined, await quickHouse({ disk }));
  const bo = await Guest.enter(house, "Bo", { key: BO, rooms: ["tea"] });
  const kim = await Guest.enter(house, "Kim", { rooms: ["tea"] });
  disk.hook = (operation) => operation === "write" ? new Error("no space left") : null;
  assertEquals(await olga.outcome("kick", { room: "tea", name: "Bo", ban: true }), "storage_failed");
  assertEquals(await olga.outcome("mute", { room: "tea", name: "Kim" }), "storage_failed");
  assertEquals([bo.places, (await bo.events("kicked")).length], [[], 1]);
  assertEquals(await bo.outcome("join", { room: "tea" }), "banned");
  assertEquals(await kim.outcome("say", { room: "tea", text: "hm" }), "muted");
  assertEquals(house.acts.map(({ deed, whom }) => [deed, whom?.name]), [["BAN", "Bo"], ["MUTE", "Kim"]]);
  disk.hook = () => null;
  await olga.ok("mute", { room: "tea", name: "Kim" });
  const next = await reopened(house, disk);
  assertEquals(await joining(next, "Bo", { key: BO }), "banned", "a later change stores it too");
  await next.rooms.end();
});

Deno.test("an entry says by which key it was written, and the audit log whose key it was", async () => {
  const { house, olga } = await tea();
  await olga.ok("title", { room: "tea", title: "Tea" });
  await olga.ok("say", { room: "tea", text: "hi" });
  const entries = await olga.events("entry");
  assertEquals(entries.map(({ by }) => by), [fingerprint(OLGA.key), fingerprint(OLGA.key)]);
  const [act] = house.acts;
  assert(act !== undefined && act.by !== "operator");
  assertEquals([act.deed, act.by.key, act.title], ["TITLE", OLGA.key, "Tea"]);
  await house.rooms.end();
});
