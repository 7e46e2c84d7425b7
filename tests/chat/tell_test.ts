/** Direct messages, titles and names as others see them. */

import { assert, assertEquals } from "@std/assert";
import type { ProtocolError } from "../../server/protocol/errors.ts";
import { entriesIn } from "../support/peer.ts";
import { House } from "../support/server.ts";

Deno.test("a tell reaches the one it is for, cleaned, and nobody else", async () => {
  await using house = await House.start();
  const [ada, bob, cleo] = [await house.member("Ada"), await house.member("Bob"), await house.member("Cleo")];
  const { at } = await ada.ask("tell", { to: "BOB", text: "psst\u0007" });
  assertEquals(await bob.event("direct"), { type: "direct", from: "Ada", text: "psst", at });
  await ada.ask("tell", { to: "Ada", text: "note to self" });
  assertEquals((await ada.event("direct")).text, "note to self");
  const others = await cleo.upToNow();
  assert(others.every((message) => message.is !== "event" || message.event.type !== "direct"));
  assertEquals((await ada.ask("history", { room: "lobby" })).entries, []);
});

Deno.test("a tell to someone without a connection is no_such_person, and is not kept for them", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  const bob = await house.connect();
  const { session } = await bob.hello("Bob");
  bob.close();
  let code = "";
  while (code === "") {
    // Until the server has seen that the connection is gone.
    const [id = 0] = await ada.post({ type: "tell", to: "Bob", text: "are you there?" });
    const reply = await ada.reply(id);
    if (reply.is === "refused") code = reply.error.code;
  }
  assertEquals(code, "no_such_person");
  const back = await house.connect();
  assertEquals((await back.hello("Bob", { session })).resumed, true);
  assertEquals((await back.upToNow()).length, 1, "the greeting alone");
});

Deno.test("a tell to someone who does not read is refused, with the time to try again, and not before much waits", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  const bob = await house.enter("Bob");
  let refused: ProtocolError | null = null;
  let told = 0;
  for (; refused === null; told++) {
    const [id = 0] = await ada.post({ type: "tell", to: "Bob", text: "x".repeat(4_000) });
    const reply = await ada.reply(id);
    if (reply.is === "refused") refused = reply.error;
  }
  assertEquals(refused.code, "rate_limited");
  assert(refused.retryMs !== undefined && refused.retryMs > 0, "it says when to try again");
  for (let i = 1; i < told; i++) assertEquals((await bob.event("direct")).from, "Ada");
  await ada.ask("ping");
});

Deno.test("a title is an entry of the log, and every member may set it; an empty one removes it", async () => {
  await using house = await House.start();
  const [ada, bob] = [await house.member("Ada"), await house.member("Bob")];
  assertEquals((await bob.ask("title", { room: "lobby", title: "  Tea\u0007\n time " })).title, "Tea time");
  const [entry] = await ada.entries(1);
  assertEquals([entry?.kind, entry?.title, entry?.from, entry?.seq], ["title", "Tea time", "Bob", 1]);
  assertEquals((await ada.ask("join", { room: "lobby" })).title, "Tea time");
  await house.close();
  await house.open();
  const cleo = await house.enter("Cleo");
  assertEquals((await cleo.ask("join", { room: "lobby" })).title, "Tea time");
  await cleo.ask("title", { room: "lobby", title: "" });
  assertEquals((await cleo.ask("join", { room: "lobby" })).title, undefined);
  assertEquals((await cleo.ask("title", { room: "lobby", title: "é".repeat(100) })).title.length, 100);
  assertEquals(await cleo.refusal("title", { room: "lobby", title: "é".repeat(101) }), "text_too_long");
});

Deno.test("of titles that are set at once the last in the log is the one that stays", async () => {
  await using house = await House.start();
  const peers = await Promise.all(Array.from({ length: 8 }, (_, i) => house.member(`Guest${i}`)));
  await Promise.all(peers.map(async (peer, i) => {
    const titles = Array.from({ length: 5 }, (_, n) => `title ${i}.${n}`);
    const ids = await peer.post(...titles.map((title) => ({ type: "title" as const, room: "lobby", title })));
    for (const id of ids) await peer.answer("title", id);
  }));
  const [ada] = peers;
  assert(ada !== undefined);
  const last = entriesIn(await ada.upToNow()).at(-1);
  assertEquals(last?.seq, 40);
  assertEquals((await ada.ask("join", { room: "lobby" })).title, last?.title);
  assertEquals(house.lines.filter((line) => line.includes("[ERROR]")), []);
});

Deno.test("a new name holds from then on; what was said before keeps the old one", async () => {
  await using house = await House.start();
  const [ada, bob] = [await house.member("Ada"), await house.member("Bob")];
  await ada.ask("say", { room: "lobby", text: "one" });
  assertEquals((await ada.ask("name", { name: "Ida" })).name, "Ida");
  await ada.ask("say", { room: "lobby", text: "two" });
  assertEquals((await bob.entries(2)).map(({ from }) => from), ["Ada", "Ida"]);
  assertEquals(await bob.refusal("tell", { to: "Ada", text: "hi" }), "no_such_person");
  await bob.ask("tell", { to: "Ida", text: "hi" });
  assertEquals((await bob.ask("name", { name: "Ada" })).name, "Ada");
});
