/** A server as a process of its own, with the rights that `deno task serve` gives it. */

import { TextLineStream } from "@std/streams/text-line-stream";
import type { Address } from "../../client/address.ts";
import { programArguments } from "./program.ts";

export interface ServerProcessOptions {
  /** Its working directory, in which `chat-data` is made. */
  readonly folder: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Flags of `chat serve` beside the address. */
  readonly flags?: readonly string[];
  /** Arguments for Deno that start another program in the server's place; it has to say `[LISTENING]` like it. */
  readonly instead?: readonly string[];
}

export const HOST = "127.0.0.1";
/** Those who are played here do in seconds what people do in days. */
const UNLIMITED = ["--rate", "off"];
const COMPLAINT_CHARS_MAX = 4_000;

export class ServerProcess {
  /** The port that it listens on; null where it ended before it listened. */
  readonly listening: Promise<number | null>;
  /** Its working directory. */
  readonly folder: string;
  readonly #child: Deno.ChildProcess;
  readonly #output: Promise<void>;
  #complaint = "";

  constructor({ folder, port, flags = [], instead }: ServerProcessOptions) {
    const address = ["--host", HOST, "--port", String(port)];
    const serve = [...programArguments("serve"), ...address, ...UNLIMITED, ...flags];
    this.folder = folder;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...instead ?? serve],
      cwd: folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const listening = Promise.withResolvers<number | null>();
    this.listening = listening.promise;
    this.#output = Promise.all([this.#watch(listening.resolve), this.#complain()]).then(() => {});
  }

  /** Starts a server and waits until it listens. Rejects, with what it said, where it does not. */
  static async start(options: ServerProcessOptions): Promise<{ server: ServerProcess; port: number }> {
    const server = new ServerProcess(options);
    const port = await server.listening;
    if (port !== null) return { server, port };
    await server.kill();
    throw new Error(`the server did not start: ${server.#complaint.trim()}`);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What it said on standard error, from its start on. */
  get complaint(): string {
    return this.#complaint;
  }

  /** Ends it in the middle of whatever it does; returns when it is gone. */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.#gone();
  }

  /** Ends it in order; returns its exit code. */
  async stop(): Promise<number> {
    this.#signal("SIGTERM");
    return await this.#gone();
  }

  /** Its resident memory in KiB, where the machine has `/proc`; else NaN. */
  async memoryKiB(): Promise<number> {
    if (Deno.build.os !== "linux") return NaN;
    const status = await Deno.readTextFile(`/proc/${this.pid}/status`);
    return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? NaN);
  }

  /** Seconds that it kept a processor busy, where the machine has `/proc`; else NaN. */
  async processorSeconds(): Promise<number> {
    if (Deno.build.os !== "linux") return NaN;
    const stat = await Deno.readTextFile(`/proc/${this.pid}/stat`);
    // Behind the name, which may hold anything, user and system time are the 12th and 13th; a tick is 10 ms.
    const [user = NaN, system = NaN] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13).map(
      Number,
    );
    return (user + system) / 100;
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It was gone already, which is what was wanted.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #gone(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#output;
    return code;
  }

  /** Reads its journal to the end, so that it never waits for us. */
  async #watch(listening: (port: number | null) => void): Promise<void> {
    const lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) {
      const port = /\[LISTENING\] on .*:(\d+)/.exec(line)?.[1];
      if (port !== undefined) listening(Number(port));
    }
    listening(null);
  }

  async #complain(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_CHARS_MAX);
    }
  }
}

/** Gives `use` a server of its own; `prepare` may fill its data folder before it starts. */
export function withServer<T>(
  { flags, prepare }: {
    readonly flags?: readonly string[];
    readonly prepare?: (data: string) => Promise<unknown>;
  },
  use: (server: ServerProcess, address: Address) => Promise<T>,
): Promise<T> {
  return inTemporaryFolder(async (folder) => {
    await prepare?.(`${folder}/chat-data`);
    const { server, port } = await ServerProcess.start({ folder, port: 0, flags: flags ?? [] });
    try {
      return await use(server, { hostname: HOST, port });
    } finally {
      await server.kill();
    }
  });
}

/** Gives `use` a new folder, which is removed afterwards. */
export async function inTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "chat-" });
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
