/** One person over several connections: seen once, under one name, until the last of them is gone. */

import { assertEquals, assertRejects } from "@std/assert";
import { CONNECTIONS_PER_KEY_MAX } from "../../server/protocol/limits.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { TestKey } from "../support/keys.ts";
import { Guest, type Manners, quickHouse } from "./guests.ts";
import type { TestHouse } from "./support.ts";

const LOBBY: Manners = { rooms: ["lobby"] };

/** What `onlooker` is told of the lobby now, without its type and room. */
async function told(house: TestHouse, onlooker: Guest): Promise<object[]> {
  house.rooms.tellPresence();
  return (await onlooker.events("presence")).map(({ type: _type, room: _room, ...rest }) => rest);
}

/** Lets `ms` pass, and what has to happen by then. */
function pass(house: TestHouse, ms: number): void {
  house.time.ms += ms;
  for (const room of house.rooms) room.expire();
  house.people.expire();
}

async function namesIn(onlooker: Guest, type: "who" | "status"): Promise<string[]> {
  const { people } = await onlooker.ok(type);
  if (!Array.isArray(people)) throw new TypeError("people are a list");
  return people.map(({ name, disconnected = null }) => disconnected === null ? name : `(${name})`);
}

/** An onlooker and a person with two connections, all of them in the lobby and told of each other. */
async function two() {
  const house = await quickHouse();
  const key = new TestKey();
  const ada = await Guest.enter(house, "Ada", LOBBY);
  const one = await Guest.enter(house, "Maya", { ...LOBBY, key });
  const other = await Guest.enter(house, "Maya", { ...LOBBY, key });
  for (const guest of [ada, one, other]) await told(house, guest);
  const prove = (name: string) => ({ name, ...key.proof("a nonce", name) });
  return { house, key, ada, one, other, prove };
}

async function refusal(entering: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => entering, ProtocolError)).code;
}

Deno.test("others see a person once, however many connections there are", async () => {
  const house = await quickHouse();
  const key = new TestKey();
  const ada = await Guest.enter(house, "Ada", LOBBY);
  const one = await Guest.enter(house, "Maya", { ...LOBBY, key });
  assertEquals(await told(house, ada), [{ members: 2, joined: ["Maya"] }]);
  const other = await Guest.enter(house, "MAYA", { key });
  const { members, names } = await other.ok("join", { room: "lobby" });
  assertEquals([members, names], [2, ["Ada", "Maya"]]);
  assertEquals(await told(house, ada), []);
  assertEquals(await told(house, one), [], "nobody is told of themself");
  assertEquals(await namesIn(ada, "who"), ["Ada", "Maya"]);
  assertEquals(await namesIn(ada, "status"), ["Ada", "Maya"]);
  assertEquals(house.people.connected, 3);
});

Deno.test("what is said is read over each connection, and a direct message reaches all", async () => {
  const { ada, one, other } = await two();
  await one.ok("say", { room: "lobby", text: "hello" });
  for (const guest of [ada, one, other]) assertEquals(await guest.texts(), ["hello"]);
  await ada.ok("tell", { to: "maya", text: "psst" });
  for (const guest of [one, other]) {
    assertEquals((await guest.events("direct")).map(({ from, text }) => [from, text]), [["Ada", "psst"]]);
  }
});

Deno.test("a person is told of as gone when their last connection has been away for ten seconds", async () => {
  const { house, ada, one, other } = await two();
  one.drop();
  pass(house, 60_000);
  assertEquals(await told(house, ada), []);
  assertEquals(await namesIn(ada, "status"), ["Ada", "Maya"]);
  other.drop();
  pass(house, 9_999);
  assertEquals(await told(house, ada), []);
  pass(house, 1);
  assertEquals(await told(house, ada), [{ members: 1, left: ["Maya"] }]);
  assertEquals(await namesIn(ada, "who"), ["Ada"]);
  assertEquals(await namesIn(ada, "status"), ["Ada", "(Maya)"]);
});

Deno.test("each connection has places of its own: a person is in a room until the last of them leaves it", async () => {
  const { house, ada, one, other } = await two();
  await one.ok("leave", { room: "lobby" });
  assertEquals(await told(house, ada), []);
  assertEquals(await one.outcome("say", { room: "lobby", text: "still?" }), "not_a_member");
  assertEquals(await other.outcome("say", { room: "lobby", text: "yes" }), "ok");
  await other.ok("leave", { room: "lobby" });
  assertEquals(await told(house, ada), [{ members: 1, left: ["Maya"] }]);
});

