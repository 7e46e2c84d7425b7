/** Sessions over real connections: taken up, replaced, ended. Their times are in people_test.ts. */

import { assertEquals } from "@std/assert";
import { House } from "../support/server.ts";

Deno.test("a session is taken up by its name and token; its rooms need no password, and send nothing before they are joined", async () => {
  await using house = await House.start();
  const maya = await house.connect();
  const { session } = await maya.hello("Maya");
  await maya.ask("create", { room: "tea", password: "green" });
  await maya.ask("say", { room: "tea", text: "one" });
  maya.close();

  const back = await house.connect();
  const answer = await back.hello("Maya", { session });
  assertEquals([answer.resumed, answer.session, answer.name], [true, session, "Maya"]);
  assertEquals(await back.refusal("say", { room: "tea", text: "two" }), "not_a_member");
  assertEquals((await back.upToNow()).map((message) => message.is === "event" && message.event.type), [
    "greeting",
  ]);
  assertEquals((await back.ask("join", { room: "tea", after: 0 })).reset, false);
  assertEquals((await back.entries(1)).map(({ text }) => text), ["one"]);
});

Deno.test("a session is not taken up under another name, without one, or with another token", async () => {
  await using house = await House.start();
  const maya = await house.connect();
  const { session } = await maya.hello("Maya");
  maya.close();
  const other = await (await house.connect()).hello("Ada", { session });
  assertEquals([other.resumed, other.name], [false, "Ada"]);
  const guest = await (await house.connect()).hello(undefined, { session });
  assertEquals([guest.resumed, guest.name], [false, "Client1"]);
  const peer = await house.connect();
  assertEquals(
    await peer.refusal("hello", { protocol: 1, name: "Maya", session: "another" }),
    "name_taken",
    "the name waits for its own session",
  );
  assertEquals((await peer.hello("ＭＡＹＡ", { session })).resumed, true, "the same name, spelt otherwise");
});

Deno.test("after a rename a session is taken up by its new name", async () => {
  await using house = await House.start();
  const maya = await house.connect();
  const { session } = await maya.hello("Maya");
  await maya.ask("name", { name: "Mia" });
  maya.close();
  assertEquals((await (await house.connect()).hello("Maya", { session })).resumed, false);
  const back = await (await house.connect()).hello("Mia", { session });
  assertEquals([back.resumed, back.name], [true, "Mia"]);
});

Deno.test("a session taken up while its connection stands ends that one with replaced", async () => {
  await using house = await House.start();
  const old = await house.connect();
  const { session } = await old.hello("Maya");
  await old.ask("join", { room: "lobby" });
  const back = await house.connect();
  assertEquals((await back.hello("Maya", { session })).resumed, true);
  assertEquals(await old.ending(), "replaced");
  await back.ask("join", { room: "lobby", after: 0 });
  await back.ask("say", { room: "lobby", text: "still here" });
  assertEquals((await back.entries(1))[0]?.from, "Maya");
});

Deno.test("bye is answered, closes, ends the session and frees the name at once", async () => {
  await using house = await House.start();
  const maya = await house.connect();
  const { session } = await maya.hello("Maya");
  const [id] = await maya.post({ type: "bye" });
  assertEquals((await maya.rest()).map((message) => message.is === "ok" && message.re), [
    false,
    id,
  ]);
  const next = await (await house.connect()).hello("Maya", { session });
  assertEquals([next.resumed, next.name], [false, "Maya"]);
});

Deno.test("bye is answered after every say before it, whatever its room", async () => {
  await using house = await House.start();
  const maya = await house.member("Maya");
  await maya.ask("create", { room: "tea" });
  await maya.upToNow();
  const says = Array.from({ length: 50 }, (_, i) => (
    { type: "say" as const, room: i % 2 === 0 ? "lobby" : "tea", text: `line ${i}` }
  ));
  const ids = await maya.post(...says, { type: "bye" });
  const replies = (await maya.rest()).flatMap((message) => message.is === "ok" ? [message.re] : []);
  assertEquals(replies.toSorted((a, b) => a - b), ids);
  assertEquals(replies.at(-1), ids.at(-1));
});

Deno.test("when the server stops, everybody is told, those who have not said hello too", async () => {
  await using house = await House.start();
  const maya = await house.member("Maya");
  const silent = await house.connect();
  await silent.event("greeting");
  await Promise.all([
    house.close(),
    ...[maya, silent].map(async (peer) => {
      await peer.event("notice");
      assertEquals(await peer.ending(), "shutting_down");
    }),
  ]);
});
