/** What was sent, to be sent again: the history that the keys up and down go through. Pure. */

export interface SentLimits {
  readonly entries: number;
  /** Of all entries together, in UTF-16 units. */
  readonly units: number;
}

/** What stands in the draft. */
type Place =
  | { readonly is: "draft" }
  /** An entry was recalled; what was being typed before comes back after the newest. */
  | { readonly is: "recalled"; readonly index: number; readonly draft: string };

/** Over its limits the oldest entries are forgotten. What becomes of an entry in the draft does not change it here. */
export class SentHistory {
  readonly #limits: SentLimits;
  readonly #entries: string[] = [];
  #units = 0;
  #place: Place = { is: "draft" };

  constructor(limits: SentLimits) {
    this.#limits = limits;
  }

  /** Takes what was sent; the same twice in a row is one entry. The next draft stands after it. */
  add(text: string): void {
    this.reset();
    if (text === this.#entries.at(-1)) return;
    this.#entries.push(text);
    this.#units += text.length;
    while (this.#entries.length > this.#limits.entries || this.#units > this.#limits.units) {
      this.#units -= this.#entries.shift()?.length ?? 0;
    }
  }

  /** The draft was given up: what was being typed before is forgotten too. */
  reset(): void {
    this.#place = { is: "draft" };
  }

  /** The entry before the one that was recalled last, or the newest. `current` is the draft. Null if there is none. */
  older(current: string): string | null {
    const { index, draft } = this.#place.is === "recalled"
      ? this.#place
      : { index: this.#entries.length, draft: current };
    const entry = this.#entries[index - 1];
    if (entry === undefined) return null;
    this.#place = { is: "recalled", index: index - 1, draft };
    return entry;
  }

  /** The entry after the one that was recalled last, at the end the draft. Null where that is what is shown. */
  newer(): string | null {
    if (this.#place.is === "draft") return null;
    const { index, draft } = this.#place;
    const entry = this.#entries[index + 1];
    this.#place = entry === undefined ? { is: "draft" } : { is: "recalled", index: index + 1, draft };
    return entry ?? draft;
  }
}
