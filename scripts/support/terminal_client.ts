/**
 * A client at a terminal of its own: a process under a pseudo-terminal, which `script` (of util-linux) makes. What is
 * typed goes in and what is shown comes out as bytes, with nobody between who draws them.
 */

import { type Address, showAddress } from "../../client/address.ts";
import { programArguments } from "./program.ts";

export interface TerminalClientOptions {
  readonly address: Address;
  readonly name: string;
  /** Which it joins. */
  readonly room: string;
  /** Its working directory, in which `chat-data` is made. */
  readonly folder: string;
}

/** What a process has of the machine's memory, in MiB. */
export interface Memory {
  readonly resident: number;
  /** The most that it ever had. */
  readonly peak: number;
}

const SIZE = { rows: 30, columns: 100 };
/** Letters of what was read last that the next read may go on with. */
const TAIL_CHARS = 64;
/** Empties the draft and leaves. */
const LEAVE = "\x15\x04";

export class TerminalClient implements AsyncDisposable {
  readonly #relay: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #encoder = new TextEncoder();
  readonly #sought = new Map<string, PromiseWithResolvers<void>>();
  readonly #pid = Promise.withResolvers<number>();
  readonly #reading: Promise<void>;

  private constructor(relay: Deno.ChildProcess) {
    this.#relay = relay;
    this.#keys = relay.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Starts a client and waits until it shows that it is in the room. */
  static async open({ address, name, room, folder }: TerminalClientOptions): Promise<TerminalClient> {
    const flags = ["--name", name, "--room", room];
    const program = [Deno.execPath(), ...programArguments("connect"), showAddress(address), ...flags];
    // What `exec` runs has the number of the shell that says it.
    const shell = [
      'echo "pid $$;"',
      `stty rows ${SIZE.rows} cols ${SIZE.columns}`,
      `exec ${program.map(quoted).join(" ")}`,
    ];
    const relay = new Deno.Command("script", {
      args: ["--quiet", "--flush", "--command", shell.join("; "), "/dev/null"],
      cwd: folder,
      env: { SHELL: "/bin/sh" },
      stdin: "piped",
      stdout: "piped",
    });
    const client = new TerminalClient(relay.spawn());
    await client.shows(`You are in #${room}`);
    return client;
  }

  /** Resolves when the keys are on their way. */
  async type(keys: string): Promise<void> {
    await this.#keys.write(this.#encoder.encode(keys));
  }

  /**
   * Resolves when the bytes that draw `text`, which it has not shown lately, have come. To be called before whatever
   * makes it show that. Rejects where the client ends first.
   */
  shows(text: string): Promise<void> {
    const found = this.#sought.get(text) ?? Promise.withResolvers<void>();
    this.#sought.set(text, found);
    return found.promise;
  }

  /** Needs `/proc`. */
  async memory(): Promise<Memory> {
    const status = await Deno.readTextFile(`/proc/${await this.#pid.promise}/status`);
    const inMiB = (line: RegExp) => Number(line.exec(status)?.[1] ?? NaN) / 1_024;
    return { resident: inMiB(/^VmRSS:\s*(\d+)/m), peak: inMiB(/^VmHWM:\s*(\d+)/m) };
  }

  /** Leaves, as a person does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.type(LEAVE);
    await this.#reading;
    await this.#keys.close();
    await this.#relay.status;
  }

  async #read(): Promise<void> {
    let tail = "";
    for await (const piece of this.#relay.stdout.pipeThrough(new TextDecoderStream())) {
      const text = tail + piece;
      const pid = /pid (\d+);/.exec(text)?.[1];
      if (pid !== undefined) this.#pid.resolve(Number(pid));
      for (const [sought, found] of this.#sought) {
        if (!text.includes(sought)) continue;
        this.#sought.delete(sought);
        found.resolve();
      }
      tail = text.slice(-TAIL_CHARS);
    }
    for (const [sought, found] of this.#sought) {
      found.reject(new Error(`the client ended before it showed ${JSON.stringify(sought)}`));
    }
  }
}

/** One word for a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
