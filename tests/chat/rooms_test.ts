/** Rooms: created, named, locked, listed, kept on disk. */

import { assert, assertEquals } from "@std/assert";
import { House } from "../support/server.ts";

Deno.test("the lobby is always there, and open", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  assertEquals((await ada.ask("rooms")).rooms, [{ room: "lobby", locked: false, members: 0, head: 0 }]);
  assertEquals(await ada.refusal("create", { room: "Lobby" }), "room_exists");
});

Deno.test("a room without a name is the next number, from 0, and numbers in use are skipped", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  assertEquals((await ada.ask("create")).room, "0");
  await ada.ask("create", { room: "2" });
  const ids = await ada.post({ type: "create" }, { type: "create" });
  const names = [];
  for (const id of ids) names.push((await ada.answer("create", id)).room);
  assertEquals(names, ["1", "3"]);
  await house.close();
  await house.open();
  const [bob, cleo] = [await house.enter("Bob"), await house.enter("Cleo")];
  const both = await Promise.all([bob.ask("create"), cleo.ask("create")]);
  assertEquals(both.map(({ room }) => room).toSorted(), ["4", "5"]);
});

Deno.test("of two who create a room at once one gets it", async () => {
  await using house = await House.start();
  const peers = await Promise.all(Array.from({ length: 8 }, () => house.enter()));
  const replies = await Promise.all(peers.map(async (peer, i) => {
    const [id = 0] = await peer.post({ type: "create", room: i % 2 === 0 ? "Tea" : "tea" });
    return await peer.reply(id);
  }));
  const codes = replies.map((reply) => reply.is === "refused" ? reply.error.code : "ok");
  assertEquals(codes.toSorted(), [...Array(1).fill("ok"), ...Array(7).fill("room_exists")]);
});

Deno.test("whoever creates a room is in it and reads it from its start", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  const { room, head } = await ada.ask("create", { title: " the\n title " });
  assertEquals(head, 0);
  await ada.ask("say", { room, text: "first" });
  assertEquals((await ada.entries(1))[0]?.text, "first");
  assertEquals((await ada.ask("rooms")).rooms[1], {
    room: "0",
    locked: false,
    title: "the title",
    members: 1,
    head: 1,
  });
});

Deno.test("a locked room opens to its password alone, also after a restart, and tells strangers nothing", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  await ada.ask("create", { room: "tea", password: "grün", title: "Tea" });
  await ada.ask("say", { room: "tea", text: "secret" });
  const bob = await house.enter("Bob");
  assertEquals((await bob.ask("rooms")).rooms[1], { room: "tea", locked: true });
  assertEquals((await ada.ask("rooms")).rooms[1]?.title, "Tea");
  const record = await Deno.readTextFile(`${house.room(1)}/room.json`);
  assert(!record.includes("grün") && record.includes("scrypt"), "the password is kept as a hash");
  await house.close();
  await house.open();
  const cleo = await house.enter("Cleo");
  assertEquals(await cleo.refusal("join", { room: "tea" }), "wrong_password");
  assertEquals(await cleo.refusal("join", { room: "tea", password: "grun" }), "wrong_password");
  const answer = await cleo.ask("join", { room: "tea", password: "gru\u0308n" });
  assertEquals([answer.title, answer.head], ["Tea", 1]);
});

Deno.test("a member joins a locked room again without its password, but not after leaving it", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  await ada.ask("create", { room: "tea", password: "green" });
  await ada.ask("join", { room: "tea" });
  await ada.ask("leave", { room: "tea" });
  assertEquals(await ada.refusal("join", { room: "tea" }), "wrong_password");
});

Deno.test("a room whose record or history is damaged stays closed, the others open", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  for (const room of ["whole", "torn", "lost"]) {
    await ada.ask("create", { room });
    await ada.ask("say", { room, text: "first" });
    await ada.ask("say", { room, text: "second" });
  }
  await house.close();
  const segment = `${house.room(2)}/history/00000000000000000001.jsonl`;
  await Deno.writeTextFile(segment, (await Deno.readTextFile(segment)).replace("first", "fir5t"));
  await Deno.writeTextFile(`${house.room(3)}/room.json`, '{"room":');
  await house.open();
  const bob = await house.enter("Bob");
  assertEquals((await bob.ask("rooms")).rooms.map(({ room }) => room), ["lobby", "whole", "torn"]);
  assertEquals(await bob.refusal("join", { room: "lost" }), "no_such_room");
  assertEquals((await bob.ask("join", { room: "whole" })).head, 2);
  assertEquals((await bob.entries(2)).map(({ text }) => text), ["first", "second"]);
  assertEquals((await bob.ask("create")).room, "3", "a number that the lost room cannot have had");
  const entered = await bob.post({ type: "join", room: "torn", after: 0 });
  const reply = await bob.reply(entered[0] ?? 0);
  if (reply.is === "refused") assertEquals(reply.error.code, "storage_failed");
  else assertEquals((await bob.event("kicked")).by, "server", "found out when it was read");
  assert(house.lines.some((line) => line.includes("[ERROR]") && line.includes("00000000000000000001.jsonl")));
  await bob.ask("say", { room: "whole", text: "third" });
});

Deno.test("the number of a room whose record is damaged is not given to another room", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  for (const name of ["0", "1"]) assertEquals((await ada.ask("create")).room, name);
  await house.close();
  await Deno.writeTextFile(`${house.room(2)}/room.json`, "");
  await house.open();
  const bob = await house.enter("Bob");
  assertEquals((await bob.ask("create")).room, "2");
  assertEquals((await bob.ask("rooms")).rooms.map(({ room }) => room), ["lobby", "0", "2"]);
  await Deno.stat(`${house.room(3)}/room.json`);
});

Deno.test("a person is in so many rooms at most", async () => {
  await using house = await House.start({ sync: false });
  const ada = await house.enter("Ada");
  for (let i = 0; i < 256; i++) await ada.ask("create");
  assertEquals(await ada.refusal("create", { room: "one-more" }), "too_many_rooms");
  assertEquals(await ada.refusal("join", { room: "lobby" }), "too_many_rooms");
  assertEquals((await ada.ask("join", { room: "7" })).room, "7");
  await ada.ask("leave", { room: "7" });
  await ada.ask("join", { room: "lobby" });
});

Deno.test("a log that nobody reads is let go, and found again by whoever joins", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  await ada.ask("say", { room: "lobby", text: "one" });
  await ada.ask("leave", { room: "lobby" });
  const room = house.server.house.rooms.get("lobby");
  await room.rest();
  await room.rest();
  assertEquals((await ada.ask("join", { room: "lobby", after: 0 })).head, 1);
  assertEquals((await ada.ask("say", { room: "lobby", text: "two" })).seq, 2);
  assertEquals((await ada.entries(3)).map(({ text }) => text), ["one", "one", "two"]);
});
