/** Where a member starts to read, and the order of what it is sent. */

import { assertEquals, assertNotEquals } from "@std/assert";
import { assertGapless, entriesIn, type Peer } from "../support/peer.ts";
import { House } from "../support/server.ts";

/** A house whose lobby holds `count` entries, and the one who said them. */
async function filled(count: number): Promise<{ house: House; ada: Peer }> {
  const house = await House.start();
  const ada = await house.member("Ada");
  await sayMany(ada, count);
  return { house, ada };
}

async function sayMany(peer: Peer, count: number): Promise<void> {
  const says = Array.from({ length: count }, (_, i) => (
    { type: "say" as const, room: "lobby", text: `line ${i + 1}` }
  ));
  for (const id of await peer.post(...says)) await peer.answer("say", id);
}

Deno.test("a join starts 50 entries back, or as many as last says, or after a seq", async () => {
  const { house, ada } = await filled(120);
  await using _ = house;
  const cases = [
    [{}, 71],
    [{ last: 1 }, 120],
    [{ last: 120 }, 1],
    [{ last: 2 ** 53 - 1 }, 1],
    [{ after: 0 }, 1],
    [{ after: 119 }, 120],
  ] as const;
  const bob = await house.enter("Bob");
  for (const [members, first] of cases) {
    const answer = await bob.ask("join", { room: "lobby", ...members });
    assertEquals([answer.head, answer.first, answer.reset], [120, 1, false]);
    assertGapless(await bob.entries(120 - first + 1), first);
  }
  for (const members of [{ last: 0 }, { after: 120 }]) {
    await bob.ask("join", { room: "lobby", ...members });
    assertEquals(entriesIn(await bob.upToNow()), []);
  }
  await sayMany(ada, 1);
  assertEquals((await bob.entries(1))[0]?.seq, 121, "and goes on live");
});

Deno.test("a join after what is not there, or of another log, resets and starts at the first entry", async () => {
  const { house } = await filled(3);
  await using _ = house;
  const bob = await house.enter("Bob");
  const { log } = await bob.ask("join", { room: "lobby", last: 0 });
  for (const members of [{ after: 4, log }, { after: 2, log: "another" }, { after: 2 ** 53 - 1 }]) {
    const answer = await bob.ask("join", { room: "lobby", ...members });
    assertEquals([answer.reset, answer.log], [true, log]);
    assertGapless(await bob.entries(3), answer.first);
  }
  assertEquals((await bob.ask("join", { room: "lobby", after: 3, log })).reset, false);
});

Deno.test("the ok of a join comes before its first entry, however busy the room is", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  const bob = await house.enter("Bob");
  for (let round = 0; round < 20; round++) {
    const says = Array.from({ length: 20 }, () => ({ type: "say" as const, room: "lobby", text: "x" }));
    const posted = ada.post(...says);
    const [join = 0] = await bob.post({ type: "join", room: "lobby", last: 5 });
    const ids = await posted;
    for (const id of ids) await ada.answer("say", id);
    const [leave = 0] = await bob.post({ type: "leave", room: "lobby" });
    assertEquals(entriesIn(await bob.upTo(join)), [], "no entry came before the ok of the join");
    await bob.upTo(leave);
  }
});

Deno.test("nothing of a room comes after the ok of its leave", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  const bob = await house.member("Bob");
  await bob.upToNow();
  const says = Array.from({ length: 500 }, () => ({ type: "say" as const, room: "lobby", text: "x" }));
  const posted = ada.post(...says);
  await bob.ask("leave", { room: "lobby" });
  for (const id of await posted) await ada.answer("say", id);
  assertEquals(entriesIn(await bob.upToNow()), []);
  assertEquals(await bob.refusal("say", { room: "lobby", text: "x" }), "not_a_member");
});

Deno.test("a join by a member moves the cursor: nothing twice within it, nothing left out", async () => {
  const { house, ada } = await filled(300);
  await using _ = house;
  const bob = await house.enter("Bob");
  const ids = await bob.post(
    { type: "join", room: "lobby", after: 0 },
    { type: "join", room: "lobby", after: 200 },
    { type: "join", room: "lobby", after: 100 },
  );
  await sayMany(ada, 10);
  await bob.upTo(ids[2] ?? 0);
  assertGapless(await bob.entries(210), 101);
});

Deno.test("members and names count who is in the room, the one who joins too", async () => {
  await using house = await House.start();
  await house.member("Ada");
  const bob = await house.enter("Bob");
  const answer = await bob.ask("join", { room: "LOBBY" });
  assertEquals([answer.room, answer.members, answer.names], ["lobby", 2, ["Ada", "Bob"]]);
});

Deno.test("in a room of more than 100 members there is a count and no names", async () => {
  await using house = await House.start();
  const answers = [];
  for (let i = 1; i <= 101; i++) answers.push(await (await house.enter()).ask("join", { room: "lobby" }));
  assertEquals(answers[99]?.names?.length, 100);
  assertEquals([answers[100]?.members, answers[100]?.names], [101, undefined]);
});

Deno.test("a log that a restart finds again has the same id, and goes on where it was", async () => {
  const { house } = await filled(3);
  await using _ = house;
  const { log } = await (await house.enter("Bob")).ask("join", { room: "lobby" });
  await house.close();
  await house.open();
  const bob = await house.enter("Bob");
  const answer = await bob.ask("join", { room: "lobby", after: 1, log });
  assertEquals([answer.reset, answer.log, answer.head], [false, log, 3]);
  assertGapless(await bob.entries(2), 2);
  assertEquals((await bob.ask("say", { room: "lobby", text: "four" })).seq, 4);
});

Deno.test("every room has a log of its own", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  const { log } = await ada.ask("create", { room: "tea" });
  assertNotEquals(log, (await ada.ask("join", { room: "lobby" })).log);
  assertEquals((await ada.ask("say", { room: "tea", text: "one" })).seq, 1);
});
