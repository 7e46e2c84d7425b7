/**
 * The chat as plain lines, one for each message, without escape codes: for screen readers, `tee`, and terminals that
 * can do little. What is typed is edited by the terminal itself.
 */

import type { Output } from "../output.ts";
import { oneLine } from "../clean.ts";
import type { Right, Rights } from "../rights.ts";
import { Editor } from "./editor.ts";
import type { Chat, Face, Question } from "./face.ts";
import { type Key, KeyReader } from "./keys.ts";
import { Permits } from "./permits.ts";
import { Questions } from "./questions.ts";
import { isGone, type Keyboard } from "./tty.ts";
import type { Line } from "./wrap.ts";

export class PlainFace implements Face {
  readonly showsState = false;
  readonly #keyboard: Keyboard;
  readonly #out: Output;
  readonly #keys = new KeyReader();
  readonly #questions = new Questions();
  readonly #typed = new Editor();
  readonly #permits: Permits;
  #chat: Chat | null = null;
  #raw = false;

  constructor(keyboard: Keyboard, out: Output, rights: Rights) {
    this.#permits = new Permits(rights);
    this.#keyboard = keyboard;
    this.#out = out;
  }

  attach(chat: Chat): void {
    this.#chat = chat;
  }

  async print(...lines: readonly Line[]): Promise<void> {
    for (const line of lines) await this.#out.line(plainText(line));
    if (!this.#out.open) this.#chat?.leave();
  }

  async ask(question: Question): Promise<string | null> {
    const asked = this.#questions.ask(question);
    // Before the question is seen, so that no answer to it is.
    this.settle();
    for (const [i, option] of (question.options ?? []).entries()) {
      await this.#out.line(`  ${i + 1}  ${oneLine(option)}`);
    }
    await this.#out.line(oneLine(question.prompt));
    return await asked;
  }

  /** Until then the terminal shows nothing of what is typed behind a secret. */
  settle(): void {
    this.#setRaw(this.#questions.current?.secret === true);
    this.#takeAll(this.#questions.settle());
  }

  async permit(wanted: readonly Right[]): Promise<void> {
    if (this.#keyboard.readsOnDemand) await this.#permits.ask(wanted);
  }

  cancel(): void {
    this.#questions.cancel();
  }

  /** There is no state to be seen here. */
  update(): void {}

  /** What was printed stays. */
  clear(): void {}

  /** Nothing but lines is printed. */
  call(): void {}

  async run(): Promise<void> {
    for (let bytes = await this.#read(); bytes !== null; bytes = await this.#read()) {
      const keys = this.#keys.feed(bytes);
      this.#permits.during(() => this.#takeAll(keys));
      await this.#settlePermits();
    }
    this.#chat?.leave();
    this.cancel();
  }

  close(): Promise<void> {
    this.cancel();
    this.#permits.cancel();
    this.#setRaw(false);
    return Promise.resolve();
  }

  /** Lets the runtime ask for rights, with what is typed shown; nothing is read until that is over. */
  async #settlePermits(): Promise<void> {
    if (!this.#permits.waiting) return;
    const raw = this.#raw;
    this.#setRaw(false);
    await this.#permits.settle();
    this.#setRaw(raw);
  }

  async #read(): Promise<Uint8Array | null> {
    try {
      return await this.#keyboard.read();
    } catch (error) {
      if (!isGone(error)) throw error;
      return null;
    }
  }

  #takeAll(keys: readonly Key[]): void {
    for (const key of keys) {
      if (!this.#questions.hold(key)) this.#take(key);
    }
  }

  #take(key: Key): void {
    if (key.is === "text" || key.is === "paste") this.#typed.insert(key.text);
    if (key.is !== "press") return;
    const { name, ctrl } = key;
    if (name === "enter" || (name === "j" && ctrl)) this.#enter();
    else if (name === "tab") this.#typed.insert("\t");
    else if (name === "backspace") this.#typed.backspace();
    else if (ctrl && (name === "c" || name === "d")) this.#decline();
  }

  #enter(): void {
    const { text } = this.#typed;
    this.#typed.clear();
    if (this.#questions.current === null) this.#chat?.take(text);
    else this.#questions.answer(this.#raw ? text : text.trim());
  }

  #decline(): void {
    this.#typed.clear();
    this.#questions.answer(null);
  }

  /** While it is on, nothing that is typed is shown. */
  #setRaw(on: boolean): void {
    if (on === this.#raw) return;
    this.#raw = on;
    try {
      this.#keyboard.setRaw(on);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

/** A line without styles; what has several lines stands in one. */
export function plainText({ head, body }: Line): string {
  return [...head, ...body].map(({ text }) => oneLine(text)).join("").trimEnd();
}
