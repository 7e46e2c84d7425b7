import { assertEquals } from "@std/assert";
import { painted, probe } from "../../../client/terminal/paint.ts";
import { PROBES, Ruler } from "../../../client/terminal/ruler.ts";
import { plain, STRONG } from "../../../client/terminal/style.ts";
import { FakeTerminal } from "./fake_terminal.ts";
import { IN_PARTS } from "./hostile_text.ts";

/** A ruler of a terminal that draws every kind in parts. */
function inParts(): Ruler {
  const ruler = new Ruler();
  for (const { kind } of PROBES) ruler.measured(kind, IN_PARTS[kind]);
  return ruler;
}

Deno.test("where a terminal draws a cluster wider or narrower than we think, what follows is where it belongs", () => {
  for (const { sample } of PROBES) {
    for (const [ours, theirs] of [[new Ruler(), inParts()], [inParts(), new Ruler()]] as const) {
      const terminal = new FakeTerminal({ columns: 20, rows: 2 }, theirs);
      terminal.write(painted([plain(sample), plain("x")], ours, true));
      assertEquals(terminal.cursor.column, ours.columns(sample) + 1, sample);
    }
  }
});

Deno.test("a probe asks for the width of each sample, and leaves nothing", () => {
  const answers: string[] = [];
  const terminal = new FakeTerminal({ columns: 20, rows: 3 }, inParts(), (answer) => answers.push(answer));
  terminal.write(probe(PROBES.map(({ sample }) => sample)));
  assertEquals(answers, PROBES.map(({ kind }) => `\x1b[1;${IN_PARTS[kind] + 1}R`));
  assertEquals(terminal.lines, []);
  assertEquals(terminal.cursor, { row: 0, column: 0 });
});

Deno.test("every style ends with its span, and without colours no colour begins", () => {
  const spans = [{ text: "a", style: { bold: true, colour: 31 } }, plain("b"), { text: "c", style: STRONG }];
  assertEquals(painted(spans, new Ruler(), true), "\x1b[1;38;5;31ma\x1b[0mb\x1b[1mc\x1b[0m");
  assertEquals(painted(spans, new Ruler(), false), "\x1b[1ma\x1b[0mb\x1b[1mc\x1b[0m");
});
