/**
 * A bounded queue in which nobody stands in the way of somebody better: first by rank, within a rank by turns among
 * those who pay, whatever each of them has waiting, and of one payer in the order in which it came.
 */

/** What waits of one rank: by payer, whoever is next first. */
type Line<T> = Map<string, T[]>;

export class FairQueue<T> {
  readonly #sizeMax: number;
  /** Best rank first. */
  readonly #lines: readonly Line<T>[];
  #size = 0;

  constructor(ranks: number, sizeMax: number) {
    this.#sizeMax = sizeMax;
    this.#lines = Array.from({ length: ranks }, () => new Map());
  }

  /**
   * Puts `item` of `rank` (0 is the best) in the queue. Returns what has to go where that makes it too long, which may
   * be `item` itself: of the worst rank that waits, the last of whoever has the most there.
   */
  add(item: T, rank: number, payer: string): T | undefined {
    const line = this.#lines[rank];
    if (line === undefined) throw new RangeError(`there is no rank ${rank}`);
    const items = line.get(payer);
    if (items === undefined) line.set(payer, [item]);
    else items.push(item);
    return ++this.#size > this.#sizeMax ? this.#dropWorst() : undefined;
  }

  /** Takes out what is next. */
  take(): T | undefined {
    const line = this.#lines.find((line) => line.size > 0);
    const [first] = line ?? [];
    if (line === undefined || first === undefined) return undefined;
    const [payer, items] = first;
    const item = items.shift();
    line.delete(payer);
    if (items.length > 0) line.set(payer, items);
    this.#size--;
    return item;
  }

  #dropWorst(): T | undefined {
    const line = this.#lines.findLast((line) => line.size > 0) ?? new Map<string, T[]>();
    // Of several with as many, the one who came last.
    const [payer = "", items = []] = [...line].reduce((one, other) =>
      other[1].length >= one[1].length ? other : one
    );
    const item = items.pop();
    if (items.length === 0) line.delete(payer);
    this.#size--;
    return item;
  }
}
