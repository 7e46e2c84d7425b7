/** One server, one client and the line between them, which are cut and started again until a file has come through. */

import type { Cut } from "./cut_plan.ts";
import { ErrandProcess } from "./errand_process.ts";
import { type Direction, Proxy } from "./proxy.ts";
import { HOST, ServerProcess } from "./server_process.ts";

/** What came of carrying a file one way. */
export interface Carried {
  /** The cuts that were made before the file had come through. */
  readonly cuts: readonly Cut[];
  /** All that was sent in the file's direction, whether it arrived or not. */
  readonly sentBytes: number;
  /** What should not have happened, a sentence each. */
  readonly faults: readonly string[];
}

export interface TrialOptions {
  /** In which server and client have their folders. */
  readonly folder: string;
  /** What the line carries. */
  readonly bytesPerSecond: number;
}

const LOOK_EVERY_MS = 5;
/** How long a client may go on after the last cut, beside what its file takes on the line. */
const LAST_MS_MAX = 60_000;

export class CutTrial {
  readonly #options: TrialOptions;
  readonly #proxy: Proxy;
  readonly #port: number;
  #server: ServerProcess;

  private constructor(options: TrialOptions, server: ServerProcess, port: number) {
    this.#options = options;
    this.#server = server;
    this.#port = port;
    this.#proxy = new Proxy(port, options.bytesPerSecond);
  }

  static async start(options: TrialOptions): Promise<CutTrial> {
    for (
      const folder of [serverFolder(options), clientFolder(options), `${clientFolder(options)}/chat-data`]
    ) {
      await Deno.mkdir(folder);
    }
    const { server, port } = await ServerProcess.start({ folder: serverFolder(options), port: 0 });
    return new CutTrial(options, server, port);
  }

  /** The data folders. */
  get serverData(): string {
    return `${serverFolder(this.#options)}/chat-data`;
  }

  get clientData(): string {
    return `${clientFolder(this.#options)}/chat-data`;
  }

  /** Has the client do `errand`, the file of which goes in that direction, and cuts it as planned. */
  async carry(errand: readonly string[], direction: Direction, plan: readonly Cut[]): Promise<Carried> {
    const before = this.#proxy.sent(direction);
    const cuts: Cut[] = [];
    let client = this.#startClient(errand);
    for (const cut of plan) {
      if (!await this.#comes(cut, direction, client)) break;
      cuts.push(cut);
      const restarted = await this.#make(cut, client, errand);
      if (restarted === null) break;
      client = restarted;
    }
    const faults = await this.#end(client, errand);
    return { cuts, sentBytes: this.#proxy.sent(direction) - before, faults };
  }

  /** Ends the server in order, and returns what was wrong with it. */
  async stop(): Promise<readonly string[]> {
    await this.#proxy.close();
    const code = await this.#server.stop();
    return code === 0 ? [] : [`the server ended with ${code}: ${this.#server.complaint.trim()}`];
  }

  /** Ends all that runs. */
  async kill(): Promise<void> {
    await this.#proxy.close();
    await this.#server.kill();
  }

  /** Waits for the moment of a cut; false where the client has ended before. */
  async #comes({ after }: Cut, direction: Direction, client: ErrandProcess): Promise<boolean> {
    const began = performance.now();
    const sent = this.#proxy.sent(direction);
    const due = () =>
      "ms" in after
        ? performance.now() - began >= after.ms
        : this.#proxy.sent(direction) - sent >= after.bytes;
    while (!client.over && !due()) await pause(LOOK_EVERY_MS);
    return !client.over;
  }

  /** Makes a cut; the client that goes on, or null where it had ended before it could be killed. */
  async #make(
    { means, stallMs }: Cut,
    client: ErrandProcess,
    errand: readonly string[],
  ): Promise<ErrandProcess | null> {
    switch (means) {
      case "client killed": {
        const { killed } = await client.kill();
        return killed ? this.#startClient(errand) : null;
      }
      case "server killed":
        await this.#server.kill();
        ({ server: this.#server } = await ServerProcess.start({
          folder: serverFolder(this.#options),
          port: this.#port,
        }));
        return client;
      case "link stalled":
        this.#proxy.stall();
        await pause(stallMs);
        this.#proxy.cut();
        return client;
      case "link dropped":
        this.#proxy.cut();
        return client;
      default:
        return means satisfies never;
    }
  }

  /** Waits until the client is through; what was wrong with how it ended. */
  async #end(client: ErrandProcess, errand: readonly string[]): Promise<readonly string[]> {
    const until = performance.now() + LAST_MS_MAX;
    while (!client.over && performance.now() < until) await pause(LOOK_EVERY_MS);
    const { code, killed, said } = await client.kill();
    if (killed) return [`${errand.join(" ")} was not through in time: ${said}`];
    return code === 0 ? [] : [`${errand.join(" ")} ended with ${code}: ${said}`];
  }

  #startClient(errand: readonly string[]): ErrandProcess {
    return new ErrandProcess({
      address: { hostname: HOST, port: this.#proxy.port },
      name: "Carrier",
      folder: clientFolder(this.#options),
      // A server that is being started again is not there for a moment.
      errand: [...errand, "--retries", "20"],
    });
  }
}

function serverFolder({ folder }: TrialOptions): string {
  return `${folder}/server`;
}

function clientFolder({ folder }: TrialOptions): string {
  return `${folder}/client`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
