/** Looking back: `history` and `search`. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { assertGapless, type Peer } from "../support/peer.ts";
import { House } from "../support/server.ts";

async function sayAll(peer: Peer, texts: readonly string[]): Promise<void> {
  const ids = await peer.post(...texts.map((text) => ({ type: "say" as const, room: "lobby", text })));
  for (const id of ids) await peer.answer("say", id);
}

Deno.test("history gives 50 entries, or as many as asked for, before a seq, oldest first", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  await sayAll(ada, Array.from({ length: 230 }, (_, i) => `line ${i + 1}`));
  const cases = [
    [{}, 181, 50, true],
    [{ limit: 1 }, 230, 1, true],
    [{ limit: 200 }, 31, 200, true],
    [{ before: 31, limit: 200 }, 1, 30, false],
    [{ before: 2 ** 53 - 1, limit: 3 }, 228, 3, true],
    [{ before: 2 }, 1, 1, false],
    [{ before: 1 }, 1, 0, false],
  ] as const;
  for (const [members, first, count, more] of cases) {
    const answer = await ada.ask("history", { room: "lobby", ...members });
    assertGapless(answer.entries, first);
    assertEquals([answer.entries.length, answer.more], [count, more], JSON.stringify(members));
  }
  const [entry] = (await ada.ask("history", { room: "lobby", limit: 1 })).entries;
  assertEquals([entry?.kind, entry?.from, entry?.text], ["say", "Ada", "line 230"]);
});

Deno.test("history and search of long texts stop where a frame is full, and go on from there", async () => {
  await using house = await House.start({ textBytesMax: 10_000 });
  const ada = await house.member("Ada");
  await sayAll(ada, Array.from({ length: 40 }, (_, i) => `needle ${i} ` + '"'.repeat(9_900)));
  for (const newestFirst of [false, true]) {
    const seqs: number[] = [];
    let before: number | undefined;
    for (let more = true; more;) {
      const page = { room: "lobby", limit: 200, ...(before === undefined ? {} : { before }) };
      const answer = newestFirst
        ? await ada.ask("search", { ...page, query: "NEEDLE" })
        : await ada.ask("history", page);
      assertLess(answer.entries.length, 40);
      const found = answer.entries.map(({ seq }) => seq);
      seqs.push(...(newestFirst ? found : found.toReversed()));
      before = seqs.at(-1);
      more = answer.more;
    }
    assertEquals(seqs, Array.from({ length: 40 }, (_, i) => 40 - i));
  }
});

Deno.test("search finds what NFKC and case-folding make the same, in says alone, newest first", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  await sayAll(ada, [
    "Straße",
    "ＳＴＲＡＳＳＥ",
    "a strass",
    'quoted "x\\y"\nline',
    "Café",
    "cafe\u0301 again",
  ]);
  await ada.ask("title", { room: "lobby", title: "strasse" });
  const seqs = async (query: string, rest: object = {}) =>
    (await ada.ask("search", { room: "lobby", query, ...rest })).entries.map(({ seq }) => seq);
  assertEquals(await seqs("STRASSE"), [2, 1]);
  assertEquals(await seqs("strass"), [3, 2, 1]);
  assertEquals(await seqs("CAFÉ"), [6, 5]);
  assertEquals(await seqs('"x\\y"\nL'), [4]);
  assertEquals(await seqs("strass", { limit: 1 }), [3]);
  assertEquals(await seqs("strass", { before: 3 }), [2, 1]);
  assertEquals(await seqs("say"), []);
  assertEquals((await ada.ask("search", { room: "lobby", query: "strass", limit: 1 })).more, true);
  assertEquals((await ada.ask("search", { room: "lobby", query: "strass", limit: 3 })).more, false);
});

Deno.test("whoever is not in a room looks up nothing there, also after having been in it", async () => {
  await using house = await House.start();
  const ada = await house.enter("Ada");
  await ada.ask("create", { room: "tea", password: "green" });
  await ada.ask("say", { room: "tea", text: "secret" });
  await ada.ask("leave", { room: "tea" });
  assertEquals(await ada.refusal("history", { room: "tea" }), "not_a_member");
  assertEquals(await ada.refusal("search", { room: "tea", query: "secret" }), "not_a_member");
  assertEquals(await ada.refusal("who", { room: "tea" }), "not_a_member");
  assert((await ada.ask("rooms")).rooms.every(({ head, room }) => room === "lobby" || head === undefined));
});
