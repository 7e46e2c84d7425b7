import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { QUOTED_CHARS_MAX, TEXT_BYTES_MAX } from "../../server/protocol/limits.ts";
import { cleanText, quoted, stripControls, utf8Bytes } from "../../server/protocol/texts.ts";
import { NO_CORPUS, tortureCases } from "../support/corpus.ts";
import { anyText, seeded } from "./random.ts";

const encoder = new TextEncoder();

/** The rule on texts, said a second time and character by character. */
function cleanedByRule(text: string): string {
  return [...text].map((letter) => {
    const point = letter.codePointAt(0) ?? 0;
    if (point === 0x09 || point === 0x0a) return letter;
    if (point <= 0x1f || (point >= 0x7f && point <= 0x9f)) return "";
    return point >= 0xd800 && point <= 0xdfff ? "\ufffd" : letter;
  }).join("");
}

/** The cleaned text, or the code that it is refused with. */
function cleaned(text: string, bytesMax: number): { text: string } | { code: string } {
  try {
    return { text: cleanText(text, bytesMax) };
  } catch (error) {
    if (error instanceof ProtocolError) return { code: error.code };
    throw error;
  }
}

function expected(text: string, bytesMax: number): { text: string } | { code: string } {
  const clean = cleanedByRule(text);
  if (clean === "") return { code: "text_empty" };
  return encoder.encode(clean).length > bytesMax ? { code: "text_too_long" } : { text: clean };
}

Deno.test("line feeds and tabs stay in a text, the other control characters go", () => {
  const controls = Array.from({ length: 0xa0 }, (_, point) => String.fromCharCode(point)).join("");
  const printable = controls.slice(0x20, 0x7f);
  assertEquals(cleanText(controls, 1_000), `\t\n${printable}`);
  assertEquals(cleanText("a\r\nb\rc", 100), "a\nbc");
  assertEquals(cleanText("\x1b[31mred\x9b0m", 100), "[31mred0m");
});

Deno.test("invisible characters that writing needs, and all that only looks odd, stay", () => {
  const texts = [
    "می\u200cخواهم",
    "👩🏽\u200d💻",
    "\u202eoverride",
    "\u2028\u2029",
    "\ufeffBOM",
    "\u200b",
    "   ",
    "\n\n",
    "e\u0301",
    "\ue000\u0378\uffff",
    '\\x1b[31m "quoted" \\',
  ];
  for (const text of texts) assertEquals(cleanText(text, 100), text);
});

Deno.test("a lone surrogate becomes U+FFFD, also where a removed character stood between two halves", () => {
  assertEquals(cleanText("a\ud83d", 100), "a\ufffd");
  assertEquals(cleanText("\udc00\ud800", 100), "\ufffd\ufffd");
  assertEquals(cleanText("\ud83d\x00\ude00", 100), "\ufffd\ufffd");
  assertEquals(cleanText("😀", 100), "😀");
});

Deno.test("a text of which nothing is left is empty", () => {
  for (const text of ["", "\0", "\r", "\x1b\x07", "\x7f\x80\x9f"]) {
    assertEquals(cleaned(text, 100), { code: "text_empty" }, JSON.stringify(text));
  }
});

Deno.test("length is counted in bytes of UTF-8, after cleaning", () => {
  const atLimit = ["a".repeat(12), "é".repeat(6), "漢".repeat(4), "😀".repeat(3), "\ud800".repeat(4)];
  for (const text of atLimit) {
    assertEquals(cleaned(text, 12), { text: text.toWellFormed() });
    assertEquals(cleaned(`${text}\x00\x1b\r`, 12), { text: text.toWellFormed() });
    assertEquals(cleaned(`${text}a`, 12), { code: "text_too_long" });
    assertEquals(cleaned(text, 11), { code: "text_too_long" });
  }
  const error = assertThrows(() => cleanText("漢字", 5), ProtocolError);
  assertEquals(error.message, "The text has 6 bytes; 5 is the most.");
});

Deno.test("bytes are counted as the encoder makes them, and texts cleaned as the rule says (seed 5)", () => {
  const random = seeded(5);
  for (let i = 0; i < 20_000; i++) {
    const text = anyText(random, 12);
    assertEquals(utf8Bytes(text), encoder.encode(text).length, JSON.stringify(text));
    assertEquals(stripControls(text), cleanedByRule(text), JSON.stringify(text));
    assertEquals(cleaned(text, 16), expected(text, 16), JSON.stringify(text));
    assertEquals(stripControls(stripControls(text)), stripControls(text));
    assert(stripControls(text).isWellFormed());
  }
});

Deno.test("a text is repeated in quotes, and where it is long its first characters and an ellipsis, none cut in two", () => {
  for (
    const text of ["", "tea", 'a "b"\n\u0007', "x".repeat(QUOTED_CHARS_MAX), "😀".repeat(QUOTED_CHARS_MAX)]
  ) {
    assertEquals(quoted(text), JSON.stringify(text));
  }
  for (const letter of ["x", "😀", '"', "\u0001", "\ud800"]) {
    const shortened = JSON.stringify(`${letter.repeat(QUOTED_CHARS_MAX)}…`);
    for (const count of [QUOTED_CHARS_MAX + 1, 60_000]) assertEquals(quoted(letter.repeat(count)), shortened);
  }
  const pairs = (count: number) => "😀".repeat(count);
  assertEquals(quoted(`x${pairs(60_000)}`), `"x${pairs(QUOTED_CHARS_MAX - 1)}…"`);
});

Deno.test("what a terminal obeys and nobody sees is escaped where a text is repeated, and what is next to it is not", () => {
  // First and last of each: DEL and C1, Arabic letter mark, marks, line separators and bidi controls, isolates.
  const ranges = [[0x7f, 0x9f], [0x61c, 0x61c], [0x200e, 0x200f], [0x2028, 0x202e], [
    0x2066,
    0x2069,
  ]] as const;
  for (const [first, last] of ranges) {
    for (let point = first; point <= last; point++) {
      const letter = String.fromCharCode(point);
      const escaped = `\\u${point.toString(16).padStart(4, "0")}`;
      assertEquals(quoted(`a${letter}b${letter}`), `"a${escaped}b${escaped}"`);
      assertEquals(JSON.parse(quoted(letter)), letter);
    }
    const outside = String.fromCharCode(first - 1, last + 1);
    assertEquals(quoted(outside), `"${outside}"`);
  }
  const long = quoted("\u202e".repeat(QUOTED_CHARS_MAX + 1));
  assertEquals(long, `"${"\\u202e".repeat(QUOTED_CHARS_MAX)}…"`, "it is long before it is escaped");
  assertEquals(quoted("\x9b31m"), '"\\u009b31m"');
  assertEquals(quoted("می\u200cخواهم 👩🏽\u200d💻"), '"می\u200cخواهم 👩🏽\u200d💻"', "writing needs these");
});

const TORTURE = tortureCases();

Deno.test({
  name: `every value of the torture file is cleaned and measured as the rule says ${TORTURE ? "" : NO_CORPUS}`
    .trim(),
  ignore: TORTURE === null,
  fn() {
    for (const { id, value, why } of TORTURE ?? []) {
      for (const bytesMax of [1_024, TEXT_BYTES_MAX]) {
        assertEquals(cleaned(value, bytesMax), expected(value, bytesMax), `id ${id}: ${why}`);
      }
    }
  },
});
