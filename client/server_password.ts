/** The server's password: as it came with the command, and after that as a person typed it. */

/** Who can be asked for it. */
export interface PasswordHolder {
  /** Asks, saying why; null where there is nobody to ask, or they gave none. */
  ask(why: string): Promise<string | null>;
  /** What was answered last has been looked at, and let us in. */
  accepted(): void;
}

const ASKED_MAX = 3;

/** Outlives a session, so that neither a reconnect nor another name makes anybody type it again. */
export class ServerPassword {
  readonly #holder: PasswordHolder;
  #value: string | null;
  #asked = 0;

  /** `given` is from a file or the environment. */
  constructor(given: string | null, holder: PasswordHolder) {
    this.#value = given;
    this.#holder = holder;
  }

  /** What a `hello` carries that the server asked to; null for none. */
  get value(): string | null {
    return this.#value;
  }

  /** Asks for another, since the server refused this one for the reason `why`; false where that is the end. */
  async renew(why: string): Promise<boolean> {
    if (++this.#asked > ASKED_MAX) return false;
    const answer = await this.#holder.ask(why);
    if (answer !== null) this.#value = answer;
    return answer !== null;
  }

  /** The server took it. */
  accepted(): void {
    if (this.#asked > 0) this.#holder.accepted();
    this.#asked = 0;
  }
}
