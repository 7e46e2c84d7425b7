/**
 * Saves something that is stored as a whole and changes often: one write at a time, and the next one takes all that
 * has changed since.
 */

export class Saver {
  readonly #write: () => Promise<void>;
  #writing: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** `write` stores the state as it is when it is called. */
  constructor(write: () => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when what has changed so far is stored, and rejects as that write does. */
  save(): Promise<void> {
    if (this.#next !== null) return this.#next;
    if (this.#writing === null) return this.#writing = this.#run();
    // That write may have begun before the change: another one has to follow it, whatever comes of the first.
    const follow = () => {
      this.#next = null;
      return this.#writing = this.#run();
    };
    return this.#next = this.#writing.then(follow, follow);
  }

  async #run(): Promise<void> {
    try {
      await this.#write();
    } finally {
      this.#writing = null;
    }
  }
}
