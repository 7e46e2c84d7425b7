/**
 * A tmux server of our own, driven in control mode (tmux(1), CONTROL MODE): commands go in as lines; replies, and
 * what the panes' programs write, come out as lines.
 */

import { Buffer } from "node:buffer";

/** What tmux tells unasked. */
export type Notification =
  /** Bytes that a pane's program wrote. A letter may be cut in two. */
  | { readonly is: "output"; readonly bytes: Uint8Array }
  /** Any other line, as `%window-renamed @0 name`. */
  | { readonly is: "notice"; readonly line: string }
  /** The last one: tmux has ended. */
  | { readonly is: "gone" };

/** The reply that is being read. `guard` is the same in its first line and its last. */
interface Reply {
  readonly guard: string;
  readonly lines: string[];
}

export class TmuxControl {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBufferLike>>;
  readonly #notify: (notification: Notification) => void;
  /** Whose replies have not come, in the order of their commands. */
  readonly #asked: PromiseWithResolvers<string[]>[] = [];
  readonly #output: Promise<void>;
  #reply: Reply | null = null;
  #gone = false;

  /** Starts a server at `socket` with the commands in `words`, of which the last creates the session. */
  constructor(socket: string, words: readonly string[], notify: (notification: Notification) => void) {
    this.#notify = notify;
    this.#child = new Deno.Command("tmux", {
      args: ["-u", "-S", socket, "-f", "/dev/null", "-C", ...words],
      env: { TMUX: "" },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#read();
  }

  /**
   * Runs commands, one after another with nothing in between, and gives the lines that each replied. Rejects where
   * tmux refuses one, or has ended.
   */
  async ask(...commands: (readonly string[])[]): Promise<string[][]> {
    if (this.#gone) throw new Error("tmux has ended");
    const replies = commands.map(() => Promise.withResolvers<string[]>());
    this.#asked.push(...replies);
    const lines = commands.map((words) => `${words.map(quoted).join(" ")}\n`);
    const written = this.#input.write(new TextEncoder().encode(lines.join("")));
    const [, ...texts] = await Promise.all([written, ...replies.map(({ promise }) => promise)]);
    return texts;
  }

  /** Ends the server, and what runs in it. */
  async close(): Promise<void> {
    // Its reply may be lost with the server.
    await Promise.allSettled([this.ask(["kill-server"])]);
    await this.#output;
    await this.#input.abort();
    await this.#child.status;
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const bytes of this.#child.stdout) {
      const lines = (rest + Buffer.from(bytes).toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    }
    this.#gone = true;
    for (const asked of this.#asked.splice(0)) asked.reject(new Error("tmux has ended"));
    this.#notify({ is: "gone" });
  }

  /** `latin1` is a line with a character for each byte, since what a program wrote may hold half a letter. */
  #take(latin1: string): void {
    const output = this.#reply === null ? /^%output %\d+ (.*)$/s.exec(latin1)?.[1] : undefined;
    if (output !== undefined) return this.#notify({ is: "output", bytes: unescaped(output) });
    const line = Buffer.from(latin1, "latin1").toString();
    if (this.#reply !== null) this.#takeReply(this.#reply, line);
    else if (line.startsWith("%begin ")) this.#reply = { guard: line.slice("%begin".length), lines: [] };
    else this.#notify({ is: "notice", line });
  }

  #takeReply({ guard, lines }: Reply, line: string): void {
    if (line !== `%end${guard}` && line !== `%error${guard}`) {
      lines.push(line);
      return;
    }
    this.#reply = null;
    // The commands that the server was started with reply too; their guard ends in 0.
    const asked = guard.endsWith(" 1") ? this.#asked.shift() : undefined;
    if (line.startsWith("%end")) asked?.resolve(lines);
    else asked?.reject(new Error(`tmux: ${lines.join("\n")}`));
  }
}

/** One word of a command, whatever is in it: tmux reads `\ooo` within double quotes as a byte. */
function quoted(word: string): string {
  const escaped = Buffer.from(word).toString("latin1").replace(
    /[^\w-]/g,
    (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  return `"${escaped}"`;
}

/** The bytes of an output line, in which `\ooo` stands for controls and the backslash. */
function unescaped(latin1: string): Uint8Array {
  const bytes = latin1.replace(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return Buffer.from(bytes, "latin1");
}
