/** One connection to a server: bytes in and out, nothing of what they mean. */

import { messageOf } from "../server/protocol/errors.ts";
import { type Frame, FrameReader, joinFrames } from "../server/protocol/frames.ts";
import { PLAIN_BINDING } from "../server/protocol/proofs.ts";
import type { Address } from "./address.ts";
import { connectTcp } from "./tcp.ts";
import { Wake } from "./wake.ts";

/** What a connection is to us. */
export interface Stream {
  /** What a proof is bound to: the hex SHA-256 of the server's certificate, or `PLAIN_BINDING` without TLS. */
  readonly binding: string;
  /** Bytes read, or null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Bytes taken, which can be fewer than given. */
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** Makes a connection; rejects with what went wrong, or when `signal` aborts. */
export type Dial = (signal: AbortSignal) => Promise<Stream>;

/** Connects over plain TCP. */
export function dialTcp(address: Address): Dial {
  return async (signal) => Object.assign(await connectTcp(address, signal), { binding: PLAIN_BINDING });
}

/** Bytes that wait to be written before `send` waits and `trySend` declines. */
export const QUEUE_BYTES_MAX = 256 * 1024;
const WRITE_BYTES_MAX = 64 * 1024;
/** How a record of TLS begins that says what is wrong: its kind, and the first half of a version. */
const TLS_ALERT = [0x15, 0x03] as const;

interface WaitingChunk {
  readonly frame: Uint8Array;
  readonly settle: (written: boolean) => void;
}

/**
 * Frames over a stream: one reader (whoever calls `fill` and `next`) and one writer loop of its own, in which
 * messages and chunks of files take turns: a message waits behind one chunk at most. Ends once, for the first reason
 * given; `signal` ends it too.
 */
export class Link {
  readonly #stream: Stream;
  readonly #signal: AbortSignal;
  readonly #reader = new FrameReader();
  readonly #writing: Promise<void>;
  readonly #work = new Wake();
  readonly #space = new Wake();
  readonly #abort = () => this.close("The connection was closed here.");
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** One for each transfer at most: each waits until its chunk is written. */
  #chunks: WaitingChunk[] = [];
  /** Whether bytes still go out; a link whose writer has stopped may have something to read yet. */
  #writable = true;
  #reason: string | null = null;
  #opening: "unread" | "frames" | "tls" = "unread";

  constructor(stream: Stream, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    signal.addEventListener("abort", this.#abort, { once: true });
    this.#writing = this.#write();
    if (signal.aborted) this.#abort();
  }

  get ended(): boolean {
    return this.#reason !== null;
  }

  /** Whether the server began as one that takes us for a client of TLS that speaks badly. */
  get speaksTls(): boolean {
    return this.#opening === "tls";
  }

  /** Reads more bytes; false when the link has ended. */
  async fill(): Promise<boolean> {
    if (this.ended) return false;
    try {
      const space = this.#reader.space();
      const bytes = await this.#stream.read(space);
      if (bytes === null) this.close("The server closed the connection.");
      else {
        if (this.#opening === "unread") this.#opening = isTlsAlert(space) ? "tls" : "frames";
        this.#reader.filled(bytes);
      }
    } catch (error) {
      this.close(reasonOf(error));
    }
    return !this.ended;
  }

  /** The next whole frame of what was read, or null. Its body is void after the next `fill`. Throws `bad_frame`. */
  next(): Frame | null {
    return this.#reader.next();
  }

  /** Queues a frame, waiting while the queue is full. On a link that has ended it goes nowhere. */
  async send(frame: Uint8Array): Promise<void> {
    while (!this.trySend(frame) && !this.ended) await this.#space.wait();
  }

  /** Queues a frame unless the queue is full; says whether it did. */
  trySend(frame: Uint8Array): boolean {
    if (this.ended || this.#queuedBytes >= QUEUE_BYTES_MAX) return false;
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
    this.#work.ring();
    return true;
  }

  /**
   * Writes the frame of a chunk when it is its turn. Resolves when that is done, so that `frame` can be used again;
   * to false where it is not and never will be. To be awaited before the same transfer sends its next.
   */
  chunk(frame: Uint8Array): Promise<boolean> {
    if (this.ended || !this.#writable) return Promise.resolve(false);
    const written = Promise.withResolvers<boolean>();
    this.#chunks.push({ frame, settle: written.resolve });
    this.#work.ring();
    return written.promise;
  }

  /** Ends the link. What was queued is dropped; closing again changes nothing. */
  close(reason: string): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#signal.removeEventListener("abort", this.#abort);
    this.#stream.close();
    this.#work.ring();
    this.#space.ring();
  }

  /** Why the link ended, once its writer has stopped. To be awaited after `close`, or when `fill` said false. */
  async closed(): Promise<string> {
    await this.#writing;
    return this.#reason ?? "";
  }

  async #write(): Promise<void> {
    while (!this.ended && this.#writable) {
      const bytes = this.#take();
      const chunk = this.#chunks.shift();
      if (bytes === null && chunk === undefined) {
        await this.#work.wait();
        continue;
      }
      this.#space.ring();
      if (bytes !== null) await this.#put(bytes);
      if (chunk !== undefined) chunk.settle(await this.#put(chunk.frame));
    }
    this.#writable = false;
    for (const { settle } of this.#chunks.splice(0)) settle(false);
  }

  /** Whether all of `bytes` went out. */
  async #put(bytes: Uint8Array): Promise<boolean> {
    if (this.ended || !this.#writable) return false;
    try {
      for (let done = 0; done < bytes.length;) done += await this.#stream.write(bytes.subarray(done));
      return true;
    } catch {
      // Not the end of the link: the reader may still find the server's last words, and ends by itself.
      this.#writable = false;
      return false;
    }
  }

  /** What is written next: all that waits, up to a bound, in one piece. */
  #take(): Uint8Array | null {
    const first = this.#queue[0];
    if (first === undefined) return null;
    let bytes = 0;
    let count = 0;
    for (const frame of this.#queue) {
      if (count > 0 && bytes + frame.length > WRITE_BYTES_MAX) break;
      bytes += frame.length;
      count++;
    }
    const taken = this.#queue.splice(0, count);
    this.#queuedBytes -= bytes;
    return count === 1 ? first : joinFrames(taken, bytes);
  }
}

/** An alert comes in one piece: its seven bytes were one write. */
function isTlsAlert(bytes: Uint8Array): boolean {
  return TLS_ALERT.every((byte, i) => bytes[i] === byte);
}

/** Why a connection could not be made or broke, as a sentence for people. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.ConnectionRefused) return "Nothing answers at that address.";
  if (error instanceof Deno.errors.ConnectionReset) return "The connection was reset.";
  if (error instanceof Deno.errors.Interrupted) return "The connection was interrupted.";
  // A server that was killed says no good-bye in TLS either.
  if (error instanceof Deno.errors.UnexpectedEof) return "The server closed the connection.";
  if (error instanceof Deno.errors.TimedOut) return "The connection timed out.";
  const text = messageOf(error);
  return text.endsWith(".") ? text : `${text}.`;
}
