/** The draft that is being typed: its text, its cursor, and what the keys do to them. Pure. */

import { layout, offsetAt, type Place } from "./draft.ts";
import type { Ruler } from "./ruler.ts";

/** In UTF-16 units. What would make the draft longer is refused as a whole. */
export const DRAFT_UNITS_MAX = 65_536;

/** What was done last, where it matters for what is done next. */
type Last =
  | { readonly is: "edit" }
  /** Another kill joins what this one took. */
  | { readonly is: "kill" }
  /** Another step goes on towards this column, though the row had none there. */
  | { readonly is: "step"; readonly column: number };

/** Between any two of these is a border of clusters. */
const SIMPLE = /^[\t\n -~]?[\t\n -~]?$/;
/** These are words as well: what is deleted with a word should not reach over them. */
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}/u;

export class Editor {
  readonly #letters = new Intl.Segmenter();
  readonly #words = new Intl.Segmenter(undefined, { granularity: "word" });
  #text = "";
  #cursor = 0;
  #killed = "";
  #last: Last = { is: "edit" };

  /** May hold anything but more than `DRAFT_UNITS_MAX`; LF stands for a line break. */
  get text(): string {
    return this.#text;
  }

  /** In UTF-16 units; always on a border of the text's grapheme clusters. */
  get cursor(): number {
    return this.#cursor;
  }

  /** False where the draft would be too long; then nothing has changed. So for all that put text in. */
  insert(text: string): boolean {
    return this.replace(this.#cursor, this.#cursor, text);
  }

  /** Puts back what was killed. */
  yank(): boolean {
    return this.insert(this.#killed);
  }

  set(text: string): boolean {
    return this.replace(0, this.#text.length, text);
  }

  clear(): void {
    this.#edit(0, this.#text.length, "");
  }

  /** `text` instead of what stands between two offsets; the cursor goes behind it. */
  replace(from: number, to: number, text: string): boolean {
    if (this.#text.length - (to - from) + text.length > DRAFT_UNITS_MAX) return false;
    this.#edit(from, to, text);
    return true;
  }

  left(): void {
    this.#move(this.#letterBefore());
  }

  right(): void {
    this.#move(this.#letterAfter());
  }

  wordLeft(): void {
    this.#move(this.#wordBefore());
  }

  wordRight(): void {
    this.#move(this.#wordAfter());
  }

  /** To the start of the line, as its line breaks make it. */
  home(): void {
    this.#move(this.#lineStart());
  }

  end(): void {
    this.#move(this.#lineEnd());
  }

  backspace(): void {
    this.#edit(this.#letterBefore(), this.#cursor, "");
  }

  delete(): void {
    this.#edit(this.#cursor, this.#letterAfter(), "");
  }

  deleteWordLeft(): void {
    this.#kill(this.#wordBefore(), this.#cursor);
  }

  deleteWordRight(): void {
    this.#kill(this.#cursor, this.#wordAfter());
  }

  /** At the end of a line, the line break is killed. */
  killToEnd(): void {
    const end = this.#lineEnd();
    this.#kill(this.#cursor, end === this.#cursor ? this.#letterAfter() : end);
  }

  /** At the start of a line, the line break before it is killed. */
  killToStart(): void {
    const start = this.#lineStart();
    this.#kill(start === this.#cursor ? this.#letterBefore() : start, this.#cursor);
  }

  /** To the row above, as they are shown at `columns`. False in the first one. */
  up(columns: number, ruler: Ruler): boolean {
    return this.#step(-1, columns, ruler);
  }

  /** False in the last row. */
  down(columns: number, ruler: Ruler): boolean {
    return this.#step(1, columns, ruler);
  }

  #step(rows: number, columns: number, ruler: Ruler): boolean {
    const { rows: { length }, cursor } = layout(this.#text, this.#cursor, columns, ruler);
    const place: Place = {
      row: cursor.row + rows,
      column: this.#last.is === "step" ? this.#last.column : cursor.column,
    };
    if (place.row < 0 || place.row >= length) return false;
    this.#move(offsetAt(this.#text, place, columns, ruler));
    this.#last = { is: "step", column: place.column };
    return true;
  }

  #move(cursor: number): void {
    this.#cursor = cursor;
    this.#last = { is: "edit" };
  }

  /** What is new may be of one cluster with what stands after it: then the cursor goes behind that cluster. */
  #edit(from: number, to: number, text: string): void {
    this.#text = this.#text.slice(0, from) + text + this.#text.slice(to);
    this.#move(this.#borderFrom(from + text.length));
  }

  #kill(from: number, to: number): void {
    if (from === to) return;
    const killed = this.#text.slice(from, to);
    const before = this.#last.is === "kill" ? this.#killed : "";
    this.#killed = to === this.#cursor ? killed + before : before + killed;
    this.#edit(from, to, "");
    this.#last = { is: "kill" };
  }

  /** The cluster that the unit at `offset` is of, as its start and its end; where there is none, both are `offset`. */
  #letterAt(offset: number): readonly [number, number] {
    const found = this.#letters.segment(this.#text).containing(offset);
    return found === undefined ? [offset, offset] : [found.index, found.index + found.segment.length];
  }

  /** The first border that is not before `offset`. */
  #borderFrom(offset: number): number {
    if (this.#simpleAt(offset)) return offset;
    const [start, end] = this.#letterAt(offset);
    return start === offset ? offset : end;
  }

  #letterBefore(): number {
    const before = this.#cursor - 1;
    if (before < 0 || this.#simpleAt(before)) return Math.max(0, before);
    return this.#letterAt(before)[0];
  }

  #letterAfter(): number {
    const after = this.#cursor + 1;
    return this.#simpleAt(after) ? Math.min(after, this.#text.length) : this.#letterAt(this.#cursor)[1];
  }

  #wordBefore(): number {
    const words = this.#words.segment(this.#text);
    let at = this.#cursor;
    for (let word = words.containing(at - 1); word !== undefined; word = words.containing(at - 1)) {
      at = word.index;
      if (isWord(word)) break;
    }
    return this.#letterAt(at)[0];
  }

  #wordAfter(): number {
    const words = this.#words.segment(this.#text);
    let at = this.#cursor;
    for (let word = words.containing(at); word !== undefined; word = words.containing(at)) {
      at = word.index + word.segment.length;
      if (isWord(word)) break;
    }
    return this.#borderFrom(at);
  }

  #lineStart(): number {
    return this.#text.slice(0, this.#cursor).lastIndexOf("\n") + 1;
  }

  /** Before the line break, which may be a CR with a LF. */
  #lineEnd(): number {
    const end = this.#text.indexOf("\n", this.#cursor);
    return end === -1 ? this.#text.length : this.#letterAt(end)[0];
  }

  /** Whether a border is at `offset` for certain, as typing in a long draft should not look at all of it. */
  #simpleAt(offset: number): boolean {
    return SIMPLE.test(this.#text.slice(Math.max(0, offset - 1), offset + 1));
  }
}

/** Whether the keys for words stop at it: all but spaces, punctuation and signs. */
function isWord({ segment, isWordLike }: Intl.SegmentData): boolean {
  return isWordLike === true || PICTURE.test(segment);
}
