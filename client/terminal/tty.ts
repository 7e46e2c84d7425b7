/**
 * The terminal as a device: raw mode, its size, being stopped and going on, and putting everything back whatever
 * happens. Beside the screen the one file that touches the terminal.
 */

import type { Clock } from "../clock.ts";

/** Columns and rows of character cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What is told of the terminal from outside, in the order in which it happens. */
export interface Watcher {
  /** The window has another size. */
  readonly resized: () => void;
  /**
   * The program was stopped and goes on, in raw mode again. Meanwhile others have written, and the window may have
   * been resized: nothing that was drawn is where it was.
   */
  readonly continued: () => void;
}

/** What the terminal is reached by, as far as it is used here. */
export interface Device {
  readonly stdin: {
    read(into: Uint8Array): Promise<number | null>;
    setRaw(on: boolean): void;
  };
  readonly stdout: {
    write(bytes: Uint8Array): Promise<number>;
    writeSync(bytes: Uint8Array): number;
  };
  /** Throws where no terminal is left. */
  consoleSize(): Size;
  addSignalListener(signal: Deno.Signal, run: () => void): void;
  removeSignalListener(signal: Deno.Signal, run: () => void): void;
  /** Tells of the program's end: `error`, `unhandledrejection`, `unload`. */
  readonly endings: EventTarget;
  /** Whether it sends SIGWINCH and SIGCONT. Windows does not. */
  readonly signals: boolean;
  /** Sends this program a signal; null where it must not be stopped. */
  readonly raise: ((signal: Deno.Signal) => void) | null;
}

/** Whether a person reads and types: standard input and output are both a terminal. */
export function isTerminal(): boolean {
  return Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
}

/** The terminal that the program was started in. */
export function systemDevice(): Device {
  return {
    stdin: Deno.stdin,
    stdout: Deno.stdout,
    consoleSize: Deno.consoleSize,
    addSignalListener: Deno.addSignalListener,
    removeSignalListener: Deno.removeSignalListener,
    endings: globalThis,
    signals: Deno.build.os !== "windows",
    raise: mayStop() ? (signal) => Deno.kill(Deno.pid, signal) : null,
  };
}

/** Since this version a program may signal itself without a right; before, Deno asks for one in the middle of it all. */
const RAISES_SINCE = "2.9.0";

/**
 * Whether the program can stop itself and be called back. Only its own process may be stopped without a right, and
 * only a shell that started it itself notices. Under `deno task` nobody would, and Ctrl-Z would not get through
 * either; npm, npx and `deno task` all set INIT_CWD. Where that may not be looked at, nothing is stopped.
 */
function mayStop(): boolean {
  const mark = { name: "env", variable: "INIT_CWD" } as const;
  return Deno.build.os !== "windows" &&
    Deno.version.deno.localeCompare(RAISES_SINCE, "en", { numeric: true }) >= 0 &&
    Deno.permissions.querySync(mark).state === "granted" &&
    !Deno.env.has(mark.variable);
}

/** What a terminal has where it does not say: the VT100's size. */
const SIZE: Size = { columns: 80, rows: 24 };

/** How often the size is looked at where no signal tells of it. */
const SIZE_MS = 250;

/** What Linux hands over of a terminal's input at once. */
const READ_BYTES = 4096;

/** Saves the title; bracketed paste and reports of the focus on (https://invisible-island.net/xterm/ctlseqs). */
const ENTER = "\x1b[22;0t\x1b[?2004h\x1b[?1004h";
/** All of that back, and what drawing may have left on: an update, a style, a hidden cursor, no wrapping. */
const RESTORE = "\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1004l\x1b[?2004l\x1b[23;0t";
/** Room for what the runtime says of its end: below the cursor, where something may be drawn. */
const BELOW = "\r\n\x1b[J";

const ENDINGS = ["error", "unhandledrejection", "unload"] as const;

export class Tty implements Disposable {
  readonly #device: Device;
  readonly #clock: Clock;
  readonly #encoder = new TextEncoder();
  readonly #closing = new AbortController();
  #state: "cooked" | "raw" | "suspended" = "cooked";
  #written: Promise<void> = Promise.resolve();

  constructor(device: Device, clock: Clock) {
    this.#device = device;
    this.#clock = clock;
  }

  /** Aborts when the terminal is gone: a write or a read found it closed. Writes go nowhere from then on. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Needs no right. Some terminals do not know, or say 0. */
  get size(): Size {
    try {
      const { columns, rows } = this.#device.consoleSize();
      return { columns: columns || SIZE.columns, rows: rows || SIZE.rows };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return SIZE;
    }
  }

