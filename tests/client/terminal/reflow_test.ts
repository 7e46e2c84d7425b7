import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { toColumn, upToStart } from "../../../client/terminal/paint.ts";
import { rowsAbove } from "../../../client/terminal/reflow.ts";
import { Ruler } from "../../../client/terminal/ruler.ts";
import { FakeTerminal } from "./fake_terminal.ts";

const COLUMNS = { min: 2, max: 60 };
/** More than all rows need, however narrow they are. */
const ROWS = 400;

Deno.test("rows are broken as a terminal breaks them, and the cursor is where it has it", () => {
  const rows = fc.array(fc.array(fc.constantFrom(..."ab 日"), { maxLength: 60, size: "max" }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(
      rows,
      fc.integer(COLUMNS),
      fc.array(fc.integer(COLUMNS), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.nat(),
      (rows, columns, widths, row, column) => {
        const ruler = new Ruler();
        const drawn = rows.map((letters) => fitting(ruler.clusters(letters.join("")), columns));
        const cursor = { row: row % rows.length, column: column % columns };
        const terminal = new FakeTerminal({ columns, rows: ROWS }, ruler);
        terminal.write("\r\n".repeat(ROWS));
        terminal.write(drawn.map((row) => row.map(({ text }) => text).join("")).join("\r\n"));
        terminal.write(upToStart(drawn.length - 1 - cursor.row) + toColumn(cursor.column));
        for (const width of widths) terminal.resize({ columns: width, rows: ROWS });
        const measured = drawn.map((row) => row.map(({ columns }) => columns));
        const above = rowsAbove(measured, cursor, widths.at(-1) ?? columns);
        assertEquals(above, terminal.cursor.row - terminal.rowOf(ROWS));
      },
    ),
    { numRuns: 1_000 },
  );
});

/** As many as stand in so many columns. */
function fitting<T extends { readonly columns: number }>(
  clusters: readonly T[],
  columns: number,
): readonly T[] {
  let taken = 0;
  return clusters.filter((cluster) => (taken += cluster.columns) <= columns);
}
