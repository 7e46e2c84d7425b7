/**
 * Who may do what: each person against each request, in rooms with an owner and without, open and locked. A request
 * that has no row here fails.
 */

import { assert, assertEquals } from "@std/assert";
import type { Room } from "../../server/chat/room.ts";
import { type Later, RULES } from "../../server/chat/rules.ts";
import { COMMANDS } from "../../server/operator/commands.ts";
import { firstWord } from "../../server/operator/orders.ts";
import { type ErrorCode, ProtocolError } from "../../server/protocol/errors.ts";
import { REQUESTS } from "../../server/protocol/messages.ts";
import { TestKey } from "../support/keys.ts";
import { Guest, quickHouse, stateOf } from "./guests.ts";
import { type TestHouse, Visitor } from "./support.ts";

type Outcome = "ok" | ErrorCode;

/** A stranger (at the server, not in the room), a member without a key, one with a key, and the owner. */
type Outcomes = readonly [stranger: Outcome, keyless: Outcome, keyed: Outcome, owner: Outcome];

interface Row {
  /** What is asked, beside the room. */
  readonly asked: object;
  /** Whether the request names the room. */
  readonly named: boolean;
  /** What comes of it in a room with an owner. */
  readonly owned: Outcomes;
  /** And in one without, where whoever stands for the owner owns another room. The same where it is left out. */
  readonly free?: Outcomes;
  /** What a stranger is told of a locked room, where that is something else. */
  readonly locked?: Outcome;
  /** The operator's command for it; null where there is none. `ROOM` stands for the room. */
  readonly command: string | null;
}

const ANYBODY: Outcomes = ["ok", "ok", "ok", "ok"];
const MEMBERS: Outcomes = ["not_a_member", "ok", "ok", "ok"];
const OWNER: Outcomes = ["not_allowed", "not_allowed", "not_allowed", "ok"];
const NOBODY: Outcomes = ["not_allowed", "not_allowed", "not_allowed", "not_allowed"];

/** Tom is in the room, has a key and put file 2; the outlaw is banned and muted there. */
const ROWS: { readonly [T in Later]: Row } = {
  rooms: { asked: {}, named: false, owned: ANYBODY, command: "rooms" },
  who: { asked: {}, named: true, owned: MEMBERS, command: "who" },
  status: { asked: {}, named: false, owned: ANYBODY, command: "status" },
  name: { asked: { name: "Somebody" }, named: false, owned: ANYBODY, command: null },
  tell: { asked: { to: "Tom", text: "hi" }, named: false, owned: ANYBODY, command: null },
  ping: { asked: {}, named: false, owned: ANYBODY, command: null },
  bye: { asked: {}, named: false, owned: ANYBODY, command: null },
  create: { asked: { room: "another" }, named: false, owned: ANYBODY, command: null },
  join: { asked: {}, named: true, owned: ANYBODY, locked: "wrong_password", command: null },
  leave: { asked: {}, named: true, owned: MEMBERS, command: null },
  history: { asked: {}, named: true, owned: MEMBERS, command: null },
  search: { asked: { query: "hi" }, named: true, owned: MEMBERS, command: null },
  say: { asked: { text: "hi" }, named: true, owned: MEMBERS, command: "say ROOM hi" },
  files: { asked: {}, named: true, owned: MEMBERS, command: "files ROOM" },
  put: {
    asked: { name: "b", size: 1, sha256: "0".repeat(64) },
    named: true,
    owned: MEMBERS,
    command: null,
  },
  get: { asked: { file: 2 }, named: true, owned: MEMBERS, command: null },
  cancel: {
    asked: { transfer: 1 },
    named: false,
    owned: ["no_such_transfer", "no_such_transfer", "no_such_transfer", "no_such_transfer"],
    command: null,
  },
  remove: {
    asked: { file: 2 },
    named: true,
    owned: ["not_a_member", "not_allowed", "not_allowed", "ok"],
    free: ["not_a_member", "not_allowed", "not_allowed", "not_allowed"],
    command: "remove 2 from ROOM",
  },
  title: {
    asked: { title: "New" },
    named: true,
    owned: OWNER,
    free: MEMBERS,
    command: "title ROOM New",
  },
  kick: {
    asked: { name: "Tom", ban: true },
    named: true,
    owned: OWNER,
    free: NOBODY,
    command: "ban Tom from ROOM",
  },
  unban: {
    asked: { name: "Outlaw" },
    named: true,
    owned: OWNER,
    free: NOBODY,
    command: "unban Outlaw from ROOM",
  },
  mute: { asked: { name: "Tom" }, named: true, owned: OWNER, free: NOBODY, command: "mute Tom in ROOM" },
  unmute: {
    asked: { name: "Outlaw" },
    named: true,
    owned: OWNER,
    free: NOBODY,
    command: "unmute Outlaw in ROOM",
  },
  owner: { asked: { name: "Tom" }, named: true, owned: OWNER, free: NOBODY, command: "owner ROOM Tom" },
  password: {
    asked: { password: "new" },
    named: true,
    owned: OWNER,
    free: NOBODY,
    command: "password ROOM new",
  },
  close: { asked: {}, named: true, owned: OWNER, free: NOBODY, command: "close-room ROOM" },
};

const PERSONS = ["a stranger", "a member without a key", "a member with a key", "the owner"] as const;

