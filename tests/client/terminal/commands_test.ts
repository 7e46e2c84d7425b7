import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../../server/protocol/flags.ts";
import { COMMANDS, helpLines, readTyped, type Typed } from "../../../client/terminal/commands.ts";
import { plainText } from "../../../client/terminal/plain_face.ts";

/** What was typed, as a word or two. */
function read(typed: string): string {
  const meant: Typed = readTyped(typed);
  switch (meant.is) {
    case "nothing":
      return "nothing";
    case "text":
      return `says ${meant.text}`;
    case "command":
      return `${meant.command.name}(${meant.argument})`;
    case "wrong":
      return "wrong";
    default:
      return meant satisfies never;
  }
}

Deno.test("a line is a command, or said as it is", () => {
  const lines = {
    "": "nothing",
    " \n\t": "nothing",
    "hi": "says hi",
    "  hi ": "says   hi ",
    "/join tea": "join(tea)",
    "/JOIN   tea time ": "join(tea time)",
    "/rooms": "rooms()",
    "/msg Ada one\n two": "msg(Ada one\n two)",
    "/msg\nAda one": "msg(Ada one)",
    " /msg Ada hi": "msg(Ada hi)",
    "\n/who": "who()",
    "//join": "says /join",
    " //x": "says  /x",
    "//x //y": "says /x //y",
    "//": "says /",
    "/": "wrong",
    "/ join": "wrong",
    "/joint": "wrong",
    "/usr/bin/env": "wrong",
    "list": "list()",
    " exit\n": "quit()",
    "Exit": "says Exit",
    "exit now": "says exit now",
    "and/or": "says and/or",
  };
  for (const [typed, meant] of Object.entries(lines)) assertEquals(read(typed), meant, JSON.stringify(typed));
});

Deno.test("whatever begins with no slash and is no word alone on its line is said, every letter of it", () => {
  const words = COMMANDS.flatMap((command) => command.words ?? []);
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (typed) => {
    fc.pre(typed.trim() !== "" && !typed.trim().startsWith("/") && !words.includes(typed.trim()));
    assertEquals(readTyped(typed), { is: "text", text: typed });
    assertEquals(readTyped(`//${typed}`), { is: "text", text: `/${typed}` });
  }));
});

Deno.test("a wrong command is named in what is said of it, but for a very long one", () => {
  const wrong = readTyped(`/${"x".repeat(5_000)} y`);
  assert(wrong.is === "wrong" && wrong.sentence.length < 150);
});

Deno.test("help lists every command with its usage, and says of one what it does, by any of its names", () => {
  const all = helpLines("").map(plainText);
  for (const { name, usage } of COMMANDS) {
    assert(all.some((row) => row.trim().startsWith(`/${name} ${usage}`.trim())), name);
  }
  assertEquals(helpLines("quit"), helpLines("/QUIT"));
  assertEquals(helpLines("quit"), helpLines("bye"));
  assert(plainText(helpLines("join")[0] ?? { head: [], body: [] }).includes("go into a room"));
  assertThrows(() => helpLines("jion"), UsageError, "There is no command /jion.");
});

Deno.test("no two commands share a name or a word", () => {
  const names = COMMANDS.flatMap(({ name, words = [] }) => [`/${name}`, ...words]);
  assertEquals(new Set(names).size, names.length);
});
