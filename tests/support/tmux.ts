/** A program in a real terminal: a pane of a tmux server that goes with it (tmux 3.3, Linux). */

import { Buffer } from "node:buffer";
import { Folder, installed } from "./server.ts";
import { type Notification, TmuxControl } from "./tmux_control.ts";

/** How long something is waited for; only a test that fails gets there. */
const WAIT_MS = 30_000;
/** Rows of scrollback. */
const HISTORY_ROWS = 100_000;

/**
 * Runs the program when it is told to, and tells its process id and its exit code as the window's name: the code
 * through the terminal, so that it comes after all that the program wrote. The shell stays, so that the terminal can
 * be looked at when the program has left it. What the terminal itself sends to the program (Ctrl-C) must not end the
 * shell, and what the shell says of a killed program must not be seen.
 */
const AROUND = String.raw`
trap : INT QUIT
exec 3>&2 2>/dev/null
sh -c 'tmux rename-window ready \; wait-for start \; rename-window "runs $$"; exec "$@" 2>&3 3>&-' sh "$@"
printf '\033kended %d\033\\' $?
exec sleep infinity
`;
// deno-lint-ignore no-control-regex
const END_MARK = /\x1bkended \d+\x1b\\$/;

const there = installed("tmux", ["-V"]);

/** A test that needs tmux, and is skipped where that is not installed. */
export function paneTest(name: string, run: () => Promise<void>): void {
  Deno.test(`${name}${there ? "" : " (skipped: no tmux)"}`, { ignore: !there }, run);
}

export interface PaneOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What can be seen at one moment. */
export interface Screen {
  /** All rows from the top, without the blanks at their ends. */
  readonly rows: readonly string[];
  /** Where the cursor stands; both count from 0. */
  readonly cursor: { readonly column: number; readonly row: number; readonly shown: boolean };
}

type State =
  /** Commands that tmux is given now may be run before it makes the session. */
  | { readonly is: "starting" }
  /** The shell is there, and waits to be told to run the program. */
  | { readonly is: "ready" }
  | { readonly is: "running"; readonly pid: number }
  | { readonly is: "ended"; readonly code: number }
  | { readonly is: "gone" };

export class Pane implements AsyncDisposable {
  readonly #folder = new Folder();
  readonly #tmux: TmuxControl;
  readonly #written: Uint8Array[] = [];
  #state: State = { is: "starting" };
  /** Resolves when tmux tells anything, and is another one then. */
  #change = Promise.withResolvers<void>();
  #before = "";

