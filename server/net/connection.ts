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
import type { Flushable, FlushQueue } from "./flush_queue.ts";

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
  /** Says that the endpoint has something to send. */
  wake(): void;
  /** Closes once everything the endpoint has was sent. */
  finish(): void;
}

/** Where the writer stands. */
type Writer = "idle" | "queued" | "writing";

const PING = encodeMessage({ type: "ping" });
/** How long a connection that is being ended may take over its last bytes. */
const FINISH_MS_MAX = 5_000;

export class Connection implements ConnectionWire, Flushable {
  readonly address: string;
  readonly #socket: Deno.Conn;
  readonly #queue: FlushQueue;
  readonly #now: () => number;
  readonly #endpoint: Endpoint;
  readonly #since: number;
  #writer: Writer = "idle";
  #closed = false;
  /** When the endpoint had no more to say; null while it goes on. */
  #finishing: number | null = null;
  #pingDue = false;
  #pinged = false;
  /** When anything was last read or written. */
  #lively: number;
  /** When the write in flight last made progress; null while there is none. */
  #writingSince: number | null = null;

  constructor(
    socket: Deno.Conn,
    queue: FlushQueue,
    now: () => number,
    welcome: (wire: ConnectionWire) => Endpoint,
  ) {
    this.#socket = socket;
    this.#queue = queue;
    this.#now = now;
    this.#since = this.#lively = now();
    this.address = addressOf(socket.remoteAddr);
    this.#endpoint = welcome(this);
  }

  /** Reads until the connection ends. Rejects only with what the endpoint did not expect. */
  async run(): Promise<void> {
    const reader = new FrameReader();
    try {
      while (!this.#closed) {
        let bytes: number | null;
        try {
          bytes = await this.#socket.read(reader.space());
        } catch {
          return; // However a socket fails, its peer is gone.
        }
        if (bytes === null) return;
        this.#lively = this.#now();
        this.#pinged = false;
        // What comes after the end is for nobody, but has to be read for the end to arrive.
        if (this.#finishing !== null) continue;
        reader.filled(bytes);
        await this.#take(reader);
      }
    } finally {
      this.close();
    }
  }

  /** Hands on every frame that is whole. */
  async #take(reader: FrameReader): Promise<void> {
    try {
      for (let frame = reader.next(); frame !== null && this.#finishing === null; frame = reader.next()) {
        const busy = this.#endpoint.taken(frame);
        if (busy !== undefined) await busy;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#endpoint.broken(error);
    }
  }

  /** Whether it has not been said yet who this is. */
  get opening(): boolean {
    return !this.#closed && this.#endpoint.opening;
  }

  wake(): void {
    if (this.#writer !== "idle" || this.#closed) return;
    this.#writer = "queued";
    this.#queue.add(this);
  }

  finish(): void {
    this.#finishing ??= this.#now();
    this.wake();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
    this.#endpoint.closed();
  }

  /** Looks at the clock: asks for a sign of life, or ends a connection that gave none. To be called every second. */
  check(): void {
    const now = this.#now();
    if (this.#finishing !== null && now - this.#finishing > FINISH_MS_MAX) return this.close();
    if (this.#writingSince !== null && now - this.#writingSince > STALL_MS_MAX) return this.close();
    if (this.#finishing !== null) return;
    const silent = now - this.#lively;
    if (this.#endpoint.opening && now - this.#since > HELLO_MS_MAX) {
      this.dismiss(timeout("No hello came in time. Send it first."));
    } else if (silent > SILENCE_MS_MAX) this.dismiss(timeout("Nothing came for too long. Connect again."));
    else if (silent > PING_AFTER_MS && !this.#pinged) {
      this.#pinged = this.#pingDue = true;
      this.wake();
    }
  }

  /** Tells the peer why, and ends. */
  dismiss(error: ProtocolError): void {
    if (this.#finishing === null) this.#endpoint.broken(error);
  }

  flush(): void {
    if (this.#closed) return;
    this.#writer = "writing";
    void this.#write();
  }

  async #write(): Promise<void> {
    const taken = this.#next();
    const bytes = taken instanceof Promise ? await taken : taken;
    if (bytes !== null && !this.#closed && !await this.#send(bytes)) return this.close();
    this.#writer = "idle";
    if (this.#closed) return;
    if (this.#endpoint.pending || this.#pingDue) this.wake();
    else if (this.#finishing !== null) this.close();
  }

  #next(): Uint8Array | null | Promise<Uint8Array | null> {
    if (!this.#pingDue) return this.#endpoint.take();
    this.#pingDue = false;
    return PING;
  }

  /** Writes all of `bytes`; false where the peer is gone. */
  async #send(bytes: Uint8Array): Promise<boolean> {
    this.#writingSince = this.#now();
    try {
      for (let sent = 0; sent < bytes.length;) {
        sent += await this.#socket.write(sent === 0 ? bytes : bytes.subarray(sent));
        this.#lively = this.#writingSince = this.#now();
      }
      return true;
    } catch {
      // However a socket fails, its peer is gone.
      return false;
    } finally {
      this.#writingSince = null;
    }
  }
}

function timeout(message: string): ProtocolError {
  return new ProtocolError("timeout", message);
}

function addressOf(address: Deno.Addr): string {
  if (address.transport !== "tcp") return address.transport;
  return address.hostname.includes(":")
    ? `[${address.hostname}]:${address.port}`
    : `${address.hostname}:${address.port}`;
}
