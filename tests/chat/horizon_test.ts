/** How far back members see: in rooms that show what came after they joined, and in locked ones from outside. */

import { assertEquals } from "@std/assert";
import { foldName } from "../../server/protocol/names.ts";
import type { JsonObject } from "../../server/protocol/shapes.ts";
import { TestKey } from "../support/keys.ts";
import { Guest, memoryDisk, quickHouse, reopened } from "./guests.ts";
import type { TestHouse } from "./support.ts";

const BO = new TestKey();

/** Sam's #tea, whose members see what came after they joined, and three entries of it. */
async function tea(house?: TestHouse): Promise<{ readonly house: TestHouse; readonly sam: Guest }> {
  const where = house ?? await quickHouse();
  const sam = await Guest.enter(where, "Sam", { key: new TestKey() });
  await sam.ok("create", { room: "tea", history: "joined" });
  await say(sam, "one", "two", "three");
  return { house: where, sam };
}

async function say(who: Guest, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await who.ok("say", { room: "tea", text });
}

function seqs({ entries }: JsonObject): unknown {
  return Array.isArray(entries) && entries.map(({ seq }) => seq);
}

/** Joins, and gives `first`, `head` and `reset` of the answer and the texts that came. */
async function join(who: Guest, from: object): Promise<unknown[]> {
  await who.texts();
  const { first, head, reset } = await who.ok("join", { room: "tea", ...from });
  return [first, head, reset, (await who.texts()).join(" ")];
}

Deno.test("a join gives nothing from before the first one, wherever it asks to begin", async () => {
  for (const manners of [{}, { key: BO }]) {
    const { house, sam } = await tea();
    const { log } = await sam.ok("join", { room: "tea" });
    const bo = await Guest.enter(house, "Bo", manners);
    assertEquals(await join(bo, { last: 50 }), [4, 3, false, ""]);
    await say(sam, "four", "five");
    assertEquals(await bo.texts(), ["four", "five"]);
    assertEquals(await join(bo, {}), [4, 5, false, "four five"]);
    assertEquals(await join(bo, { last: 1 }), [4, 5, false, "five"]);
    assertEquals(await join(bo, { last: 2 ** 40 }), [4, 5, false, "four five"]);
    assertEquals(await join(bo, { after: 0 }), [4, 5, false, "four five"]);
    assertEquals(await join(bo, { after: 4, log }), [4, 5, false, "five"]);
    assertEquals(await join(bo, { after: 4, log: "another" }), [4, 5, true, "four five"]);
    assertEquals(await join(bo, { after: 6 }), [4, 5, true, "four five"]);
    await house.rooms.end();
  }
});

Deno.test("history and search give nothing from before the first join, and say that there is no more", async () => {
  const { house, sam } = await tea();
  const bo = await Guest.enter(house, "Bo", { rooms: ["tea"] });
  const all = { room: "tea", query: "o" };
  for (const before of [undefined, 1, 3, 4, 100]) {
    for (const type of ["history", "search"] as const) {
      const answer = await bo.ok(type, { ...all, before });
      assertEquals([seqs(answer), answer.more], [[], false], `${type} before ${before}`);
    }
  }
  await say(sam, "four", "so", "forty");
  const found: readonly (readonly [object, readonly number[], boolean])[] = [
    [{}, [4, 5, 6], false],
    [{ limit: 3 }, [4, 5, 6], false],
    [{ limit: 2 }, [5, 6], true],
    [{ before: 6 }, [4, 5], false],
    [{ before: 5, limit: 1 }, [4], false],
    [{ before: 4 }, [], false],
    [{ before: 2 }, [], false],
  ];
  for (const [asked, wanted, more] of found) {
    const what = JSON.stringify(asked);
    const history = await bo.ok("history", { room: "tea", ...asked });
    assertEquals([seqs(history), history.more], [wanted, more], `history ${what}`);
    const search = await bo.ok("search", { ...all, ...asked });
    assertEquals([seqs(search), search.more], [wanted.toReversed(), more], `search ${what}`);
  }
  assertEquals(seqs(await sam.ok("search", { room: "tea", query: "tw" })), [2]);
  assertEquals(seqs(await bo.ok("search", { room: "tea", query: "tw" })), []);
  await house.rooms.end();
});

