/**
 * A lean client: requests as they stand in the protocol, and entries as bytes. It parses nothing of an entry but its
 * number, so that hundreds of members fit in one process and cost less than the server that is looked at.
 */

import type { Address } from "../../client/address.ts";
import { dialTcp, Link } from "../../client/link.ts";
import { bodyOf, type Outcome, refusal } from "../../client/outcomes.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { encodeMessage, KIND_JSON } from "../../server/protocol/frames.ts";
import { PROTOCOL_VERSION } from "../../server/protocol/limits.ts";
import { decodeFromServer } from "../../server/protocol/decoding.ts";
import {
  type Answer,
  type Asked,
  isAnswer,
  type RequestType,
  type ServerEvent,
} from "../../server/protocol/messages.ts";

/** Told of each entry: its number, and its JSON, a view that is good until this returns. */
export type Hearer = (seq: number, body: Uint8Array) => void;

/** Told of what comes of files. */
export interface Courier {
  /** The body of a chunk, a view that is good until this returns. */
  chunk(body: Uint8Array): void;
  /** Any event but entries of the room that is heard. */
  told(event: ServerEvent): void;
}

const encoder = new TextEncoder();
const NOBODY: Courier = { chunk() {}, told() {} };

export class Wire {
  /** Why the connection ended; resolves when it has. */
  readonly ended: Promise<string>;
  readonly #link: Link;
  readonly #asked = new Map<number, (outcome: Outcome) => void>();
  #lastId = 0;
  /** What every entry of the room begins with, up to its number. */
  #prefix = encoder.encode("\0");
  #hearer: Hearer = () => {};
  #courier = NOBODY;
  #lastWords = "";
  /** What is told to whoever asks once the connection has ended. */
  #over: Outcome | null = null;

  private constructor(link: Link) {
    this.#link = link;
    this.ended = this.#read();
  }

  /** Connects, by `dial` where there is one, and says hello, as `name` or as whom the server likes. */
  static async open(
    address: Address,
    name?: string,
    dial = dialTcp(address),
  ): Promise<{ wire: Wire; hello: Answer<"hello"> }> {
    const signal = new AbortController().signal;
    const wire = new Wire(new Link(await dial(signal), signal));
    const named = name === undefined ? {} : { name };
    const hello = await wire.ask("hello", { protocol: PROTOCOL_VERSION, client: "scripts", ...named });
    return { wire, hello };
  }

  /** From here on entries of `room` go to `hearer`. */
  hear(room: string, hearer: Hearer): void {
    this.#prefix = encoder.encode(`{"type":"entry","room":${JSON.stringify(room)},"seq":`);
    this.#hearer = hearer;
  }

  /** From here on chunks, and what is told of them, go to `courier`. */
  carry(courier: Courier): void {
    this.#courier = courier;
  }

  /** Sends a frame, waiting while much waits; it is to stay as it is until the server has it. */
  send(frame: Uint8Array): Promise<void> {
    return this.#link.send(frame);
  }

  /** Asks; rejects with the server's `ProtocolError`, or where the connection ends before the answer. */
  ask<T extends RequestType>(type: T, members: Asked<T>): Promise<Answer<T>> {
    const answer = Promise.withResolvers<Answer<T>>();
    this.post(type, members, (outcome) => {
      if (outcome.is === "refused") answer.reject(outcome.error);
      else if (isAnswer(type, outcome.body)) answer.resolve(bodyOf(type, outcome.body));
      else answer.reject(new Error(`the answer to ${type} is not of the protocol`));
    });
    return answer.promise;
  }

  /** Asks, and tells the outcome in the turn in which it is read. Throws where over 256 KiB wait to be sent. */
  post<T extends RequestType>(type: T, members: Asked<T>, settle: (outcome: Outcome) => void): void {
    if (this.#over !== null) return settle(this.#over);
    const id = ++this.#lastId;
    this.#asked.set(id, settle);
    if (this.#link.trySend(encodeMessage({ type, id, ...members })) || this.#link.ended) return;
    throw new Error("more was asked at once than can wait to be sent");
  }

  /** Ends the connection without a word. */
  async close(): Promise<void> {
    this.#link.close("It was closed here.");
    await this.ended;
  }

  async #read(): Promise<string> {
    while (await this.#link.fill()) {
      try {
        for (let frame = this.#link.next(); frame !== null; frame = this.#link.next()) {
          if (frame.kind === KIND_JSON) this.#take(frame.body);
          else this.#courier.chunk(frame.body);
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.#link.close(error.message);
      }
    }
    const reason = this.#lastWords || await this.#link.closed();
    const over = this.#over = refusal("timeout", `The connection ended: ${reason}`);
    for (const settle of this.#asked.values()) settle(over);
    this.#asked.clear();
    return reason;
  }

  #take(body: Uint8Array): void {
    const seq = this.#seqOf(body);
    if (seq !== null) return this.#hearer(seq, body);
    const message = decodeFromServer(body);
    if (message.is === "ok") this.#settle(message.re, { is: "ok", body: message.body });
    else if (message.is === "refused") this.#settle(message.re, message);
    else if (message.is === "ending") this.#lastWords = message.error.message;
    else if (message.is === "event") this.#told(message.event);
  }

  #told(event: ServerEvent): void {
    if (event.type === "ping") this.#link.trySend(encodeMessage({ type: "pong" }));
    else this.#courier.told(event);
  }

  #settle(re: number, outcome: Outcome): void {
    const settle = this.#asked.get(re);
    this.#asked.delete(re);
    settle?.(outcome);
  }

  /** The number of an entry of the room that is heard; null of anything else. */
  #seqOf(body: Uint8Array): number | null {
    const prefix = this.#prefix;
    for (let i = 0; i < prefix.length; i++) if (body[i] !== prefix[i]) return null;
    let seq = 0;
    for (let i = prefix.length;; i++) {
      const digit = (body[i] ?? 0) - 48;
      if (digit < 0 || digit > 9) return seq;
      seq = seq * 10 + digit;
    }
  }
}
