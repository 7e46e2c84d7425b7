/** Who is told of whose coming and going. */

import { assert, assertEquals } from "@std/assert";
import { Budgets } from "../../server/chat/budgets.ts";
import { Directory } from "../../server/chat/directory.ts";
import { People } from "../../server/chat/people.ts";
import { changesBetween } from "../../server/chat/presence.ts";
import { Person } from "../../server/chat/person.ts";
import { parseName } from "../../server/protocol/names.ts";
import { Folder, House } from "../support/server.ts";
import { NO_RATES } from "../support/no_limits.ts";
import { FakeContact, openRooms, Time } from "./support.ts";

function person(name: string): Person {
  const visit = { number: 0, name, address: "", connected: 0, disconnected: null };
  return new Person(parseName(name, "name_invalid"), null, visit, new Budgets(NO_RATES, () => 0));
}

Deno.test("what changed between two lists is who came, who went and who is called otherwise", () => {
  const [ada, bob, cleo, dan] = [person("Ada"), person("Bob"), person("Cleo"), person("Dan")];
  const before = new Map([[ada, "Ada"], [bob, "Bob"], [cleo, "Cleo"]]);
  const after = new Map([[ada, "Ada"], [cleo, "Chloe"], [dan, "Bob"]]);
  assertEquals(changesBetween(before, after, null), {
    joined: ["Bob"],
    left: ["Bob"],
    renamed: [{ from: "Cleo", to: "Chloe" }],
  });
  assertEquals(changesBetween(before, before, null), null);
  assertEquals(changesBetween(new Map(), new Map([[ada, "Ada"]]), null), { joined: ["Ada"] });
});

Deno.test("nobody is told of themself", () => {
  const [ada, bob] = [person("Ada"), person("Bob")];
  const before = new Map([[bob, "Bob"]]);
  const after = new Map([[ada, "Ada"]]);
  assertEquals(changesBetween(before, after, ada), { left: ["Bob"] });
  assertEquals(changesBetween(before, after, bob), { joined: ["Ada"] });
  assertEquals(changesBetween(new Map([[ada, "Ida"]]), after, ada), null);
});

/** A room with `names` in it, whose coming has been told. */
async function roomWith(folder: string, names: readonly string[]) {
  const time = new Time();
  const people = new People({
    directory: new Directory(null),
    clientsMax: 1_000,
    rates: NO_RATES,
    now: time.now,
  });
  const room = (await openRooms(folder, { now: time.now })).get("lobby");
  const enter = async (name: string) => {
    const contact = new FakeContact();
    const session = await people.enter(name, null, contact);
    room.admit(session, 1);
    return { session, contact };
  };
  const members = [];
  for (const name of names) members.push(await enter(name));
  time.ms += 10_000;
  room.tellPresence();
  for (const { contact } of members) contact.sent();
  return { time, people, room, members, enter };
}

function told(contact: FakeContact): unknown[] {
  return contact.sent().map((message) => {
    assert(message.is === "event" && message.event.type === "presence");
    const { type: _type, room: _room, ...rest } = message.event;
    return rest;
  });
}

Deno.test("a connection that is back within 10 seconds is not announced, one that is not has left", async () => {
  await using folder = new Folder();
  const { time, people, room, members } = await roomWith(folder.path, ["Ada", "Bob"]);
  const [ada, bob] = members;
  assert(ada !== undefined && bob !== undefined);
  people.drop(bob.session);
  time.ms += 9_999;
  room.expire();
  room.tellPresence();
  const back = new FakeContact();
  assert(people.resume(bob.session.token, "Bob", null, back) !== null);
  room.admit(bob.session, 1);
  room.tellPresence();
  assertEquals([told(ada.contact), room.size], [[], 2]);

  people.drop(bob.session);
  time.ms += 10_000;
  room.expire();
  room.tellPresence();
  assertEquals([told(ada.contact), room.size], [[{ members: 1, left: ["Bob"] }], 1]);
  people.resume(bob.session.token, "Bob", null, back);
  room.admit(bob.session, 1);
  room.tellPresence();
  assertEquals(told(ada.contact), [{ members: 2, joined: ["Bob"] }]);
  assertEquals(told(back), [], "not told of itself");
});

Deno.test("in a room of more than 100 there is a count without names, every two seconds at most", async () => {
  await using folder = new Folder();
  const names = Array.from({ length: 100 }, (_, i) => `Guest${i}`);
  const { time, room, members, enter } = await roomWith(folder.path, names);
  const first = members[0]?.contact ?? new FakeContact();
  await enter("Ada");
  assertEquals(room.names(), undefined);
  assertEquals(room.tellPresence(), false);
  assertEquals(told(first), [{ members: 101 }]);
  await enter("Bob");
  assertEquals(room.tellPresence(), true, "some of it waits");
  assertEquals(told(first), []);
  time.ms += 2_000;
  room.tellPresence();
  assertEquals(told(first), [{ members: 102 }]);
});

Deno.test("a member too slow to be told is told later, all at once", async () => {
  await using folder = new Folder();
  const { room, members, enter, people } = await roomWith(folder.path, ["Ada"]);
  const [ada] = members;
  assert(ada !== undefined);
  ada.contact.congested = true;
  const bob = await enter("Bob");
  assertEquals(room.tellPresence(), true);
  await enter("Cleo");
  room.tellPresence();
  people.end(bob.session);
  room.tellPresence();
  assertEquals(told(ada.contact), []);
  ada.contact.congested = false;
  assertEquals(room.tellPresence(), false);
  assertEquals(told(ada.contact), [{ members: 2, joined: ["Cleo"] }]);
});

Deno.test("a newcomer is not told what the answer to its join said already", async () => {
  await using folder = new Folder();
  const { room, people, members, enter } = await roomWith(folder.path, ["Ada", "Bob"]);
  const [ada, bob] = members;
  assert(ada !== undefined && bob !== undefined);
  people.end(bob.session);
  await people.rename(ada.session, "Ida", null);
  const cleo = await enter("Cleo");
  assertEquals(room.names(), ["Ida", "Cleo"]);
  await people.rename(ada.session, "Eda", null);
  room.tellPresence();
  assertEquals(told(cleo.contact), [{ members: 2, renamed: [{ from: "Ida", to: "Eda" }] }]);
  assertEquals(told(ada.contact), [{ members: 2, joined: ["Cleo"], left: ["Bob"] }]);
});

Deno.test("people in a room are told together who joined, left and changed their name, and nobody of themself", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  const bob = await house.member("Bob");
  await ada.event("presence");
  await bob.upToNow();
  await Promise.all([house.member("Cleo"), house.member("Dan"), house.member("Eve")]);
  const joined: string[] = [];
  while (joined.length < 3) joined.push(...(await ada.event("presence")).joined ?? []);
  assertEquals(joined.toSorted(), ["Cleo", "Dan", "Eve"]);
  await bob.ask("name", { name: "Rob" });
  assertEquals((await ada.event("presence")).renamed, [{ from: "Bob", to: "Rob" }]);
  await bob.ask("leave", { room: "lobby" });
  const left = await ada.event("presence");
  assertEquals([left.left, left.members], [["Rob"], 4]);
  const toBob = (await bob.upToNow()).flatMap((message) =>
    message.is === "event" && message.event.type === "presence" ? [message.event] : []
  );
  assert(toBob.every(({ renamed, left }) => renamed === undefined && left === undefined));
});

Deno.test("a room's presence does not keep its log: nothing of it stands in the history", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  await house.member("Bob");
  await ada.event("presence");
  assertEquals((await ada.ask("history", { room: "lobby" })).entries, []);
});