Deno.test("the first join counts for a key: after leaving, being sent out, over other connections, and a restart", async () => {
  const disk = memoryDisk();
  const { house, sam } = await tea(await quickHouse({ disk }));
  const bo = await Guest.enter(house, "Bo", { key: BO });
  assertEquals(await join(bo, {}), [4, 3, false, ""]);
  await say(sam, "four");
  await bo.ok("leave", { room: "tea" });
  await say(sam, "five");
  assertEquals(await join(bo, {}), [4, 5, false, "four five"]);
  await sam.ok("kick", { room: "tea", name: "Bo" });
  assertEquals(await join(bo, {}), [4, 5, false, "four five"]);
  const other = await Guest.enter(house, "Robert", { key: BO });
  assertEquals(await join(other, {}), [4, 5, false, "four five"]);
  const max = await Guest.enter(house, "Max", { key: new TestKey() });
  assertEquals(await join(max, { after: 0 }), [6, 5, false, ""]);
  const next = await reopened(house, disk);
  const back = await Guest.enter(next, "Bo", { key: BO });
  assertEquals(await join(back, { after: 0 }), [4, 5, false, "four five"]);
  assertEquals(seqs(await back.ok("history", { room: "tea" })), [4, 5]);
  await next.rooms.end();
});

Deno.test("without a key it is this join that counts, and a session that is taken up keeps it", async () => {
  const { house, sam } = await tea();
  const bo = await Guest.enter(house, "Bo", { rooms: ["tea"] });
  await say(sam, "four");
  bo.drop();
  house.time.ms += 60_000;
  await house.rooms.tidy();
  await say(sam, "five");
  const back = await Guest.enter(house, "Bo", { session: bo.token });
  assertEquals(await join(back, { after: 0 }), [4, 5, false, "four five"]);
  await back.ok("leave", { room: "tea" });
  assertEquals(await join(back, { after: 0 }), [6, 5, false, ""]);
  await back.ok("bye");
  assertEquals(await join(await Guest.enter(house, "Bo"), { after: 0 }), [6, 5, false, ""]);
  await house.rooms.end();
});

Deno.test("a room shows everything to everybody unless its creator chose otherwise, who sees all of it", async () => {
  const house = await quickHouse();
  const kim = await Guest.enter(house, "Kim");
  await kim.ok("create", { room: "tea", history: "joined" });
  await say(kim, "one");
  assertEquals(await join(kim, { after: 0 }), [1, 1, false, "one"]);
  const locked = { password: "green" };
  for (const [room, chosen] of [["plain", {}], ["all", { history: "all" }], ["locked", locked]] as const) {
    await kim.ok("create", { room, ...chosen });
    await kim.ok("say", { room, text: "before" });
    const bo = await Guest.enter(house, "Bo", { key: BO });
    const { first } = await bo.ok("join", { room, after: 0, ...locked });
    assertEquals([first, await bo.texts()], [1, ["before"]]);
    assertEquals(seqs(await bo.ok("history", { room })), [1]);
    await bo.ok("bye");
  }
  await house.rooms.end();
});

Deno.test("when a first join cannot be stored nobody gets in, and sees no more for it the next time", async () => {
  const disk = memoryDisk();
  const { house, sam } = await tea(await quickHouse({ disk }));
  const bo = await Guest.enter(house, "Bo", { key: BO });
  disk.hook = (operation) => operation === "write" ? new Error("no space left") : null;
  assertEquals(await bo.outcome("join", { room: "tea" }), "storage_failed");
  assertEquals(bo.places, []);
  disk.hook = () => null;
  await say(sam, "four");
  assertEquals(await join(bo, { after: 0 }), [5, 4, false, ""]);
  await house.rooms.end();
});

Deno.test("of a locked room strangers learn that it is there, and nothing else", async () => {
  const house = await quickHouse();
  const sam = await Guest.enter(house, "Sam");
  await sam.ok("create", { room: "tea", title: "Secret", password: "green" });
  await say(sam, "one");
  const zoe = await Guest.enter(house, "Zoe", { rooms: ["lobby"] });
  const listed = async (who: Guest) => (await who.ok("rooms")).rooms;
  const lobby = { room: "lobby", locked: false, members: 1, head: 0 };
  assertEquals(await listed(zoe), [lobby, { room: "tea", locked: true }]);
  const inside = { room: "tea", locked: true, title: "Secret", members: 1, head: 1 };
  assertEquals(await listed(sam), [lobby, inside]);
  const people = JSON.stringify(await zoe.ok("who"));
  assertEquals([people.includes("Sam"), people.includes("tea")], [true, false]);
  assertEquals(await zoe.outcome("who", { room: "tea" }), "not_a_member");
  const refused = await zoe.ask("join", { room: "tea", password: "red" });
  const { error } = refused.is === "refused" ? refused : { error: { code: "ok", message: "" } };
  assertEquals([error.code, foldName(error.message).includes("secret")], ["wrong_password", false]);
  await zoe.ok("join", { room: "tea", password: "green" });
  assertEquals(await listed(zoe), [lobby, { ...inside, members: 2 }]);
  await zoe.ok("leave", { room: "tea" });
  assertEquals(await listed(zoe), [lobby, { room: "tea", locked: true }]);
  await house.rooms.end();
});
