/** `chat connect` on an errand, `--send` or `--get`, as a process of its own with the rights that its task gives it. */

import { type Address, showAddress } from "../../client/address.ts";
import { programArguments } from "./program.ts";

export interface ErrandOptions {
  readonly address: Address;
  readonly name: string;
  /** Its working directory, in which `chat-data` is: all that it may read and write. */
  readonly folder: string;
  /** What it is to do, as flags. */
  readonly errand: readonly string[];
}

/** How it ended. */
export interface Ended {
  readonly code: number;
  /** Whether it was killed, or ended by itself. */
  readonly killed: boolean;
  /** The end of what it said on standard error. */
  readonly said: string;
}

const SAID_CHARS_MAX = 2_000;

export class ErrandProcess {
  readonly ended: Promise<Ended>;
  readonly #child: Deno.ChildProcess;
  #over = false;

  constructor({ address, name, folder, errand }: ErrandOptions) {
    const flags = ["--room", "lobby", "--name", name, ...errand];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...programArguments("connect"), showAddress(address), ...flags],
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.ended = this.#run();
  }

  /** Whether it has ended. */
  get over(): boolean {
    return this.#over;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Ends it in the middle of whatever it does; resolves when it is gone. */
  async kill(): Promise<Ended> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It was gone already, which is what was wanted.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
    return await this.ended;
  }

  async #run(): Promise<Ended> {
    let said = "";
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      said = (said + text).slice(-SAID_CHARS_MAX);
    }
    const { code, signal } = await this.#child.status;
    this.#over = true;
    return { code, killed: signal === "SIGKILL", said: said.trim() };
  }
}
