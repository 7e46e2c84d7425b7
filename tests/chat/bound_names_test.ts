/** Names that belong to keys: from first use, over restarts and absences, until they are released or forgotten. */

import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { NAME_UNUSED_MS_MAX } from "../../server/protocol/limits.ts";
import { TestKey } from "../support/keys.ts";
import { Guest, memoryDisk, quickHouse, reopened } from "./guests.ts";
import { Visitor } from "./support.ts";

const DAY_MS = 86_400_000;

async function refusal(entering: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => entering, ProtocolError)).code;
}

/** Somebody comes under `name` and leaves. */
async function visit(...entering: Parameters<typeof Guest.enter>): Promise<void> {
  await (await Guest.enter(...entering)).ok("bye");
}

Deno.test("a name belongs to the key that uses it first, and only to that: while its owner is there, away, and after a restart", async () => {
  const disk = memoryDisk();
  let house = await quickHouse({ disk });
  const key = new TestKey();
  const others = [{}, { key: new TestKey() }];
  const maya = await Guest.enter(house, "Maya", { key });
  for (const other of others) assertEquals(await refusal(Guest.enter(house, "Maya", other)), "name_taken");
  await maya.ok("bye");
  for (const other of others) assertEquals(await refusal(Guest.enter(house, "maya", other)), "name_taken");
  house = await reopened(house, disk);
  for (const other of others) assertEquals(await refusal(Guest.enter(house, "MAYA", other)), "name_taken");
  await visit(house, "Maya", { key });
});

Deno.test("whoever is there without a key keeps a name from keys until they leave", async () => {
  const house = await quickHouse();
  const key = new TestKey();
  const guest = await Guest.enter(house, "Maya");
  assertEquals(await refusal(Guest.enter(house, "Maya", { key })), "name_taken");
  assertEquals(house.register?.ownerOf("maya"), null);
  guest.drop();
  assertEquals(await refusal(Guest.enter(house, "Maya", { key })), "name_taken", "they may come back");
  house.time.ms += 300_001;
  house.people.expire();
  await Guest.enter(house, "Maya", { key });
});

Deno.test("a name is on the disk as the key's before hello is answered, and others are kept off it meanwhile", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const key = new TestKey();
  const maya = new Visitor(house);
  const entering = maya.hand({
    type: "hello",
    id: 1,
    protocol: 1,
    name: "Maya",
    ...key.proof("a nonce", "Maya"),
  });
  assertEquals(await refusal(Guest.enter(house, "Maya")), "name_taken");
  assertEquals(await refusal(Guest.enter(house, "Maya", { key: new TestKey() })), "name_taken");
  assertEquals(await maya.take(), []);
  await entering;
  assertEquals((await maya.take()).map(({ is }) => is), ["ok"]);
  disk.restart("power cut");
  assertEquals((await quickHouse({ disk })).register?.ownerOf("maya"), key.key);
});

Deno.test("a name that cannot be stored lets nobody in under it, and is free again", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const key = new TestKey();
  const peer = await Guest.enter(house, "Ada");
  disk.hook = (operation) => operation === "write" ? new Error("No space left on device") : null;
  assertEquals(await refusal(Guest.enter(house, "Maya", { key })), "storage_failed");
  assertEquals(
    await peer.outcome("name", { name: "Maya", ...key.proof("a nonce", "Maya") }),
    "storage_failed",
  );
  assertEquals([house.people.connected, house.people.find("Maya"), house.register?.ownerOf("maya")], [
    1,
    undefined,
    null,
  ]);
  await visit(house, "Maya");
  disk.hook = () => null;
  await visit(house, "Maya", { key });
  assertEquals(await refusal(Guest.enter(house, "Maya")), "name_taken");
});

Deno.test("a full disk keeps nobody out whose name is theirs already", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const key = new TestKey();
  await visit(house, "Maya", { key });
  house.time.ms += 2 * DAY_MS;
  disk.hook = (operation) => operation === "write" ? new Error("No space left on device") : null;
  await visit(house, "Maya", { key });
});

Deno.test("a name is free when its key has not used it for 90 days, and a connection that stays is a use", async () => {
  const house = await quickHouse();
  assertEquals(NAME_UNUSED_MS_MAX, 90 * DAY_MS);
  const [key, other] = [new TestKey(), new TestKey()];
  await visit(house, "Maya", { key });
  house.time.ms += 90 * DAY_MS;
  assertEquals(await refusal(Guest.enter(house, "Maya", { key: other })), "name_taken");
  const maya = await Guest.enter(house, "Maya", { key });
  house.time.ms += 80 * DAY_MS;
  house.people.keepNames();
  house.time.ms += 80 * DAY_MS;
  await maya.ok("bye");
  assertEquals(await refusal(Guest.enter(house, "Maya", { key: other })), "name_taken");
  house.time.ms += 10 * DAY_MS + 1;
  await visit(house, "Maya", { key: other });
  assertEquals(await refusal(Guest.enter(house, "Maya", { key })), "name_taken");
});

