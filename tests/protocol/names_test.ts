import { assert, assertEquals, assertLess, assertNotEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { NAME_BYTES_MAX, NAME_GRAPHEMES_MAX } from "../../server/protocol/limits.ts";
import { fold, foldName, parseName } from "../../server/protocol/names.ts";
import { utf8Bytes } from "../../server/protocol/texts.ts";
import { NO_CORPUS, tortureCases } from "../support/corpus.ts";
import { anyText, seeded } from "./random.ts";

function name(raw: string): { shown: string; folded: string } {
  return parseName(raw, "name_invalid");
}

function refusal(raw: string): string {
  const error = assertThrows(() => name(raw), ProtocolError, undefined, JSON.stringify(raw));
  assertEquals(error.code, "name_invalid");
  return error.message;
}

Deno.test("names of all scripts, digits and signs can be had as they are", () => {
  const names = [
    ...[
      "Maya",
      "x",
      "0",
      "12345",
      "José",
      "Ștefan",
      "Ştefan",
      "דנה",
      "محمد",
      "小明",
      "さくら",
      "민수",
      "नेहा",
    ],
    ...[
      "Петя",
      "Ελένη",
      "Саша",
      "🦊",
      "👩🏽",
      "1️⃣",
      "a\u0301\u0316b",
      "ß",
      "ſ",
      "İ",
      "ı",
      "ǅ",
    ],
    ...[
      "../../etc/passwd",
      "CON",
      "a<b>&\"'",
      "a:b",
      "nick,other;third",
      "__proto__",
      "-rf",
      "\\",
      "%00",
      ".",
    ],
  ];
  for (const raw of names) assertEquals(name(raw).shown, raw.normalize("NFC"), raw);
});

Deno.test("a name that breaks a rule is refused, and the sentence says which", () => {
  const invisible = "A name has no spaces and no invisible or control characters. Choose another.";
  const rules: readonly (readonly [string, string])[] = [
    ["", "A name cannot be empty. Choose another."],
    ...[" ", "a b", " a", "a ", "a\t", "a\u00a0b", "a\u3000b", "a\u2003b", "a\u1680", "a\u2028", "a\u2029"]
      .map(
        (raw) => [raw, invisible] as const,
      ),
    ...["\n", "a\n", "a\r", "\0", "a\0x", "\x1b[31mred", "\x7f", "a\x85", "\x9b8m"].map(
      (raw) => [raw, invisible] as const,
    ),
    ...[
      "a\u200bb",
      "a\u200d",
      "👩🏽\u200d🚀",
      "\u202eabc",
      "a\u2067",
      "\ufeffa",
      "a\u00adb",
      "\u061ca",
      "\u{e0041}a",
    ].map(
      (raw) => [raw, invisible] as const,
    ),
    ...["\ud800", "\ud800x", "x\udc00", "\udc00\ud800"].map((raw) => [raw, invisible] as const),
    ...["\ue000", "\u{f0000}", "\u0378", "\ufffe", "\u{1fbff}", "\u{10ffff}"].map((raw) =>
      [raw, invisible] as const
    ),
    ...["a\u2800b", "\u2800"].map((raw) => [raw, invisible] as const),
    ...["\u3164", "\uffa0", "\u115f", "\u0301", "\u0301\u0302", "\ufe0f", "\u034f"].map(
      (raw) => [raw, "A name has at least one visible character."] as const,
    ),
    ...["аdmin", "αdmin", "Aя", "яA", "ｗФ", "xΩ", "x\u2126", "ªЖ", "aъ\u0301"].map(
      (raw) => [raw, "A name does not mix Latin with Cyrillic or Greek letters."] as const,
    ),
    ["a".repeat(33), "A name has at most 32 characters."],
    ["é".repeat(33), "A name has at most 64 bytes."],
    ["😀".repeat(17), "A name has at most 64 bytes."],
    ["e" + "\u0301".repeat(64), "A name has at most 64 bytes."],
  ];
  for (const [raw, sentence] of rules) {
    assert(refusal(raw).startsWith(sentence), `${JSON.stringify(raw)} got: ${refusal(raw)}`);
  }
});

Deno.test("a room's name is refused with the code of rooms", () => {
  const error = assertThrows(() => parseName("a b", "room_invalid"), ProtocolError);
  assertEquals(error.code, "room_invalid");
});

Deno.test("a name has up to 32 characters as people count them, and up to 64 bytes in NFC", () => {
  for (
    const raw of ["a".repeat(32), "é".repeat(32), "e\u0301".repeat(32), "😀".repeat(16), "각".repeat(21)]
  ) {
    assertEquals(name(raw).shown, raw.normalize("NFC"));
  }
  assertEquals(name("한".normalize("NFD").repeat(21)).shown, "한".repeat(21));
  // Marks do not count as characters: each of these is 1 character, 31 and 63 bytes.
  assertEquals(name("q" + "\u0323".repeat(15)).shown.length, 16);
  assertEquals(name("q" + "\u0323".repeat(31)).shown.length, 32);
  refusal("q" + "\u0323".repeat(32));
});

Deno.test("what is far too long is refused without normalising it, which would take long", () => {
  const marks = "a" + "\u0301\u0316".repeat(32_000);
  const start = performance.now();
  for (let i = 0; i < 100; i++) refusal(marks);
  // Normalising it once takes a fifth of a second.
  assertLess(performance.now() - start, 5_000);
});

Deno.test("no character takes more than four UTF-16 units when it is not composed", () => {
  // What `parseName` refuses unseen relies on this.
  for (const letter of everyCharacter()) {
    if (letter.normalize("NFD").length > 4 * letter.length) assertEquals(letter, "", "takes more");
  }
});

Deno.test("two names are the same when they differ only in case, width, style or composition", () => {
  const same: readonly (readonly [string, string])[] = [
    ["admin", "ADMIN"],
    ["admin", "ａｄｍｉｎ"],
    ["admin", "𝐚𝐝𝐦𝐢𝐧"],
    ["José", "Jose\u0301"],
    ["straße", "STRASSE"],
    ["straße", "STRAẞE"],
    ["ΣΊΣΥΦΟΣ", "σίσυφος"],
    ["ſ", "S"],
    ["ﬁn", "FIN"],
    ["①", "1"],
    ["K", "\u212a"],
    ["Å", "\u212b"],
    ["ᾳ", "ΑΙ"],
    ["ᏣᎳᎩ", "ꮳꮃꭹ"],
    ["ǅ", "DŽ"],
    ["İ", "i\u0307"],
    ["한", "한".normalize("NFD")],
    ["q\u0323\u0307", "q\u0307\u0323"],
    ["ad\u034fmin", "admin"],
    ["admin\u3164", "admin"],
    ["❤\ufe0f", "❤"],
    // What is ignored stands between the letter and its accent.
    ["e\u034f\u0301", "é"],
  ];
  for (const [one, other] of same) {
    assertEquals(name(one).folded, name(other).folded, `${JSON.stringify(one)} and ${JSON.stringify(other)}`);
  }
});

Deno.test("a name is looked up as it was typed, in any form that is the same", () => {
  for (const raw of ["José", "Jose\u0301", "JOSÉ", "❤\ufe0f", "❤", "e\u034f\u0301", "straße", "STRASSE"]) {
    assertEquals(foldName(raw), name(raw).folded, raw);
  }
  for (const raw of ["", "a".repeat(257), "e" + "\u0301".repeat(60_000), "\ufe0f"]) {
    assertEquals(foldName(raw), "");
  }
});

Deno.test("names that differ in a letter are different, however alike", () => {
  const different: readonly (readonly [string, string])[] = [
    ["Ştefan", "Ștefan"],
    ["Jose", "José"],
    ["isi", "ısı"],
    ["i", "İ"],
    ["rn", "m"],
    ["а", "a"],
    ["0", "O"],
    ["ぱ", "は"],
  ];
  for (const [one, other] of different) {
    assertNotEquals(name(one).folded, name(other).folded, `${one} and ${other}`);
  }
});

Deno.test("a name that was had is had again as it is shown", () => {
  const random = seeded(4);
  let had = 0;
  for (let i = 0; i < 30_000; i++) {
    const raw = anyText(random, 6);
    try {
      const { shown, folded } = name(raw);
      assertEquals(name(shown), { shown, folded });
      assertEquals(foldName(raw), folded);
      assert(utf8Bytes(shown) <= NAME_BYTES_MAX);
      assertEquals(fold(folded), folded, JSON.stringify(raw));
      had++;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
  assertLess(1_000, had);
});

Deno.test("folding is stable and blind to case and composition for every character there is", () => {
  const otherwise = (letter: string) => [
    fold(letter),
    letter.normalize("NFD"),
    letter.normalize("NFKC"),
    letter.toLowerCase(),
    // The dotless i is no i, although both have one capital.
    letter === "ı" ? letter : letter.toUpperCase(),
  ];
  for (const letter of everyCharacter()) {
    const folded = fold(letter);
    const wrong = otherwise(letter).filter((other) => other !== letter && fold(other) !== folded);
    if (wrong.length > 0) assertEquals(wrong, [], `of U+${letter.codePointAt(0)?.toString(16)}`);
  }
});

function* everyCharacter(): Iterable<string> {
  for (let point = 0; point <= 0x10ffff; point++) {
    if (point < 0xd800 || point > 0xdfff) yield String.fromCodePoint(point);
  }
}

const TORTURE = tortureCases()?.filter((one) => one.kind === "name") ?? null;
/** What the protocol says of each name of the torture file; what it leaves to later rules stands nowhere here. */
const VALID = [178, 183, 184, 189, 195, 196, 197, 198, 199, 200, 201, ...range(220, 229)];
const INVALID = [179, 181, ...range(185, 188), ...range(190, 194), ...range(202, 214), 230];
const UNDECIDED = [180, 182, ...range(215, 219)];
const SAME = [[178, 183], [178, 184], [178, 189], [195, 196], [228, 229]] as const;
const DIFFERENT = [[197, 198], [178, 195]] as const;

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

Deno.test({
  name: `every name of the torture file is had or refused as the protocol says ${TORTURE ? "" : NO_CORPUS}`
    .trim(),
  ignore: TORTURE === null,
  fn() {
    const cases = new Map((TORTURE ?? []).map((one) => [one.id, one]));
    const judged = [...VALID, ...INVALID, ...UNDECIDED].sort((a, b) => a - b);
    assertEquals(judged, [...cases.keys()]);
    const value = (id: number): string => cases.get(id)?.value ?? "";
    for (const id of VALID) assertEquals(name(value(id)).shown, value(id).normalize("NFC"), `id ${id}`);
    for (const id of INVALID) refusal(value(id));
    for (const [one, other] of SAME) assertEquals(name(value(one)).folded, name(value(other)).folded);
    for (const [one, other] of DIFFERENT) assertNotEquals(name(value(one)).folded, name(value(other)).folded);
  },
});

Deno.test("the limits on names are those of the protocol", () => {
  assertEquals([NAME_GRAPHEMES_MAX, NAME_BYTES_MAX], [32, 64]);
});
