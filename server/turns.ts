/** Work of which only so much may run at once; the rest waits in the order in which it came. */

export class Turns {
  readonly #atOnce: number;
  #free: number;
  /** As many at most as there are connections, since each waits for its answer before it asks again. */
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#atOnce = this.#free = atOnce;
  }

  /** Whether any work runs, or waits to. */
  get busy(): boolean {
    return this.#free < this.#atOnce;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // Whoever is next takes over the place that is left.
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
