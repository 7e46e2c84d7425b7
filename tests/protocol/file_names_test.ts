/** Names of files from elsewhere: whatever they are, what is left of them can be written on Linux and on Windows. */

import { assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { numberedFileName, safeFileName } from "../../server/protocol/file_names.ts";
import { FILE_NAME_BYTES_MAX } from "../../server/protocol/limits.ts";
import { utf8Bytes } from "../../server/protocol/texts.ts";
import { NO_CORPUS, tortureCases } from "../support/corpus.ts";
import { anyText, seeded } from "./random.ts";

/** What file systems take, in bytes. */
const ANY_NAME_BYTES_MAX = 255;
const DEVICES = ["con", "prn", "aux", "nul", "conin$", "conout$", "com1", "com9", "com²", "lpt0", "lpt³"];

/** What is wrong with `name` as the name of a file on Linux or Windows; null for nothing. Said anew, not copied. */
function fault(name: string, bytesMax = FILE_NAME_BYTES_MAX): string | null {
  if (name === "" || name === "." || name === "..") return "no name";
  if (/[/\\]/.test(name)) return "a path";
  // deno-lint-ignore no-control-regex -- control characters are what this is about
  if (/[\x00-\x1f\x7f-\x9f]/.test(name)) return "a control";
  if (/[<>:"|?*]/.test(name)) return "a letter that Windows keeps for itself";
  if (/[. ]$/.test(name)) return "an end that Windows leaves out";
  if (/^\s/.test(name)) return "white space before it";
  const first = (name.split(".")[0] ?? "").trim().toLowerCase();
  if (DEVICES.includes(first)) return "a device of Windows";
  if (/[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/.test(name)) return "something unseen";
  if (!name.isWellFormed()) return "half a letter";
  if (utf8Bytes(name) > bytesMax) return "too long";
  return null;
}

function assertSafe(raw: string): void {
  const name = safeFileName(raw);
  if (name === null) return;
  const what = `${JSON.stringify(raw)} became ${JSON.stringify(name)}`;
  assertEquals(fault(name), null, what);
  assertEquals(safeFileName(name), name, `${what}, which is not left as it is`);
  for (const n of [1, 12, 999_999]) {
    const numbered = numberedFileName(name, n);
    assertEquals(fault(numbered, ANY_NAME_BYTES_MAX), null, `${what}, and that ${numbered}`);
    assertNotEquals(numbered, name);
  }
}

Deno.test("what is left of a name is its last part, and nothing that means something else somewhere", () => {
  const cases: readonly (readonly [raw: string, left: string | null])[] = [
    ["tea.txt", "tea.txt"],
    ["Größe – α.pdf", "Größe – α.pdf"],
    ["../../x", "x"],
    ["..\\..\\x", "x"],
    ["C:\\x", "x"],
    ["\\\\server\\share\\x", "x"],
    ["/etc/passwd", "passwd"],
    ["a/b", "b"],
    ["a/b/", "b"],
    ["a\\b//\\", "b"],
    ["a:b", "a_b"],
    ["a.txt::$DATA", "a.txt__$DATA"],
    ["C:x", "C_x"],
    ["CON", "_CON"],
    ["con.txt", "_con.txt"],
    ["Con .txt", "_Con .txt"],
    ["nul.tar.gz", "_nul.tar.gz"],
    ["COM¹", "_COM¹"],
    ["CON\u200b", "_CON"],
    ["CONSOLE", "CONSOLE"],
    ["com10", "com10"],
    ["", null],
    [".", null],
    ["..", null],
    ["/", null],
    ["...", null],
    [" . . ", null],
    ["\0", null],
    ["\u202e\u200b", null],
    ["a\0b", "ab"],
    ["a\r\nb", "a b"],
    ["name.", "name"],
    ["name. . ", "name"],
    ["name.\u200b", "name"],
    [" .bashrc", ".bashrc"],
    ["photo\u202egpj.exe", "photogpj.exe"],
    ["\u2066a\u2069.txt", "a.txt"],
    ["a\ud800b", "ab"],
    ['<>"|?*', "______"],
    ["a \u200b b", "a b"],
    ["e\u200b\u0301", "é"],
    ["e\u0301", "é"],
  ];
  for (const [raw, left] of cases) {
    assertEquals(safeFileName(raw), left, JSON.stringify(raw));
    assertSafe(raw);
  }
});

Deno.test("a long name is cut between letters, and keeps a short ending", () => {
  assertEquals(safeFileName("a".repeat(300)), "a".repeat(200));
  assertEquals(safeFileName("a".repeat(300) + ".tar"), "a".repeat(196) + ".tar");
  assertEquals(safeFileName("a." + "b".repeat(300)), "a." + "b".repeat(198), "that is no ending");
  assertEquals(safeFileName("é".repeat(150) + ".c"), "é".repeat(99) + ".c");
  const family = "👨‍👩‍👧";
  // The joiners are not seen by themselves and go: what is left are three letters.
  assertEquals(safeFileName(family.repeat(40)), "👨👩👧".repeat(40).slice(0, 100));
  assertEquals(safeFileName("a" + "\u0301".repeat(500) + ".txt"), "file.txt");
  assertEquals(safeFileName("x".repeat(199) + ". b"), "x".repeat(197) + ". b");
});

Deno.test("a name is no device's after it was cut either", () => {
  const marks = "a" + "\u0301".repeat(300);
  assertEquals(safeFileName(`con${marks}.txt`), "_con.txt");
  assertEquals(safeFileName(`aux${marks}`), "_aux");
  for (const device of DEVICES) {
    for (const end of [marks, `${marks}.txt`, ` ${marks}.c`, `.${"b".repeat(300)}`]) assertSafe(device + end);
  }
});

Deno.test("a number stands before the ending", () => {
  const cases = [
    ["tea.txt", "tea (2).txt"],
    ["tea", "tea (2)"],
    [".bashrc", ".bashrc (2)"],
    ["a.tar.gz", "a.tar (2).gz"],
    [`a.${"b".repeat(30)}`, `a.${"b".repeat(30)} (2)`],
  ] as const;
  for (const [name, numbered] of cases) assertEquals(numberedFileName(name, 2), numbered);
});

/** Names put together from what is hard about names. */
const hardName = fc.array(
  fc.oneof(
    fc.constantFrom(
      ...DEVICES,
      "CON",
      "/",
      "\\",
      "..",
      ".",
      " ",
      ":",
      "?",
      "\0",
      "\n",
      "\t",
      "\u00a0",
      "\u3000",
    ),
    fc.constantFrom(
      "\u200b",
      "\u200d",
      "\u202e",
      "\ufeff",
      "\u0301",
      "\u0338",
      "\u0344",
      "\ufe0f",
      "\ud83d",
      "e",
    ),
    fc.constantFrom(
      "\u0301".repeat(150),
      "a".repeat(120),
      ".txt",
      ".tar.gz",
      "\u1100\u1161",
      "\u212b",
      "\u037e",
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.string({ unit: "grapheme", maxLength: 4 }),
  ),
  { maxLength: 10 },
).map((parts) => parts.join(""));

Deno.test("every name is safe, short enough with a number in it, and left as it is the second time (seed 5)", () => {
  fc.assert(fc.property(hardName, assertSafe), { seed: 5, numRuns: 4_000 });
});

Deno.test("code units of all kinds make safe names (seed 6)", () => {
  const random = seeded(6);
  for (let i = 0; i < 2_000; i++) assertSafe(anyText(random, 300));
});

const cases = tortureCases();

Deno.test({
  name: `no name or text of the torture file makes a name that is not safe${
    cases === null ? ` ${NO_CORPUS}` : ""
  }`,
  ignore: cases === null,
  fn() {
    for (const { value } of cases ?? []) {
      for (const raw of [value, `${value}.txt`, `con${value}`, `../${value}`, `a${value}b`]) assertSafe(raw);
    }
  },
});
