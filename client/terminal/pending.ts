/** What we said and what has not become an entry yet, in the order in which it was said. */

/** A message on its way. */
export interface Sending {
  readonly text: string;
  /** When it was said, by the clock of whoever adds it. */
  readonly since: number;
  /** Null while we are on the way into the room. */
  room: string | null;
  /** Null until the session has taken it. */
  key: string | null;
  /** Whether the server has it on its disk; its entry may still be to come. */
  stored: boolean;
}

export class Pending {
  #messages: Sending[] = [];

  get all(): readonly Sending[] {
    return this.#messages;
  }

  add(text: string, since: number): Sending {
    const message: Sending = { text, since, room: null, key: null, stored: false };
    this.#messages.push(message);
    return message;
  }

  remove(message: Sending): void {
    this.#messages = this.#messages.filter((one) => one !== message);
  }

  /** The server has it: it stays until its entry comes. */
  stored(key: string): void {
    const message = this.#messages.find((one) => one.key === key);
    if (message !== undefined) message.stored = true;
  }

  /** Its entry is there, or it will never be one; says whether we had said it. */
  done(key: string): boolean {
    const before = this.#messages.length;
    this.#messages = this.#messages.filter((message) => message.key !== key);
    return this.#messages.length < before;
  }

  /** No entry of the room follows: what is stored needs no more waiting for. */
  left(room: string): void {
    this.#messages = this.#messages.filter((message) => message.room !== room || !message.stored);
  }
}
