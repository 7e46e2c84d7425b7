/** What others typed, on its way to the operator's terminal and logs. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { escaped, oneLine } from "../../server/operator/escaped.ts";
import { hostileText } from "../client/terminal/hostile_text.ts";

Deno.test("what steers, reorders, hides or ends a line is escaped", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["\x1b[2J", "\\u{1b}[2J"],
    ["\x9b31m", "\\u{9b}31m"],
    ["a\rb\x07\x7f\0", "a\\u{d}b\\u{7}\\u{7f}\\u{0}"],
    ["\u202eevil\u2066", "\\u{202e}evil\\u{2066}"],
    ["a\u200bb\u00ad\ufeff", "a\\u{200b}b\\u{ad}\\u{feff}"],
    ["x\u2028y\u2029z\u0085", "x\\u{2028}y\\u{2029}z\\u{85}"],
    ["\ud83d!", "\\u{d83d}!"],
    ["\u3164\u2800\u{e0041}", "\\u{3164}\\u{2800}\\u{e0041}"],
  ];
  for (const [text, wanted] of cases) assertEquals(escaped(text), wanted);
});

Deno.test("what can be seen stays as it is", () => {
  for (const text of ["Maya: one\ntwo", "Žofie é 日本 कषा שלום 👍🏽", 'C:\\path "quoted"']) {
    assertEquals(escaped(text), text);
  }
});

Deno.test("of one line everything stays in one line, white space as one space", () => {
  assertEquals(oneLine("one\nline\r\n\tonly\u2028\u00a0\u3000here"), "one line only here");
});

Deno.test("whatever it holds, a text reaches neither terminal nor log with anything unseen in it", () => {
  const texts = fc.oneof(hostileText(), fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
  fc.assert(
    fc.property(texts, (text) => {
      for (const letter of escaped(text)) {
        assert(
          letter === "\n" || !/[\p{C}\p{Zl}\p{Zp}\u2800]/u.test(letter) || /[\p{Co}\p{Cn}]/u.test(letter),
          text,
        );
      }
      assertEquals(oneLine(text), oneLine(text).replace(/[\s\p{Cc}\p{Zl}\p{Zp}]/gu, " "));
      assertEquals(escaped(escaped(text)), escaped(text));
    }),
    { numRuns: 1_000 },
  );
});
