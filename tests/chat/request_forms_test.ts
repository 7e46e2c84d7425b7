/** Requests that are unknown, long, badly numbered or have more members than are known. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { House } from "../support/server.ts";

Deno.test("an unknown request is refused with its id, ignored without one, and the connection goes on", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  await ada.send({ type: "launch", id: 900, room: "lobby" }, { type: "launch" }, { type: "launch", id: "x" });
  await ada.send({ type: "pong" }, { type: "constructor", id: 901 });
  for (const re of [900, 901]) {
    const reply = await ada.reply(re);
    assertEquals(reply.is === "refused" && reply.error.code, "unknown_type");
  }
  assertEquals((await ada.upToNow()).map(({ is }) => is), ["event"], "the greeting alone");
});

Deno.test("a refusal repeats only the beginning of what was long", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  const long = "x".repeat(20_000);
  for (
    const request of [
      { type: "join", room: long },
      { type: "tell", to: long, text: "hi" },
      { type: long },
      { type: "name", name: long },
    ]
  ) {
    await ada.send({ ...request, id: 900 });
    const reply = await ada.reply(900);
    assert(reply.is === "refused");
    assertLess(reply.error.message.length, 150);
  }
});

Deno.test("a known request without a valid id ends the connection with bad_request without re", async () => {
  await using house = await House.start();
  for (const id of [undefined, null, 0, -1, 1.5, "7", 2 ** 53, true, [1]]) {
    const ada = await house.enter();
    await ada.send({ type: "ping", id });
    assertEquals(await ada.ending(), "bad_request");
  }
  const ada = await house.enter();
  await ada.send({ type: "ping", id: 2 ** 53 - 1 });
  assertEquals((await ada.reply(2 ** 53 - 1)).is, "ok");
});

Deno.test("an id that is unanswered still ends the connection; one that was answered can be used again", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  const say = { type: "say", id: 77, room: "lobby", text: "twice" };
  await ada.send(say, say);
  assertEquals(await ada.ending(), "bad_request");

  const bob = await house.member("Bob");
  for (let i = 0; i < 3; i++) {
    await bob.send({ ...say, text: `once ${i}` });
    assertEquals((await bob.reply(77)).is, "ok");
  }
});

Deno.test("members that the server does not know are ignored", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  await ada.ask("join", { room: "lobby", colour: "green", key: 7, proof: null });
});

Deno.test("a file chunk is told that there is no such transfer", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  await ada.raw(new Uint8Array([0, 0, 0, 14, 2, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 99]));
  const failed = await ada.event("failed");
  assertEquals([failed.transfer, failed.code], [258, "no_such_transfer"]);
});
