/** Clients of a server that crashes: a session that says numbered lines, or only reads, and notes all it is told. */

import { BACKOFF_MS_MAX } from "../../client/backoff.ts";
import { type Clock, systemClock } from "../../client/clock.ts";
import { dialTcp } from "../../client/link.ts";
import { Session } from "../../client/session.ts";
import { type Acknowledged, type Shown, textOf } from "./crash_check.ts";
import { HOST } from "./server_process.ts";

export const ROOM = "lobby";
/** Lines of one client that wait for their acknowledgement. */
const UNACKNOWLEDGED_MAX = 32;
const RECONNECT_MS_MAX = 20;
/** The longest wait, where chance takes half of it away: shorter than a server may take to greet. */
const WAIT_MS_MAX = BACKOFF_MS_MAX / 2;

/**
 * The system's clock, but for one thing: waits as short as those before a new connection are made shorter still. A
 * server that is always back within half a second is not to be waited for as one that may be gone for hours.
 */
const hurried: Clock = {
  now: () => systemClock.now(),
  timer: (ms, run) => systemClock.timer(ms <= WAIT_MS_MAX ? Math.min(ms, RECONNECT_MS_MAX) : ms, run),
};

export interface CrashClientOptions {
  readonly name: string;
  readonly port: number;
  /** A key for a `say`, never the same twice. */
  readonly newKey: () => string;
}

export class CrashClient {
  readonly name: string;
  /** The entries it was shown. */
  readonly shown: Shown[] = [];
  readonly acknowledged: Acknowledged[] = [];
  /** Lines that were not acknowledged when a connection was lost. */
  resent = 0;
  /** What should not have happened, a sentence each. */
  readonly faults: string[] = [];
  readonly #session: Session;
  readonly #ended: Promise<unknown>;
  #saidLast = 0;
  #speaking = true;

  constructor({ name, port, newKey }: CrashClientOptions) {
    this.name = name;
    this.#session = new Session({
      dial: dialTcp({ hostname: HOST, port }),
      name,
      client: "crash",
      tries: 1_000,
      reconnect: true,
      clock: hurried,
      random: () => 1,
      newKey,
    });
    this.#ended = Promise.all([this.#session.run(), this.#watch()]);
  }

  /** Enters the room, from its first entry on. */
  async join(): Promise<void> {
    await this.#session.join(ROOM, { after: 0 });
  }

  /** Says line after line, as client `client`, until `quiet`; resolves when all of them are acknowledged. */
  async speak(client: number): Promise<void> {
    const waiting: Promise<void>[] = [];
    while (this.#speaking) {
      if (waiting.length >= UNACKNOWLEDGED_MAX) await waiting.shift();
      const number = ++this.#saidLast;
      const { stored } = await this.#session.say(ROOM, textOf({ client, number }));
      waiting.push(stored.then((stored) => {
        if (stored.is === "stored") this.acknowledged.push({ client, number, seq: stored.seq });
        else this.#refused(number, stored.error);
      }));
    }
    await Promise.all(waiting);
  }

  quiet(): void {
    this.#speaking = false;
  }

  /** How many lines it has said. */
  get said(): number {
    return this.#saidLast;
  }

  /** Waits until it was shown entry `seq`, at most `ms` milliseconds. */
  async sees(seq: number, ms: number): Promise<void> {
    const until = performance.now() + ms;
    while ((this.shown.at(-1)?.seq ?? 0) < seq && performance.now() < until && !this.#session.ended) {
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS_MAX));
    }
  }

  async leave(): Promise<void> {
    await this.#session.leave();
    await this.#ended;
  }

  /** No line may be refused, ever; after one there is no use in another. */
  #refused(number: number, error: Error): void {
    this.faults.push(`${this.name}: line ${number} was refused: ${error.message}`);
    this.#speaking = false;
  }

  async #watch(): Promise<void> {
    for await (const event of this.#session.events()) {
      if (event.is === "entry") this.shown.push({ seq: event.event.seq, text: event.event.text ?? "" });
      else if (event.is === "lost") this.resent += this.#session.unacknowledged;
      else if (event.is === "reset" || event.is === "barred") this.faults.push(`${this.name}: ${event.is}`);
      else if (event.is === "ended" && event.ending.is === "failed") {
        this.faults.push(`${this.name} was cut off: ${event.ending.reason}`);
      }
    }
  }
}
