/** What a client sends, taken without a socket: the order of things, and that nothing piles up. */

import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import type { House } from "../../server/chat/house.ts";
import { Folder } from "../support/server.ts";
import { type Disk, machineDisk } from "../../server/history/disk.ts";
import { faultyDisk, openHouse, Visitor } from "./support.ts";

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
  await house.rooms.end();
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
  await house.rooms.end();
});

/** The machine's disk, whose writes to histories and reads of the lobby's wait while a test holds them. */
class HeldDisk {
  #held: { readonly what: "write" | "read"; readonly gate: PromiseWithResolvers<void> } | null = null;
  #reached = Promise.withResolvers<void>();
  /** Reads let through before the others are held. */
  #free = 0;

  readonly disk: Disk = {
    ...machineDisk,
    append: async (path, options) => {
      const file = await machineDisk.append(path, options);
      if (!path.includes("/history/")) return file;
      const write = async (bytes: Uint8Array) => {
        await this.#wait("write");
        await file.write(bytes);
      };
      const size = () => file.size();
      const truncate = (to: number) => file.truncate(to);
      return { size, truncate, sync: () => file.sync(), close: () => file.close(), write };
    },
    open: async (path) => {
      const file = await machineDisk.open(path);
      if (!path.includes("/0/history/")) return file;
      const read = async (into: Uint8Array, position: number) => {
        await this.#wait("read");
        return await file.read(into, position);
      };
      return { size: () => file.size(), read, close: () => file.close() };
    },
  };

  /** Holds what comes after `free` others; what it gives resolves when something is held. */
  hold(what: "write" | "read", free = 0): Promise<void> {
    this.#held = { what, gate: Promise.withResolvers() };
    this.#free = free;
    this.#reached = Promise.withResolvers();
    return this.#reached.promise;
  }

  release(): void {
    this.#held?.gate.resolve();
    this.#held = null;
  }

  async #wait(what: "write" | "read"): Promise<void> {
    if (this.#held?.what !== what || this.#free-- > 0) return;
    this.#reached.resolve();
    await this.#held.gate.promise;
  }
}

Deno.test("a say waits for the disk and for the client to take what it was sent, not for one of them", async () => {
  await using folder = new Folder();
  const held = new HeldDisk();
  const house = await openHouse(folder.path, { disk: held.disk });
  const [ada, maya] = [await Visitor.member(house, "Ada"), await Visitor.member(house, "Maya")];
  for (let id = 3; !maya.client.congested; id++) {
    await ada.hand({ type: "tell", id, to: "Maya", text: "x".repeat(4_000) });
  }
  await ada.take();
  const writing = held.hold("write");
  for (let id = 1_000, full = false; !full; id++) {
    full = ada.hand({ type: "say", id, room: "lobby", text: "x".repeat(4_096) }) !== undefined;
  }
  await writing;
  const log = await house.rooms.get("lobby").log();
  assert(log.drained !== null && ada.client.relieved === undefined, "it is the disk that Ada waits for");
  let free = false;
  const next = Promise.resolve(maya.hand({ type: "say", id: 3, room: "lobby", text: "hi" }))
    .then(() => free = true);
  held.release();
  await log.settled;
  await maya.client.answers.said;
  await ada.hand({ type: "ping", id: 3 });
  assertEquals([log.drained, free], [null, false], "what she was told waits to be taken");
  await maya.take();
  await next;
  await house.rooms.end();
});

Deno.test("while searches are held up by the disk, others are answered, in that room too", async () => {
  await using folder = new Folder();
  const held = new HeldDisk();
  const house = await openHouse(folder.path, { disk: held.disk });
  const [ada, bob, cleo, dan] = await Promise.all(
    ["Ada", "Bob", "Cleo", "Dan"].map((name) => Visitor.member(house, name)),
  );
  assert(ada !== undefined && bob !== undefined && cleo !== undefined && dan !== undefined);
  await dan.hand({ type: "create", id: 3, room: "tea" });
  const log = await house.rooms.get("lobby").log();
  await Promise.all(
    Array.from({ length: 200 }, () => log.append({ kind: "say", from: "Ada", text: "x".repeat(4_000) })),
  );
  for (const each of [ada, bob, cleo, dan]) await each.take();

  const reading = held.hold("read", 3);
  let answered = 0;
  // One more than run at once.
  const searches = [ada, bob, cleo].map(async (each) => {
    await each.hand({ type: "search", id: 3, room: "lobby", query: "needle" });
    answered++;
  });
  await reading;
  await dan.hand({ type: "say", id: 4, room: "tea", text: "one" });
  await dan.hand({ type: "say", id: 5, room: "lobby", text: "two" });
  await dan.client.answers.said;
  await dan.hand({ type: "history", id: 6, room: "tea" });
  await dan.hand({ type: "search", id: 7, room: "nowhere", query: "needle" });
  const replies = (await dan.take()).flatMap((message) =>
    message.is === "ok" || message.is === "refused" ? [`${message.is} ${message.re}`] : []
  );
  assertEquals([replies, answered], [["ok 4", "ok 5", "ok 6", "refused 7"], 0]);
  held.release();
  await Promise.all(searches);
  const found = (await cleo.take()).flatMap((message) => message.is === "ok" ? [message.body.entries] : []);
  assertEquals(found, [[]]);
  await house.rooms.end();
});

Deno.test("what the disk cannot give is storage_failed, a mistake of ours is not", async () => {
  await using folder = new Folder();
  let fault: Error | null = null;
  const reports: string[] = [];
  const disk = faultyDisk((path, to) => to === "read" && path.includes("/history/") ? fault : null);
  const house = await openHouse(folder.path, { disk, report: (_tag, text) => reports.push(text) });
  const ada = await Visitor.member(house, "Ada");
  await ada.hand({ type: "say", id: 3, room: "lobby", text: "hi" });
  await ada.client.answers.said;
  await ada.take();
  const requests = [{ type: "history", id: 4, room: "lobby" }, {
    type: "search",
    id: 5,
    room: "lobby",
    query: "hi",
  }];
  for (const request of requests) {
    for (const error of [new Deno.errors.NotFound("gone"), new Error("Input/output error (os error 5)")]) {
      fault = error;
      await ada.hand(request);
      const [reply] = await ada.take();
      assertEquals(reply?.is === "refused" && reply.error.code, "storage_failed");
      assertEquals(reports.at(-1), `lobby cannot be read: ${error.message}`);
    }
    fault = new TypeError("a bug");
    await assertRejects(async () => await ada.hand(request), TypeError, "a bug");
  }
  await house.rooms.end();
});
