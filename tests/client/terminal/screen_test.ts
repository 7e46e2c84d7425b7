import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { rowsOf } from "../../../client/terminal/wrap.ts";
import { Wake } from "../../../client/wake.ts";
import { hostileText } from "./hostile_text.ts";
import { anySize, anyStep, line, ScreenModel } from "./screen_model.ts";
import { docked, Window } from "./window.ts";

/** A window of 40 columns and 10 rows with so many messages in it: `m1`, `m2`, … */
async function filled(messages: number): Promise<Window> {
  const window = new Window({ columns: 40, rows: 10 });
  void window.screen.print(numbered(messages).map(line));
  await window.settle();
  return window;
}

function numbered(count: number, first = 1): string[] {
  return Array.from({ length: count }, (_, i) => `m${first + i}`);
}

const DOCK = ["#lobby", ">"];

Deno.test("whatever is printed, typed and resized, every message stands once, and one dock under them", async () => {
  const turns = fc.array(fc.array(anyStep, { minLength: 1, maxLength: 3 }), { maxLength: 12, size: "max" });
  await fc.assert(
    fc.asyncProperty(anySize, turns, async (size, turns) => {
      const model = new ScreenModel(size);
      for (const steps of [[], ...turns]) {
        await model.take(steps);
        model.check();
      }
      await model.close();
    }),
    { numRuns: 150, endOnFailure: true },
  );
});

Deno.test("no text steers the terminal or adds a row to the screen", async () => {
  await fc.assert(
    fc.asyncProperty(hostileText(), hostileText(), async (said, typed) => {
      const window = new Window({ columns: 20, rows: 10 });
      window.show(docked(typed, 0));
      void window.screen.print([line(said)]);
      await window.settle();
      const rows = rowsOf(line(said), 19, window.ruler).length;
      const { lines, cursor, modes } = window.terminal;
      assertEquals(lines.indexOf("#lobby"), rows);
      assertEquals(cursor, { row: window.terminal.rowOf(rows + 1), column: 2 });
      assertEquals(modes, ["?25", "?7"]);
      await window.close();
    }),
  );
});

Deno.test("what a lower window has cut off the dock is drawn again", async () => {
  const window = await filled(30);
  window.show(docked("one\ntwo\nthree", 0));
  await window.settle();
  window.resize({ columns: 40, rows: 9 });
  await window.settle();
  assertEquals(window.terminal.screen.slice(-4), ["#lobby", "> one", "  two", "  three"]);
  await window.close();
});

Deno.test("what was drawn before the program knew of a narrow window is all there", async () => {
  const window = await filled(3);
  const text = "many words that fill a row ".repeat(2);
  window.show(docked(text));
  await window.settle();
  window.terminal.resize({ columns: 25, rows: 10 });
  void window.screen.print([line("more words than a narrow window has"), line("m5")]);
  await window.settle();
  window.resize({ columns: 25, rows: 10 });
  await window.settle();
  const { lines } = window.terminal;
  assertEquals(lines.filter((row) => /^m\d|^more/.test(row)), [
    ...numbered(3),
    "more words than a narrow window has",
    "m5",
  ]);
  await window.close();
});

Deno.test("messages gather for a moment, and what is typed does not wait for them", async () => {
  const window = await filled(1);
  const { length } = window.updates;
  void window.screen.print([line("m2")]);
  await window.turn();
  assertEquals(window.updates.length, length + 1);
  void window.screen.print([line("m3")]);
  void window.screen.print([line("m4")]);
  await window.turn();
  assertEquals(window.updates.length, length + 1);
  window.show(docked("a"));
  await window.turn();
  assertEquals(window.updates.length, length + 2);
  assertEquals(window.terminal.lines, [...numbered(4), "#lobby", "> a"]);
  await window.close();
});

Deno.test("nothing of a frame is kept once it is over, however long nobody types", async () => {
  const waits = new Map<Promise<void>, number>();
  const { wait } = Wake.prototype;
  Wake.prototype.wait = function () {
    const rung = wait.call(this);
    waits.set(rung, (waits.get(rung) ?? 0) + 1);
    return rung;
  };
  try {
    const window = await filled(1);
    for (const text of numbered(20, 2)) {
      void window.screen.print([line(text)]);
      await window.settle();
    }
    await window.close();
  } finally {
    Wake.prototype.wait = wait;
  }
  assert(waits.size >= 20);
  assertEquals(
    Math.max(...waits.values()),
    1,
    "who waits again and again on one promise adds to it each time",
  );
});

Deno.test("where nothing has changed nothing is written, but for a bell", async () => {
  const window = await filled(1);
  const { length } = window.updates;
  window.screen.update();
  await window.settle();
  assertEquals(window.updates.length, length);
  window.signal = "\x07";
  window.screen.update();
  await window.settle();
  assertEquals(window.updates.slice(length), ["\x07"]);
  await window.close();
});

Deno.test("who prints more than a slow terminal takes waits for it", async () => {
  const window = await filled(1);
  window.hold();
  await window.screen.print([line("m2")]);
  await window.settle();
  let printed = false;
  const printing = window.screen.print(numbered(501, 3).map(line)).then(() => {
    printed = true;
  });
  await window.settle();
  assertEquals([printed, window.terminal.lines.length], [false, 4]);
  window.release();
  await window.settle();
  assertEquals(printed, true);
  await printing;
  assertEquals(window.terminal.lines, [...numbered(503), ...DOCK]);
  await window.close();
});

Deno.test("a lifted dock is away until it is lowered, below what others have written", async () => {
  const window = await filled(2);
  const lifting = window.screen.lift();
  await window.settle();
  await lifting;
  assertEquals(window.terminal.lines, numbered(2));
  window.terminal.write("$ ls\r\nnotes\r\n");
  void window.screen.print([line("m3")]);
  await window.settle();
  assertEquals(window.terminal.lines, ["m1", "m2", "$ ls", "notes"]);
  window.screen.lower();
  await window.settle();
  assertEquals(window.terminal.lines, ["m1", "m2", "$ ls", "notes", "m3", ...DOCK]);
  await window.close();
});

Deno.test("at the end all is printed that waits, and the dock is away", async () => {
  const window = await filled(2);
  void window.screen.print([line("m3")]);
  await window.close();
  assertEquals(window.terminal.lines, numbered(3));
  assertEquals(window.terminal.cursor, { row: 3, column: 0 });
});

Deno.test("an end that comes right after a redraw takes no message along", async () => {
  const window = await filled(2);
  window.screen.redraw();
  await window.close();
  assertEquals(window.terminal.lines, numbered(2));
});

Deno.test("a redraw puts right what others have written over, with no other dock in the scrollback", async () => {
  const window = await filled(12);
  window.terminal.write("\x1b[3A\rrubbish\r\nover\r\neverything");
  window.screen.redraw();
  await window.settle();
  assertEquals(window.terminal.screen, [...numbered(8, 5), ...DOCK]);
  assertEquals(window.terminal.lines, [...numbered(12), ...DOCK]);
  await window.close();
});

Deno.test("a cleared screen has nothing but the dock, and the scrollback has none", async () => {
  const window = await filled(12);
  window.screen.clear();
  await window.settle();
  assertEquals(window.terminal.screen.filter((row) => row !== ""), DOCK);
  assertEquals(window.terminal.lines.filter((row) => row === "#lobby").length, 1);
  window.screen.redraw();
  await window.settle();
  assertEquals(window.terminal.screen.filter((row) => row !== ""), DOCK);
  await window.close();
});