Deno.test("a bye ends one connection, and the person goes with the last", async () => {
  const { house, key, ada, one, other } = await two();
  await one.ok("bye");
  assertEquals(await told(house, ada), []);
  assertEquals(await other.outcome("say", { room: "lobby", text: "I am here" }), "ok");
  assertEquals(await refusal(Guest.enter(house, "Maya")), "name_taken");
  await other.ok("bye");
  assertEquals(await told(house, ada), [{ members: 1, left: ["Maya"] }]);
  assertEquals(await namesIn(ada, "status"), ["Ada", "(Maya)"]);
  assertEquals(await refusal(Guest.enter(house, "Maya")), "name_taken", "the name stays the key's");
  await Guest.enter(house, "Maya", { key });
  assertEquals(await namesIn(ada, "status"), ["Ada", "(Maya)", "Maya"], "that is another visit");
});

Deno.test("each session is taken up by its own token", async () => {
  const { house, key, one, other } = await two();
  one.drop();
  const back = await Guest.enter(house, "Maya", { key, session: one.token });
  assertEquals([back.token, house.people.connected], [one.token, 3]);
  await other.ok("say", { room: "lobby", text: "one" });
  assertEquals([await back.texts(), await other.texts()], [[], ["one"]], "it has not joined again");
  const again = await Guest.enter(house, "Maya", { key, session: other.token });
  assertEquals([again.token, other.visitor.finished], [other.token, true]);
  assertEquals([again.token === back.token, house.people.connected], [false, 3]);
});

Deno.test("eight connections are the most that a key has, under whichever names and however they came", async () => {
  const house = await quickHouse();
  const key = new TestKey();
  const enter = (name: string, session?: string) =>
    Guest.enter(house, name, { key, ...(session === undefined ? {} : { session }) });
  const guests = [await enter("Mia")];
  while (guests.length < CONNECTIONS_PER_KEY_MAX) guests.push(await enter("Maya"));
  assertEquals(CONNECTIONS_PER_KEY_MAX, 8);
  for (const name of ["Maya", "Mia", "Zoe"]) assertEquals(await refusal(enter(name)), "too_many_connections");
  assertEquals(house.register?.ownerOf("zoe"), null);
  const [first, second] = guests;
  assertEquals(
    (await enter("Mia", first?.token)).token,
    first?.token,
    "one for another is no more than before",
  );
  second?.drop();
  await enter("Maya");
  assertEquals(await refusal(enter("Maya", second?.token)), "too_many_connections");
  await Guest.enter(house, "Ada", { key: new TestKey() });
  const keyless = await Guest.enter(house, "Bob");
  const proven = { name: "Maya", ...key.proof("a nonce", "Maya") };
  assertEquals(await keyless.outcome("name", proven), "too_many_connections");
  await guests[2]?.ok("bye");
  assertEquals(await keyless.outcome("name", proven), "ok");
  assertEquals(await refusal(enter("Maya")), "too_many_connections");
});

Deno.test("the server is full of connections, not of people", async () => {
  const house = await quickHouse({ clientsMax: 2 });
  const key = new TestKey();
  await Guest.enter(house, "Maya", { key });
  const second = await Guest.enter(house, "Maya", { key });
  assertEquals(await refusal(Guest.enter(house, "Maya", { key })), "server_full");
  assertEquals(await refusal(Guest.enter(house, "Ada")), "server_full");
  await second.ok("bye");
  await Guest.enter(house, "Ada");
});

Deno.test("one of two connections takes another name: the other keeps the old one", async () => {
  const { house, ada, one, other, prove } = await two();
  assertEquals((await one.ok("name", prove("Mia"))).name, "Mia");
  assertEquals(await told(house, ada), [{ members: 3, joined: ["Mia"] }]);
  assertEquals(await told(house, other), [{ members: 3, joined: ["Mia"] }]);
  assertEquals(await told(house, one), []);
  await one.ok("say", { room: "lobby", text: "from Mia" });
  await other.ok("say", { room: "lobby", text: "from Maya" });
  assertEquals((await ada.events("entry")).map(({ from }) => from), ["Mia", "Maya"]);
  assertEquals(await namesIn(ada, "status"), ["Ada", "Maya", "Mia"]);
  await ada.ok("tell", { to: "Mia", text: "to one" });
  assertEquals([(await one.events("direct")).length, (await other.events("direct")).length], [1, 0]);
});

