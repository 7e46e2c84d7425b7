/** What a session asks of the server: waiting to be sent, or sent and not answered. In order, and bounded. */

import type { ProtocolError } from "../server/protocol/errors.ts";
import { encodeMessage } from "../server/protocol/frames.ts";
import { FRAME_BYTES_MAX } from "../server/protocol/limits.ts";
import { isAnswer, type RequestType } from "../server/protocol/messages.ts";
import { utf8Bytes } from "../server/protocol/texts.ts";
import { type Outcome, refusal, type Settled } from "./outcomes.ts";
import { Wake } from "./wake.ts";

export interface Question {
  readonly type: RequestType;
  readonly members: object;
  /** The room without which it makes no sense, where it waits for that. */
  readonly room?: string;
  /**
   * What a new connection does with it: a `say` goes out again, sent before or not; most questions go out if they
   * were not sent before; a `join` is lost with the connection, as the session joins afresh.
   */
  readonly keep: "always" | "unsent" | "never";
  /** Called once, in the turn in which the reply is read, so that what follows it finds its effects. */
  readonly settle: (settled: Settled) => void;
}

interface Item extends Question {
  readonly bytes: number;
}

/** Bytes of questions before `room` waits. */
export const OUTBOX_BYTES_MAX = 1024 * 1024;
/** A frame beside the members: kind, `type`, `id` and the longest of both. */
const ENVELOPE_BYTES = 64;

export class Outbox {
  readonly #bytesMax: number;
  readonly #added = new Wake();
  readonly #settled = new Wake();
  readonly #sent = new Map<number, Item>();
  #waiting: Item[] = [];
  #bytes = 0;
  #says = 0;
  #lastId = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How many `say`s the server has not answered. */
  get says(): number {
    return this.#says;
  }

  /** Queues a question. One that fits no frame is refused at once. */
  add(question: Question): void {
    const bytes = utf8Bytes(JSON.stringify(question.members)) + ENVELOPE_BYTES;
    if (bytes > FRAME_BYTES_MAX) {
      return question.settle(refusal("bad_request", "That is too long to be sent."));
    }
    const item = { ...question, bytes };
    this.#count(item, 1);
    this.#waiting.push(item);
    this.#added.ring();
  }

  /**
   * The frame of the next question, which counts as sent from here on; null where none waits but for rooms that
   * `delays` holds up.
   */
  take(delays: (room: string) => boolean): Uint8Array | null {
    const at = this.#waiting.findIndex(({ room }) => room === undefined || !delays(room));
    // The first of a long queue is cheap to take.
    const item = at > 0 ? this.#waiting.splice(at, 1)[0] : at === 0 ? this.#waiting.shift() : undefined;
    return item === undefined ? null : this.#send(item);
  }

  /** The frame of a question that goes out before all that wait, as those of the handshake do. */
  ahead(question: Omit<Question, "keep">): Uint8Array {
    const item: Item = { ...question, keep: "never", bytes: ENVELOPE_BYTES };
    this.#count(item, 1);
    return this.#send(item);
  }

  #send(item: Item): Uint8Array {
    const id = ++this.#lastId;
    this.#sent.set(id, item);
    return encodeMessage({ ...item.members, type: item.type, id });
  }

  /** Takes the reply to question `re`; one that nobody waits for is ignored. */
  answer(re: number, outcome: Outcome): void {
    const item = this.#sent.get(re);
    if (item === undefined) return;
    this.#sent.delete(re);
    this.#settle(item, checked(item.type, outcome));
  }

  /** Gives up on a question, told by its `settle`; false where it was settled before. */
  expire(settle: Question["settle"], error: ProtocolError): boolean {
    const item = this.#remove(settle);
    if (item !== undefined) this.#settle(item, { is: "refused", error });
    return item !== undefined;
  }

  /** Takes a question back that was not sent yet; nobody is told. */
  withdraw(settle: Question["settle"]): void {
    const at = this.#waiting.findIndex((item) => item.settle === settle);
    for (const item of at < 0 ? [] : this.#waiting.splice(at, 1)) this.#count(item, -1);
    this.#settled.ring();
  }

  #remove(settle: Question["settle"]): Item | undefined {
    const at = this.#waiting.findIndex((item) => item.settle === settle);
    if (at >= 0) return this.#waiting.splice(at, 1)[0];
    for (const [id, item] of this.#sent) {
      if (item.settle !== settle) continue;
      this.#sent.delete(id);
      return item;
    }
    return undefined;
  }

  /** The connection is gone: what may be repeated waits again, before what was not sent yet; the rest is lost. */
  drop(): void {
    const sent = [...this.#sent.values()];
    const waiting = this.#waiting;
    this.#sent.clear();
    this.#waiting = [
      ...sent.filter((item) => item.keep === "always"),
      ...waiting.filter((item) => item.keep !== "never"),
    ];
    for (const item of sent) {
      if (item.keep !== "always") this.#settle(item, { is: "lost" });
    }
    for (const item of waiting) {
      if (item.keep === "never") this.#settle(item, { is: "lost" });
    }
    this.#added.ring();
  }

  /** The session is over: everything is refused with `error`. */
  end(error: ProtocolError): void {
    const all = [...this.#sent.values(), ...this.#waiting];
    this.#sent.clear();
    this.#waiting = [];
    for (const item of all) this.#settle(item, { is: "refused", error });
  }

  /** Wakes who waits for `added`, to look at the state of the connection again. */
  ring(): void {
    this.#added.ring();
  }

  added(): Promise<void> {
    return this.#added.wait();
  }

  /** Waits until there is room for another question. */
  async room(): Promise<void> {
    while (this.#bytes >= this.#bytesMax) await this.#settled.wait();
  }

  /** Waits until everything is answered. */
  async drained(): Promise<void> {
    while (this.#bytes > 0) await this.#settled.wait();
  }

  #count(item: Item, sign: 1 | -1): void {
    this.#bytes += sign * item.bytes;
    if (item.type === "say") this.#says += sign;
  }

  #settle(item: Item, settled: Settled): void {
    this.#count(item, -1);
    item.settle(settled);
    this.#settled.ring();
  }
}

/** A reply that is not what its request is answered with is as good as none. */
function checked(type: RequestType, outcome: Outcome): Outcome {
  if (outcome.is === "refused" || isAnswer(type, outcome.body)) return outcome;
  return refusal("bad_frame", `The server's answer to ${type} is not of the protocol.`);
}
