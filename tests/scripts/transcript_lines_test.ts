import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseName } from "../../server/protocol/names.ts";
import { Cast, parseTranscript } from "../../scripts/support/transcript_lines.ts";

Deno.test("a transcript is read line by line, and a wrong line is told by its number", () => {
  const line = '{"day":"2020-01-01","at":"10:00","from":"a","kind":"say","text":"hi"}';
  assertEquals(parseTranscript(`${line}\n\n${line}\n`).length, 2);
  for (const wrong of ["{", "[]", '{"from":"a","kind":"shout","text":""}', '{"kind":"say","text":""}']) {
    assertThrows(() => parseTranscript(`${line}\n${wrong}\n`), SyntaxError, "line 2");
  }
});

Deno.test("every speaker gets a name of their own that the protocol allows, the same one every time", () => {
  const speakers = [
    "Ada",
    "ada",
    "two words",
    "two_words",
    "  ",
    "",
    "x".repeat(200),
    "x".repeat(201),
    "Pаul",
    "client7",
    "日本語",
    "a\u202eb",
  ];
  const [cast, again] = [new Cast(), new Cast()];
  const names = speakers.map((speaker) => cast.name(speaker));
  assertEquals(speakers.map((speaker) => cast.name(speaker)), names);
  assertEquals(speakers.map((speaker) => again.name(speaker)), names);
  assertEquals([names[0], names[2], names[10]], ["Ada", "two_words", "日本語"]);
  const folded = new Set(names.map((name) => parseName(name, "name_invalid").folded));
  assertEquals(folded.size, speakers.length);
  assert(!folded.has("client7"), "the server gives such names to those without one");
  assertEquals(cast.size, { speakers: 12, renamed: 10 });
});
