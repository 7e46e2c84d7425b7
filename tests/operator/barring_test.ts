/** Bans as those meet them who are banned: over real connections, and after a restart. */

import { assertEquals, assertMatch } from "@std/assert";
import { fingerprint } from "../../server/protocol/proofs.ts";
import { TestKey } from "../support/keys.ts";
import { House } from "../support/server.ts";
import { typed } from "./support.ts";

/** The operator types a line. */
const operator = (house: House, line: string) => typed(house.server.house, [line]);

Deno.test("a key that is banned stays out under any name, also after a restart, until it is let in again", async () => {
  await using house = await House.start();
  const key = new TestKey();
  const bo = await house.keyed(key, "Bo");
  await operator(house, "ban Bo because spam");
  assertEquals(await bo.ending(), "banned");
  bo.close();
  await house.close();
  await house.open();
  const again = await house.connect();
  const proven = key.proof(await again.nonce(), "Zoe");
  assertEquals(await again.refusal("hello", { protocol: 1, name: "Zoe", ...proven }), "banned");
  assertEquals(await again.refusal("hello", { protocol: 1, name: "bo" }), "banned");
  await operator(house, `unban ${fingerprint(key.key)}`);
  await again.keyedHello(key, "Bo");
});

Deno.test("from a network that is banned nobody gets a word in, also after a restart, until it is let in again", async () => {
  await using house = await House.start();
  const bo = await house.member("Bo");
  await operator(house, "ban 127.0.0.1 for 2h");
  const other = await house.connect();
  assertEquals([await bo.ending(), await other.ending()], ["banned", "banned"]);
  for (const peer of [bo, other]) peer.close();
  await house.close();
  await house.open();
  assertEquals(await (await house.connect()).ending(), "banned");
  await operator(house, "unban 127.0.0.1");
  await house.enter("Bo");
});

Deno.test("who is kicked does not get the old session back, and may come in again", async () => {
  await using house = await House.start();
  const bo = await house.connect();
  const { session } = await bo.hello("Bo");
  await operator(house, "kick Bo");
  assertEquals(await bo.ending(), "kicked");
  assertEquals((await (await house.connect()).hello("Bo", { session })).resumed, false);
});

Deno.test("who is banned from a room is told, cannot join it, and goes on elsewhere", async () => {
  await using house = await House.start();
  const key = new TestKey();
  const bo = await house.member("Bo", "lobby", key);
  await (await house.enter("Maya")).ask("create", { room: "tea" });
  await bo.ask("join", { room: "tea" });
  await operator(house, "ban Bo from tea for 2h because loud");
  const { by, reason, banned } = await bo.event("kicked");
  assertEquals([by, reason, banned], ["operator", "loud", true]);
  assertEquals(await bo.refusal("join", { room: "tea" }), "banned");
  await bo.ask("say", { room: "lobby", text: "still here" });
  await operator(house, "unban Bo from tea");
  await bo.ask("join", { room: "tea" });
});

Deno.test("what a client calls itself reaches neither the journal nor the terminal as more than text", async () => {
  await using house = await House.start();
  await (await house.connect()).hello("Bo", {
    client: "\x1b[2J\x9b\u202e\n2026-11-20 [BAN] server: Maya\u2028",
  });
  const line = house.lines.find((line) => line.includes("Bo from")) ?? "";
  assertMatch(line, /^\S+ \S+ \[CLIENT CONNECTED\] Bo from \S+ with "[\x20-\x7e]*" \(1 connected\)$/);
});
