import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { cleaned, oneLine } from "../../../client/clean.ts";
import { hasRightToLeft } from "../../../client/terminal/isolate.ts";
import { Ruler } from "../../../client/terminal/ruler.ts";
import { DIM, plain, type Span, STRONG } from "../../../client/terminal/style.ts";
import { type Row, rowsOf } from "../../../client/terminal/wrap.ts";
import { anyRuler, hostileText } from "./hostile_text.ts";

/** The rows as they are seen. */
function seen(rows: readonly Row[]): readonly string[] {
  return rows.map(({ spans }) => spans.map(({ text }) => text).join(""));
}

function wrapped(head: string, body: string, columns: number): readonly string[] {
  return seen(rowsOf({ head: [plain(head)], body: [plain(body)] }, columns, new Ruler()));
}

Deno.test("rows are broken at spaces, which vanish there, and indented by the head", () => {
  assertEquals(wrapped("[14:03] Maya  ", "see you at the harbour  at noon", 42), [
    "[14:03] Maya  see you at the harbour  at",
    "              noon",
  ]);
  assertEquals(wrapped("> ", "one two   three", 9), ["> one two", "  three"]);
});

Deno.test("line breaks begin rows, empty lines stay, tabs are four spaces", () => {
  assertEquals(wrapped("Bo  ", "a\n\n\tb\n", 20), ["Bo  a", "", "        b", ""]);
});

Deno.test("the indent is at most a third of the columns, and then a long first word goes to the next row", () => {
  assertEquals(wrapped("[14:03] Maximilian  ", "incomprehensibility", 24), [
    "[14:03] Maximilian",
    "        incomprehensibil",
    "        ity",
  ]);
});

Deno.test("a word that is longer than a row is cut, beginning right after the head", () => {
  assertEquals(wrapped("> ", "https://example.org/abcdef", 12), ["> https://ex", "  ample.org/", "  abcdef"]);
});

Deno.test("a head that is wider than a row is wrapped as well", () => {
  assertEquals(wrapped("[14:03] Maya  ", "hi", 8), ["[14:03]", "  Maya", "  hi"]);
  assertEquals(wrapped("Maya ", "hi", 1), ["M", "a", "y", "a", "h", "i"]);
});

Deno.test("East Asian text is broken between any letters, but not before what closes or after what opens", () => {
  assertEquals(wrapped("", "日本語テキスト", 6), ["日本語", "テキス", "ト"]);
  assertEquals(wrapped("", "日本語。テ「キ」スト", 6), ["日本", "語。テ", "「キ」", "スト"]);
});

Deno.test("a cluster is never cut, and one that is wider than a row becomes a question mark", () => {
  assertEquals(wrapped("", "a👨‍👩‍👧e\u0301日", 2), ["a", "👨‍👩‍👧", "e\u0301", "日"]);
  assertEquals(wrapped("", "日e\u0301", 1), ["?", "e\u0301"]);
});

Deno.test("what one says has one order of letters, what it is said by another", () => {
  const spans: readonly Span[] = [{ text: "שרה", style: STRONG }, plain("  ")];
  const body = [plain("שלום "), { text: "Maya", style: STRONG }, plain(" טוב")];
  assertEquals(rowsOf({ head: spans, body }, 80, new Ruler()), [{
    spans: [
      { text: "\u2068שרה\u2069", style: STRONG },
      plain("  "),
      plain("\u2068שלום "),
      { text: "Maya", style: STRONG },
      plain(" טוב\u2069"),
    ],
    columns: 18,
    sure: true,
  }]);
  assertEquals(wrapped("", "abc שלום", 5), ["abc", "\u2068שלום\u2069"]);
});

Deno.test("what came from the network is cleaned, and no head has two lines", () => {
  assertEquals(wrapped("a\nb\x1b  ", "\x1b[2J\r\n\u202e", 40), [
    "a ⏎ b␛  ␛[2J␍",
    "        ⟨U+202E⟩",
  ]);
});

const STYLES = fc.constantFrom(DIM, STRONG);
const SPANS = fc.array(fc.record({ text: hostileText(), style: STYLES }), { maxLength: 3 });

/** The letters of right-to-left scripts that stand outside of isolates, and whether each of these is closed. */
function isolation(row: string): { readonly outside: string; readonly closed: boolean } {
  const outside = row.replace(/\u2068[^\u2068\u2069]*\u2069/g, "");
  return { outside, closed: !/[\u2068\u2069]/.test(outside) };
}

Deno.test("no row of any text is too wide, steers the terminal or lets letters reorder what is around them", () => {
  fc.assert(
    fc.property(SPANS, SPANS, fc.integer({ min: 1, max: 200 }), anyRuler, (head, body, columns, ruler) => {
      const rows = rowsOf({ head, body }, columns, ruler);
      for (const [i, row] of seen(rows).entries()) {
        const taken = rows[i]?.spans.reduce((sum, { text }) => sum + ruler.columns(text), 0);
        assertEquals(taken, rows[i]?.columns);
        assertLessOrEqual(taken ?? 0, columns);
        assert(!/[\p{Cc}\p{Cs}\u202a-\u202e\u2066\u2067]/u.test(row), row);
        const { outside, closed } = isolation(row);
        assert(closed && !hasRightToLeft(outside), row);
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("no text is lost but spaces, and every line of the body begins a row", () => {
  fc.assert(
    fc.property(SPANS, SPANS, fc.integer({ min: 3, max: 90 }), anyRuler, (head, body, more, ruler) => {
      const texts = [...head.map(({ text }) => oneLine(text)), ...body.map(({ text }) => cleaned(text))];
      const widest = Math.max(
        0,
        ...texts.flatMap((text) => ruler.clusters(text).map(({ columns }) => columns)),
      );
      const rows = seen(rowsOf({ head, body }, more + 2 * widest, ruler));
      const kept = rows.join("").replace(/[ \u2068\u2069]/g, "");
      assertEquals(kept, texts.join("").replace(/[ \t\n]/g, ""));
      assert(rows.length > texts.join("").split("\n").length - 1);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("a row is full: the first word of the next one would not have fitted", () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "é"), minLength: 1, maxLength: 9 }), {
    maxLength: 40,
  });
  fc.assert(fc.property(words, fc.integer({ min: 15, max: 60 }), (said, columns) => {
    const rows = rowsOf({ head: [plain("Bo  ")], body: [plain(said.join(" "))] }, columns, new Ruler());
    const texts = seen(rows);
    assertEquals(texts.map((text) => text.slice(4)).join(" ").trimEnd(), said.join(" "));
    for (const [i, text] of texts.slice(1).entries()) {
      const first = text.trimStart().split(" ")[0] ?? "";
      assert((rows[i]?.columns ?? 0) + 1 + first.length > columns, text);
    }
  }));
});
