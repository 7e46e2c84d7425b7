/**
 * A terminal in memory, which shows what the client writes as tmux 3.3a does: a grid of cells whose upper rows are
 * the scrollback, and whose rows are broken and joined when the window gets another width. What the client has no
 * reason to write is an error. In a window of one column, where tmux cuts wide clusters in halves, they stay whole.
 */

import type { Place } from "../../../client/terminal/draft.ts";
import { Ruler } from "../../../client/terminal/ruler.ts";
import type { Size } from "../../../client/terminal/tty.ts";

const BELL = "\x07";

interface GridRow {
  /** What was written: a cluster in its first cell, nothing in those that it takes beside that. */
  readonly cells: string[];
  /** Whether the next row goes on with this one. */
  wrapped: boolean;
}

/** A row of the grid, or as many as one was broken into, and where the cursor is in it. */
interface Joined {
  readonly cells: readonly string[];
  /** The cell that the cursor is on, "end" behind the last one; null where it is in another row. */
  readonly cursor: number | "end" | null;
}

export class FakeTerminal {
  readonly #ruler: Ruler;
  /** What it says to the program: answers to its questions. */
  readonly #say: (text: string) => void;
  readonly #modes = new Set(["?7", "?25"]);
  #size: Size;
  /** The scrollback, and then as many as the window has. */
  #grid: GridRow[];
  /** The row counts from the top of the grid. The column is that of the window's width after its last cell. */
  #cursor = { row: 0, column: 0 };

  constructor(size: Size, ruler = new Ruler(), say: (text: string) => void = () => {}) {
    this.#size = size;
    this.#ruler = ruler;
    this.#say = say;
    this.#grid = Array.from({ length: size.rows }, emptyRow);
  }

  get size(): Size {
    return this.#size;
  }

  /** In the window. */
  get cursor(): Place {
    return {
      row: this.#cursor.row - this.#top,
      column: Math.min(this.#cursor.column, this.#size.columns - 1),
    };
  }

  /** The private modes that are set: `?7` wraps, `?25` shows the cursor. */
  get modes(): readonly string[] {
    return [...this.#modes].sort();
  }

  /** All that was written, in the scrollback too, as it was before it was broken into rows. */
  get lines(): readonly string[] {
    const lines = joined(this.#grid, this.#cursor).map(({ cells }) => textOf(cells));
    return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
  }

  /** What is seen. */
  get screen(): readonly string[] {
    return this.#grid.slice(this.#top).map(({ cells }) => textOf(cells));
  }

  /** In which row of the window the line at `index` of `lines` begins; less than 0 in the scrollback. */
  rowOf(index: number): number {
    let row = 0;
    for (let left = index; left > 0; row++) if (this.#grid[row]?.wrapped !== true) left--;
    return row - this.#top;
  }

  write(text: string): void {
    const [plain = "", ...sequences] = text.replaceAll(BELL, "").split("\x1b");
    this.#print(plain);
    for (const sequence of sequences) this.#print(this.#obey(sequence));
  }

  /** Rows below the cursor are cut off, rows above it go into the scrollback and come back from there. */
  resize(size: Size): void {
    const less = this.#size.rows - size.rows;
    const below = this.#grid.length - 1 - this.#cursor.row;
    if (less > 0) this.#grid.splice(this.#grid.length - Math.min(less, below));
    this.#fill(size.rows);
    const before = this.#size.columns;
    this.#size = size;
    if (size.columns !== before) this.#reflow();
    // What has the cursor in the scrollback has it in the window's first row.
    if (this.#cursor.row < this.#top) this.#cursor = { row: this.#top, column: 0 };
  }

  get #top(): number {
    return this.#grid.length - this.#size.rows;
  }

  /** Adds rows so that there are at least so many. */
  #fill(rows: number): void {
    while (this.#grid.length < rows) this.#grid.push(emptyRow());
  }

  #reflow(): void {
    const lines = joined(this.#grid, this.#cursor);
    this.#grid = [];
    for (const { cells, cursor } of lines) {
      const start = this.#grid.length;
      const rows = broken(cells, this.#size.columns);
      this.#grid.push(...rows);
      if (cursor === null) continue;
      let column = cursor === "end" ? cells.length : cursor;
      let row = 0;
      for (; rows[row]?.wrapped === true && column >= (rows[row]?.cells.length ?? 0); row++) {
        column -= rows[row]?.cells.length ?? 0;
      }
      this.#cursor = { row: start + row, column };
    }
    this.#fill(this.#size.rows);
  }

  #print(text: string): void {
    for (const part of text.split(/([\r\n])/)) {
      if (part === "\r") this.#cursor.column = 0;
      else if (part === "\n") this.#feed();
      else for (const { text: letter, columns } of this.#ruler.clusters(part)) this.#put(letter, columns);
    }
  }

  #feed(): void {
    this.#cursor.row++;
    this.#fill(this.#cursor.row + 1);
  }

  #put(text: string, columns: number): void {
    if (/\p{Cc}/u.test(text)) throw new Error(`a control was written: ${JSON.stringify(text)}`);
    const { columns: width } = this.#size;
    if (columns === 0) return;
    if (this.#cursor.column + columns > width) {
      if (this.#modes.has("?7")) {
        this.#row.wrapped = true;
        this.#feed();
        this.#cursor.column = 0;
      } else if (columns > 1) {
        return;
      } else {
        this.#cursor.column = width - 1;
      }
    }
    const { cells } = this.#row;
    const { column } = this.#cursor;
    while (cells.length < column) cells.push(" ");
    this.#halve(column);
    this.#halve(column + columns);
    cells.splice(column, columns, text, ...Array.from({ length: columns - 1 }, () => ""));
    this.#cursor.column += columns;
  }

  /** Nothing is left of a cluster of which one half is written over. */
  #halve(column: number): void {
    const { cells } = this.#row;
    if (cells[column] !== "") return;
    for (let at = column; cells[at] === ""; at++) cells[at] = " ";
    cells[column - 1] = " ";
  }

  /** Does what an escape sequence says; what follows it is given back. */
  #obey(sequence: string): string {
    const [all, mark = "", numbers = "", letter = ""] = /^\[(\??)([\d;]*)([A-Za-z])/.exec(sequence) ?? [];
    if (all === undefined) return this.#obeyString(sequence);
    const number = Number(numbers.split(";")[0] ?? "");
    if (mark !== "") this.#switch(`?${number}`, letter);
    else this.#act(letter, number);
    return sequence.slice(all.length);
  }

  /** Titles and notifications say nothing here; ESC and a backslash end them. */
  #obeyString(sequence: string): string {
    if (sequence.startsWith("]")) return "";
    if (!sequence.startsWith("\\")) throw new Error(`unknown: ${JSON.stringify(sequence)}`);
    return sequence.slice(1);
  }

  #switch(mode: string, letter: string): void {
    if (letter === "h") this.#modes.add(mode);
    else if (letter === "l") this.#modes.delete(mode);
    else throw new Error(`unknown: CSI ${mode} ${letter}`);
  }

