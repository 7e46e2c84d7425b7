import { assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { asElsewhere, ConsoleScreen } from "../../../client/terminal/console.ts";

/** What came in each write of a console that is `columns` wide. */
async function writes(columns: number, ...texts: readonly string[]): Promise<readonly string[]> {
  const out: string[] = [];
  const take = (bytes: Uint8Array) => {
    out.push(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return bytes.length;
  };
  const screen = new ConsoleScreen(
    { write: (bytes) => Promise.resolve(take(bytes)), writeSync: take },
    () => columns,
  );
  for (const [i, text] of texts.entries()) {
    const bytes = new TextEncoder().encode(text);
    assertEquals(i % 2 === 0 ? await screen.write(bytes) : screen.writeSync(bytes), bytes.length);
  }
  return out;
}

/** The most characters that a console which hands escape sequences on counts in a row. */
function fullest(parts: readonly string[]): number {
  return Math.max(...parts.join("").split(/\r\n?/).map((row) => row.length));
}

Deno.test("short rows are one write", async () => {
  assertEquals(await writes(40, "\x1b[1mMaya\x1b[0m  hi\r\nBen  hello\r\n"), [
    "\x1b[1mMaya\x1b[0m  hi\r\nBen  hello\r\n",
  ]);
});

Deno.test("a return to the row's start begins another write", async () => {
  assertEquals(await writes(40, "one\rtwo\x1b[2A\rthree"), ["one", "\rtwo\x1b[2A", "\rthree"]);
});

Deno.test("a row that seems full goes on in another write from where it was", async () => {
  assertEquals(await writes(8, "abcdefgh"), ["abcde\x1b7", "\r\x1b8fgh"]);
});

Deno.test("what earlier writes left in the row counts", async () => {
  assertEquals(await writes(8, "abc", "def"), ["abc", "de\x1b7", "\r\x1b8f"]);
});

Deno.test("escape sequences and letters stay whole, rows fit, and nothing is lost", async () => {
  const piece = fc.constantFrom("a", "漢", "👍", "\x1b[1;38;5;28m", "\x1b[0m", "\x1b[12A", "\r", "\r\n", " ");
  await fc.assert(fc.asyncProperty(
    fc.array(fc.array(piece).map((pieces) => pieces.join("")), { minLength: 1 }),
    fc.integer({ min: 24, max: 60 }),
    async (texts, columns) => {
      const parts = await writes(columns, ...texts);
      assertEquals(parts.join("").replaceAll("\x1b7\r\x1b8", ""), texts.join(""));
      const sequences = parts.flatMap((part) => part.split("\x1b").slice(1));
      assertEquals(sequences.filter((rest) => !/^(?:[78]|\[[0-9;]*[Am])/.test(rest)), []);
      assertEquals(parts.filter((part) => part.indexOf("\r\x1b8") > 0), []);
      assertLess(fullest(parts), columns);
    },
  ));
});

Deno.test("Windows' Backspace is that of other terminals, and what holds lines is a paste", () => {
  const read = (typed: string) => new TextDecoder().decode(asElsewhere(new TextEncoder().encode(typed)));
  assertEquals(read("a\b\x7fé"), "a\x7f\bé");
  assertEquals(read("hello\r"), "hello\r");
  assertEquals(read("\r"), "\r");
  assertEquals(read("one\rtwo"), "\x1b[200~one\rtwo\x1b[201~");
  assertEquals(read("\x1b[200~one\rtwo\x1b[201~"), "\x1b[200~one\rtwo\x1b[201~");
});
