/** A terminal in memory as a device: keys that a test types, and a screen that it looks at. */

import type { Ruler } from "../../../client/terminal/ruler.ts";
import type { Device, Size } from "../../../client/terminal/tty.ts";
import { Wake } from "../../../client/wake.ts";
import { FakeTerminal } from "./fake_terminal.ts";

export interface FakeDeviceOptions {
  readonly size?: Size;
  /** How it draws. */
  readonly ruler?: Ruler;
  /** Whether it answers when it is asked where its cursor is. */
  readonly answers?: boolean;
  readonly raise?: (signal: Deno.Signal) => void;
}

export class FakeDevice implements Device {
  readonly terminal: FakeTerminal;
  readonly endings = new EventTarget();
  readonly signals = true;
  readonly raise: ((signal: Deno.Signal) => void) | null;
  /** All that was written. */
  written = "";
  raw = false;
  /** Whether a read is pending. */
  reading = false;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  readonly #listeners: { readonly signal: Deno.Signal; readonly run: () => void }[] = [];
  readonly #came = new Wake();
  #typed: Uint8Array[] = [];
  #held: PromiseWithResolvers<void> | null = null;
  #ended = false;

  constructor({ size, ruler, answers = true, raise }: FakeDeviceOptions = {}) {
    const say = (text: string) => answers ? this.type(text) : undefined;
    this.terminal = new FakeTerminal(size ?? { columns: 60, rows: 20 }, ruler, say);
    this.raise = raise ?? null;
  }

  readonly keyboard: Device["keyboard"] = {
    readsOnDemand: true,
    read: async () => {
      this.reading = true;
      while (this.#typed.length === 0 && !this.#ended) await this.#came.wait();
      this.reading = false;
      return this.#typed.shift() ?? null;
    },
    setRaw: (on) => {
      this.raw = on;
    },
  };

  readonly stdout: Device["stdout"] = {
    write: async (bytes) => {
      await this.#held?.promise;
      return this.#write(bytes);
    },
    writeSync: (bytes) => this.#write(bytes),
  };

  consoleSize(): Size {
    return this.terminal.size;
  }

  addSignalListener(signal: Deno.Signal, run: () => void): void {
    this.#listeners.push({ signal, run });
  }

  removeSignalListener(signal: Deno.Signal, run: () => void): void {
    const at = this.#listeners.findIndex((one) => one.signal === signal && one.run === run);
    this.#listeners.splice(at, 1);
  }

  /** How many listen to signals. */
  get listening(): number {
    return this.#listeners.length;
  }

  /** Types what one read takes. */
  type(text: string): void {
    this.#typed.push(this.#encoder.encode(text));
    this.#came.ring();
  }

  /** Ends the input. */
  end(): void {
    this.#ended = true;
    this.#came.ring();
  }

  /** Takes nothing that is written, but for what is written at once, until `release`. */
  hold(): void {
    this.#held = Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  tell(signal: Deno.Signal): void {
    for (const { run } of this.#listeners.filter((one) => one.signal === signal)) run();
  }

  resize(size: Size): void {
    this.terminal.resize(size);
    this.tell("SIGWINCH");
  }

  #write(bytes: Uint8Array): number {
    const text = this.#decoder.decode(bytes, { stream: true });
    this.written += text;
    this.terminal.write(text);
    return bytes.length;
  }
}
