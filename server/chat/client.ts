/**
 * A client: one connection as the chat sees it. It is what the connection's writer takes its bytes from: the
 * outbox and the cursors of the rooms that its person is in, in turns.
 *
 * A cursor starts at a place in the outbox: it gives nothing before the `ok` of its `join` is on its way, and
 * nothing once it is closed, which happens before the `ok` of `leave` is put in.
 */

import type { Cursor } from "../history/cursor.ts";
import type { Log } from "../history/log.ts";
import type { ErrorCode, ProtocolError } from "../protocol/errors.ts";
import { encodeMessage, type Frame, joinFrames } from "../protocol/frames.ts";
import { Answers } from "./answers.ts";
import { Outbox } from "./outbox.ts";
import type { Contact, Session } from "./person.ts";
import { Transfers } from "./transfers.ts";

/** The connection, as a client needs it. */
export interface Wire {
  /** Where it comes from, as host:port. */
  readonly address: string;
  /** What limits by address are about. */
  readonly network: string;
  /** Says that there is something to take. */
  wake(): void;
  /** Closes once everything there is to take was sent. */
  finish(): void;
}

/** What is done with what clients send, and about them. */
export interface Reception {
  /** A frame came; a promise says when the next may be taken. */
  readonly taken: (client: Client, frame: Frame) => void | Promise<void>;
  /** The connection is gone. */
  readonly gone: (client: Client) => void;
  /** Something that a client asked for was refused, or its connection is being ended. */
  readonly refused: (code: ErrorCode) => void;
  /** Calls `then` in `ms` milliseconds, unless it is cancelled by calling what it returns. */
  readonly timer: (ms: number, then: () => void) => () => void;
  /** Milliseconds from whenever. */
  readonly now: () => number;
}

/** A cursor that this client's writer takes from. */
export interface Reading {
  readonly log: Log;
  readonly cursor: Cursor;
  /** Called when the disk could not give what was published; nothing more comes. */
  readonly failed: (error: unknown) => void;
}

/** How far the client has come. */
export type Standing =
  | { readonly is: "opening"; readonly refusals: number }
  | { readonly is: "open"; readonly session: Session }
  | { readonly is: "over" };

/** Requests without an answer; above it, no more are read. */
const UNANSWERED_MAX = 1_024;

export class Client implements Contact {
  readonly #wire: Wire;
  readonly #reception: Reception;
  /** What a proof of this connection has to sign: the nonce of its greeting. */
  readonly nonce: string;
  readonly #outbox = new Outbox();
  readonly answers = new Answers();
  /** Made with the first: most people are here to talk. */
  #transfers: Transfers | null = null;
  /** Readings with something to take, next first. */
  #ready: Reading[] = [];
  /** Whether a chunk of a file is to come before messages, the next time, if there is one. */
  #chunkDue = false;
  /** Whoever waits for this client to take what it was sent. */
  #relief: PromiseWithResolvers<void> | null = null;
  /** End the pauses in which nothing is read from this client. */
  #pauses: readonly (() => void)[] = [];
  standing: Standing = { is: "opening", refusals: 0 };
  /** The first thing asked for after `hello` is told to the operator. */
  chosen = false;

  constructor(wire: Wire, reception: Reception, nonce: string) {
    this.#wire = wire;
    this.#reception = reception;
    this.nonce = nonce;
  }

  get address(): string {
    return this.#wire.address;
  }

  get network(): string {
    return this.#wire.network;
  }

