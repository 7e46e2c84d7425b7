/** An owner and members who do all they can at the same time, seeded: what holds of a room after each round. */

import { assert, assertEquals } from "@std/assert";
import type { Room } from "../../server/chat/room.ts";
import { whomOf } from "../../server/chat/person.ts";
import { sanctioned } from "../../server/chat/sanctions.ts";
import type { RequestType } from "../../server/protocol/messages.ts";
import { pick } from "../fuzz/hostile.ts";
import { seeded } from "../protocol/random.ts";
import { TestKey } from "../support/keys.ts";
import { Guest, memoryDisk, quickHouse } from "./guests.ts";
import type { TestHouse } from "./support.ts";

const SEEDS = 40;
const ROUNDS = 20;
const KEYS = [new TestKey(), new TestKey(), new TestKey()] as const;
const OLGA = new TestKey();
const NAMES = ["Bo", "Kim", "Zoe", "Max"] as const;

type Asked = readonly [type: RequestType, members: object];

/** Something that the owner may do. */
function order(random: () => number): Asked {
  const name = pick(random, NAMES);
  return pick<Asked>(random, [
    ["kick", { name }],
    ["kick", { name, ban: true }],
    ["unban", { name }],
    ["mute", { name }],
    ["unmute", { name }],
    ["password", { password: "green" }],
    ["password", { password: null }],
    ["title", { title: name }],
    ["create", { history: "joined" }],
    ["join", { after: 0, password: "green" }],
    random() < 0.3 ? ["close", {}] : ["say", { text: "hi" }],
  ]);
}

/** Something that anybody may try. */
function attempt(random: () => number): Asked {
  const name = pick(random, NAMES);
  return pick<Asked>(random, [
    ["join", { after: 0, password: "green" }],
    ["join", { password: "green" }],
    ["leave", {}],
    ["say", { text: "hi" }],
    ["title", { title: name }],
    ["history", {}],
    ["search", { query: "hi" }],
    ["name", { name }],
    ["name", { name, ...pick(random, KEYS).proof("a nonce", name) }],
    ["kick", { name: "Olga" }],
  ]);
}

function assertSound(house: TestHouse, rooms: ReadonlySet<Room>, what: string): void {
  for (const room of rooms) {
    const people = new Set();
    for (const { session, listed } of room.members) {
      assertEquals(room.record.closed, null, `${what}: a member of a closed room`);
      assert(house.people.directory.find(session.name.shown) === session.person, `${what}: a ghost`);
      if (!listed) continue;
      people.add(session.person);
      const ban = sanctioned(room.record.banned, whomOf(session), house.now());
      assert(ban === null || room.isOwner(session.key), `${what}: ${session.name.shown} is banned and there`);
    }
    assertEquals(room.size, people.size, `${what}: who is counted`);
  }
}

Deno.test("whatever is done at once: nobody is where they are banned, or in a closed room, and all is answered", async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seeded(seed);
    const disk = memoryDisk();
    const house = await quickHouse({ disk });
    const owners = [
      await Guest.enter(house, "Olga", { key: OLGA }),
      await Guest.enter(house, "Olga", { key: OLGA }),
    ];
    const others = [await Guest.enter(house, "Max"), await Guest.enter(house, "Bo", { key: KEYS[0] })];
    for (const [i, key] of KEYS.entries()) others.push(await Guest.enter(house, NAMES[i] ?? "", { key }));
    const rooms = new Set<Room>();
    for (let round = 0; round < ROUNDS; round++) {
      const asked = [...owners, ...others].map((guest) => {
        const [type, members] = owners.includes(guest) ? order(random) : attempt(random);
        return { guest, type, ...guest.post({ type, room: "tea", ...members }) };
      });
      await Promise.all(asked.map(({ taken }) => taken));
      for (const { guest, type, id } of asked) {
        await guest.visitor.client.answers.said;
        const reply = await guest.reply(id);
        seen.add(`${type} ${reply.is === "ok" ? "ok" : reply.error.code}`);
      }
      for (const room of house.rooms) rooms.add(room);
      assertSound(house, rooms, `seed ${seed}, round ${round}`);
    }
    await house.rooms.end();
    assertEquals(disk.openFiles, 0, `seed ${seed}`);
  }
  for (
    const outcome of [
      "join banned",
      "say muted",
      "name muted",
      "name banned",
      "close ok",
      "kick ok",
      "say ok",
    ]
  ) {
    assert(seen.has(outcome), `${outcome} never came of it: ${[...seen].join(", ")}`);
  }
});
