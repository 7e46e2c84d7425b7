/** The listener: accepts connections and owns them until they end. */

import type { ProtocolError } from "../protocol/errors.ts";
import { Connection, type ConnectionWire, type Endpoint, type Host } from "./connection.ts";
import { FlushQueue } from "./flush_queue.ts";

export interface ListenerOptions {
  readonly now: () => number;
  /** What stands behind a new connection. */
  readonly welcome: (wire: ConnectionWire) => Endpoint;
  /** Connections that have not said who they are, at most: the oldest makes room for a new one. */
  readonly openingMax: number;
  /** Told that the machine gives no more sockets for now: once until it does again. */
  readonly refused: (error: unknown) => void;
  /** Waits, in milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** How long to wait when the machine gives no more sockets. */
const ACCEPT_PAUSE_MS = 100;

export class Listener {
  readonly #socket: Deno.Listener<Deno.TcpConn>;
  readonly #options: ListenerOptions;
  readonly #host: Host;
  /** Every connection, and its end. */
  readonly #connections = new Map<Connection, Promise<void>>();
  /** The ends of those that are closed, but whose last request is still being handled. */
  readonly #ending = new Set<Promise<void>>();
  /** Those that had not said who they are when they were last looked at, oldest first. */
  readonly #opening = new Set<Connection>();

  constructor(socket: Deno.Listener<Deno.TcpConn>, options: ListenerOptions) {
    this.#socket = socket;
    this.#options = options;
    const { now, welcome } = options;
    this.#host = { queue: new FlushQueue(), now, welcome, closed: (connection) => this.#closed(connection) };
  }

  /** Accepts until `stop`. */
  async run(): Promise<void> {
    for (let refusing = false;;) {
      let socket: Deno.TcpConn;
      try {
        socket = await this.#socket.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
        // Too many open files, or the peer gave up before it was accepted: the next one may fare better.
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

  #admit(socket: Deno.TcpConn): void {
    socket.setNoDelay(true);
    const connection = new Connection(socket, this.#host);
    this.#connections.set(connection, connection.run());
    this.#makeRoom();
    this.#opening.add(connection);
  }

  #closed(connection: Connection): void {
    const end = this.#connections.get(connection);
    this.#connections.delete(connection);
    this.#opening.delete(connection);
    if (end === undefined) return;
    this.#ending.add(end);
    void end.finally(() => this.#ending.delete(end));
  }

  /** Silent connections must not keep people out. */
  #makeRoom(): void {
    if (this.#opening.size < this.#options.openingMax) return;
    for (const connection of this.#opening) if (!connection.opening) this.#opening.delete(connection);
    for (const oldest of this.#opening) {
      if (this.#opening.size < this.#options.openingMax) return;
      this.#opening.delete(oldest);
      oldest.close();
    }
  }
}