  get transfers(): Transfers {
    if (this.#transfers !== null) return this.#transfers;
    const transfers = this.#transfers = new Transfers({
      send: (frame) => this.send(frame),
      wake: () => this.#wire.wake(),
      now: this.#reception.now,
    });
    if (this.gone) transfers.end();
    return transfers;
  }

  /** Ends files that stand still. To be called every second. */
  checkTransfers(): void {
    this.#transfers?.check();
  }

  get gone(): boolean {
    return this.standing.is === "over";
  }

  get congested(): boolean {
    return this.#outbox.full;
  }

  /** Undefined while more requests may be read; else resolves when they may. */
  get relieved(): Promise<void> | undefined {
    if (!this.#overloaded) return undefined;
    return (this.#relief ??= Promise.withResolvers<void>()).promise;
  }

  /** Waits for `ms` milliseconds, or until the client is over. */
  pause(ms: number): Promise<void> {
    if (this.standing.is === "over") return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => {
      cancel();
      resolve();
      this.#pauses = this.#pauses.filter((other) => other !== end);
    };
    const cancel = this.#reception.timer(ms, end);
    this.#pauses = [...this.#pauses, end];
    return promise;
  }

  send(frame: Uint8Array, sent?: () => void): void {
    if (this.standing.is === "over") return;
    this.#outbox.push(frame, sent);
    this.#wire.wake();
  }

  /** Answers request `id`; `sent` is called when the answer is on its way. */
  answer(id: number, members: object, sent?: () => void): void {
    this.#answered(id);
    this.send(encodeMessage({ type: "ok", re: id, ...members }), sent);
  }

  refuse(id: number, { code, message, retryMs }: ProtocolError): void {
    this.#answered(id);
    this.#reception.refused(code);
    this.send(encodeMessage({ type: "error", re: id, code, message, retry_ms: retryMs }));
  }

  dismiss(code: ErrorCode, message: string): void {
    this.#reception.refused(code);
    this.send(encodeMessage({ type: "error", code, message }));
    this.finish();
  }

  /** Nothing more is read, answered or sent, but for what waits already. */
  finish(): void {
    this.#end();
    this.#wire.finish();
  }

  // For the connection.

  get opening(): boolean {
    return this.standing.is === "opening";
  }

  taken(frame: Frame): void | Promise<void> {
    return this.#reception.taken(this, frame);
  }

  broken({ code, message }: ProtocolError): void {
    this.dismiss(code, message);
  }

  closed(): void {
    this.#end();
  }

  /** A reading of `log` after entry `after`; it gives nothing before `start`. Close its cursor. */
  open(log: Log, after: number, failed: (error: unknown) => void): Reading {
    const reading: Reading = { log, cursor: log.cursor(after, () => this.#enqueue(reading)), failed };
    return reading;
  }

  start(reading: Reading): void {
    if (!reading.cursor.waiting) this.#enqueue(reading);
  }

  /** Whether there is anything to take. */
  get pending(): boolean {
    if (!this.#outbox.empty) return true;
    return this.standing.is !== "over" && (this.#ready.length > 0 || this.#transfers?.pending === true);
  }

  /**
   * The next bytes to send, whole frames; null when there are none. One call at a time. What people say and chunks of
   * files take turns, so that a message never waits behind more than one chunk.
   */
  take(): Uint8Array | null | Promise<Uint8Array | null> {
    const chunkFirst = this.#chunkDue;
    this.#chunkDue = !chunkFirst;
    return chunkFirst ? this.#takeChunk() ?? this.#takeMessages() : this.#takeMessages() ?? this.#takeChunk();
  }

  #takeChunk(): Uint8Array | null {
    return this.standing.is === "over" || this.#transfers === null ? null : this.#transfers.next();
  }

  #takeMessages(): Uint8Array | null | Promise<Uint8Array | null> {
    const own = this.#outbox.take();
    if (own !== null && !this.#overloaded) this.#relieve();
    const entries = this.standing.is === "over" ? null : this.#takeEntries();
    if (own === null) return entries;
    if (entries === null) return own;
    if (entries instanceof Promise) {
      return entries.then((frames) => frames === null ? own : join(own, frames));
    }
    return join(own, entries);
  }

  #takeEntries(): Uint8Array | null | Promise<Uint8Array | null> {
    for (let reading = this.#ready.shift(); reading !== undefined; reading = this.#ready.shift()) {
      const frames = reading.cursor.take();
      if (frames === null) continue;
      if (frames instanceof Promise) return this.#fromDisk(reading, frames);
      this.start(reading);
      return frames;
    }
    return null;
  }

  async #fromDisk(reading: Reading, frames: Promise<Uint8Array | null>): Promise<Uint8Array | null> {
    try {
      const taken = await frames;
      if (taken !== null) this.start(reading);
      return taken;
    } catch (error) {
      reading.failed(error);
      return null;
    }
  }

  #enqueue(reading: Reading): void {
    this.#ready.push(reading);
    this.#wire.wake();
  }

  #answered(id: number): void {
    this.answers.settle(id);
    if (!this.#overloaded) this.#relieve();
  }

  get #overloaded(): boolean {
    return this.standing.is !== "over" && (this.#outbox.full || this.answers.missing >= UNANSWERED_MAX);
  }

  #end(): void {
    this.#transfers?.end();
    this.#reception.gone(this);
    this.standing = { is: "over" };
    this.#relieve();
    for (const end of this.#pauses) end();
  }

  #relieve(): void {
    this.#relief?.resolve();
    this.#relief = null;
  }
}

function join(one: Uint8Array, other: Uint8Array): Uint8Array {
  return joinFrames([one, other], one.length + other.length);
}
