/** The listener: accepts connections and owns them until they end. */

import type { ProtocolError } from "../protocol/errors.ts";
import { networkOf } from "../protocol/networks.ts";
import type { Admission, Limit } from "./admission.ts";
import { Allowance } from "./allowance.ts";
import { Connection, type ConnectionWire, type Endpoint, type Host } from "./connection.ts";
import { FlushQueue } from "./flush_queue.ts";
import { LastWords } from "./last_words.ts";
import { LoopTurn } from "./loop_turn.ts";
import { OpeningPool } from "./opening_pool.ts";
import type { Acceptor, Socket } from "./socket.ts";

export interface ListenerOptions {
  readonly now: () => number;
  /** What stands behind a new connection. */
  readonly welcome: (wire: ConnectionWire) => Endpoint;
  /** Who may connect. */
  readonly admission: Admission;
  /** Connections that have not said who they are, at most: one of them makes room for a new one. */
  readonly openingMax: number;
  /** Longest frame that is taken from anybody. */
  readonly frameBytesMax: number;
  /** Told of every connection that is ended because of a limit here. */
  readonly limited: (limit: Limit) => void;
  /** Told that the machine gives no more sockets for now: once until it does again. */
  readonly refused: (error: unknown) => void;
  /** Waits, in milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** How long to wait when the machine gives no more sockets. */
const ACCEPT_PAUSE_MS = 100;
/** Connections accepted in a turn of the event loop, so that what those before them send is read as well. */
const ACCEPTS_A_TURN = 16;
/** Those who come over TLS and are turned away are told why so often in a second; the others are only closed. */
const REFUSALS_A_SECOND = 20;
/** Connections that are over, but whose peers have not taken their last bytes or hung up: the oldest is closed. */
const FINISHING_MAX = 512;

export class Listener {
  readonly #socket: Acceptor;
  readonly #options: ListenerOptions;
  readonly #host: Host;
  /** Every connection, and its end. */
  readonly #connections = new Map<Connection, Promise<void>>();
  /** The ends of those that are closed, but whose last request is still being handled. */
  readonly #ending = new Set<Promise<void>>();
  readonly #opening: OpeningPool<Connection>;
  /** Those that are over but not closed, oldest first. */
  readonly #finishing = new Set<Connection>();
  /** How many may be told over TLS that they are turned away. */
  readonly #refusals: Allowance;
  #stopped = false;

  constructor(socket: Acceptor, options: ListenerOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#opening = new OpeningPool(options.openingMax);
    this.#refusals = new Allowance(REFUSALS_A_SECOND, options.now);
    const { now, welcome, frameBytesMax, limited } = options;
    this.#host = {
      queue: new FlushQueue(),
      now,
      frameBytesMax,
      welcome,
      unsecured: () => limited("no TLS handshake"),
      finishing: (connection) => this.#finishes(connection),
      closed: (connection) => this.#closed(connection),
    };
  }

  /** Accepts until `stop`. */
  async run(): Promise<void> {
    const turn = new LoopTurn(this.#options.now);
    for (let refusing = false, accepted = 0;; accepted++) {
      if (accepted === ACCEPTS_A_TURN) {
        await turn.yield();
        accepted = 0;
      }
      let socket: Socket;
      try {
        socket = await this.#socket.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
        if (gaveUp(error)) continue; // Whoever stands behind that peer does not wait for it.
        // Too many open files: the next one may fare better.
        if (!refusing) this.#options.refused(error);
        refusing = true;
        await this.#options.sleep(ACCEPT_PAUSE_MS);
        continue;
      }
      refusing = false;
      this.#admit(socket);
    }
  }

  /** Accepts no more. */
  stop(): void {
    this.#stopped = true;
    this.#socket.close();
  }

  /** Resolves when every connection has ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.#connections.values(), ...this.#ending]);
  }

  /** Tells every connection why it is being ended, and ends it. */
  dismissAll(error: ProtocolError): void {
    for (const connection of this.#connections.keys()) connection.dismiss(error);
  }

  closeAll(): void {
    for (const connection of this.#connections.keys()) connection.close();
  }

  /** Looks at the clock for every connection. To be called every second. */
  check(): void {
    const now = this.#options.now();
    for (const connection of this.#connections.keys()) connection.check(now);
  }

  #admit(socket: Socket): void {
    try {
      socket.setNoDelay?.(true);
    } catch {
      return socket.close(); // On some systems this fails where the peer is gone already.
    }
    const { admission, limited } = this.#options;
    const { hostname } = socket.remoteAddr;
    const refusal = admission.arrives(hostname);
    // Over TLS that costs a handshake; from thousands, nobody else would be served.
    if (refusal !== null && socket.handshake !== undefined && !this.#refusals.take()) {
      socket.close();
      return admission.leaves(networkOf(hostname));
    }
    const host = refusal === null
      ? this.#host
      : { ...this.#host, welcome: (wire: ConnectionWire) => new LastWords(wire, refusal) };
    const connection = new Connection(socket, host);
    this.#connections.set(connection, connection.run());
    const excess = this.#opening.add(connection);
    if (excess === null) return;
    limited("connections before hello");
    excess.close();
  }

  #finishes(connection: Connection): void {
    this.#finishing.add(connection);
    // At the end all of them finish at once, and no more come.
    if (this.#stopped || this.#finishing.size <= FINISHING_MAX) return;
    const [oldest] = this.#finishing;
    this.#options.limited("connections on their way out");
    oldest?.close();
  }

  #closed(connection: Connection): void {
    const end = this.#connections.get(connection);
    this.#connections.delete(connection);
    this.#opening.delete(connection);
    this.#finishing.delete(connection);
    this.#options.admission.leaves(connection.network);
    if (end === undefined) return;
    this.#ending.add(end);
    void end.finally(() => this.#ending.delete(end));
  }
}

/** Whether a connection could not be accepted because its peer has ended it already. */
function gaveUp(error: unknown): boolean {
  const { ConnectionAborted, ConnectionReset, NotConnected } = Deno.errors;
  return [ConnectionAborted, ConnectionReset, NotConnected].some((gone) => error instanceof gone);
}
