/** What people say: numbered, in order, once, cleaned. */

import { assert, assertEquals } from "@std/assert";
import { assertGapless, entriesIn, type Peer } from "../support/peer.ts";
import { House } from "../support/server.ts";

const say = (text: string, rest: object = {}) => ({ type: "say" as const, room: "lobby", text, ...rest });

Deno.test("everybody sees the same entries in the same order, the one who says them too", async () => {
  await using house = await House.start();
  const peers = [await house.member("Ada"), await house.member("Bob"), await house.member("Cleo")];
  await Promise.all(
    peers.map((peer, n) => peer.post(...Array.from({ length: 100 }, (_, i) => say(`${n}.${i}`)))),
  );
  const seen = await Promise.all(peers.map((peer) => peer.entries(300)));
  const [first = []] = seen;
  assertGapless(first, 1);
  for (const entries of seen) assertEquals(entries, first);
  for (const n of [0, 1, 2]) {
    const own = first.filter(({ text }) => text?.startsWith(`${n}.`)).map(({ text }) => text);
    assertEquals(own, Array.from({ length: 100 }, (_, i) => `${n}.${i}`), "each one's in its own order");
  }
});

Deno.test("says in a room are answered and numbered in their order, the refused ones among them too", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  await ada.ask("create", { room: "tea" });
  await ada.upToNow();
  const tea = { room: "tea" };
  const ids = await ada.post(
    say("one"),
    say("aside", tea),
    say(""),
    say("two"),
    say("x".repeat(5_000)),
    say("aside", tea),
    say("three"),
    say("", tea),
    say("\u0000"),
    say("four"),
  );
  const inLobby = ids.filter((_, i) => ![1, 5, 7].includes(i));
  assertEquals(await replyOrder(ada, inLobby), inLobby);
  const { entries } = await ada.ask("history", { room: "lobby" });
  assertEquals(entries.map(({ seq, text }) => [seq, text]), [
    [1, "one"],
    [2, "two"],
    [3, "three"],
    [4, "four"],
  ]);
});

/** The ids in the order in which their replies come. */
async function replyOrder(peer: Peer, ids: readonly number[]): Promise<number[]> {
  const order: number[] = [];
  while (order.length < ids.length) {
    const message = await peer.next();
    if (message === null) break;
    if ((message.is === "ok" || message.is === "refused") && ids.includes(message.re)) order.push(message.re);
  }
  return order;
}

Deno.test("an ok and an entry tell the same number and time, and who said it", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  const before = Date.now();
  const { seq, at } = await ada.ask("say", { room: "LOBBY", text: "hi", key: "k1" });
  assert(at >= before && at <= Date.now(), "milliseconds since 1970");
  assertEquals(await ada.event("entry"), {
    type: "entry",
    room: "lobby",
    seq,
    at,
    kind: "say",
    from: "Ada",
    text: "hi",
    key: "k1",
  });
});

Deno.test("a text is cleaned of controls, not of line breaks and tabs, and measured afterwards", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  const texts = [
    ["a\r\n\tb", "a\n\tb"],
    ["\u001b[31mred\u007f\u0085", "[31mred"],
    ["\ud83d", "\ufffd"],
    ["\u0000".repeat(5_000) + "x".repeat(4_096), "x".repeat(4_096)],
    ["é".repeat(2_048), "é".repeat(2_048)],
    ['"\\\u2028', '"\\\u2028'],
  ];
  for (const [text, stored] of texts) {
    await ada.ask("say", { room: "lobby", text });
    assertEquals((await ada.entries(1))[0]?.text, stored);
  }
});

Deno.test("the longest text is the operator's choice", async () => {
  await using house = await House.start({ textBytesMax: 10 });
  const ada = await house.member("Ada");
  await ada.ask("say", { room: "lobby", text: "x".repeat(10) });
  assertEquals(await ada.refusal("say", { room: "lobby", text: "x".repeat(11) }), "text_too_long");
  assertEquals(await ada.refusal("tell", { to: "Ada", text: "x".repeat(11) }), "text_too_long");
});

Deno.test("a repeated key is the first entry, with the same text; with another it is key_reused", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  const ids = await ada.post(
    say("one", { key: "k" }),
    say("one", { key: "k" }),
    say("two", { key: "k" }),
    say("one"),
    say("one"),
  );
  const first = await ada.answer("say", ids[0] ?? 0);
  assertEquals(await ada.answer("say", ids[1] ?? 0).then(({ seq, at }) => [seq, at]), [first.seq, first.at]);
  const reused = await ada.reply(ids[2] ?? 0);
  assertEquals(reused.is === "refused" && reused.error.code, "key_reused");
  assertEquals((await ada.answer("say", ids[4] ?? 0)).seq, 3, "without a key the same text is another entry");
  assertEquals((await ada.ask("say", say("one", { key: "k" }))).seq, 1);
  assertEquals(await ada.refusal("say", say("One", { key: "k" })), "key_reused");
  assertEquals(
    (await ada.ask("say", say("\u0007one", { key: "k" }))).seq,
    1,
    "texts are compared once cleaned",
  );
  assertEquals(entriesIn(await ada.upToNow()).length, 3);
});

Deno.test("a key holds across a reconnect, a rename and a restart, for other people too, in its room alone", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  const said = say("one", { key: "a key" });
  const { seq, at } = await ada.ask("say", said);
  await ada.ask("say", say("between"));
  await ada.ask("name", { name: "Ida" });
  const again = async (peer: typeof ada) => {
    const answer = await peer.ask("say", said);
    assertEquals([answer.seq, answer.at], [seq, at]);
  };
  await again(ada);
  ada.close();
  await again(await house.member("Bob"));
  await house.close();
  await house.open();
  const cleo = await house.member("Cleo");
  await again(cleo);
  assertEquals(await cleo.refusal("say", say("other", { key: "a key" })), "key_reused");
  await cleo.ask("create", { room: "tea" });
  assertEquals((await cleo.ask("say", { ...said, room: "tea" })).seq, 1, "another room has keys of its own");
  assertEquals((await cleo.ask("say", say("three"))).seq, 3);
});

Deno.test("what was said stands in the room's file, one line an entry, when its ok is there", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  await ada.ask("say", say("on the disk"));
  const text = await Deno.readTextFile(`${house.room(0)}/history/00000000000000000001.jsonl`);
  assertEquals(text.split("\n").length, 2);
  const line: unknown = JSON.parse(text);
  assert(typeof line === "object" && line !== null && "text" in line && "crc" in line);
  assertEquals(line.text, "on the disk");
});
