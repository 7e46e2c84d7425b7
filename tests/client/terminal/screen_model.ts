/** What should stand on a terminal, after whatever has happened to a screen. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { usable } from "../../../client/terminal/dock.ts";
import { ISOLATE, POP_ISOLATE } from "../../../client/terminal/isolate.ts";
import { plain, type Span } from "../../../client/terminal/style.ts";
import type { Size } from "../../../client/terminal/tty.ts";
import { type Line, rowsOf } from "../../../client/terminal/wrap.ts";
import { docked, Window } from "./window.ts";

export type Step =
  | { readonly is: "print"; readonly texts: readonly string[] }
  | { readonly is: "draft"; readonly text: string; readonly cursor: number }
  | { readonly is: "status"; readonly text: string }
  | { readonly is: "pending"; readonly texts: readonly string[] }
  | { readonly is: "resize"; readonly size: Size };

export class ScreenModel {
  readonly #window: Window;
  /** The rows of all messages, as wide as the window was when they were drawn. */
  readonly #printed: string[] = [];
  #waiting: Line[] = [];
  #typed = { text: "", cursor: 0 };
  #status = "#";
  #pending: readonly string[] = [];
  /**
   * Whether the window was so narrow or low that what stood there of the dock, broken into rows, did not fit into it
   * with what stood below: then its first rows are in the scrollback, out of reach.
   */
  #spilt = false;

  constructor(size: Size) {
    this.#window = new Window(size);
    this.#changeDock();
  }

  /** Does steps that follow each other so quickly that nothing is drawn between them. */
  async take(steps: readonly Step[]): Promise<void> {
    for (const step of steps) this.#do(step);
    await this.#window.settle();
    const { ruler, terminal: { size } } = this.#window;
    const rows = this.#waiting.flatMap((line) => rowsOf(line, usable(size.columns), ruler));
    this.#printed.push(...rows.map(({ spans }) => seen(spans)));
    this.#waiting = [];
  }

  check(): void {
    const { terminal, drawing: { rows, cursor } } = this.#window;
    const { lines, size } = terminal;
    const dock = rows.map(seen);
    while (dock.at(-1) === "") dock.pop();
    const above = lines.length - dock.length;
    assertEquals(lines.slice(above), dock);
    if (this.#spilt) assertEquals(lines.slice(0, above).filter(isSaid), this.#printed.filter(isSaid));
    else assertEquals(lines.slice(0, above), this.#printed);
    const column = Math.min(cursor.column, size.columns - 1);
    assertEquals(terminal.cursor, { row: terminal.rowOf(above) + cursor.row, column });
    assertEquals(terminal.modes, ["?25", "?7"]);
  }

  close(): Promise<void> {
    return this.#window.close();
  }

  #do(step: Step): void {
    switch (step.is) {
      case "print":
        this.#waiting.push(...step.texts.map(line));
        return void this.#window.screen.print(step.texts.map(line));
      case "resize":
        this.#window.resize(step.size);
        this.#spilt ||= this.#window.terminal.rowOf(this.#printed.length) < 0;
        return;
      case "draft":
        this.#typed = { text: step.text, cursor: this.#border(step.text, step.cursor) };
        return this.#changeDock();
      case "status":
        this.#status = step.text;
        return this.#changeDock();
      case "pending":
        this.#pending = step.texts;
        return this.#changeDock();
      default:
        step satisfies never;
    }
  }

  #changeDock(): void {
    const { text, cursor } = this.#typed;
    this.#window.show({ ...docked(text, cursor, this.#status), pending: this.#pending.map(line) });
  }

  /** The offset of the border after so many clusters. */
  #border(text: string, clusters: number): number {
    const before = this.#window.ruler.clusters(text).slice(0, clusters);
    return before.reduce((sum, cluster) => sum + cluster.text.length, 0);
  }
}

export function line(text: string): Line {
  return { head: [], body: [plain(text)] };
}

function seen(spans: readonly Span[]): string {
  return spans.map(({ text }) => text).join("").replaceAll(ISOLATE, "").replaceAll(POP_ISOLATE, "").trimEnd();
}

/** No letter that is said stands in a dock, but in the count of what is pending. */
const SAID = [..."abcdefghi  日本של", "\n", "e\u0301", "👨‍👩‍👧", "word "];
const DOCKED = [..."ABCDEFGHI  漢字אב", "\n", "E\u0301", "👍🏽", "WORD "];

function isSaid(row: string): boolean {
  return /^[^…].*[a-z日本של\u{1f468}]/u.test(row);
}

function texts(letters: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...letters), { maxLength, size: "max" }).map((all) => all.join(""));
}

/** Most windows are narrow and low, so that something happens in them. */
export const anySize: fc.Arbitrary<Size> = fc.record({
  columns: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 200 })),
  rows: fc.oneof(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 2, max: 60 })),
});

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.array(texts(SAID, 40), { maxLength: 30, size: "max" }).map((texts) => ({ is: "print" as const, texts })),
  fc.record({ is: fc.constant("draft" as const), text: texts(DOCKED, 90), cursor: fc.nat(90) }),
  texts([..."LOBBY 0123"], 50).map((text) => ({ is: "status" as const, text: `#${text}` })),
  fc.array(texts(DOCKED, 40), { maxLength: 7 }).map((texts) => ({ is: "pending" as const, texts })),
  anySize.map((size) => ({ is: "resize" as const, size })),
);
