/**
 * The terminal as a device: raw mode, its size, being stopped and going on, and putting everything back whatever
 * happens.
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

/** What is typed. */
export interface Keyboard {
  /** Whether keys are taken from the terminal only while `read` is called, so that others can ask at it in between. */
  readonly readsOnDemand: boolean;
  /** What came since the last read, as UTF-8 with the escape sequences of a VT100; null at the end. */
  read(): Promise<Uint8Array | null>;
  setRaw(on: boolean): void;
}

/** What the terminal is reached by, as far as it is used here. */
export interface Device {
  readonly keyboard: Keyboard;
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

/** The terminal that the program was started in. */
export async function systemDevice(): Promise<Device> {
  return {
    ...await systemConsole(),
    consoleSize: Deno.consoleSize,
    addSignalListener: Deno.addSignalListener,
    removeSignalListener: Deno.removeSignalListener,
    endings: globalThis,
    signals: Deno.build.os !== "windows",
    raise: mayStop() ? (signal) => Deno.kill(Deno.pid, signal) : null,
  };
}

/** Windows needs ways of its own, by parts of Node that take long to load. */
async function systemConsole(): Promise<Pick<Device, "keyboard" | "stdout">> {
  if (Deno.build.os !== "windows") return { keyboard: standardInput, stdout: Deno.stdout };
  const { ConsoleKeyboard, ConsoleScreen } = await import("./console.ts");
  return {
    keyboard: isRecent() ? new ConsoleKeyboard() : standardInput,
    stdout: new ConsoleScreen(Deno.stdout, () => Deno.consoleSize().columns),
  };
}

/** What Linux hands over of a terminal's input at once. */
const READ_BYTES = 4096;

const standardInput: Keyboard = {
  readsOnDemand: true,
  async read() {
    const bytes = new Uint8Array(READ_BYTES);
    const length = await Deno.stdin.read(bytes);
    return length === null ? null : bytes.subarray(0, length);
  },
  setRaw: (on) => Deno.stdin.setRaw(on),
};

/**
 * Whether a program may signal itself without a right, which older versions of Deno ask for in the middle of it all,
 * and whether Node's terminals know Windows' keys.
 */
function isRecent(): boolean {
  return Deno.version.deno.localeCompare("2.9.0", "en", { numeric: true }) >= 0;
}

/**
 * Whether the program can stop itself and be called back. Only its own process may be stopped without a right, and
 * only a shell that started it itself notices. Under `deno task` nobody would, and Ctrl-Z would not get through
 * either: there INIT_CWD is set, which the tasks of this project, unlike the compiled program, may look at.
 */
function mayStop(): boolean {
  if (Deno.build.os === "windows" || !isRecent()) return false;
  const mark = { name: "env", variable: "INIT_CWD" } as const;
  return Deno.permissions.querySync(mark).state !== "granted" || !Deno.env.has(mark.variable);
}

/** What a terminal has where it does not say: the VT100's size. */
const SIZE: Size = { columns: 80, rows: 24 };

/** How often the size is looked at where no signal tells of it. */
const SIZE_MS = 250;

/** Saves the title; bracketed paste and reports of the focus on (https://invisible-island.net/xterm/ctlseqs). */
const ENTER = "\x1b[22;0t\x1b[?2004h\x1b[?1004h";
/** All of that back, and what drawing may have left on: an update, a style, a hidden cursor, no wrapping. */
const RESTORE = "\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1004l\x1b[?2004l\x1b[23;0t";
/** Room for what the runtime says of its end: below the cursor, where something may be drawn. */
const BELOW = "\r\n\x1b[J";

/** A terminal that has taken nothing for so long would not let the program end. */
const STALLED_MS = 1_000;

const ENDINGS = ["error", "unhandledrejection", "unload"] as const;

export class Tty {
  readonly #device: Device;
  readonly #clock: Clock;
  readonly #encoder = new TextEncoder();
  /** False once a read or a write has found the terminal gone: a window that was closed, a line that was cut. */
  #open = true;
  #state: "cooked" | "raw" | "suspended" = "cooked";
  #written: Promise<void> = Promise.resolve();
  /** When the write began that is under way. */
  #writingSince: number | null = null;

  constructor(device: Device, clock: Clock) {
    this.#device = device;
    this.#clock = clock;
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
    this.#attempt(() => this.#device.keyboard.setRaw(true));
    this.#writeNow(ENTER);
  }

  /**
   * Gives the terminal back as it was found; at once, and as often as one likes. What is drawn stays. An end of the
   * program that comes without this call, by an error or by `Deno.exit`, does the same.
   */
  restore(): void {
    if (this.#state !== "raw") return;
    this.#state = "cooked";
    for (const ending of ENDINGS) this.#device.endings.removeEventListener(ending, this.#end);
    // The mode first: a program that goes on in the background is stopped by that, before it writes to a shell's line.
    this.#attempt(() => this.#device.keyboard.setRaw(false));
    this.#writeNow(RESTORE);
  }

  /** Whether others can ask at this terminal between two reads. */
  get readsOnDemand(): boolean {
    return this.#device.keyboard.readsOnDemand;
  }

  /** What was typed since the last read, cut anywhere; null at the end of input. */
  async read(): Promise<Uint8Array | null> {
    try {
      return await this.#device.keyboard.read();
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
    this.#writingSince = this.#clock.now();
    try {
      for (let done = 0; done < bytes.length && this.#open;) {
        done += await this.#device.stdout.write(bytes.subarray(done));
      }
    } catch (error) {
      this.#close(error);
    }
    this.#writingSince = null;
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
    if (this.#state !== "raw") return;
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
      for (let done = 0; done < bytes.length && this.#open;) {
        done += this.#device.stdout.writeSync(bytes.subarray(done));
      }
    });
  }

  /** Not on a terminal that takes nothing: there both a write and a change of its mode wait for ever. */
  #attempt(act: () => void): void {
    const since = this.#writingSince;
    if (since !== null && this.#clock.now() - since > STALLED_MS) return;
    try {
      act();
    } catch (error) {
      this.#close(error);
    }
  }

  #close(error: unknown): void {
    if (!isGone(error)) throw error;
    this.#open = false;
  }
}

/** Whether a terminal that was closed answers so: with errors of many classes, by what was tried, but with no bug of ours. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof Deno.errors.Busy);
}
