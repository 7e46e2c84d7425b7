/** What a client sends, taken without a socket: the order of things, and that nothing piles up. */

import { assert, assertEquals, assertLess } from "@std/assert";
import type { House } from "../../server/chat/house.ts";
import { Folder } from "../support/server.ts";
import { openHouse, Visitor } from "./support.ts";

async function visitor(house: House, name: string): Promise<Visitor> {
  const visitor = new Visitor(house);
  await visitor.hand({ type: "hello", id: 1, protocol: 1, name });
  await visitor.take();
  return visitor;
}

Deno.test("whoever does not read is not read: refusals wait for what was sent before them, too", async () => {
  await using folder = new Folder();
  const house = await openHouse(folder.path);
  const floods = [
    { type: "nonsense", id: 2 },
    { type: "rooms", id: 2, page: "x" },
    { type: "hello", id: 2, protocol: 1 },
    { type: "leave", id: 2, room: "nowhere" },
    { type: "ping", id: 2 },
  ];
  for (const [i, flood] of floods.entries()) {
    const maya = await visitor(house, `Maya${i}`);
    let held = maya.hand(flood);
    for (let taken = 0; held === undefined; taken++) {
      assertLess(taken, 100_000, `${flood.type} is taken without end`);
      held = maya.hand(flood);
    }
    await maya.take();
    await held;
    assertEquals(maya.hand({ type: "ping", id: 2 }), undefined);
  }
});

Deno.test("nothing is taken after bye, also while its answer waits to be sent", async () => {
  await using folder = new Folder();
  const house = await openHouse(folder.path);
  const maya = await visitor(house, "Maya");
  await maya.hand({ type: "bye", id: 2 });
  await maya.hand({ type: "name", id: 3, name: "Ada" });
  await maya.hand({ type: "create", id: 4, room: "ghost" });
  await maya.hand({ type: "join", id: 5, room: "lobby" });
  await maya.hand({ type: "ping" });
  const sent = await maya.take();
  assertEquals(sent.map((message) => message.is === "ok" && message.re), [2]);
  assert(maya.finished);
  assertEquals((await visitor(house, "Ada")).client.standing.is, "open", "the name was not taken");
  assertEquals(house.rooms.find("ghost"), undefined);
});

Deno.test("what a session's old connection had begun does not go on under the new one", async () => {
  await using folder = new Folder();
  const house = await openHouse(folder.path);
  const old = await visitor(house, "Maya");
  await old.hand({ type: "create", id: 2, room: "tea", password: "green" });
  await old.hand({ type: "leave", id: 3, room: "tea" });
  const joining = old.hand({ type: "join", id: 4, room: "tea", password: "green" });
  assert(old.client.standing.is === "open");
  const { session } = old.client.standing;
  const next = new Visitor(house);
  await next.hand({ type: "hello", id: 1, protocol: 1, name: "Maya", session: session.token });
  await joining;
  assertEquals(house.rooms.get("tea").size, 0);
  assertEquals((await old.take()).at(-1)?.is, "ending");
  await next.hand({ type: "join", id: 2, room: "tea", password: "green" });
  assertEquals(house.rooms.get("tea").size, 1);
  await house.rooms.close();
});

Deno.test("of pipelined requests each has its answer, a join's before its entries", async () => {
  await using folder = new Folder();
  const house = await openHouse(folder.path);
  const maya = await visitor(house, "Maya");
  await maya.hand({ type: "join", id: 2, room: "lobby" });
  for (let id = 3; id <= 6; id++) {
    maya.hand({ type: "say", id, room: "lobby", text: id === 5 ? "" : `${id}` });
  }
  await maya.client.answers.said;
  await maya.hand({ type: "join", id: 7, room: "lobby", after: 1 });
  const sent = (await maya.take()).map((message) =>
    message.is === "event" && message.event.type === "entry"
      ? `entry ${message.event.seq}`
      : `${message.is}${message.is === "ok" || message.is === "refused" ? ` ${message.re}` : ""}`
  );
  assertEquals(sent, ["ok 2", "ok 3", "ok 4", "refused 5", "ok 6", "ok 7", "entry 2", "entry 3"]);
  await house.rooms.close();
});
