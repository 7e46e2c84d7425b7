import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { ISOLATE, POP_ISOLATE } from "../../../client/terminal/isolate.ts";
import { Ruler } from "../../../client/terminal/ruler.ts";
import { drawTransfers, type TransferRow } from "../../../client/terminal/transfer_rows.ts";
import { anyRuler, hostileText } from "./hostile_text.ts";

const FIGURES = "45%  12.3 of 27.0 MiB  3.1 MiB/s  0:05 left";

function drawn(names: readonly string[], columns = 80, most = 10): readonly string[] {
  const rows = names.map((name, i): TransferRow => ({
    way: i % 2 === 0 ? "put" : "get",
    name,
    figures: FIGURES,
  }));
  return drawTransfers(rows, columns, most, new Ruler()).map((row) => row.map(({ text }) => text).join(""));
}

Deno.test("a file on its way has a row with its direction, its name and its figures", () => {
  assertEquals(drawn(["report.pdf", "b.txt"]), [`↑ report.pdf  ${FIGURES}`, `↓ b.txt  ${FIGURES}`]);
});

Deno.test("more than three are counted, and where there is less room fewer are seen", () => {
  const names = ["a", "b", "c", "d", "e"];
  assertEquals(drawn(names).map((row) => row.slice(0, 8)), ["↑ a  45%", "↓ b  45%", "↑ c  45%", "… 2 more"]);
  assertEquals(drawn(names, 80, 2).map((row) => row.slice(0, 8)), ["↑ a  45%", "… 4 more"]);
  assertEquals(drawn(names, 80, 1), ["… 5 more"]);
  assertEquals(drawn(names, 80, 0), []);
  assertEquals(drawn(["a", "b", "c"], 80, 3).length, 3);
});

Deno.test("a long name gives way to the figures, and the figures to the edge", () => {
  assertEquals(drawn(["the longest report of all.pdf"], 60), [`↑ the longest …  ${FIGURES}`]);
  assertEquals(drawn(["the longest report of all.pdf"], 20), ["↑ the lon…  45%  12…"]);
  assertEquals(drawn(["日本語の報告書.pdf"], 60), [`↑ 日本語の報告…  ${FIGURES}`]);
});

Deno.test("a name from right to left takes no figure along", () => {
  assertEquals(drawn(["דוח.pdf"]), [`↑ ${ISOLATE}דוח.pdf${POP_ISOLATE}  ${FIGURES}`]);
});

Deno.test("no name steers the terminal, poses as a path, or makes a row too wide", () => {
  assertEquals(drawn(["../../\x1b[2Jx\u202e.pdf"]), [`↑ [2Jx.pdf  ${FIGURES}`]);
  fc.assert(
    fc.property(hostileText(60), fc.integer({ min: 1, max: 90 }), anyRuler, (name, columns, ruler) => {
      for (const row of drawTransfers([{ way: "get", name, figures: FIGURES }], columns, 5, ruler)) {
        const text = row.map((span) => span.text).join("");
        assertLessOrEqual(row.reduce((sum, span) => sum + ruler.columns(span.text), 0), columns, text);
        assert(!/[\p{Cc}\p{Cs}]/u.test(text), text);
      }
    }),
  );
});