Deno.test("a connection that takes the name of another of the same key becomes one person with it", async () => {
  const { house, ada, one, other, prove } = await two();
  await one.ok("name", prove("Mia"));
  await told(house, ada);
  await one.ok("name", { name: "maya" });
  assertEquals(await told(house, ada), [{ members: 2, left: ["Mia"] }]);
  assertEquals(await namesIn(ada, "who"), ["Ada", "Maya"]);
  assertEquals(await namesIn(ada, "status"), ["Ada", "Maya", "(Mia)"]);
  await other.ok("bye");
  assertEquals(await told(house, ada), [], "the person is still there");
  assertEquals(await refusal(Guest.enter(house, "Maya")), "name_taken");
});

Deno.test("a connection that takes the name of one whose connection dropped is that person, there again", async () => {
  const { house, ada, one, other, prove } = await two();
  await one.ok("name", prove("Mia"));
  other.drop();
  pass(house, 10_000);
  assertEquals(await told(house, ada), [{ members: 2, joined: ["Mia"], left: ["Maya"] }]);
  assertEquals(await namesIn(ada, "status"), ["Ada", "(Maya)", "Mia"]);
  await one.ok("name", { name: "Maya" });
  assertEquals(await namesIn(ada, "status"), ["Ada", "Maya", "(Mia)"]);
  assertEquals(await told(house, ada), [{ members: 2, joined: ["Maya"], left: ["Mia"] }]);
});

Deno.test("a person's name is spelt anew for all connections at once", async () => {
  const { house, ada, one, other, prove } = await two();
  await one.ok("name", prove("MAYA"));
  assertEquals(await told(house, ada), [{ members: 2, renamed: [{ from: "Maya", to: "MAYA" }] }]);
  await other.ok("say", { room: "lobby", text: "me too" });
  assertEquals((await ada.events("entry")).map(({ from }) => from), ["MAYA"]);
});

Deno.test("an only connection takes its place in rooms along to another name, and to another key", async () => {
  const house = await quickHouse();
  const ada = await Guest.enter(house, "Ada", LOBBY);
  const guest = await Guest.enter(house, "Maya", LOBBY);
  await told(house, ada);
  const key = new TestKey();
  const prove = (name: string, by = key) => ({ name, ...by.proof("a nonce", name) });
  await guest.ok("name", prove("Mia"));
  assertEquals(await told(house, ada), [{ members: 2, renamed: [{ from: "Maya", to: "Mia" }] }]);
  assertEquals(await namesIn(ada, "status"), ["Ada", "Mia"]);
  assertEquals(await refusal(Guest.enter(house, "Mia")), "name_taken");
  await Guest.enter(house, "Maya");
  const next = new TestKey();
  await guest.ok("name", prove("Zoe", next));
  await Guest.enter(house, "Mia", { key });
  await Guest.enter(house, "Zoe", { key: next });
  assertEquals(await namesIn(ada, "who"), ["Ada", "Zoe", "Maya", "Mia"]);
  for (let n = 1; n < CONNECTIONS_PER_KEY_MAX; n++) await Guest.enter(house, "Mia", { key });
  assertEquals(await refusal(Guest.enter(house, "Mia", { key })), "too_many_connections");
});

Deno.test("a guest who proves a key keeps the name, and can then come over other connections", async () => {
  const house = await quickHouse();
  const ada = await Guest.enter(house, "Ada", LOBBY);
  const guest = await Guest.enter(house, "Maya", LOBBY);
  await told(house, ada);
  const key = new TestKey();
  assertEquals((await guest.ok("name", { name: "Maya", ...key.proof("a nonce", "Maya") })).name, "Maya");
  assertEquals(await told(house, ada), [], "for others nothing has changed");
  assertEquals(house.people.find("Maya")?.key, key.key);
  await Guest.enter(house, "Maya", { key });
  assertEquals(await namesIn(ada, "who"), ["Ada", "Maya"]);
  guest.drop();
  assertEquals(await refusal(Guest.enter(house, "Maya", { session: guest.token })), "name_taken");
  const back = await Guest.enter(house, "Maya", { key, session: guest.token });
  assertEquals(back.token, guest.token);
});

Deno.test("one of two connections cannot give the name away to another key", async () => {
  const house = await quickHouse({ openNames: true });
  const key = new TestKey();
  const one = await Guest.enter(house, "Maya", { key });
  await Guest.enter(house, "Maya", { key });
  const other = { name: "Maya", ...new TestKey().proof("a nonce", "Maya") };
  assertEquals(await one.outcome("name", other), "name_taken");
});
