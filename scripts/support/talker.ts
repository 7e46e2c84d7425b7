/** Somebody who says lines in the lobby at a steady pace, and notes how long each took to come back as an entry. */

import type { Wire } from "./wire.ts";

const ROOM = "lobby";
/** So long after the last line all of them are there, or never will be. */
const LAST_MS_MAX = 5_000;

export class Talker {
  readonly #wire: Wire;
  readonly #name: string;
  readonly #decoder = new TextDecoder();
  #everyMs = 0;
  #said = 0;
  #ms: number[] = [];
  #talking: Promise<void> | null = null;
  #over = false;

  private constructor(wire: Wire, name: string) {
    this.#wire = wire;
    this.#name = name;
  }

  /** Whoever stands behind `wire` and is called `name` enters the lobby. */
  static async enter(wire: Wire, name: string): Promise<Talker> {
    const talker = new Talker(wire, name);
    wire.hear(ROOM, (_seq, body) => talker.#hear(body));
    await wire.ask("join", { room: ROOM, last: 0 });
    return talker;
  }

  /** Begins to talk. */
  talk(perSecond: number): void {
    this.#everyMs = 1_000 / perSecond;
    this.#over = false;
    this.#said = 0;
    this.#ms = [];
    this.#talking = this.#talk();
  }

  /** Stops; the milliseconds from each line to its entry. Rejects where a line did not come back. */
  async quiet(): Promise<readonly number[]> {
    this.#over = true;
    await this.#talking;
    const until = performance.now() + LAST_MS_MAX;
    while (this.#ms.length < this.#said && performance.now() < until) await pause(5);
    if (this.#ms.length < this.#said) throw new Error(`${this.#name} did not see a line of its own`);
    return this.#ms;
  }

  async #talk(): Promise<void> {
    // Not in step with the others, who began when this one did.
    await pause(Math.random() * this.#everyMs);
    while (!this.#over) {
      const at = performance.now();
      this.#said++;
      // The next line does not wait for this one: what is held up is to be seen in every line that it holds up.
      this.#wire.post("say", { room: ROOM, text: `${this.#name} said at ${at}` }, (outcome) => {
        if (outcome.is === "refused") throw outcome.error;
      });
      await pause(Math.max(0, at + this.#everyMs - performance.now()));
    }
  }

  #hear(body: Uint8Array): void {
    const [, name, at] = /"text":"(\S+) said at ([\d.]+)"/.exec(this.#decoder.decode(body)) ?? [];
    if (name === this.#name) this.#ms.push(performance.now() - Number(at));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
