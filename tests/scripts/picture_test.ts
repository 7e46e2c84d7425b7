import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { takePicture } from "../../scripts/picture.ts";
import { type Capture, rowsOf } from "../../scripts/support/picture/capture.ts";
import { drawingOf } from "../../scripts/support/picture/drawing.ts";
import { hexOf } from "../../scripts/support/picture/palette.ts";
import { installed } from "../support/server.ts";

Deno.test("a captured row is cut where its style changes, as tmux writes that", () => {
  const captured = "\x1b[1m\x1b[38;5;28mMaya\x1b[0m\x1b[39m\x1b[49m  hi \x1b[2mlater\x1b[0;7m!\n";
  assertEquals(rowsOf(captured), [[
    { text: "Maya", style: { bold: true, colour: 28 } },
    { text: "  hi ", style: {} },
    { text: "later", style: { dim: true } },
    { text: "!", style: { reverse: true } },
  ]]);
});

Deno.test("a style goes on into the next row, and an empty row is a row", () => {
  assertEquals(rowsOf("\x1b[1mone\n\ntwo\x1b[0m\n"), [
    [{ text: "one", style: { bold: true } }],
    [],
    [{ text: "two", style: { bold: true } }],
  ]);
});

Deno.test("an isolate that tmux keeps in the cell before begins where its text does", () => {
  assertEquals(rowsOf("\x1b[2m[14:03] \u2068\x1b[0m\x1b[39mשלום\u2069"), [[
    { text: "[14:03] ", style: { dim: true } },
    { text: "\u2068שלום\u2069", style: {} },
  ]]);
});

Deno.test("a style of which no picture is known is refused, and not left out", () => {
  assertThrows(() => rowsOf("\x1b[4munderlined"), RangeError, "style code 4");
  assertThrows(() => rowsOf("\x1b[38;2;1;2;3mdirect"), RangeError, "style code 38");
});

Deno.test("colours are those of xterm's palette, but for the first sixteen", () => {
  assertEquals([16, 28, 166, 231, 232, 255].map(hexOf), [
    "#000000",
    "#008700",
    "#d75f00",
    "#ffffff",
    "#080808",
    "#eeeeee",
  ]);
  for (const colour of [15, 256, NaN]) assertThrows(() => hexOf(colour), RangeError);
});

Deno.test("text stands in its cells: letters stretched over theirs, what is wide in the middle of its two", () => {
  assertEquals(texts("> Hi 日本 ok"), [
    `<text x="18" y="72" textLength="45" lengthAdjust="spacingAndGlyphs" fill="#e6edf3">&gt; Hi </text>`,
    `<text x="72" y="72" text-anchor="middle" fill="#e6edf3">日</text>`,
    `<text x="90" y="72" text-anchor="middle" fill="#e6edf3">本</text>`,
    `<text x="99" y="72" textLength="27" lengthAdjust="spacingAndGlyphs" fill="#e6edf3"> ok</text>`,
  ]);
});

Deno.test("what runs from right to left stays in one piece, with what is wide in it", () => {
  assertEquals(
    texts("a \u2068שלום 🚲!\u2069 b").map((text) => text.replace(/^.*textLength="(\d+)".*?>/, "$1 ")),
    [
      "18 a </text>",
      "72 \u2068שלום 🚲!\u2069</text>",
      "18  b</text>",
    ],
  );
});

Deno.test("styles are drawn: weight, strength, colour, and a ground for what is reversed", () => {
  const drawn = drawing("\x1b[1;38;5;28mA\x1b[0;2mB\x1b[0;7m C");
  assertStringIncludes(drawn, `fill="#008700" font-weight="bold">A</text>`);
  assertStringIncludes(drawn, `fill="#e6edf3" opacity="0.6">B</text>`);
  assertStringIncludes(drawn, `<rect x="36" y="56" width="18" height="22" fill="#e6edf3"/>`);
  assertStringIncludes(drawn, `fill="#0d1117"> C</text>`);
});

Deno.test("nothing that stands on the screen or in the title is taken for markup", () => {
  const drawn = drawingOf({ ...EMPTY, title: "</title><script>", rows: rowsOf("a <b> & c") });
  assertStringIncludes(drawn, "<title>&lt;/title&gt;&lt;script&gt;</title>");
  assertStringIncludes(drawn, ">a &lt;b&gt; &amp; c</text>");
});

Deno.test("the picture is as large as its columns and rows need, with the cursor in its cell", () => {
  const drawn = drawingOf({ ...EMPTY, columns: 10, rows: [[], []], cursor: { column: 2, row: 1 } });
  assertStringIncludes(drawn, `viewBox="0 0 126 118"`);
  assertStringIncludes(drawn, `<rect x="36" y="78" width="9" height="22"`);
});

Deno.test({
  name: "the scene of the picture can be played, and its last words stand in it",
  ignore: !installed("tmux", ["-V"]),
  fn: async () => {
    assertStringIncludes(await takePicture(), ">Who has a blanket for</text>");
  },
});

const EMPTY: Capture = { title: "chat", columns: 40, rows: [], cursor: { column: 0, row: 0 } };

function drawing(captured: string): string {
  return drawingOf({ ...EMPTY, rows: rowsOf(captured) });
}

/** The texts of the only row. */
function texts(captured: string): string[] {
  return drawing(captured).split("\n").filter((line) => line.startsWith("<text") && !line.includes(">chat<"));
}
