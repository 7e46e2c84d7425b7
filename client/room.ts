/** One room that a session is in, or wants to be in: the cursor from which each connection goes on. */

import { JOIN_LAST_DEFAULT } from "../server/protocol/limits.ts";
import type { ProtocolError } from "../server/protocol/errors.ts";
import type { Answer, Asked, EventOf } from "../server/protocol/messages.ts";
import type { Outcome } from "./outcomes.ts";

/** What to ask of a room: from where on (`after`, with `log`, or the `last` so many entries; 50 without either). */
export type JoinOptions = Omit<Asked<"join">, "room">;

/** The newest entry that was passed on, in which log. */
interface Cursor {
  readonly log: string;
  readonly seq: number;
}

/** What a join's answer means to who had been in the room before. */
export interface Opened {
  readonly reset: boolean;
  /** Entries between our cursor and the head; null where there was no cursor in this log. */
  readonly missed: number | null;
}

/** One stay in a room, from the wish to join it on, over as many connections as it takes. */
export class Room {
  /** As it was asked for, until the server says how it is written. */
  name: string;
  /** Whether the `join` of the present connection is on its way or answered. */
  asked = false;
  /** What the room is locked with, as far as we know. */
  password: string | undefined;
  readonly #options: JoinOptions;
  /** Whether a `join` carries the password: the first does, as it was asked for; later ones where the room wants it. */
  #unlocking = true;
  /** Takes back the next try where the room could not take us back yet; null where it has not said so. */
  #delayed: (() => void) | null = null;
  #answered: ((outcome: Outcome) => void) | null;
  #cursor: Cursor | null = null;
  /** The newest entry that we know of. */
  #head = 0;

  /** `answered` is told the outcome of the first `join` that is answered. */
  constructor(name: string, options: JoinOptions, answered: (outcome: Outcome) => void) {
    this.name = name;
    this.password = options.password;
    this.#options = options;
    this.#answered = answered;
  }

  /** Whether it was ever entered. */
  get entered(): boolean {
    return this.#cursor !== null;
  }

  /** Whether entries that were there already are still to come. */
  get behind(): boolean {
    return this.#cursor !== null && this.#cursor.seq < this.#head;
  }

  /** There is an entry `seq`. */
  expect(seq: number): void {
    this.#head = Math.max(this.#head, seq);
  }

  /** Whether the server has still to take us back, and what is said here waits for that. */
  get delayed(): boolean {
    return this.#delayed !== null;
  }

  /** The server takes us back later; `cancel` takes the next try back. */
  delay(cancel: () => void): void {
    this.#delayed = cancel;
  }

  /** Nothing more is tried; says whether something was to be. */
  giveUp(): boolean {
    const { delayed } = this;
    this.#delayed?.();
    this.#delayed = null;
    return delayed;
  }

  /** The connection is gone. The next may reach another server, which has to ask for the password itself. */
  drop(): void {
    this.giveUp();
    this.asked = false;
    this.#unlocking = false;
  }

  /** Whether, after a refusal with `error`, the next `join` brings a password along that this one did not. */
  unlocks(error: ProtocolError): boolean {
    if (error.code !== "wrong_password" || this.password === undefined || this.#unlocking) return false;
    this.#unlocking = true;
    return true;
  }

  /** The members of the `join` that goes on where we are. */
  join(): Asked<"join"> {
    const { after, log, last } = this.#options;
    const { password } = this;
    const secret = this.#unlocking && password !== undefined ? { password } : {};
    if (this.#cursor !== null) {
      return { room: this.name, after: this.#cursor.seq, log: this.#cursor.log, ...secret };
    }
    if (after === undefined) return { room: this.name, last: last ?? JOIN_LAST_DEFAULT, ...secret };
    return { room: this.name, after, ...(log === undefined ? {} : { log }), ...secret };
  }

  /** Takes the answer to that `join`: sets the cursor before the first entry that follows. */
  opened(answer: Answer<"join">): Opened {
    const before = this.#cursor;
    this.name = answer.room;
    this.#head = answer.head;
    this.#cursor = { log: answer.log, seq: this.#startOf(answer) };
    if (before === null) return { reset: answer.reset, missed: null };
    return { reset: answer.reset, missed: answer.reset ? null : answer.head - before.seq };
  }

  #startOf(answer: Answer<"join">): number {
    const first = answer.first - 1;
    if (answer.reset) return first;
    const after = this.#cursor?.seq ?? this.#options.after;
    if (after !== undefined) return Math.max(after, first);
    return Math.max(answer.head - (this.#options.last ?? JOIN_LAST_DEFAULT), first);
  }

  /** Tells the outcome to who asked to join, the first time. */
  tell(outcome: Outcome): void {
    const answered = this.#answered;
    this.#answered = null;
    answered?.(outcome);
  }

  /** Whether the entry is new; one that was passed on before is not. */
  advance(entry: EventOf<"entry">): boolean {
    if (this.#cursor === null || entry.seq <= this.#cursor.seq) return false;
    this.#cursor = { log: this.#cursor.log, seq: entry.seq };
    return true;
  }
}