  /** Takes the terminal over: every key is read as it comes, and nothing is echoed. Until `restore`. */
  enter(): void {
    if (this.#state === "raw") return;
    this.#state = "raw";
    for (const ending of ENDINGS) this.#device.endings.addEventListener(ending, this.#end);
    this.#attempt(() => this.#device.stdin.setRaw(true));
    this.#writeNow(ENTER);
  }

  /** Gives the terminal back as it was found; at once, and as often as one likes. What is drawn stays. */
  restore(): void {
    if (this.#state !== "raw") return;
    this.#state = "cooked";
    for (const ending of ENDINGS) this.#device.endings.removeEventListener(ending, this.#end);
    // The mode first: a program that goes on in the background is stopped by that, before it writes to a shell's line.
    this.#attempt(() => this.#device.stdin.setRaw(false));
    this.#writeNow(RESTORE);
  }

  [Symbol.dispose](): void {
    this.restore();
  }

  /**
   * What was typed since the last read: 1 to 4096 bytes, cut anywhere; null at the end of input. Nothing is read ahead:
   * between two calls, others can ask at this terminal.
   */
  async read(): Promise<Uint8Array | null> {
    const bytes = new Uint8Array(READ_BYTES);
    try {
      const length = await this.#device.stdin.read(bytes);
      return length === null ? null : bytes.subarray(0, length);
    } catch (error) {
      this.#close(error);
      return null;
    }
  }

  /** Writes all of `text`, after what is being written; resolves when it is out, or the terminal gone. */
  write(text: string): Promise<void> {
    this.#written = this.#written.then(() => this.#write(this.#encoder.encode(text)));
    return this.#written;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length && !this.closed.aborted;) {
        done += await this.#device.stdout.write(bytes.subarray(done));
      }
    } catch (error) {
      this.#close(error);
    }
  }

  /** Tells `watcher` until what it returns is called. */
  watch(watcher: Watcher): () => void {
    if (!this.#device.signals) return this.#watchSize(watcher.resized);
    const continued = () => this.#continue(watcher);
    this.#device.addSignalListener("SIGWINCH", watcher.resized);
    this.#device.addSignalListener("SIGCONT", continued);
    return () => {
      this.#device.removeSignalListener("SIGWINCH", watcher.resized);
      this.#device.removeSignalListener("SIGCONT", continued);
    };
  }

  #watchSize(resized: () => void): () => void {
    let last = this.size;
    const look = () => {
      cancel = this.#clock.timer(SIZE_MS, look);
      const { columns, rows } = this.size;
      if (columns === last.columns && rows === last.rows) return;
      last = { columns, rows };
      resized();
    };
    let cancel = this.#clock.timer(SIZE_MS, look);
    return () => cancel();
  }

  /** Whether `suspend` is possible here. */
  get canSuspend(): boolean {
    return this.#device.raise !== null;
  }

  /**
   * Gives the terminal back and stops the program, as Ctrl-Z does elsewhere. Returns when it goes on; the watcher is
   * told of that, and before it nothing may be drawn.
   */
  suspend(): void {
    this.restore();
    this.#state = "suspended";
    this.#device.raise?.("SIGTSTP");
    // The system takes no stop from a program that nobody could call back, as the only one of its window. With this,
    // exactly one SIGCONT comes anyhow: several that come before the first is told of are told as one.
    this.#device.raise?.("SIGCONT");
  }

  /** After a stop from outside, the shell has changed the mode that this program believes in. */
  #continue(watcher: Watcher): void {
    if (this.#state === "cooked") return;
    this.restore();
    this.enter();
    watcher.continued();
  }

  readonly #end = (): void => {
    this.#writeNow(BELOW);
    this.restore();
  };

  /** Also while a `write` is on its way; it comes out after that. */
  #writeNow(text: string): void {
    this.#attempt(() => {
      const bytes = this.#encoder.encode(text);
      for (let done = 0; done < bytes.length && !this.closed.aborted;) {
        done += this.#device.stdout.writeSync(bytes.subarray(done));
      }
    });
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#close(error);
    }
  }

  /** A terminal that was closed answers with errors of many classes, by what was tried. These two are bugs of ours. */
  #close(error: unknown): void {
    const bug = !(error instanceof Error) || error instanceof TypeError || error instanceof Deno.errors.Busy;
    if (bug) throw error;
    this.#closing.abort();
  }
}