Deno.test("with open names a key gets no more than a guest: a name is whoever's is there", async () => {
  const house = await quickHouse({ openNames: true });
  const key = new TestKey();
  const maya = await Guest.enter(house, "Maya", { key });
  assertEquals(await refusal(Guest.enter(house, "Maya")), "name_taken");
  assertEquals((await maya.ok("who")).people, [
    { name: "Maya", rooms: [], connected: house.time.ms, verified: false },
  ]);
  const second = await Guest.enter(house, "Maya", { key });
  assertEquals(house.people.connected, 2, "a key has several connections all the same");
  await maya.ok("bye");
  await second.ok("bye");
  await visit(house, "Maya");
});

Deno.test("a key has five names; a sixth is refused, and comes back with one of them or none", async () => {
  const house = await quickHouse();
  const key = new TestKey();
  for (const name of ["A", "B", "C", "D", "E"]) await visit(house, name, { key });
  const error = await assertRejects(() => Guest.enter(house, "F", { key }), ProtocolError);
  assertEquals([error.code, error.message.includes("A, B, C, D, E")], ["not_allowed", true]);
  const maya = await Guest.enter(house, "A", { key });
  assertEquals(await maya.outcome("name", { name: "F", ...key.proof("a nonce", "F") }), "not_allowed");
  assertEquals(await maya.outcome("name", { name: "F" }), "ok", "it is used, and belongs to nobody");
  assertEquals(house.register?.ownerOf("f"), null);
});

Deno.test("a name that was released is whoever's comes first, but not while its owner is there", async () => {
  const house = await quickHouse();
  const [key, other] = [new TestKey(), new TestKey()];
  const maya = await Guest.enter(house, "Maya", { key });
  assertEquals(await house.register?.release("maya"), true);
  assertEquals(await refusal(Guest.enter(house, "Maya", { key: other })), "name_taken");
  await maya.ok("bye");
  await visit(house, "Maya", { key: other });
  assertEquals(await refusal(Guest.enter(house, "Maya", { key })), "name_taken");
});

Deno.test("of two keys that want a name at once one gets it, and the other is told so", async () => {
  const house = await quickHouse();
  const keys = [new TestKey(), new TestKey()];
  const entered = await Promise.allSettled(keys.map((key) => Guest.enter(house, "Maya", { key })));
  assertEquals(entered.map(({ status }) => status), ["fulfilled", "rejected"]);
  assertEquals(house.register?.ownerOf("maya"), keys[0]?.key);
});

Deno.test("two connections of a key that come at once are one person", async () => {
  const house = await quickHouse();
  const key = new TestKey();
  await Promise.all([Guest.enter(house, "Maya", { key }), Guest.enter(house, "Maya", { key })]);
  assertEquals([house.people.find("Maya")?.sessions.length, house.people.connected], [2, 2]);
});

Deno.test("whoever is gone before the name is stored holds no place, and the name waits for their key", async () => {
  const house = await quickHouse();
  const key = new TestKey();
  const maya = new Visitor(house);
  const hello = { type: "hello", id: 1, protocol: 1, name: "Maya", ...key.proof("a nonce", "Maya") };
  const entering = maya.hand(hello);
  maya.client.closed();
  await entering;
  assertEquals([house.people.connected, house.people.directory.find("Maya")], [0, undefined]);
  assertEquals([...house.people.visits], []);
  await visit(house, "Maya", { key });
});

Deno.test("whoever is gone before a new name is stored keeps the old one, and so does who goes on for them", async () => {
  const house = await quickHouse();
  const key = new TestKey();
  for (const goesOn of [false, true]) {
    const maya = await Guest.enter(house, "Maya", { key });
    const renaming = maya.post({ type: "name", name: "Mia", ...key.proof("a nonce", "Mia") });
    if (!goesOn) maya.drop();
    const next = goesOn ? await Guest.enter(house, "Maya", { key, session: maya.token }) : null;
    await renaming.taken;
    assertEquals(house.people.directory.find("Mia"), undefined);
    const back = next ?? await Guest.enter(house, "Maya", { key, session: maya.token });
    assertEquals(back.token, maya.token);
    await back.ok("bye");
    await house.register?.release("mia");
  }
});
