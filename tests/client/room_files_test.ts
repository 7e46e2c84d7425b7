import { assertEquals, assertThrows } from "@std/assert";
import { fileMeant, type RoomFile } from "../../client/room_files.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";

function named(...names: readonly string[]): readonly RoomFile[] {
  return names.map((name, i) => ({
    file: i + 2,
    name,
    size: 1,
    sha256: "0".repeat(64),
    from: "Ada",
    at: 1_000,
  }));
}

function meant(wanted: string, ...names: readonly string[]): number {
  return fileMeant(named(...names), "lobby", wanted).file;
}

Deno.test("a number is first a file's number, and of a name the newest is meant", () => {
  assertEquals(meant("3", "a", "b", "3"), 3);
  assertEquals(meant("#2", "a", "b"), 2);
  assertEquals(meant("2024", "2024", "b"), 2);
  assertEquals(meant("a", "a", "b", "a", "A"), 4);
  assertEquals(meant("a", "A", "b"), 2);
});

Deno.test("a name is found as it was given, as it is shown, and however its letters are composed", () => {
  assertEquals(meant("e\u0301.txt", "\u00e9.txt"), 2);
  assertEquals(meant("report.pdf", "../report.pdf"), 2);
  assertEquals(meant("my report.pdf", "my report.pdf"), 2);
  assertEquals(meant('a "b".txt', "a _b_.txt"), 2);
  assertEquals(meant(`${"x".repeat(240)}.txt`, `${"x".repeat(196)}.txt`), 2);
  assertThrows(() => meant("../a", "a"), ProtocolError);
});

Deno.test("what is not there is refused with what there is to do", () => {
  assertThrows(() => meant("b", "a"), ProtocolError, 'There is no file "b" in #lobby. It has a (2).');
});
