/**
 * The requests of one client that have no answer yet, and the order of those answers that have one: a `say` is
 * answered after the `say`s before it, also where it is refused at once.
 */

export class Answers {
  /** Ids; an array, since it is mostly empty and its first element mostly the one looked for. */
  readonly #ids: number[] = [];
  /** The `say`s in their order, each with what answers it once that is known. */
  readonly #says: { answer: (() => void) | null }[] = [];
  /** Whoever waits until every `say` is answered. */
  #silence: PromiseWithResolvers<void> | null = null;

  /** How many requests have no answer. */
  get missing(): number {
    return this.#ids.length;
  }

  /** Takes note of a request. False where one with this `id` has no answer yet. */
  expect(id: number): boolean {
    if (this.#ids.includes(id)) return false;
    this.#ids.push(id);
    return true;
  }

  /** Request `id` is answered. */
  settle(id: number): void {
    const at = this.#ids.indexOf(id);
    if (at >= 0) this.#ids.splice(at, 1);
  }

  /** Keeps the place of a `say`; what it returns is called once, with what answers it in its turn. */
  say(): (answer: () => void) => void {
    const place: { answer: (() => void) | null } = { answer: null };
    this.#says.push(place);
    return (answer) => {
      place.answer = answer;
      this.#answerSays();
    };
  }

  /** Null while every `say` is answered; else resolves when that is so. */
  get said(): Promise<void> | null {
    if (this.#says.length === 0) return null;
    return (this.#silence ??= Promise.withResolvers<void>()).promise;
  }

  #answerSays(): void {
    for (let first = this.#says[0]; first !== undefined; first = this.#says[0]) {
      if (first.answer === null) return;
      this.#says.shift();
      first.answer();
    }
    this.#silence?.resolve();
    this.#silence = null;
  }
}
