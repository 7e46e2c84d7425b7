/**
 * The screen: messages, and under them a dock (the state and what is being typed) that is taken back and drawn anew
 * with every update. It uses the terminal's own buffer, so that the terminal's scrollback keeps the chat.
 *
 * An update is one write; while one is under way the next gathers.
 */

import { type Clock, within } from "../clock.ts";
import { Wake } from "../wake.ts";
import { type Drawing, usable } from "./dock.ts";
import type { Place } from "./draft.ts";
import {
  ERASE_ALL,
  ERASE_BELOW,
  ERASE_ROW,
  HOME,
  painted,
  paintedRow,
  toColumn,
  UPDATE,
  upToStart,
} from "./paint.ts";
import { rowsAbove } from "./reflow.ts";
import type { Ruler } from "./ruler.ts";
import type { Size } from "./tty.ts";
import { type Line, type Row, rowsOf } from "./wrap.ts";

/** What is drawn on. */
export interface Canvas {
  size(): Size;
  /** Resolves when all of it is out. */
  write(text: string): Promise<void>;
}

export interface ScreenOptions {
  readonly canvas: Canvas;
  readonly ruler: Ruler;
  readonly colours: boolean;
  readonly clock: Clock;
  /** What the dock holds now. */
  readonly dock: (size: Size) => Drawing;
  /** Codes that draw nothing and are to be sent once, such as a bell. */
  readonly signals: () => string;
}

/** How long messages gather between two updates. What is typed does not wait for it. */
const FRAME_MS = 16;
/** Terminals tell late of a size that follows another: tmux after 250 ms. What is drawn until then would be cut. */
const STEADY_MS = 260;
/** Lines that wait to be drawn before `print` makes its caller wait. */
const WAITING_LINES_MAX = 500;
/** Lines that are kept to be drawn again on Ctrl-L: more than a window holds. */
const KEPT_LINES_MAX = 200;

/** What stands on the terminal below the messages. */
interface Drawn {
  /** The columns of each row's clusters. */
  readonly rows: readonly (readonly number[])[];
  readonly cursor: Place;
  readonly columns: number;
  readonly height: number;
  readonly text: string;
}

