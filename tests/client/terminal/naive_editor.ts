/** What the editor should do, written as simply as can be: everything is looked for in all of the text. */

import { layout } from "../../../client/terminal/draft.ts";
import type { Ruler } from "../../../client/terminal/ruler.ts";

export class NaiveEditor {
  text = "";
  cursor = 0;
  killed = "";
  killing = false;
  goal: number | null = null;

  /** All borders of clusters, with those of the text. */
  borders(): readonly number[] {
    return [...[...new Intl.Segmenter().segment(this.text)].map(({ index }) => index), this.text.length];
  }

  before(offset: number): number {
    return this.borders().findLast((border) => border < offset) ?? 0;
  }

  after(offset: number): number {
    return this.borders().find((border) => border > offset) ?? this.text.length;
  }

  words(): readonly { readonly start: number; readonly end: number }[] {
    return [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(this.text)]
      .filter((word) =>
        word.isWordLike || /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(word.segment)
      )
      .map(({ index, segment }) => ({ start: index, end: index + segment.length }));
  }

  wordBefore(): number {
    const start = this.words().findLast((word) => word.start < this.cursor)?.start ?? 0;
    return this.borders().findLast((border) => border <= start) ?? 0;
  }

  wordAfter(): number {
    const end = this.words().find((word) => word.end > this.cursor)?.end ?? this.text.length;
    return this.borders().find((border) => border >= end) ?? 0;
  }

  lineStart(): number {
    return this.borders().findLast((border) =>
      border <= this.cursor && (border === 0 || this.text[border - 1] === "\n")
    ) ?? 0;
  }

  lineEnd(): number {
    return this.borders().find((border) =>
      border >= this.cursor && /^(\r?\n|$)/.test(this.text.slice(border, this.after(border)))
    ) ?? 0;
  }

  move(to: number): void {
    this.cursor = to;
    this.killing = false;
    this.goal = null;
  }

  put(from: number, to: number, text: string): void {
    this.text = this.text.slice(0, from) + text + this.text.slice(to);
    this.move(this.borders().find((border) => border >= from + text.length) ?? 0);
  }

  kill(from: number, to: number): void {
    if (from === to) return;
    const taken = this.text.slice(from, to);
    const killed = this.killing ? this.killed : "";
    this.killed = from < this.cursor ? taken + killed : killed + taken;
    this.put(from, to, "");
    this.killing = true;
  }

  /** Goes to the last border in the next row that is not beyond the column where it began. */
  step(rows: number, columns: number, ruler: Ruler): boolean {
    const places = this.borders().map((border) => ({
      border,
      ...layout(this.text, border, columns, ruler).cursor,
    }));
    const from = places.find(({ border }) => border === this.cursor);
    const goal = this.goal ?? from?.column ?? NaN;
    const to = places.findLast(({ row, column }) => row === (from?.row ?? NaN) + rows && column <= goal);
    if (to === undefined) return false;
    this.move(to.border);
    this.goal = goal;
    return true;
  }
}