  #act(letter: string, number: number): void {
    switch (letter) {
      case "A":
        this.#cursor.row = Math.max(this.#top, this.#cursor.row - Math.max(1, number));
        return;
      case "G":
        this.#cursor.column = Math.min(Math.max(1, number), this.#size.columns) - 1;
        return;
      case "H":
        if (number > 1) throw new Error("only the first row is gone to");
        this.#cursor = { row: this.#top, column: 0 };
        return;
      case "J":
        return this.#eraseBelow();
      case "K":
        return this.#eraseRow();
      case "m":
      case "t":
        return;
      case "n":
        return this.#say(`\x1b[${this.cursor.row + 1};${this.#cursor.column + 1}R`);
      default:
        throw new Error(`unknown: CSI ${number} ${letter}`);
    }
  }

  get #row(): GridRow {
    return this.#rowAt(this.#cursor.row);
  }

  #rowAt(index: number): GridRow {
    const row = this.#grid[index];
    if (row === undefined) throw new Error(`there is no row ${index}`);
    return row;
  }

  /** To its end. A row that is erased as a whole stands by itself. */
  #eraseRow(): void {
    const { row, column } = this.#cursor;
    this.#row.cells.splice(column);
    if (column > 0) return;
    this.#row.wrapped = false;
    if (row > 0) this.#rowAt(row - 1).wrapped = false;
  }

  /** From the first cell of the window on, all of it goes into the scrollback, as if it had been scrolled there. */
  #eraseBelow(): void {
    const { row, column } = this.#cursor;
    if (row === this.#top && column === 0) {
      const used = this.#grid.findLastIndex(({ cells }) => cells.length > 0) + 1;
      this.#fill(Math.max(used, this.#top) + this.#size.rows);
      this.#cursor = { row: this.#top, column: 0 };
      return;
    }
    this.#eraseRow();
    for (let below = row + 1; below < this.#grid.length; below++) this.#grid[below] = emptyRow();
  }
}

function emptyRow(): GridRow {
  return { cells: [], wrapped: false };
}

/** Isolates have no columns, and are not seen. */
function textOf(cells: readonly string[]): string {
  return cells.join("").trimEnd();
}

/** Rows as they were before they were broken. */
function joined(grid: readonly GridRow[], { row, column }: Place): readonly Joined[] {
  const lines: Joined[] = [];
  let cells: string[] = [];
  let cursor: Joined["cursor"] = null;
  grid.forEach((part, i) => {
    if (i === row) cursor = column < part.cells.length ? cells.length + column : "end";
    cells.push(...part.cells);
    if (part.wrapped && i + 1 < grid.length) return;
    lines.push({ cells, cursor });
    cells = [];
    cursor = null;
  });
  return lines;
}

/** Cells in rows of so many columns; a cluster that does not fit into what is left of a row moves to the next whole. */
function broken(cells: readonly string[], columns: number): GridRow[] {
  let row = emptyRow();
  const rows = [row];
  for (let at = 0; at < cells.length;) {
    let end = at + 1;
    while (cells[end] === "") end++;
    if (row.cells.length > 0 && row.cells.length + end - at > columns) {
      row.wrapped = true;
      row = emptyRow();
      rows.push(row);
    }
    row.cells.push(...cells.slice(at, end));
    at = end;
  }
  return rows;
}
