/** Terminals of a tmux of our own: programs run in them, are typed to, and are looked at. */

import { systemClock, within } from "../../../client/clock.ts";
import { type Capture, rowsOf } from "./capture.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** How long a program may take to show what is waited for. */
const SHOWN_MS_MAX = 20_000;

/** A session of tmux, in which each program has a window. */
export class Terminals implements AsyncDisposable {
  readonly #socket: string;
  readonly #size: Size;
  readonly #control: Deno.ChildProcess;
  readonly #listening: Promise<void>;
  #news = Promise.withResolvers<void>();

  private constructor(socket: string, size: Size, control: Deno.ChildProcess) {
    this.#socket = socket;
    this.#size = size;
    this.#control = control;
    this.#listening = this.#listen();
  }

  /** All terminals have this `size`. `socket` is a path where nothing is yet. */
  static async open(socket: string, size: Size): Promise<Terminals> {
    // In control mode tmux says on its output whatever happens in its windows. The first one is not used.
    const session = ["new-session", "-x", String(size.columns), "-y", String(size.rows), "cat"];
    const control = new Deno.Command("tmux", {
      args: ["-S", socket, "-f", "/dev/null", "-C", ...session],
      stdin: "piped",
      stdout: "piped",
    });
    const terminals = new Terminals(socket, size, control.spawn());
    await terminals.#news.promise;
    return terminals;
  }

  /** Runs the program `argv` in a new terminal, in `folder`. */
  async run(argv: readonly string[], folder: string): Promise<Terminal> {
    const pane = await this.tmux("new-window", "-d", "-P", "-F", "#{pane_id}", "-c", folder, "--", ...argv);
    return new Terminal(this, pane.trim());
  }

  /** What a command of tmux says. Throws where it fails. */
  async tmux(...args: readonly string[]): Promise<string> {
    const command = new Deno.Command("tmux", { args: ["-u", "-S", this.#socket, ...args] });
    const { success, stdout, stderr } = await command.output();
    if (!success) throw new Error(`tmux ${args[0]} failed: ${new TextDecoder().decode(stderr).trim()}`);
    return new TextDecoder().decode(stdout);
  }

  get size(): Size {
    return this.#size;
  }

  /** Resolves when the next thing happens in any of the terminals. */
  get news(): Promise<void> {
    return this.#news.promise;
  }

  /** Ends the programs; returns when they are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const pids = await this.tmux("list-panes", "-s", "-F", "#{pane_pid}");
    for (const pid of pids.trim().split("\n")) Deno.kill(Number(pid), "SIGKILL");
    // With its last program tmux ends.
    await this.#listening;
    await this.#control.stdin.abort();
    await this.#control.status;
  }

  async #listen(): Promise<void> {
    for await (const _ of this.#control.stdout) {
      this.#news.resolve();
      this.#news = Promise.withResolvers();
    }
  }
}

/** One terminal and the program in it. */
export class Terminal {
  readonly #all: Terminals;
  readonly #pane: string;

  constructor(all: Terminals, pane: string) {
    this.#all = all;
    this.#pane = pane;
  }

  /** Types `text`, letter by letter for the program. */
  async type(text: string): Promise<void> {
    await this.#all.tmux("send-keys", "-t", this.#pane, "-l", "--", text);
  }

  /** Types `line`, and Enter. */
  async enter(line: string): Promise<void> {
    await this.type(line);
    await this.#all.tmux("send-keys", "-t", this.#pane, "Enter");
  }

  /** Resolves when the screen shows `text`. Throws, with the screen, where it does not in time. */
  async shows(text: string): Promise<void> {
    const over = systemClock.now() + SHOWN_MS_MAX;
    for (;;) {
      const { news } = this.#all;
      const screen = await this.#all.tmux("capture-pane", "-p", "-t", this.#pane);
      if (screen.includes(text)) return;
      if (!await within(systemClock, over - systemClock.now(), news)) {
        throw new Error(`the terminal never showed ${JSON.stringify(text)}, but:\n${screen.trimEnd()}`);
      }
    }
  }

  /** What it shows now. */
  async capture(): Promise<Capture> {
    const here = ["-p", "-t", this.#pane];
    const state = ["display-message", ...here, "#{cursor_x} #{cursor_y} #{pane_title}"];
    // In one command, so that nothing happens in between.
    const answer = await this.#all.tmux(...state, ";", "capture-pane", "-e", ...here);
    const [head = "", ...rows] = answer.split("\n");
    const [column, row, ...title] = head.split(" ");
    return {
      title: title.join(" "),
      columns: this.#all.size.columns,
      rows: rowsOf(rows.join("\n")),
      cursor: { column: Number(column), row: Number(row) },
    };
  }
}
