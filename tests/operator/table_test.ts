import { assertEquals } from "@std/assert";
import { table } from "../../server/operator/table.ts";

Deno.test("columns are aligned, whatever letters stand in them", () => {
  assertEquals(
    table([["NAME", "ROOM", "TITLE"], ["Ada", "tea", "👍 time"], ["👍👍👍👍👍", "", ""]]),
    [
      "NAME   ROOM  TITLE",
      "Ada    tea   👍 time",
      "👍👍👍👍👍",
    ].join("\n"),
  );
});

Deno.test("nothing in a row can pass for another row, or for a column", () => {
  assertEquals(table([["tea", "a\nBo   10.0.0.1\t\x1b[2J\u2028c"]]), "tea  a Bo 10.0.0.1 \\u{1b}[2J c");
  assertEquals(table([["\u202ea", "b"], ["c", "d"]]), "\\u{202e}a  b\nc          d");
});
