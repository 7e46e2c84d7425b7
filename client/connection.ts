/** One connection that speaks the protocol: its frames as messages, its pulse, and why it ended. */

import { type Chunk, readChunk } from "../server/protocol/chunks.ts";
import { ProtocolError } from "../server/protocol/errors.ts";
import { encodeMessage, KIND_JSON } from "../server/protocol/frames.ts";
import { PING_AFTER_MS, SILENCE_MS_MAX } from "../server/protocol/limits.ts";
import { decodeFromServer } from "../server/protocol/decoding.ts";
import type { EventOf, ServerEvent } from "../server/protocol/messages.ts";
import type { Clock } from "./clock.ts";
import type { Outcome } from "./outcomes.ts";
import type { Link } from "./link.ts";
import type { TrustError } from "./trust_error.ts";

/** Who is told what comes; both in the turn in which it was read, in order. */
export interface Receiver {
  reply(re: number, outcome: Outcome): void;
  /** `bytes` is the size of the frame. Greetings and pings are not passed on. */
  event(event: ServerEvent, bytes: number): void;
  /** A chunk of a file; its bytes are a view that is void after this call. */
  chunk(chunk: Chunk): void;
  /** Waited for before more is read. */
  room(): Promise<void>;
  /** The frame of a `ping` request. */
  ping(): Uint8Array;
}

/** Why a connection ended, or was not made: in words, and as the error that the server gave, or its certificate. */
export interface Parting {
  readonly reason: string;
  readonly error: ProtocolError | TrustError | null;
}

const SPEAKS_TLS = "That server speaks TLS: connect with --tls.";

export class Connection {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #receiver: Receiver;
  readonly #greeting = Promise.withResolvers<EventOf<"greeting"> | null>();
  #error: ProtocolError | null = null;
  /** When the server was last heard; null while we do not listen, because our own front end is slow. */
  #heard: number | null;

  constructor(link: Link, clock: Clock, receiver: Receiver) {
    this.#link = link;
    this.#clock = clock;
    this.#receiver = receiver;
    this.#heard = clock.now();
  }

  get ended(): boolean {
    return this.#link.ended;
  }

  /** The server's greeting; null where the connection ended before it. */
  greeting(): Promise<EventOf<"greeting"> | null> {
    return this.#greeting.promise;
  }

  /** Queues a frame, waiting while the queue is full. The reader must not wait for it. */
  send(frame: Uint8Array): Promise<void> {
    return this.#link.send(frame);
  }

  /** Writes the frame of a chunk in its turn; see `Link.chunk`. */
  chunk(frame: Uint8Array): Promise<boolean> {
    return this.#link.chunk(frame);
  }

  /** Ends the connection; the first reason holds. */
  close(reason: string, error: ProtocolError | null = null): void {
    this.#error ??= error;
    this.#link.close(reason);
  }

  /** Reads until the connection has ended. */
  async run(): Promise<Parting> {
    const watch = { cancel: () => {} };
    this.#watch(watch, PING_AFTER_MS);
    while (await this.#link.fill()) {
      this.#takeAll();
      this.#heard = null;
      await this.#receiver.room();
      this.#heard = this.#clock.now();
    }
    watch.cancel();
    this.#greeting.resolve(null);
    const reason = await this.#link.closed();
    return { reason: this.#error?.message ?? reason, error: this.#error };
  }

  /** Looks at the silence in `ms` milliseconds, and again after that: asks for a sign of life, or gives up. */
  #watch(watch: { cancel: () => void }, ms: number): void {
    watch.cancel = this.#clock.timer(ms, () => {
      const silence = this.#heard === null ? 0 : this.#clock.now() - this.#heard;
      if (silence >= SILENCE_MS_MAX) {
        return this.#link.close(`The server was silent for ${SILENCE_MS_MAX / 1_000} seconds.`);
      }
      // A queue that is full is a sign of life by itself.
      if (silence >= PING_AFTER_MS) this.#link.trySend(this.#receiver.ping());
      this.#watch(watch, silence >= PING_AFTER_MS ? PING_AFTER_MS : PING_AFTER_MS - silence);
    });
  }

  #takeAll(): void {
    try {
      for (let frame = this.#link.next(); frame !== null; frame = this.#link.next()) {
        if (frame.kind === KIND_JSON) this.#take(frame.body);
        else this.#receiver.chunk(readChunk(frame.body));
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (this.#link.speaksTls) this.close(SPEAKS_TLS, new ProtocolError("unsupported_protocol", SPEAKS_TLS));
      else this.#link.close(`What answers there does not speak chat's protocol: ${error.message}`);
    }
  }

  #take(body: Uint8Array): void {
    const message = decodeFromServer(body);
    switch (message.is) {
      case "ok":
        return this.#receiver.reply(message.re, message);
      case "refused":
        return this.#receiver.reply(message.re, message);
      case "event":
        return this.#event(message.event, body.length);
      case "ending":
        return this.close(message.error.message, message.error);
      case "ignored":
        return;
      default:
        return message satisfies never;
    }
  }

  #event(event: ServerEvent, bytes: number): void {
    if (event.type === "greeting") return this.#greeting.resolve(event);
    if (event.type !== "ping") return this.#receiver.event(event, bytes);
    this.#link.trySend(encodeMessage({ type: "pong" }));
  }
}
