/** What a person is asked, one question after another. */

import type { Question } from "./face.ts";
import type { Key } from "./keys.ts";

interface Asked {
  readonly question: Question;
  readonly answer: (text: string | null) => void;
}

/** Keys that are held; what is pressed after so many goes nowhere. */
const HELD_KEYS_MAX = 1_000;

/** Letters that are with Ctrl no part of an answer. */
const FOR_THE_PROGRAM: ReadonlySet<string> = new Set("cdlz");

export class Questions {
  readonly #waiting: Asked[] = [];
  /** Keys since a secret was answered; null where none is looked at. */
  #held: Key[] | null = null;

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
    const asked = this.#waiting.shift();
    if (asked?.question.secret === true && this.#waiting.length === 0) this.#held = [];
    asked?.answer(text);
  }

  /** All that is asked is declined. */
  cancel(): void {
    while (this.#waiting.length > 0) this.answer(null);
    this.#held = null;
  }

  /**
   * Keeps a key while the answer to a secret is looked at, since it may be of the next one; says whether it did.
   * Who presses Ctrl-C waits no longer.
   */
  hold(key: Key): boolean {
    if (this.#held === null) return false;
    if (key.is === "press" && key.ctrl && FOR_THE_PROGRAM.has(key.name)) {
      if (key.name === "c") this.#held = null;
      return false;
    }
    if (this.#held.length < HELD_KEYS_MAX) this.#held.push(key);
    return true;
  }

  /** Gives out what was held, and holds nothing more. */
  settle(): readonly Key[] {
    const held = this.#held ?? [];
    this.#held = null;
    return held;
  }
}
