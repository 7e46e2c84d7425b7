/**
 * Connections, one after another: made, opened with `hello`, and made again after a drop, until one is the last.
 * What goes over them is for the session.
 */

import { type ErrorCode, ProtocolError } from "../server/protocol/errors.ts";
import { HELLO_MS_MAX, PROTOCOL_VERSION } from "../server/protocol/limits.ts";
import { type Answer, type Asked, isAnswer, type RequestType } from "../server/protocol/messages.ts";
import { PLAIN_BINDING, proofBytes } from "../server/protocol/proofs.ts";
import { BACKOFF_MS_MAX, backoffMs } from "./backoff.ts";
import { aborted, type Clock, pause } from "./clock.ts";
import { Connection, type Parting, type Receiver } from "./connection.ts";
import type { Ending, SessionEvent } from "./events.ts";
import type { Identity } from "./identity.ts";
import { misnamed } from "./naming.ts";
import { type Dial, Link, reasonOf, type Stream } from "./link.ts";
import type { Settled } from "./outcomes.ts";
import type { ServerPassword } from "./server_password.ts";
import { TrustError } from "./trust_error.ts";

export interface LifelineOptions {
  readonly dial: Dial;
  /** What to be called; without it the server picks a name. */
  readonly name?: string;
  /** Whose names these are; without it we are a guest. */
  readonly identity?: Identity;
  /** The server's; without it a server that wants one does not let us in. */
  readonly password?: ServerPassword;
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
  enter(connection: Connection): Promise<void>;
  /** The connection is open: sends what waits, until the connection ends. */
  send(connection: Connection): Promise<void>;
  /** The connection is gone; comes before `send` has to return. */
  dropped(): void;
}

/** How often a name that somebody else has now is asked for again before that is the end. */
const NAME_TRIES_MAX = 8;
/** Silence after which a server that we speak to plainly is taken for one that waits for TLS to begin. */
const GREETING_MS_MAX = 5_000;
/** The longest that a server can make us wait before the next try. */
export const RETRY_MS_MAX = 3_600_000;

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

const SILENT = "The server said nothing for 5 seconds. If it uses TLS, connect with --tls.";

/** What a proof for the present connection is made of, beside the name. */
interface Challenge {
  readonly nonce: string;
  readonly binding: string;
}

/** What shows in a request that a name is ours. */
type Proven = Pick<Asked<"hello">, "key" | "proof">;

/** Whether what was refused with `error` may be accepted a little later. */
export function passes(error: ProtocolError): boolean {
  return PASSING.has(error.code);
}

export class Lifeline {
  /** What we are called: what the server said last, and before that what was asked for. Set by `called`. */
  name: string | undefined;
  /** What we ask to be called, as it is signed; undefined while the server may pick. */
  #asked: string | undefined;
  /** Whether the end of the connection is what we asked for. */
  leaving = false;
  readonly #options: LifelineOptions;
  readonly #passenger: Passenger;
  readonly #stop: AbortSignal;
  #hello: Answer<"hello"> | null = null;
  #challenge: Challenge | null = null;
  #nameRefusals = 0;

  /** `stop` ends whatever goes on, once `leaving` is set. */
  constructor(options: LifelineOptions, passenger: Passenger, stop: AbortSignal) {
    this.name = this.#asked = options.name;
    this.#options = options;
    this.#passenger = passenger;
    this.#stop = stop;
  }

  /** Makes connections until one is the last. */
  async run(): Promise<Ending> {
    const { clock } = this.#options;
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
      if (await this.#renewed(parting)) {
        failures = 0;
        continue;
      }
      if (this.leaving) return { is: "left" };
      const ending = this.#endingAfter(parting, failures);
      if (ending !== null) return ending;
      const wait = this.#waitAfter(parting, failures + drops);
      this.#passenger.push({ is: "waiting", attempt: failures, reason: parting.reason, wait });
      await pause(clock, wait, this.#stop);
    }
  }

