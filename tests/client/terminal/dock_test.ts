import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { type Dock, drawDock, type Drawing, type Input, usable } from "../../../client/terminal/dock.ts";
import { ISOLATE, POP_ISOLATE } from "../../../client/terminal/isolate.ts";
import { Ruler } from "../../../client/terminal/ruler.ts";
import { plain } from "../../../client/terminal/style.ts";
import type { TransferRow } from "../../../client/terminal/transfer_rows.ts";
import type { Size } from "../../../client/terminal/tty.ts";
import { anyRuler, hostileText } from "./hostile_text.ts";
import { anySize, line } from "./screen_model.ts";

const INPUT: Input = { text: "", cursor: 0, prompt: "> ", secret: false, options: [], picked: 0 };
const SIZE: Size = { columns: 40, rows: 24 };

function drawn(input: Partial<Input>, pending: readonly string[] = [], size = SIZE): Drawing {
  const dock = {
    transfers: [],
    pending: pending.map(line),
    status: [plain("#lobby")],
    input: { ...INPUT, ...input },
  };
  return drawDock(dock, size, new Ruler());
}

function seen({ rows }: Drawing): readonly string[] {
  return rows.map((row) =>
    row.map(({ text }) => text).join("").replaceAll(ISOLATE, "").replaceAll(POP_ISOLATE, "").trimEnd()
  );
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `n${i + 1}`);
}

Deno.test("above the draft are the status and the newest of what is pending, and how many are before those", () => {
  assertEquals(seen(drawn({ text: "hi" }, ["a", "b"])), ["a", "b", "#lobby", "> hi"]);
  assertEquals(seen(drawn({}, numbered(9))), ["… 5 more", "n6", "n7", "n8", "n9", "#lobby", ">"]);
});

Deno.test("of a draft with more rows than there is room for, those around the cursor are seen", () => {
  const text = numbered(20).join("\n");
  const last = drawn({ text, cursor: text.length });
  assertEquals(seen(last).slice(1), numbered(20).slice(12).map((row, i) => `${i === 0 ? "↑" : " "} ${row}`));
  assertEquals(last.cursor, { row: 8, column: 5 });
  const first = drawn({ text, cursor: 0 });
  assertEquals(seen(first).slice(1), ["> n1", ...numbered(8).slice(1).map((row) => `  ${row}`)]);
  assertEquals(first.cursor, { row: 1, column: 2 });
});

Deno.test("options stand above the answer with their numbers, those around the picked one where not all fit", () => {
  const input = { prompt: "Choose: ", options: ["join", "create", "leave"], picked: 1 };
  assertEquals(seen(drawn(input)), ["#lobby", "  1  join", "› 2  create", "  3  leave", "Choose:"]);
  const many = drawn({ options: numbered(50), picked: 29 }, [], { columns: 40, rows: 12 });
  assertEquals(seen(many), [
    "#lobby",
    ...numbered(50).map((name, i) => `${i === 29 ? "›" : " "} ${i + 1}  ${name}`).slice(29, 35),
    ">",
  ]);
});

Deno.test("a prompt that would leave less than half of the row stands above the answer", () => {
  const { cursor, rows } = drawn({ prompt: "Name of the room, or nothing: ", text: "tea", cursor: 3 });
  assertEquals(seen({ cursor, rows }), ["#lobby", "Name of the room, or nothing:", "tea"]);
  assertEquals(cursor, { row: 2, column: 3 });
});

Deno.test("of a secret nothing is drawn, not even how long it is", () => {
  const secret = { prompt: "Password: ", secret: true };
  assertEquals(drawn({ ...secret, text: "x\ny".repeat(99), cursor: 150 }), drawn(secret));
});

const anyTransfer: fc.Arbitrary<TransferRow> = fc.record({
  way: fc.constantFrom("put", "get"),
  name: hostileText(),
  figures: fc.constantFrom("waiting", "45%  12.3 of 27.0 MiB  3.1 MiB/s  0:05 left"),
});

const anyDock: fc.Arbitrary<Dock> = fc.record({
  transfers: fc.array(anyTransfer, { maxLength: 6 }),
  pending: fc.array(hostileText().map(line), { maxLength: 8 }),
  status: hostileText().map((text) => [plain(text)]),
  input: fc.record({
    text: hostileText(80),
    cursor: fc.constant(0),
    prompt: fc.constantFrom("> ", "Password of #日本語, or nothing for none: "),
    secret: fc.boolean(),
    options: fc.array(hostileText(), { maxLength: 12 }),
    picked: fc.nat(2),
  }),
});

Deno.test("whatever stands in it, a dock leaves a third of the window to the messages, and its last column free", () => {
  fc.assert(
    fc.property(anyDock, anySize, anyRuler, fc.boolean(), (dock, size, ruler, atEnd) => {
      const cursor = atEnd ? dock.input.text.length : 0;
      const drawing = drawDock({ ...dock, input: { ...dock.input, cursor } }, size, ruler);
      assertLessOrEqual(drawing.rows.length, Math.max(2, Math.floor(size.rows * 2 / 3)));
      for (const row of drawing.rows) {
        assertLessOrEqual(row.reduce((sum, { text }) => sum + ruler.columns(text), 0), usable(size.columns));
        assert(!row.some(({ text }) => /[\p{Cc}\p{Cs}]/u.test(text)));
      }
      assert(drawing.cursor.row < drawing.rows.length && drawing.cursor.row > 0);
      assertLessOrEqual(drawing.cursor.column, usable(size.columns));
    }),
    { numRuns: 500 },
  );
});
