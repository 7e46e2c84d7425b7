/**
 * A connection: one socket, its one reader and its one writer. Nobody else touches the socket.
 *
 * The reader hands each frame to the endpoint and waits where the endpoint says so. The writer is started by the
 * flush queue, takes what the endpoint has, writes it to its end, and queues again if there is more: one write in
 * flight, so that what comes meanwhile goes out together with the next.
 */

import { ProtocolError } from "../protocol/errors.ts";
import { encodeMessage, type Frame, FrameReader } from "../protocol/frames.ts";
import { HELLO_MS_MAX, PING_AFTER_MS, SILENCE_MS_MAX, STALL_MS_MAX } from "../protocol/limits.ts";
import { networkOf } from "../protocol/networks.ts";
import { LoopTurn } from "./loop_turn.ts";
import type { Flushable, FlushQueue } from "./flush_queue.ts";
import type { Socket } from "./socket.ts";

/** What stands behind a connection. */
export interface Endpoint {
  /** Takes a frame; a promise says when the next may come. */
  taken(frame: Frame): void | Promise<void>;
  /** The stream cannot be read any further. */
  broken(error: ProtocolError): void;
  /** Whether there is anything to send. */
  readonly pending: boolean;
  /** The next bytes to send, whole frames; null when there are none. */
  take(): Uint8Array | null | Promise<Uint8Array | null>;
  /** Whether it has not said yet who it is. */
  readonly opening: boolean;
  /** The connection is gone. */
  closed(): void;
}

/** What an endpoint is given of its connection. */
export interface ConnectionWire {
  /** Where it comes from, as host:port. */
  readonly address: string;
  /** The network that limits and bans by address go by: see `networkOf`. */
  readonly network: string;
  /** Says that the endpoint has something to send. */
  wake(): void;
  /** Closes once everything the endpoint has was sent. */
  finish(): void;
}

/** What a connection needs of the listener that holds it. */
export interface Host {
  readonly queue: FlushQueue;
  /** Milliseconds and parts of them, from whenever. */
  readonly now: () => number;
  /** Longest frame that is taken. */
  readonly frameBytesMax: number;
  /** Makes what stands behind a new connection. */
  readonly welcome: (wire: ConnectionWire) => Endpoint;
  /** The peer does not speak TLS, or not as we do; the connection ends. */
  readonly unsecured: () => void;
  /** The connection is over but for its last bytes, and the peer's. */
  readonly finishing: (connection: Connection) => void;
  /** The connection has ended. */
  readonly closed: (connection: Connection) => void;
}

/**
 * How far a connection has come: TLS is being agreed on, it is read and written, or only written to its end, or
 * waits for the peer's.
 */
type Stage = "securing" | "open" | "finishing" | "finished" | "closed";
/** Where the writer stands. */
type Writer = "idle" | "queued" | "writing";
/** Whether the peer gave a sign of life lately, or is to be asked for one, or was. */
type Pulse = "felt" | "ping due" | "pinged";

const PING = encodeMessage({ type: "ping" });
/** How long a connection that is being ended may take over its last bytes, and the peer over its side. */
const FINISH_MS_MAX = 5_000;

export class Connection implements ConnectionWire, Flushable {
  readonly address: string;
  readonly network: string;
  readonly #socket: Socket;
  readonly #host: Host;
  readonly #endpoint: Endpoint;
  #stage: Stage;
  /** When that stage began. */
  #since: number;
  #writer: Writer = "idle";
  #pulse: Pulse = "felt";
  /** Whether the endpoint holds the peer's requests: nothing is read meanwhile. */
  #held = false;
  /** When anything was last read or written, or could have been read but for a pause of ours. */
  #lively: number;
  /** When the write in flight last made progress; null while there is none. */
  #writingSince: number | null = null;

  constructor(socket: Socket, host: Host) {
    this.#socket = socket;
    this.#host = host;
    this.#stage = socket.handshake === undefined ? "open" : "securing";
    this.#since = this.#lively = host.now();
    const { hostname, port } = socket.remoteAddr;
    this.address = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
    this.network = networkOf(hostname);
    this.#endpoint = host.welcome(this);
  }