  /** Members of a request that ask, over the present connection, for `name`, or for any where it is empty. */
  proven(name: string): Proven {
    const { identity } = this.#options;
    if (identity === undefined || this.#challenge === null) return {};
    const { nonce, binding } = this.#challenge;
    return { key: identity.key, proof: identity.sign(proofBytes(nonce, binding, name)) };
  }

  /** Whether the server refused its password and a person gave another. */
  async #renewed({ error }: Parting): Promise<boolean> {
    const { password } = this.#options;
    if (password === undefined || !(error instanceof ProtocolError) || error.code !== "wrong_password") {
      return false;
    }
    return await Promise.race([password.renew(error.message), aborted(this.#stop).then(() => false)]);
  }

  /** How long to wait before the next try: as long as the server says, or longer after each failure. */
  #waitAfter({ error }: Parting, failures: number): number {
    const asked = error instanceof ProtocolError ? error.retryMs ?? 0 : 0;
    return Math.max(backoffMs(Math.max(failures, 1), this.#options.random()), Math.min(asked, RETRY_MS_MAX));
  }

  /** The end, where the way the last connection ended is one; null where another is to be tried. */
  #endingAfter({ error, reason }: Parting, failures: number): Ending | null {
    if (error instanceof TrustError) return { is: "failed", code: "untrusted", reason };
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
    if ("reason" in stream) return stream;
    const connection = new Connection(new Link(stream, this.#stop), this.#options.clock, this.#passenger);
    const parting = this.#hold(connection);
    if (await this.#open(connection, stream.binding)) await this.#passenger.send(connection);
    return await parting;
  }

  /** Resolves to why, where no connection could be made. */
  async #dial(): Promise<Stream | Parting> {
    const limit = new AbortController();
    const late = () => limit.abort(new Deno.errors.TimedOut("no answer"));
    const cancel = this.#options.clock.timer(HELLO_MS_MAX, late);
    try {
      return await this.#options.dial(AbortSignal.any([limit.signal, this.#stop]));
    } catch (error) {
      if (error instanceof TrustError) return { reason: error.message, error };
      return { reason: reasonOf(error), error: null };
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
  async #open(connection: Connection, binding: string): Promise<boolean> {
    const cancel = this.#options.clock.timer(HELLO_MS_MAX, () => {
      connection.close(`The server did not answer within ${HELLO_MS_MAX / 1_000} seconds.`);
    });
    const taken = await this.#sayHello(connection, binding);
    cancel();
    if (!taken) return false;
    await this.#passenger.enter(connection);
    return !connection.ended;
  }

  /** Whether the server took us; otherwise the connection has ended. */
  async #sayHello(connection: Connection, binding: string): Promise<boolean> {
    const nonce = await this.#greeted(connection, binding);
    if (nonce === null) return false;
    this.#challenge = { nonce, binding };
    const members = this.#helloMembers();
    const settled = await this.#introduce(connection, members);
    if (settled.is === "refused") connection.close(settled.error.message, settled.error);
    if (settled.is !== "ok" || !isAnswer("hello", settled.body)) return false;
    const wrong = misnamed(members.name, settled.body.name);
    if (wrong !== null) {
      connection.close(wrong.message, wrong);
      return false;
    }
    const first = this.#hello === null;
    this.#hello = settled.body;
    this.called(members.name ?? settled.body.name, settled.body.name);
    this.#nameRefusals = 0;
    this.#options.password?.accepted();
    this.#passenger.push({ is: "connected", first, answer: settled.body });
    return true;
  }

  /** Says `hello`: with the server's password once that asks for it, as each connection may reach another server. */
  async #introduce(connection: Connection, members: Asked<"hello">): Promise<Settled> {
    const settled = await this.#passenger.tell(connection, "hello", members);
    const password = this.#options.password?.value ?? null;
    if (settled.is !== "refused" || settled.error.code !== "wrong_password" || password === null) {
      return settled;
    }
    return await this.#passenger.tell(connection, "hello", { ...members, password });
  }

  /** The nonce of a greeting that we can answer; null where there is none, and the connection has ended. */
  async #greeted(connection: Connection, binding: string): Promise<string | null> {
    // A server that spoke plainly before may only be slow.
    const code = this.#hello === null ? "unsupported_protocol" : "timeout";
    const silent = () => connection.close(SILENT, new ProtocolError(code, SILENT));
    const cancel = binding === PLAIN_BINDING ? this.#options.clock.timer(GREETING_MS_MAX, silent) : () => {};
    const greeting = await connection.greeting();
    cancel();
    if (greeting === null || greeting.protocol.includes(PROTOCOL_VERSION)) return greeting?.nonce ?? null;
    const reason = `The server speaks another version of the protocol: ${greeting.protocol.join(", ")}.`;
    connection.close(reason, new ProtocolError("unsupported_protocol", reason));
    return null;
  }

  /** From now on we ask for `asked`, and are called `given`. */
  called(asked: string, given: string): void {
    this.#asked = asked;
    this.name = given;
  }

  #helloMembers(): Asked<"hello"> {
    const { client } = this.#options;
    // A name that the server had picked and somebody else has meanwhile is not worth waiting for.
    const picked = this.#options.name === undefined && this.#nameRefusals > 0;
    const name = picked ? undefined : this.#asked;
    return {
      protocol: PROTOCOL_VERSION,
      client,
      ...(name === undefined ? {} : { name }),
      ...this.proven(name ?? ""),
      ...(this.#hello === null ? {} : { session: this.#hello.session }),
    };
  }
}
