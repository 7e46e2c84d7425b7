/** The operator's commands. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../server/operator/commands.ts";
import { runConsole } from "../../server/operator/console.ts";
import { House } from "../support/server.ts";
import { typed } from "./support.ts";

const commands = (house: House, lines: readonly string[]) => typed(house.server.house, lines);

Deno.test("help lists every command", async () => {
  await using house = await House.start();
  const lines = (await commands(house, ["help"])).join("\n").split("\n");
  for (const { usage, help } of Object.values(COMMANDS)) {
    assert(lines.some((line) => line.startsWith(`${usage}  `) && line.endsWith(`  ${help}`)), usage);
  }
});

Deno.test("status shows who is here and who was, from where, in which rooms, since and until when", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  await ada.ask("create", { room: "tea" });
  await (await house.member("Bob")).ask("bye");
  const rows = (await commands(house, ["status"])).join("\n").split("\n");
  assertMatch(rows[0] ?? "", /^NAME +ADDRESS +ROOMS +CONNECTED +DISCONNECTED$/);
  assertMatch(rows[1] ?? "", /^Ada +127\.0\.0\.1:\d+ +lobby tea +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  const times = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d";
  assertMatch(rows[2] ?? "", new RegExp(`^Bob +127\\.0\\.0\\.1:\\d+ +${times} +${times}$`));
  assertEquals(rows.length, 3);
});

Deno.test("rooms and who list what there is", async () => {
  await using house = await House.start();
  assertEquals(await commands(house, ["who"]), ["Nobody is connected."]);
  const ada = await house.member("Ada");
  await ada.ask("create", { room: "tea", password: "green", title: "Tea time" });
  const printed = await commands(house, ["rooms", "who", "", "   "]);
  assertMatch(printed[0] ?? "", /^lobby +1$/m);
  assertMatch(printed[0] ?? "", /^tea +locked +1 +Tea time$/m);
  assertMatch(printed[1] ?? "", /^Ada +unverified +127\.0\.0\.1:\d+$/m);
  assertEquals(printed.length, 2);
});

Deno.test("say puts the operator's words into a room, cleaned, for everybody there", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  const printed = await commands(house, ["say LOBBY  hello   all\u0007 "]);
  const [entry] = await ada.entries(1);
  assertEquals([entry?.from, entry?.text, entry?.kind], ["operator", "hello   all", "say"]);
  assertStringIncludes(printed[0] ?? "", "entry 1");
});

Deno.test("what cannot be done is said, and the console goes on", async () => {
  await using house = await House.start();
  const wrong = [
    "say nowhere hi",
    "say",
    "say lobby",
    "sya lobby hi",
    "toString",
    "__proto__",
    `say lobby ${"x".repeat(5_000)}`,
  ];
  const printed = await commands(house, [...wrong, "close"]);
  assertEquals(printed.length, wrong.length + 1);
  assertStringIncludes(printed[0] ?? "", "no room");
  assertStringIncludes(printed[3] ?? "", "help");
  assertEquals(printed.at(-1), "(closed)");
});

Deno.test("a console that is told to stop lets go of its input", async () => {
  await using house = await House.start();
  const ending = new AbortController();
  const running = runConsole({
    house: house.server.house,
    input: new ReadableStream(),
    print: () => {},
    close: () => {},
    signal: ending.signal,
  });
  ending.abort();
  await running;
});
