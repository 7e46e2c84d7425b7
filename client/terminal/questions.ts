/** What a person is asked, one question after another. */

import type { Question } from "./face.ts";

interface Asked {
  readonly question: Question;
  readonly answer: (text: string | null) => void;
}

export class Questions {
  readonly #waiting: Asked[] = [];

  /** The one that is to be answered now. */
  get current(): Question | null {
    return this.#waiting[0]?.question ?? null;
  }

  /** Resolves when the question is answered: null where it was declined, or nobody is there to answer. */
  ask(question: Question): Promise<string | null> {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    this.#waiting.push({ question, answer: resolve });
    return promise;
  }

  answer(text: string | null): void {
    this.#waiting.shift()?.answer(text);
  }

  /** All that is asked is declined. */
  cancel(): void {
    while (this.#waiting.length > 0) this.answer(null);
  }
}