  /** Reads until the connection ends. Rejects only with what the endpoint did not expect. */
  async run(): Promise<void> {
    const reader = new FrameReader(this.#host.frameBytesMax);
    const turn = new LoopTurn(this.#host.now);
    try {
      await this.#secure();
      while (this.#stage !== "closed") {
        let bytes: number | null;
        turn.waits();
        try {
          bytes = await this.#socket.read(reader.space());
        } catch {
          return; // However a socket fails, its peer is gone.
        }
        if (bytes === null) return;
        turn.goesOn();
        this.#lives();
        // What comes after the end is for nobody, but has to be read for the end to arrive.
        if (this.#stage === "open") {
          reader.filled(bytes);
          await this.#take(reader, turn);
        }
        if (turn.over) await turn.yield();
      }
    } finally {
      this.close();
    }
  }

  /** Agrees on TLS with the peer, where the socket is for that; closes where they cannot. */
  async #secure(): Promise<void> {
    if (this.#socket.handshake === undefined) return;
    try {
      await this.#socket.handshake();
    } catch {
      // Whoever was closed by us, for taking too long, is told of as that.
      if (this.#stage === "securing") this.#host.unsecured();
      return this.close();
    }
    if (this.#stage !== "securing") return;
    this.#stage = "open";
    if (this.#endpoint.pending) this.wake();
  }

  /** Hands on every frame that is whole. */
  async #take(reader: FrameReader, turn: LoopTurn): Promise<void> {
    try {
      // What follows the end is not looked at: it would be found fault with once more.
      while (this.#stage === "open") {
        const frame = reader.next();
        if (frame === null) return;
        const busy = this.#endpoint.taken(frame);
        if (busy !== undefined) {
          this.#held = true;
          await busy;
          this.#held = false;
          this.#lives();
        }
        if (turn.over) await turn.yield();
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#endpoint.broken(error);
    }
  }

  #lives(): void {
    this.#lively = this.#host.now();
    this.#pulse = "felt";
  }

  /** Whether it has not been said yet who this is. */
  get opening(): boolean {
    return this.#stage === "securing" || (this.#stage === "open" && this.#endpoint.opening);
  }

  wake(): void {
    if (this.#writer !== "idle" || (this.#stage !== "open" && this.#stage !== "finishing")) return;
    this.#writer = "queued";
    this.#host.queue.add(this);
  }

  finish(): void {
    if (this.#stage === "securing") return this.close(); // Nothing can be said before it is agreed on how.
    if (this.#stage !== "open") return;
    this.#stage = "finishing";
    this.#since = this.#host.now();
    this.wake();
    this.#host.finishing(this);
  }

  close(): void {
    if (this.#stage === "closed") return;
    this.#stage = "closed";
    this.#socket.close();
    this.#endpoint.closed();
    this.#host.closed(this);
  }

  /** Tells the peer why, and ends. */
  dismiss(error: ProtocolError): void {
    if (this.#stage === "securing" || this.#stage === "open") this.#endpoint.broken(error);
  }

  /** Asks for a sign of life, or ends a connection that gave none by `now`. To be called every second. */
  check(now: number): void {
    if (this.#writingSince !== null && now - this.#writingSince > STALL_MS_MAX) return this.close();
    if (this.#stage === "finishing" || this.#stage === "finished") {
      if (now - this.#since > FINISH_MS_MAX) this.close();
      return;
    }
    if (this.#stage === "closed") return;
    const silent = now - this.#lively;
    if (this.opening && now - this.#since > HELLO_MS_MAX) {
      this.dismiss(new ProtocolError("timeout", "No hello came in time. Connect again and send it first."));
    } else if (silent > SILENCE_MS_MAX && !this.#held) {
      this.dismiss(new ProtocolError("timeout", "Nothing came for too long. Connect again."));
    } else if (silent > PING_AFTER_MS && (this.#held || this.#pulse === "felt")) {
      // A pause of ours is no silence of theirs; but that we are there they should hear from time to time.
      if (this.#held) this.#lively = now;
      this.#pulse = "ping due";
      this.wake();
    }
  }

  flush(): void {
    if (this.#stage === "closed") return;
    this.#writer = "writing";
    void this.#write();
  }

  /** One write, to its end. One function, since this runs for every member of a room at every batch. */
  async #write(): Promise<void> {
    const taken = this.#next();
    const bytes = taken instanceof Promise ? await taken : taken;
    try {
      for (let sent = 0; bytes !== null && sent < bytes.length;) {
        this.#writingSince ??= this.#host.now();
        sent += await this.#socket.write(sent === 0 ? bytes : bytes.subarray(sent));
        this.#writingSince = this.#host.now();
        // To have asked for a sign of life is none.
        if (bytes !== PING) this.#lively = this.#writingSince;
      }
    } catch {
      return this.close(); // However a socket fails, its peer is gone.
    }
    this.#writingSince = null;
    this.#writer = "idle";
    if (this.#endpoint.pending || this.#pulse === "ping due") this.wake();
    else if (this.#stage === "finishing") await this.#hangUp();
  }

  /**
   * Closes our side alone: closing a socket in whose buffer there is something unread resets it, and the peer might
   * never see the last words.
   */
  async #hangUp(): Promise<void> {
    this.#stage = "finished";
    try {
      await this.#socket.closeWrite();
    } catch {
      this.close(); // The peer is gone.
    }
  }

  #next(): Uint8Array | null | Promise<Uint8Array | null> {
    if (this.#pulse !== "ping due") return this.#endpoint.take();
    this.#pulse = "pinged";
    return PING;
  }
}
