/** The operator's commands. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runConsole } from "../../server/operator/console.ts";
import { House } from "../support/server.ts";

/** What the console prints on `lines`, up to the end of its input. */
async function commands(house: House, lines: readonly string[]) {
  const printed: string[] = [];
  let closed = 0;
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  await runConsole({
    house: house.server.house,
    // In pieces, so that lines come in parts.
    input: ReadableStream.from([bytes.slice(0, 3), bytes.slice(3)]),
    print: (text) => void printed.push(text),
    close: () => void closed++,
    signal: new AbortController().signal,
  });
  return { printed, closed };
}

Deno.test("help lists every command", async () => {
  await using house = await House.start();
  const { printed } = await commands(house, ["help"]);
  for (const word of ["help", "status", "rooms", "who", "say ROOM TEXT", "close"]) {
    assertStringIncludes(printed.join("\n"), word);
  }
});

Deno.test("status shows who is here and who was, from where, in which rooms, since and until when", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  await ada.ask("create", { room: "tea" });
  await (await house.member("Bob")).ask("bye");
  const rows = (await commands(house, ["status"])).printed.join("\n").split("\n");
  assertMatch(rows[0] ?? "", /^NAME +ADDRESS +ROOMS +CONNECTED +DISCONNECTED$/);
  assertMatch(rows[1] ?? "", /^Ada +127\.0\.0\.1:\d+ +lobby tea +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  const times = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d";
  assertMatch(rows[2] ?? "", new RegExp(`^Bob +127\\.0\\.0\\.1:\\d+ +${times} +${times}$`));
  assertEquals(rows.length, 3);
});

Deno.test("rooms and who list what there is", async () => {
  await using house = await House.start();
  assertEquals((await commands(house, ["who"])).printed, ["Nobody is connected."]);
  const ada = await house.member("Ada");
  await ada.ask("create", { room: "tea", password: "green", title: "Tea time" });
  const { printed } = await commands(house, ["rooms", "who", "", "   "]);
  assertMatch(printed[0] ?? "", /^lobby +1$/m);
  assertMatch(printed[0] ?? "", /^tea +locked +1 +Tea time$/m);
  assertMatch(printed[1] ?? "", /^Ada +127\.0\.0\.1:\d+$/);
  assertEquals(printed.length, 2);
});

Deno.test("say puts the operator's words into a room, cleaned, for everybody there", async () => {
  await using house = await House.start();
  const ada = await house.member("Ada");
  const { printed } = await commands(house, ["say LOBBY  hello   all\u0007 "]);
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
  const { printed, closed } = await commands(house, [...wrong, "close"]);
  assertEquals(printed.length, wrong.length);
  assertStringIncludes(printed[0] ?? "", "no room");
  assertStringIncludes(printed[3] ?? "", "help");
  assertEquals(closed, 1);
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
