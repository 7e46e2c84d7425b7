import { assertEquals } from "@std/assert";
import { cleaned, oneLine } from "../../client/clean.ts";

Deno.test("controls become marks, tabs and line feeds stay", () => {
  assertEquals(cleaned("a\x1b[31mb\x07\rc\x7f\x00"), "a␛[31mb␇␍c␡␀");
  assertEquals(cleaned("\x9b31m\x85"), "⟨U+009B⟩31m⟨U+0085⟩");
  assertEquals(cleaned("a\tb\nc"), "a\tb\nc");
});

Deno.test("what reorders or hides becomes a mark", () => {
  for (
    const code of [
      0x202a,
      0x202e,
      0x2066,
      0x2069,
      0x200e,
      0x061c,
      0x200b,
      0xfeff,
      0x2060,
      0xad,
      0x2028,
      0x3164,
    ]
  ) {
    const mark = `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
    assertEquals(cleaned(`a${String.fromCodePoint(code)}b`), `a${mark}b`);
  }
  assertEquals(cleaned("pay\u200dpal\u200c"), "pay⟨U+200D⟩pal⟨U+200C⟩");
  assertEquals(cleaned("a\u{E0041}"), "a⟨U+E0041⟩");
});

Deno.test("lone surrogates become marks, pairs stay", () => {
  assertEquals(cleaned("a\ud800b\udc00"), "a⟨U+D800⟩b⟨U+DC00⟩");
  assertEquals(cleaned("😀"), "😀");
});

Deno.test("what writing needs stays: emoji families, flags, Persian and Indic joiners, combining marks", () => {
  for (const text of ["👨‍👩‍👧‍👦", "👩🏽‍🚀", "❤️", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "می‌خواهم", "क्‍ष", "e\u0301", "שלום", "🏳️‍🌈"]) {
    assertEquals(cleaned(text), text);
  }
});

Deno.test("in one line no text can pass for two", () => {
  assertEquals(
    oneLine("hi\n2026-11-20 14:03:05 #lobby <Bob> no"),
    "hi ⏎ 2026-11-20 14:03:05 #lobby <Bob> no",
  );
  assertEquals(oneLine("a\r\nb\u2028c\tx"), "a␍ ⏎ b⟨U+2028⟩c    x");
});