interface Scene {
  readonly house: TestHouse;
  readonly room: Room;
  /** In the order of `PERSONS`. */
  readonly guests: readonly Guest[];
}

/** A room, which is locked where it has a `password`, and those who are in it or not. */
async function scene(owned: boolean, password: string | null): Promise<Scene> {
  const house = await quickHouse();
  const keys = [new TestKey(), new TestKey(), new TestKey()] as const;
  const owner = await Guest.enter(house, "Olga", { key: keys[0] });
  const [stranger, keyless] = [await Guest.enter(house, "Sven"), await Guest.enter(house, "Kim")];
  const keyed = await Guest.enter(house, "Kay", { key: keys[1] });
  const tom = await Guest.enter(house, "Tom", { key: keys[2] });
  const secret = password === null ? {} : { password };
  await (owned ? owner : keyless).ok("create", { room: "tea", title: "Tea", ...secret });
  await owner.ok("create", { room: "hers" });
  for (const guest of [owner, keyless, keyed, tom]) await guest.ok("join", { room: "tea", ...secret });
  await keyed.ok("say", { room: "tea", text: "hi" });
  await tom.put("tea", "a", new Uint8Array([1]));
  await operate(house, "ban Outlaw from tea");
  await operate(house, "mute Outlaw in tea");
  return { house, room: house.rooms.get("tea"), guests: [stranger, keyless, keyed, owner] };
}

/** Types a command; gives "ok", or the code that it fails with. */
async function operate(house: TestHouse, line: string): Promise<Outcome> {
  const { word, rest } = firstWord(line);
  try {
    await COMMANDS[word]?.run({ house, print: () => {}, close: () => {} }, rest);
    return "ok";
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

function isLater(type: string): type is Later {
  // What comes before all of these is in opening_test.ts.
  if (type === "hello") return false;
  assert(Object.hasOwn(ROWS, type), `nobody has said who may ask for ${type}`);
  return true;
}

const REQUESTED = Object.keys(REQUESTS).filter(isLater);
const KINDS = [
  { kind: "an open room with an owner", isOwned: true, password: null },
  { kind: "a locked room with an owner", isOwned: true, password: "green" },
  { kind: "an open room without an owner", isOwned: false, password: null },
  { kind: "a locked room without an owner", isOwned: false, password: "green" },
] as const;

Deno.test("the server's own table and this one are about the same requests, which are all that there are", () => {
  assertEquals(Object.keys(RULES).toSorted(), REQUESTED.toSorted());
  assertEquals(Object.keys(ROWS).toSorted(), REQUESTED.toSorted());
});

for (const type of REQUESTED) {
  const { asked, named, owned, free = owned, locked, command } = ROWS[type];
  const members = named ? { room: "tea", ...asked } : asked;
  Deno.test(`${type} is for those who may, and changes nothing for others, in rooms of every kind`, async () => {
    for (const { kind, isOwned, password } of KINDS) {
      for (const [i, who] of PERSONS.entries()) {
        const what = `${type} by ${who} of ${kind}`;
        const { house, room, guests } = await scene(isOwned, password);
        const before = await stateOf(room);
        const shut = i === 0 && password !== null ? locked : undefined;
        const wanted = shut ?? (isOwned ? owned : free)[i];
        assertEquals(await guests[i]?.outcome(type, members), wanted, what);
        if (wanted !== "ok") {
          assertEquals(await stateOf(room), before, `${what} does nothing`);
          assert(house.acts.every(({ by }) => by === "operator"), `${what} is in no audit log`);
        }
        await house.rooms.end();
      }
      if (command === null) continue;
      const { house } = await scene(isOwned, password);
      assertEquals(await operate(house, command.replace("ROOM", "tea")), "ok", `${type} by the operator`);
      await house.rooms.end();
    }
  });
}

Deno.test("every right over a room is the operator's too, and has a command", () => {
  const over = REQUESTED.filter((type) => ["owner", "keeper"].includes(RULES[type].right));
  assertEquals(over.filter((type) => ROWS[type].command === null), []);
});

Deno.test("nobody may ask for anything before hello", async () => {
  const house = await quickHouse();
  for (const type of REQUESTED) {
    const visitor = new Visitor(house);
    await visitor.hand({ type, id: 1, room: "lobby", ...ROWS[type].asked });
    const [last] = (await visitor.take()).slice(-1);
    assertEquals(last?.is === "ending" && last.error.code, "hello_expected", type);
    assert(visitor.finished);
  }
  await house.rooms.end();
});

Deno.test("what an owner may do ends with the ownership, and is the owner's from outside and over any connection", async () => {
  const { house, room } = await scene(false, null);
  const key = new TestKey();
  const one = await Guest.enter(house, "Nina", { key });
  assertEquals(await one.outcome("mute", { room: "tea", name: "Kim" }), "not_allowed");
  await operate(house, "owner tea Nina");
  assertEquals(one.places, []);
  assertEquals(await one.outcome("mute", { room: "tea", name: "Kim" }), "ok");
  const other = await Guest.enter(house, "Nina2", { key });
  assertEquals(await other.outcome("unmute", { room: "tea", name: "Kim" }), "ok");
  await operate(house, "owner tea Tom");
  for (const guest of [one, other]) {
    assertEquals(await guest.outcome("mute", { room: "tea", name: "Kim" }), "not_allowed");
  }
  assertEquals(room.record.muted.map(({ name }) => name), ["Outlaw"]);
  await house.rooms.end();
});
