/** A screen on a terminal in memory, with a dock that a test fills. */

import { type Dock, drawDock, type Drawing } from "../../../client/terminal/dock.ts";
import { Ruler } from "../../../client/terminal/ruler.ts";
import { Screen } from "../../../client/terminal/screen.ts";
import { plain } from "../../../client/terminal/style.ts";
import type { Size } from "../../../client/terminal/tty.ts";
import { HandClock } from "../support.ts";
import { FakeTerminal } from "./fake_terminal.ts";

/** More than any change needs to be drawn. */
const MICROTASKS = 40;
/** Longer than anything waits before it is drawn. */
const WAIT_MS = 500;

export class Window {
  readonly ruler = new Ruler();
  readonly terminal: FakeTerminal;
  readonly screen: Screen;
  /** What was written, update by update. */
  readonly updates: string[] = [];
  /** What is to be sent once, with the next update. */
  signal = "";
  #dock = docked("");
  readonly #clock = new HandClock();
  readonly #ran: Promise<void>;
  #size: Size;
  #held: PromiseWithResolvers<void> | null = null;

  constructor(size: Size) {
    this.#size = size;
    this.terminal = new FakeTerminal(size, this.ruler);
    this.screen = new Screen({
      canvas: { size: () => this.#size, write: (text) => this.#write(text) },
      ruler: this.ruler,
      colours: true,
      clock: this.#clock,
      dock: () => this.drawing,
      signals: () => this.#takeSignal(),
    });
    this.#ran = this.screen.run();
  }

  /** The dock as it is to be drawn now. */
  get drawing(): Drawing {
    return drawDock(this.#dock, this.#size, this.ruler);
  }

  /** Lets be drawn what waits for no time. */
  async turn(): Promise<void> {
    for (let i = 0; i < MICROTASKS; i++) await null;
  }

  /** Lets everything be drawn, and the pause after it pass. */
  async settle(): Promise<void> {
    for (let i = 0; i < 2; i++) {
      await this.turn();
      this.#clock.advance(WAIT_MS);
    }
    await this.turn();
  }

  /** The terminal has another size, and the program is told. */
  resize(size: Size): void {
    this.terminal.resize(size);
    this.#size = size;
    this.screen.hurry();
  }

  show(dock: Dock): void {
    this.#dock = dock;
    this.screen.hurry();
  }

  /** What is written from now on is on its way until `release`. */
  hold(): void {
    this.#held = Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  async close(): Promise<void> {
    this.screen.close();
    await this.#ran;
  }

  #takeSignal(): string {
    const { signal } = this;
    this.signal = "";
    return signal;
  }

  async #write(text: string): Promise<void> {
    this.updates.push(text);
    this.terminal.write(text);
    await this.#held?.promise;
  }
}

/** A dock with a draft in it. */
export function docked(text: string, cursor = text.length, status = "#lobby"): Dock {
  const input = { text, cursor, prompt: "> ", secret: false, options: [], picked: 0 };
  return { transfers: [], pending: [], status: [plain(status)], input };
}
