/**
 * Connections, one after another: made, opened with `hello`, and made again after a drop, until one is the last.
 * What goes over them is for the session.
 */

import { type ErrorCode, ProtocolError } from "../server/protocol/errors.ts";
import { HELLO_MS_MAX, PROTOCOL_VERSION } from "../server/protocol/limits.ts";
import { type Answer, type Asked, isAnswer, type RequestType } from "../server/protocol/messages.ts";
import { BACKOFF_MS_MAX, backoffMs } from "./backoff.ts";
import { type Clock, pause } from "./clock.ts";
import { Connection, type Parting, type Receiver } from "./connection.ts";
import type { Ending, SessionEvent } from "./events.ts";
import { type Dial, Link, reasonOf, type Stream } from "./link.ts";
import type { Settled } from "./outcomes.ts";

export interface LifelineOptions {
  readonly dial: Dial;
  /** What to be called; without it the server picks a name. */
  readonly name?: string;
  /** What the server's log may call this program. */
  readonly client: string;
  /** How often the first connection is tried before that is the end; at least once. */
  readonly tries: number;
  /** Whether a connection that was lost is made again. */
  readonly reconnect: boolean;
  readonly clock: Clock;
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

/** What a lifeline needs of the session that it carries. */
export interface Passenger extends Receiver {
  push(event: SessionEvent): void;
  /** Asks over a connection that is not open yet. */
  tell(connection: Connection, type: RequestType, members: object): Promise<Settled>;
  /** `hello` was accepted: gets ready what has to be before anything that waits is sent. */
  enter(connection: Connection, resumed: boolean): Promise<void>;
  /** The connection is open: sends what waits, until the connection ends. */
  send(connection: Connection): Promise<void>;
  /** The connection is gone; comes before `send` has to return. */
  dropped(): void;
}

/** How often a name that somebody else has now is asked for again before that is the end. */
const NAME_TRIES_MAX = 8;

/** Refusals that pass by themselves; after any other the same would be refused again. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "server_full",
  "too_many_connections",
  "too_many_attempts",
  "rate_limited",
  "storage_failed",
  "timeout",
  "shutting_down",
]);

/** Whether what was refused with `error` may be accepted a little later. */
export function passes(error: ProtocolError): boolean {
  return PASSING.has(error.code);
}

export class Lifeline {
  /** What we are called: what the server said last, and before that what was asked for. */
  name: string | undefined;
  /** Whether the end of the connection is what we asked for. */
  leaving = false;
  readonly #options: LifelineOptions;
  readonly #passenger: Passenger;
  readonly #stop: AbortSignal;
  #hello: Answer<"hello"> | null = null;
  #nameRefusals = 0;

  /** `stop` ends whatever goes on, once `leaving` is set. */
  constructor(options: LifelineOptions, passenger: Passenger, stop: AbortSignal) {
    this.name = options.name;
    this.#options = options;
    this.#passenger = passenger;
    this.#stop = stop;
  }

  /** Makes connections until one is the last. */
  async run(): Promise<Ending> {
    const { clock, random } = this.#options;
    // Tries that failed since the last connection, and connections in a row that hardly stood.
    let failures = 0;
    let drops = 0;
    for (;;) {
      await this.#passenger.room();
      if (this.leaving) return { is: "left" };
      this.#passenger.push({ is: "connecting", attempt: failures + 1 });
      const before = this.#hello;
      const began = clock.now();
      const parting = await this.#connect();
      if (this.leaving) return { is: "left" };
      const reached = this.#hello !== before;
      failures = reached ? 0 : failures + 1;
      if (reached) drops = clock.now() - began < BACKOFF_MS_MAX ? drops + 1 : 0;
      if (reached) this.#passenger.push({ is: "lost", reason: parting.reason });
      const ending = this.#endingAfter(parting, failures);
      if (ending !== null) return ending;
      const wait = backoffMs(Math.max(failures + drops, 1), random());
      this.#passenger.push({ is: "waiting", attempt: failures, reason: parting.reason, wait });
      await pause(clock, wait, this.#stop);
    }
  }

  /** The end, where the way the last connection ended is one; null where another is to be tried. */
  #endingAfter({ error, reason }: Parting, failures: number): Ending | null {
    const known = this.#hello !== null;
    if (known && !this.#options.reconnect) {
      return { is: "failed", code: error?.code ?? "unreachable", reason };
    }
    if (known && error?.code === "name_taken" && ++this.#nameRefusals < NAME_TRIES_MAX) return null;
    if (error !== null && !passes(error)) return { is: "failed", code: error.code, reason };
    if (known || failures < this.#options.tries) return null;
    return { is: "failed", code: error?.code ?? "unreachable", reason };
  }

  /** One connection, from its making to its end. */
  async #connect(): Promise<Parting> {
    const stream = await this.#dial();
    if (typeof stream === "string") return { reason: stream, error: null };
    const connection = new Connection(new Link(stream, this.#stop), this.#options.clock, this.#passenger);
    const parting = this.#hold(connection);
    if (await this.#open(connection)) await this.#passenger.send(connection);
    return await parting;
  }

  /** Resolves with a sentence where no connection could be made. */
  async #dial(): Promise<Stream | string> {
    const limit = new AbortController();
    const late = () => limit.abort(new Deno.errors.TimedOut("no answer"));
    const cancel = this.#options.clock.timer(HELLO_MS_MAX, late);
    try {
      return await this.#options.dial(AbortSignal.any([limit.signal, this.#stop]));
    } catch (error) {
      return reasonOf(error);
    } finally {
      cancel();
    }
  }

  /** Reads from the connection until its end. */
  async #hold(connection: Connection): Promise<Parting> {
    const parting = await connection.run();
    this.#passenger.dropped();
    return parting;
  }

  /** Whether the connection is open; otherwise it has ended. */
  async #open(connection: Connection): Promise<boolean> {
    const cancel = this.#options.clock.timer(HELLO_MS_MAX, () => {
      connection.close(`The server did not answer within ${HELLO_MS_MAX / 1_000} seconds.`);
    });
    const hello = await this.#sayHello(connection);
    cancel();
    if (hello === null) return false;
    await this.#passenger.enter(connection, hello.resumed);
    return !connection.ended;
  }

  /** The answer to `hello`; null where the server did not take us, and the connection has ended. */
  async #sayHello(connection: Connection): Promise<Answer<"hello"> | null> {
    const greeting = await connection.greeting();
    if (greeting === null) return null;
    if (!greeting.protocol.includes(PROTOCOL_VERSION)) {
      const reason = `The server speaks another version of the protocol: ${greeting.protocol.join(", ")}.`;
      connection.close(reason, new ProtocolError("unsupported_protocol", reason));
      return null;
    }
    const settled = await this.#passenger.tell(connection, "hello", this.#helloMembers());
    if (settled.is === "refused") connection.close(settled.error.message, settled.error);
    if (settled.is !== "ok" || !isAnswer("hello", settled.body)) return null;
    const first = this.#hello === null;
    this.#hello = settled.body;
    this.name = settled.body.name;
    this.#nameRefusals = 0;
    this.#passenger.push({ is: "connected", first, answer: settled.body });
    return settled.body;
  }

  #helloMembers(): Asked<"hello"> {
    // A name that the server had picked and somebody else has meanwhile is not worth waiting for.
    const picked = this.#options.name === undefined && this.#nameRefusals > 0;
    return {
      protocol: PROTOCOL_VERSION,
      client: this.#options.client,
      ...(this.name === undefined || picked ? {} : { name: this.name }),
      ...(this.#hello === null ? {} : { session: this.#hello.session }),
    };
  }
}