  private constructor(
    argv: readonly string[],
    { columns = 80, rows = 24, cwd, env = {} }: PaneOptions,
  ) {
    const size = ["-x", `${columns}`, "-y", `${rows}`];
    const place = cwd === undefined ? [] : ["-c", cwd];
    const variables = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const program = ["--", "sh", "-c", AROUND, "sh", ...argv].map(unparted);
    this.#tmux = new TmuxControl(`${this.#folder.path}/tmux`, [
      ...["set-option", "-g", "history-limit", `${HISTORY_ROWS}`, ";"],
      ...["set-option", "-g", "automatic-rename", "off", ";"],
      ...["set-option", "-g", "allow-rename", "on", ";"],
      ...["new-session", ...size, ...place, ...variables, ...program],
    ], (notification) => this.#take(notification));
  }

  /** Starts a program, 80 columns by 24 rows unless `options` says otherwise. */
  static async open(argv: readonly string[], options: PaneOptions = {}): Promise<Pane> {
    const pane = new Pane(argv, options);
    try {
      await pane.#leave("starting");
      // Where the test is ended, tmux sees the end of its input; then the session must end too.
      await pane.#tmux.ask(["set-option", "-g", "destroy-unattached", "on"]);
      // Not before, since tmux makes some of the settings in the shell's process.
      pane.#before = await pane.settings();
      await pane.#tmux.ask(["wait-for", "-S", "start"]);
      await pane.#leave("ready");
      return pane;
    } catch (error) {
      await pane[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The terminal's settings before the program started. */
  get before(): string {
    return this.#before;
  }

  /** The terminal's settings now, as `stty -a` names them, without its size. */
  async settings(): Promise<string> {
    const { stdout } = await new Deno.Command("stty", { args: ["-a", "-F", await this.show("#{pane_tty}")] })
      .output();
    return new TextDecoder().decode(stdout).replace(/rows \d+; columns \d+; /, "");
  }

  /** Sends bytes as they are: text, or what a terminal reports, as `\x1b[I` when its window gets the focus. */
  async type(text: string): Promise<void> {
    await this.#send(text, "-r");
  }

  /** Presses keys by tmux's names for them: `Enter`, `C-a`, `M-1`, `Up`, `BSpace`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux.ask(["send-keys", ...keys]);
  }

  /** Pastes as a terminal does: line feeds become returns, and a program that asked for it gets brackets around. */
  async paste(text: string): Promise<void> {
    await this.#send(text, "-p");
  }

  /** The program is told at once; where it was told of another size just now, a quarter of a second later. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux.ask(["resize-window", "-x", `${columns}`, "-y", `${rows}`]);
  }

  async screen(): Promise<Screen> {
    const [rows = [], [cursor = ""] = []] = await this.#tmux.ask(
      ["capture-pane", "-p"],
      ["display-message", "-p", "#{cursor_x} #{cursor_y} #{cursor_flag}"],
    );
    const [column = 0, row = 0, flag = 0] = cursor.split(" ").map(Number);
    return { rows: rows.map(trimmed), cursor: { column, row, shown: flag === 1 } };
  }

  /** All rows with the scrollback, down to the last one that is not empty. `joined`: wrapped rows are one again. */
  async history({ joined = false }: { readonly joined?: boolean } = {}): Promise<string[]> {
    const [rows = []] = await this.#tmux.ask(["capture-pane", "-p", "-S", "-", ...(joined ? ["-J"] : [])]);
    return rows.map(trimmed).join("\n").replace(/\n+$/, "").split("\n");
  }

  /** What a format of tmux comes to, as `#{pane_title}` (tmux(1), FORMATS). */
  async show(format: string): Promise<string> {
    const [lines = []] = await this.#tmux.ask(["display-message", "-p", format]);
    return lines.join("\n");
  }

  /**
   * Looks at the screen whenever something was written, until it is as `holds` wants it. Rejects with `what` and the
   * screen when the program ends before, or after 30 seconds.
   */
  async until(what: string, holds: (screen: Screen) => boolean): Promise<Screen> {
    return await this.#wait(what, (screen) => holds(screen) ? screen : null);
  }

  /** All that was written to the terminal, byte for byte. */
  raw(): Uint8Array {
    return Buffer.concat(this.#written);
  }

  /** Sends a signal to the program, and to it alone. */
  kill(signal: Deno.Signal): void {
    if (this.#state.is === "running") Deno.kill(this.#state.pid, signal);
  }

  /** Waits for the program's end; gives its exit code, 128 and the signal's number where a signal ended it. */
  async ended(): Promise<number> {
    return await this.#wait("the end", () => this.#state.is === "ended" ? this.#state.code : null);
  }

  /** Ends the program, where it runs, and the terminal. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.kill("SIGKILL");
    } catch (error) {
      // It has ended, and that has not been told yet.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await this.#leave("running");
    await this.#tmux.close();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #send(text: string, as: "-p" | "-r"): Promise<void> {
    await this.#tmux.ask(["set-buffer", "-b", "text", "--", text], ["paste-buffer", "-b", "text", "-d", as]);
  }

  /** Looks for something whenever there was a change. */
  async #wait<T>(what: string, found: (screen: Screen) => T | null): Promise<T> {
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      this.#changed();
    }, WAIT_MS);
    try {
      while (true) {
        const change = this.#change.promise;
        const last = late || this.#state.is !== "running";
        const screen = await this.screen();
        const result = found(screen);
        if (result !== null) return result;
        if (last) {
          throw new Error(`not seen: ${what} (${late ? "late" : "ended"})\n${screen.rows.join("\n")}`);
        }
        await change;
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Waits while the state is the one called so. */
  async #leave(state: State["is"]): Promise<void> {
    while (this.#state.is === state) await this.#change.promise;
  }

  #take(notification: Notification): void {
    if (notification.is === "output") this.#written.push(notification.bytes);
    else if (notification.is === "gone") this.#state = { is: "gone" };
    else this.#takeNotice(notification.line);
    this.#changed();
  }

  #takeNotice(line: string): void {
    const [, name, number] = /^%window-renamed @\d+ (ready|runs|ended) ?(\d*)$/.exec(line) ?? [];
    if (name === "ready") this.#state = { is: "ready" };
    if (name === "runs") this.#state = { is: "running", pid: Number(number) };
    if (name !== "ended") return;
    this.#state = { is: "ended", code: Number(number) };
    // What the shell wrote to tell it is not the program's.
    const written = Buffer.concat(this.#written).toString("latin1").replace(END_MARK, "");
    this.#written.splice(0, Infinity, Buffer.from(written, "latin1"));
  }

  #changed(): void {
    const { resolve } = this.#change;
    this.#change = Promise.withResolvers<void>();
    resolve();
  }
}

/** A word that tmux does not take for the end of a command. */
function unparted(word: string): string {
  return word.replace(/;$/, "\\;");
}

function trimmed(row: string): string {
  return row.replace(/ +$/, "");
}
