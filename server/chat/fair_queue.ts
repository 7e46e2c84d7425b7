/**
 * A bounded queue in which nobody can keep somebody else from their turn, nor from a place. Of three turns two are the
 * best rank's, and the third is left to the ranks below it, which share it in the same way: those who are better have
 * no end of items, if they like. Within a rank those who pay take turns, whatever each of them has waiting, and of one
 * payer the items go in the order in which they came.
 */

/** What waits of one rank. */
interface Line<T> {
  /** By payer, whoever is next first. */
  readonly payers: Map<string, T[]>;
  /** Turns that it had, or left to those below it, while any of them waited. */
  turns: number;
}

/** One turn of so many is left to those below. */
const TURNS = 3;

export class FairQueue<T> {
  readonly #sizeMax: number;
  /** Best rank first. */
  readonly #lines: readonly Line<T>[];
  #size = 0;

  constructor(ranks: number, sizeMax: number) {
    this.#sizeMax = sizeMax;
    this.#lines = Array.from({ length: ranks }, () => ({ payers: new Map(), turns: 0 }));
  }

  /**
   * Puts `item` of `rank` (0 is the best) in the queue. Returns what has to go where that makes it too long, which may
   * be `item` itself: of the ranks that have more than an equal share of the places, the last of whoever has the most
   * there; of several with as many, of the worst rank, the one who came last.
   */
  add(item: T, rank: number, payer: string): T | undefined {
    const payers = this.#lines[rank]?.payers;
    if (payers === undefined) throw new RangeError(`there is no rank ${rank}`);
    const items = payers.get(payer);
    if (items === undefined) payers.set(payer, [item]);
    else items.push(item);
    return ++this.#size > this.#sizeMax ? this.#dropOne() : undefined;
  }

  /** Takes out what is next. */
  take(): T | undefined {
    const payers = this.#next()?.payers;
    const [first] = payers ?? [];
    if (payers === undefined || first === undefined) return undefined;
    const [payer, items] = first;
    const item = items.shift();
    payers.delete(payer);
    if (items.length > 0) payers.set(payer, items);
    this.#size--;
    return item;
  }

  #next(): Line<T> | undefined {
    const waiting = this.#lines.filter(({ payers }) => payers.size > 0);
    const worst = waiting.pop();
    return waiting.find((line) => ++line.turns % TURNS !== 0) ?? worst;
  }

  #dropOne(): T | undefined {
    const share = Math.floor(this.#sizeMax / this.#lines.length);
    const greedy = this.#lines.filter(({ payers }) => sizeOf(payers) > share);
    const most = greedy.flatMap(({ payers }) =>
      [...payers].map(([payer, items]) => ({ payers, payer, items }))
    )
      .reduce((one, other) => other.items.length >= one.items.length ? other : one);
    const item = most.items.pop();
    if (most.items.length === 0) most.payers.delete(most.payer);
    this.#size--;
    return item;
  }
}

function sizeOf(payers: ReadonlyMap<string, readonly unknown[]>): number {
  return [...payers.values()].reduce((size, items) => size + items.length, 0);
}