export class Screen {
  readonly #options: ScreenOptions;
  readonly #changed = new Wake();
  readonly #drew = new Wake();
  readonly #hurry = new Wake();
  readonly #closing = new Wake();
  #waiting: Line[] = [];
  #kept: Line[] = [];
  #drawn: Drawn | null = null;
  /** What is to be done with the screen before the next update. */
  #before: "nothing" | "clear" | "redraw" = "nothing";
  #wanted: "nothing" | "soon" | "now" = "now";
  /** Set while the dock is to be away. */
  #lifted: PromiseWithResolvers<void> | null = null;
  #open = true;
  /** When the window is taken to have the size that it has. */
  #steady = 0;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /** Prints above the dock. Resolves when there is room for more. */
  async print(lines: readonly Line[]): Promise<void> {
    this.#waiting.push(...lines);
    this.update();
    while (this.#waiting.length > WAITING_LINES_MAX && this.#open) await this.#drew.wait();
  }

  /** What the dock holds has changed. */
  update(): void {
    if (this.#wanted === "nothing") this.#wanted = "soon";
    this.#changed.ring();
  }

  /** Draws at once: somebody waits for what was typed. */
  hurry(): void {
    this.#wanted = "now";
    this.#changed.ring();
    this.#hurry.ring();
  }

  /** The window has another size: what was drawn may not stand there as it was. */
  resized(): void {
    if (this.#drawn !== null) this.#drawn = { ...this.#drawn, text: "" };
    this.#steady = this.#options.clock.now() + STEADY_MS;
    this.hurry();
  }

  /** Empties the screen but for the dock. */
  clear(): void {
    this.#before = "clear";
    this.hurry();
  }

  /** Draws everything again, whatever has happened to the screen. */
  redraw(): void {
    this.#before = "redraw";
    this.hurry();
  }

  /** Draws until `close`. Whoever made the screen awaits it. */
  async run(): Promise<void> {
    const { canvas, clock, signals } = this.#options;
    while (this.#open || this.#waiting.length > 0) {
      if (this.#wanted === "nothing") {
        await this.#changed.wait();
        continue;
      }
      if (this.#lifted !== null) {
        await this.#liftDock(this.#lifted);
        continue;
      }
      const unsteady = this.#steady - clock.now();
      if (unsteady > 0 && this.#open) {
        await this.#rest(unsteady, this.#closing);
        continue;
      }
      this.#wanted = "nothing";
      const text = this.#paint();
      if (text !== "") await canvas.write(text);
      this.#drew.ring();
      if (this.#open && !this.#urgent) await this.#rest(FRAME_MS, this.#hurry);
    }
    await canvas.write(signals() + this.#takeBack(canvas.size().columns) + ERASE_ALL);
  }

  /** Ends `run`, once all that was printed is out; the dock is taken away. */
  close(): void {
    this.#open = false;
    this.#closing.ring();
    this.lower();
  }

  /** Whether it draws, or will. */
  get open(): boolean {
    return this.#open;
  }

  /** Takes the dock away, so that others can write; resolves when it is, or never will be. Nothing is drawn until `lower`. */
  lift(): Promise<void> {
    this.#lifted ??= Promise.withResolvers<void>();
    this.hurry();
    return this.#lifted.promise;
  }

  /** Draws again, from where the cursor stands now: others may have written. */
  lower(): void {
    if (this.#open) this.#drawn = null;
    this.#lifted?.resolve();
    this.#lifted = null;
    this.hurry();
  }

  async #liftDock(lifted: PromiseWithResolvers<void>): Promise<void> {
    const { canvas } = this.#options;
    await canvas.write(this.#takeBack(canvas.size().columns) + ERASE_ALL);
    this.#drawn = null;
    lifted.resolve();
    while (this.#lifted === lifted) await this.#changed.wait();
  }

  /** Waits for so long, or until `bell` rings. */
  async #rest(ms: number, bell: Wake): Promise<void> {
    await within(this.#options.clock, ms, bell.wait());
    // What waited there is let go: a promise that nobody resolves would keep all that ever waited for it.
    bell.ring();
  }

  /** Read anew after each wait. */
  get #urgent(): boolean {
    return this.#wanted === "now";
  }

  /** The next update; "" where all stands there already. */
  #paint(): string {
    const { canvas, ruler, colours, dock, signals } = this.#options;
    const size = canvas.size();
    const { rows, cursor } = dock(size);
    const text = docked(rows.map((row) => painted(row, ruler, colours)), cursor);
    const before = this.#drawn;
    const same = before?.text === text && before.columns === size.columns && before.height === size.rows;
    const codes = signals();
    if (same && this.#waiting.length === 0 && this.#before === "nothing") return codes;
    const above = this.#rowsAbove(size, rows.length);
    const start = this.#before === "nothing" ? this.#takeBack(size.columns) : HOME;
    this.#before = "nothing";
    const columns = rows.map((row) =>
      row.flatMap((span) => ruler.clusters(span.text).map((cluster) => cluster.columns))
    );
    this.#drawn = { rows: columns, cursor, columns: size.columns, height: size.rows, text };
    const messages = above.map((row) => `${ERASE_ROW}${paintedRow(row, ruler, colours)}\r\n`).join("");
    return codes + UPDATE.begin + start + (messages === "" ? "" : ERASE_ALL) + messages + text + UPDATE.end;
  }

  /** The rows to draw above the dock: what is new, and after a `redraw` as much before it as the window holds. */
  #rowsAbove(size: Size, dockRows: number): readonly Row[] {
    const { ruler } = this.#options;
    const rowsOfAll = (lines: readonly Line[]) =>
      lines.flatMap((line) => rowsOf(line, usable(size.columns), ruler));
    const rows = rowsOfAll(this.#waiting);
    const left = Math.max(0, size.rows - dockRows - rows.length);
    const again = this.#before === "redraw" && left > 0 ? rowsOfAll(this.#kept).slice(-left) : [];
    this.#kept = [...(this.#before === "clear" ? [] : this.#kept), ...this.#waiting].slice(-KEPT_LINES_MAX);
    this.#waiting = [];
    return [...again, ...rows];
  }

  /** Goes to where the dock's first row stands. */
  #takeBack(columns: number): string {
    const drawn = this.#drawn;
    if (drawn === null) return "\r";
    if (drawn.columns === columns) return upToStart(drawn.cursor.row);
    return upToStart(rowsAbove(drawn.rows, drawn.cursor, columns));
  }
}

/** The dock's rows, and the cursor in them. */
function docked(rows: readonly string[], cursor: Place): string {
  const text = rows.map((row, i) => (i === rows.length - 1 ? ERASE_BELOW : ERASE_ROW) + row).join("\r\n");
  return text + upToStart(rows.length - 1 - cursor.row) + toColumn(cursor.column);
}
