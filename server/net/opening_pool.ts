/**
 * The pool of connections that have not said who they are. Where it is full, one of them makes room for a newcomer:
 * the oldest of the network that has the most, so that whoever opens thousands of silent ones drives out their own.
 */

/** A connection, as the pool sees it. */
export interface Opening {
  readonly network: string;
  /** Whether it has not been said yet who it is. */
  readonly opening: boolean;
}

export class OpeningPool<T extends Opening> {
  readonly #max: number;
  /** Those of each network that were opening when they were last looked at, oldest first. */
  readonly #networks = new Map<string, Set<T>>();
  #size = 0;

  /** A pool of at most `max`. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Takes one in; gives the one that has to go for it, or null. */
  add(one: T): T | null {
    if (this.#size >= this.#max) this.#sort();
    const network = this.#networks.get(one.network) ?? new Set();
    this.#networks.set(one.network, network.add(one));
    this.#size++;
    const [oldest] = this.#size > this.#max ? this.#largest() : [];
    if (oldest === undefined) return null;
    this.delete(oldest);
    return oldest;
  }

  delete(one: T): void {
    const network = this.#networks.get(one.network);
    if (!network?.delete(one)) return;
    this.#size--;
    if (network.size === 0) this.#networks.delete(one.network);
  }

  /** Lets go those who have said who they are. */
  #sort(): void {
    for (const network of this.#networks.values()) {
      for (const one of network) if (!one.opening) this.delete(one);
    }
  }

  /** The network with the most; among equals the one that has been here longest. */
  #largest(): ReadonlySet<T> {
    let largest: ReadonlySet<T> = new Set();
    for (const network of this.#networks.values()) if (network.size > largest.size) largest = network;
    return largest;
  }
}
