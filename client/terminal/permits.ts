/**
 * Rights that are asked for at a terminal that reads keys: the runtime's question needs it as it was found, and all
 * keys for itself. So nothing is asked but between two reads. Whoever takes what was read asks here at once, in the
 * turn in which the key is taken, and the face then sees to it before it reads on.
 */

import { askable, askFor, type Right, type Rights } from "../rights.ts";

interface Asked {
  readonly wanted: readonly Right[];
  readonly over: PromiseWithResolvers<void>;
}

export class Permits {
  readonly #rights: Rights;
  #waiting: Asked[] = [];
  #taking = false;

  constructor(rights: Rights) {
    this.#rights = rights;
  }

  /** Runs `take`, which takes keys that were read, while nothing is being read: what it asks for can be asked. */
  during(take: () => void): void {
    this.#taking = true;
    try {
      take();
    } finally {
      this.#taking = false;
    }
  }

  /**
   * Resolves when each right of `wanted` has been asked for, or need not or cannot be: whoever asked looks then at
   * what there is.
   */
  ask(wanted: readonly Right[]): Promise<void> {
    const asking = askable(this.#rights, wanted);
    if (asking.length === 0 || !this.#taking) return Promise.resolve();
    const over = Promise.withResolvers<void>();
    this.#waiting.push({ wanted: asking, over });
    return over.promise;
  }

  /** Whether somebody waits for the runtime's question. */
  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Asks for all that waits. The terminal is the runtime's meanwhile. */
  async settle(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await askFor(this.#rights, next.wanted);
      next.over.resolve();
    }
  }

  /** Nobody can be asked any more. */
  cancel(): void {
    for (const { over } of this.#waiting) over.resolve();
    this.#waiting = [];
  }
}
