/** A face that remembers the lines that it was told to print, and answers what it is asked as a test has said. */

import type { Right } from "../../../client/rights.ts";
import type { Chat, Face, Question } from "../../../client/terminal/face.ts";
import type { Call } from "../../../client/terminal/notices.ts";
import { plainText } from "../../../client/terminal/plain_face.ts";
import type { Line } from "../../../client/terminal/wrap.ts";
import { Wake } from "../../../client/wake.ts";

export class FakeFace implements Face {
  showsState = true;
  /** What was asked for, in turn; nothing of it is granted. */
  readonly permits: (readonly Right[])[] = [];
  /** What was printed and not taken yet, without times: `[--:--] Ada  hi`. */
  readonly printed: string[] = [];
  readonly questions: Question[] = [];
  readonly calls: Call[] = [];
  /** Whose state is shown. */
  chat: Chat | null = null;
  /** How often what was answered had been looked at. */
  settled = 0;
  readonly #changed = new Wake();
  readonly #answers: (string | null)[] = [];
  #cancels = 0;

  attach(chat: Chat): void {
    this.chat = chat;
  }

  print(...lines: readonly Line[]): Promise<void> {
    this.printed.push(...lines.map((line) => plainText(line).replace(/^\[\d\d:\d\d\]/, "[--:--]")));
    this.#changed.ring();
    return Promise.resolve();
  }

  /** Answers the next questions, one after another. */
  answer(...answers: readonly (string | null)[]): void {
    this.#answers.push(...answers);
    this.#changed.ring();
  }

  async ask(question: Question): Promise<string | null> {
    this.questions.push(question);
    this.#changed.ring();
    const before = this.#cancels;
    while (this.#answers.length === 0 && this.#cancels === before) await this.#changed.wait();
    return this.#answers.shift() ?? null;
  }

  settle(): void {
    this.settled++;
  }

  permit(wanted: readonly Right[]): Promise<void> {
    this.permits.push(wanted);
    return Promise.resolve();
  }

  cancel(): void {
    this.#cancels++;
    this.#changed.ring();
  }

  update(): void {
    this.#changed.ring();
  }

  clear(): void {}

  call(call: Call): void {
    this.calls.push(call);
  }

  run(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Waits until something is so, which changes with what is shown. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#changed.wait();
  }

  /** Waits for a line that has `words` in it, and takes the lines up to that. */
  async told(words: string): Promise<readonly string[]> {
    const at = () => this.printed.findIndex((line) => line.includes(words));
    await this.until(() => at() !== -1);
    return this.printed.splice(0, at() + 1);
  }
}
