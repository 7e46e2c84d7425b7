/** Servers to test against: one in this process, and one that is a process of its own. */

import { setImmediate } from "node:timers";
import { TextLineStream } from "@std/streams/text-line-stream";
import { fileURLToPath } from "node:url";
import { type Clock, machineClock } from "../../server/clock.ts";
import type { ServeOptions } from "../../server/options.ts";
import { Server } from "../../server/server.ts";
import type { TestKey } from "./keys.ts";
import { NO_RATES } from "./no_limits.ts";
import { Peer } from "./peer.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** More turns of the loop than a thousand connections need to have one each. */
const TURNS_MAX = 16;

/** A folder that goes with the scope it is used in. */
export class Folder implements AsyncDisposable {
  readonly path: string;

  constructor() {
    this.path = Deno.makeTempDirSync({ prefix: "chat-test-" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** What a server in this process is started with. */
export interface HouseOptions extends ServeOptions {
  readonly password: string | null;
}

/** A server in this process, on a free port and in a folder of its own. */
export class House implements AsyncDisposable {
  /** The lines of the journal. */
  readonly lines: string[] = [];
  readonly #folder = new Folder();
  readonly #options: Partial<HouseOptions>;
  readonly #clock: Clock;
  readonly #peers: Peer[] = [];
  #server: Server | null = null;

  private constructor(options: Partial<HouseOptions>, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  static async start(options: Partial<HouseOptions> = {}, clock = machineClock): Promise<House> {
    const house = new House(options, clock);
    await house.open();
    return house;
  }

  get server(): Server {
    if (this.#server === null) throw new Error("the server is not running");
    return this.#server;
  }

  get port(): number {
    return this.server.address.port;
  }

  /** The folder of room `number` on disk. */
  room(number: number): string {
    return `${this.#folder.path}/server/rooms/${number}`;
  }

  /** Starts the server, again where it was closed. */
  async open(): Promise<void> {
    const options = {
      host: "127.0.0.1",
      port: 0,
      data: this.#folder.path,
      sync: true,
      idleExitMs: null,
      motd: "",
      quiet: true,
      tls: null,
      passwordFile: null,
      openNames: false,
      clientsMax: 1_000,
      perAddressMax: 16,
      newPerAddressMax: 60,
      limitPrivate: false,
      openingMax: 512,
      frameBytesMax: 65_536,
      textBytesMax: 4_096,
      fileBytesMax: 100 << 20,
      filesBytesMax: 1 << 30,
      keepFilesMs: null,
      rates: NO_RATES,
      namesMax: 1_000,
      namesPerKeyMax: 5,
      joinedMax: 256,
      roomsMax: 1_000,
      ownRoomsMax: 1_000,
      password: null,
    };
    const { password, ...chosen } = { ...options, ...this.#options };
    this.#server = await Server.start(chosen, password, (line) => this.lines.push(line), this.#clock);
  }

  /** Ends the server in order; its peers see it. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await server?.stop("the test is over");
    // Whose turn to write had not come is let go in the next turns of the loop, which must not outlive the test.
    for (let turn = 0; turn < TURNS_MAX; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** A connection that has said nothing; closed with the house. */
  async connect(): Promise<Peer> {
    const peer = await Peer.connect(this.port);
    this.#peers.push(peer);
    return peer;
  }

  /** Somebody who has said hello. */
  async enter(name?: string): Promise<Peer> {
    const peer = await this.connect();
    await peer.hello(name);
    return peer;
  }

  /** Somebody who has said hello with a key. */
  async keyed(key: TestKey, name: string): Promise<Peer> {
    const peer = await this.connect();
    await peer.keyedHello(key, name);
    return peer;
  }

  /** Somebody in a room that exists, with a key or without. */
  async member(name: string, room = "lobby", key: TestKey | null = null): Promise<Peer> {
    const peer = key === null ? await this.enter(name) : await this.keyed(key, name);
    await peer.ask("join", { room, last: 0 });
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers) peer.close();
    await this.close();
    await this.#folder[Symbol.asyncDispose]();
  }
}

export interface ChildOptions {
  /** The program to run in place of deno, with deno and its arguments after its own. */
  readonly under?: readonly string[];
  readonly rights?: readonly string[];
  readonly cwd?: string;
  /** Whether the test types on its standard input. */
  readonly typed?: boolean;
}

/** `chat serve` as a process. */
export class ServeProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<{ readonly pattern: RegExp; readonly found: (line: string) => void }>();
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBufferLike>> | null;
  readonly #output: Promise<unknown>;
  #ended = false;

  constructor(args: readonly string[], { under = [], rights = ["-A"], cwd, typed }: ChildOptions = {}) {
    const deno = [Deno.execPath(), "run", "--no-prompt", "--config", CONFIG, ...rights, MAIN, "serve"];
    const [program = "", ...rest] = [...under, ...deno, ...args];
    this.#child = new Deno.Command(program, {
      args: rest,
      env: { NO_COLOR: "1" },
      stdin: typed ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
      ...(cwd === undefined ? {} : { cwd }),
    }).spawn();
    this.#input = typed ? this.#child.stdin.getWriter() : null;
    this.#output = Promise.all([this.#take(this.#child.stdout), this.#take(this.#child.stderr)]);
  }

  /** A server on a free port that listens already, and lets everybody speak as fast as they like. */
  static async listening(data: string, args: readonly string[] = [], options: ChildOptions = {}) {
    const rate = args.includes("--rate") ? [] : ["--rate", "off"];
    const here = ["--host", "127.0.0.1", "--port", "0", "--data", data, ...rate];
    const child = new ServeProcess([...here, ...args], options);
    const line = await child.line(/\[LISTENING\] on \S+:(\d+)/);
    return { child, port: Number(/:(\d+) \(/.exec(line)?.[1]) };
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What it has printed so far, on both outputs. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The first line that matches, when it comes; rejects where the process ends without it. */
  async line(pattern: RegExp): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const there = this.#lines.find((line) => pattern.test(line));
    if (there !== undefined) return there;
    const waiting = { pattern, found: resolve };
    this.#waiting.add(waiting);
    const ended = () => reject(new Error(`it ended without ${pattern}: ${this.#lines.join("\n")}`));
    this.#output.then(ended, ended);
    return await promise;
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Types a line on its standard input. */
  async type(line: string): Promise<void> {
    await this.#input?.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Waits for its end; gives the exit code. */
  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#input?.abort();
    await this.#output;
    this.#ended = true;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.ended();
  }

  async #take(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) {
      this.#lines.push(line);
      for (const waiting of this.#waiting) {
        if (!waiting.pattern.test(line)) continue;
        this.#waiting.delete(waiting);
        waiting.found(line);
      }
    }
  }
}

/** Whether a program is installed here. */
export function installed(program: string, probe: readonly string[]): boolean {
  try {
    return new Deno.Command(program, { args: [...probe], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Resident memory of a process in bytes, from /proc. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}
