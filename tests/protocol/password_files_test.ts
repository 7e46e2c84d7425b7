/** Files whose first line is a password. */

import { assertEquals, assertThrows } from "@std/assert";
import { PASSWORD_BYTES_MAX } from "../../server/protocol/limits.ts";
import { firstLineOf, startOf } from "../../server/protocol/password_files.ts";

/** Reads `text` in pieces of `size` bytes, as a pipe gives them. */
function inPieces(text: string, size: number): (into: Uint8Array) => Promise<number | null> {
  let rest = new TextEncoder().encode(text);
  return (into) => {
    const piece = rest.subarray(0, Math.min(size, into.length));
    into.set(piece);
    rest = rest.subarray(piece.length);
    return Promise.resolve(piece.length === 0 ? null : piece.length);
  };
}

Deno.test("the first line is the password, whatever ends it and in whatever pieces it comes", async () => {
  for (const text of ["öffne dich", "öffne dich\n", "öffne dich\r\nmore", "\ufefföffne dich\n"]) {
    assertEquals(firstLineOf(await startOf(inPieces(text, 1))), "öffne dich");
  }
  assertEquals(firstLineOf(await startOf(inPieces("", 1))), "");
});

Deno.test("of a long file so much is read that its first line is seen to be too long, cut letter or not", async () => {
  for (const letter of ["x", "é", "語", "🙂"]) {
    const line = firstLineOf(await startOf(inPieces(letter.repeat(10_000), 700)));
    const bytes = new TextEncoder().encode(line).length;
    assertEquals([bytes > PASSWORD_BYTES_MAX, bytes < PASSWORD_BYTES_MAX + 10], [true, true]);
  }
});

Deno.test("what is not UTF-8 is no password", () => {
  assertThrows(() => firstLineOf(new Uint8Array([0x61, 0xff, 0x0a])), TypeError);
});
