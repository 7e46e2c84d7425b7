import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { isBare, pathsOf, quoted, wordsOf } from "../../../client/terminal/path_words.ts";
import { UsageError } from "../../../server/protocol/flags.ts";
import { hostileText } from "./hostile_text.ts";

Deno.test("paths are words, and quotes and backslashes keep spaces in them, as in a shell", () => {
  for (
    const [typed, paths] of [
      ["", []],
      ["report.pdf", ["report.pdf"]],
      [" a  b\tc\n", ["a", "b", "c"]],
      [`"a b.txt" 'c d.txt'`, ["a b.txt", "c d.txt"]],
      ["a\\ b.txt c", ["a b.txt", "c"]],
      [`"it's" 'say "hi"' it\\'s`, ["it's", 'say "hi"', "it's"]],
      [`/home/me/"my files"/x`, ["/home/me/my files/x"]],
      [`'a\\b' "a\\"b"`, ["a\\b", 'a"b']],
      ["a\\", ["a\\"]],
    ] as const
  ) assertEquals(pathsOf(typed, "linux"), [...paths], typed);
});

Deno.test("on Windows a backslash stands between folders, and quotes keep spaces", () => {
  assertEquals(pathsOf('C:\\Users\\me\\x.txt "C:\\My Files\\y.txt"', "windows"), [
    "C:\\Users\\me\\x.txt",
    "C:\\My Files\\y.txt",
  ]);
});

Deno.test("an address of a file that was dropped here is its path", () => {
  assertEquals(pathsOf("file:///home/me/a%20b.txt FILE://localhost/x", "linux"), ["/home/me/a b.txt", "/x"]);
  assertEquals(pathsOf("file:///C:/My%20Files/y.txt", "windows"), ["C:/My Files/y.txt"]);
  for (const wrong of ["file://elsewhere/x", "file:///%ff", "file:///a%00b"]) {
    assertThrows(() => pathsOf(wrong, "linux"), UsageError, "is no file of this machine");
  }
});

Deno.test("what cannot be read as a path is explained", () => {
  assertThrows(() => pathsOf("~/report.pdf", "linux"), UsageError, "~ is not known here");
  assertThrows(() => pathsOf("~", "linux"), UsageError, "~ is not known here");
  assertThrows(() => pathsOf("Maya's.pdf", "linux"), UsageError, "The quote ' is not closed");
  assertThrows(() => pathsOf("''", "linux"), UsageError, "There is a path missing");
});

Deno.test("a word knows where it stands, also where its quote is still open", () => {
  assertEquals(wordsOf(" a 'b c", "linux"), [
    { text: "a", from: 1, to: 2, open: null },
    { text: "b c", from: 3, to: 7, open: "'" },
  ]);
});

Deno.test("a path that is quoted is read as it was, among others", () => {
  fc.assert(fc.property(hostileText(12), hostileText(12), (one, other) => {
    fc.pre(one !== "" && other !== "" && !/^file:/i.test(one + other));
    const texts = wordsOf(`${quoted(one, "linux")} ${quoted(other, "linux")}`, "linux").map(({ text }) =>
      text
    );
    assertEquals(texts, [one, other]);
  }));
  assertEquals(pathsOf(quoted("~me", "linux"), "linux"), ["./~me"]);
});

Deno.test("a name alone is in no folder", () => {
  for (
    const [path, os, expected] of [
      ["a.txt", "linux", true],
      ["a\\b", "linux", true],
      ["./a.txt", "linux", false],
      ["..", "linux", false],
      ["a\\b", "windows", false],
      ["C:a", "windows", false],
    ] as const
  ) assertEquals(isBare(path, os), expected, path);
});
