import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { cleaned } from "../../../client/clean.ts";
import { type DraftLayout, layout, offsetAt } from "../../../client/terminal/draft.ts";
import { Ruler } from "../../../client/terminal/ruler.ts";
import { anyRuler, hostileText } from "./hostile_text.ts";

function shown(text: string, columns: number): readonly string[] {
  return layout(text, 0, columns, new Ruler()).rows.map((row) => row.text);
}

Deno.test("a draft is wrapped at the last column, and its line breaks begin rows", () => {
  assertEquals(shown("", 5), [""]);
  assertEquals(shown("abcdefg\n\nhi\n", 5), ["abcde", "fg", "", "hi", ""]);
  assertEquals(shown("ab日本e\u0301", 5), ["ab日", "本e\u0301"]);
});

Deno.test("a line that ends with a full row has an empty one after it, for the cursor", () => {
  assertEquals(layout("abcde\nf", 5, 5, new Ruler()), {
    rows: [
      { text: "abcde", columns: 5, start: 0, end: 5 },
      { text: "", columns: 0, start: 5, end: 5 },
      { text: "f", columns: 1, start: 6, end: 7 },
    ],
    cursor: { row: 1, column: 0 },
  });
  assertEquals(layout("abcde", 5, 5, new Ruler()).cursor, { row: 1, column: 0 });
});

Deno.test("tabs are four spaces, and what would steer the terminal is a mark", () => {
  assertEquals(shown("\ta\x1b[2J\r\nb\u202e", 12), ["    a␛[2J␍", "b⟨U+202E⟩"]);
  assertEquals(shown("\u202e日", 1), ["?", "?", ""]);
});

Deno.test("a mark that has no letter stands on a dotted circle, and joins nothing that is shown before it", () => {
  assertEquals(shown("\u0301a\x1b\u0301\n\u{1f3fd}", 12), ["◌\u0301a␛◌\u0301", "◌\u{1f3fd}"]);
  assertEquals(shown("မာ", 12), ["မာ"]);
});

Deno.test("a place beyond the end of a row is the last of the row", () => {
  const ruler = new Ruler();
  const at = (row: number, column: number) => offsetAt("ab\nabc日d", { row, column }, 4, ruler);
  assertEquals([at(0, 0), at(0, 3), at(1, 1), at(1, 3), at(2, 1), at(2, 2), at(2, 3)], [0, 2, 4, 5, 6, 7, 8]);
});

/** What is seen of each cluster, line breaks as LF. */
function displayOf(text: string, columns: number, ruler: Ruler): readonly string[] {
  return ruler.clusters(text).map((cluster) => {
    const [inside = ""] = cluster.text.split("\n");
    const alone = inside !== "" && ruler.clusters(`x${cleaned(inside)}`)[0]?.text !== "x";
    const seen = (alone ? "◌" : "") + (inside === "\t" ? "    " : cleaned(inside));
    return (ruler.columns(seen) > columns ? "?" : seen) + (cluster.text.endsWith("\n") ? "\n" : "");
  });
}

/** Where a cursor at each border of clusters stands. */
function placesOf(text: string, columns: number, ruler: Ruler): ReadonlyMap<number, DraftLayout["cursor"]> {
  const borders = [0];
  for (const { text: cluster } of ruler.clusters(text)) borders.push((borders.at(-1) ?? 0) + cluster.length);
  return new Map(borders.map((border) => [border, layout(text, border, columns, ruler).cursor]));
}

const DRAFT = fc.tuple(hostileText(), fc.integer({ min: 1, max: 40 }), anyRuler);

Deno.test("the rows of any draft show all of it, none is too wide, and none steers the terminal", () => {
  fc.assert(
    fc.property(DRAFT, ([text, columns, ruler]) => {
      const { rows } = layout(text, 0, columns, ruler);
      for (const row of rows) {
        assertEquals(ruler.columns(row.text), row.columns);
        assertLessOrEqual(row.columns, columns);
        assert(!/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(row.text), row.text);
      }
      const joined = rows.map((row, i) => (row.start === rows[i - 1]?.end || i === 0 ? "" : "\n") + row.text)
        .join("");
      assertEquals(joined, displayOf(text, columns, ruler).join(""));
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("the cursor stands behind what its row shows before it, at a column of its own", () => {
  fc.assert(
    fc.property(DRAFT, ([text, columns, ruler]) => {
      const { rows } = layout(text, 0, columns, ruler);
      for (const [offset, { row, column }] of placesOf(text, columns, ruler)) {
        const start = rows[row]?.start ?? NaN;
        assert(start <= offset && offset <= (rows[row]?.end ?? NaN) && column < columns);
        const before = displayOf(text.slice(start, offset), columns, ruler).join("");
        assertEquals(column, ruler.columns(before));
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("the offset at a place is the last one in its row that is not beyond it", () => {
  fc.assert(
    fc.property(DRAFT, fc.nat(40), fc.nat(40), ([text, columns, ruler], down, column) => {
      const row = down % layout(text, 0, columns, ruler).rows.length;
      const before = [...placesOf(text, columns, ruler)]
        .filter(([, place]) => place.row === row && place.column <= column)
        .map(([offset]) => offset);
      assertEquals(offsetAt(text, { row, column }, columns, ruler), before.at(-1));
    }),
    { numRuns: 1_000 },
  );
});
