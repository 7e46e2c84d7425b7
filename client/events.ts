/** What a session tells its front end, and the bounded queue in which that waits. */

import type { ErrorCode, ProtocolError } from "../server/protocol/errors.ts";
import type { Answer, EventOf } from "../server/protocol/messages.ts";
import type { Transfer, TransferEnd } from "./files/transfer.ts";
import type { Outcome } from "./outcomes.ts";
import { Wake } from "./wake.ts";

/** How a session ended: because its owner left, or for good in another way. */
export type Ending =
  | { readonly is: "left" }
  | {
    readonly is: "failed";
    /** The server's word; or it was not reached, or is not the one whose certificate we know. */
    readonly code: ErrorCode | "unreachable" | "untrusted";
    readonly reason: string;
  };

export type SessionEvent =
  /** A try to connect begins; `attempt` counts from 1 since the session began or the connection was lost. */
  | { readonly is: "connecting"; readonly attempt: number }
  /** Try `attempt` failed for `reason`; the next one begins in `wait` milliseconds. */
  | { readonly is: "waiting"; readonly attempt: number; readonly reason: string; readonly wait: number }
  /** `hello` was accepted. `first` is false after a reconnect, and `resumed` says whether the server still knew us. */
  | { readonly is: "connected"; readonly first: boolean; readonly answer: Answer<"hello"> }
  | { readonly is: "lost"; readonly reason: string }
  /** The last event. */
  | { readonly is: "ended"; readonly ending: Ending }
  /**
   * We are in a room, its entries follow. `missed` counts those that came while we were away; it is null where we
   * were not in the room before, and after a reset.
   */
  | {
    readonly is: "joined";
    readonly room: string;
    readonly missed: number | null;
    readonly answer: Answer<"join">;
  }
  /** The room's log is not the one we knew, or what we missed is no longer kept: delivery starts at `first`. */
  | { readonly is: "reset"; readonly room: string; readonly first: number }
  /** A room in which we were did not take us back. */
  | { readonly is: "barred"; readonly room: string; readonly error: ProtocolError }
  /** A room in which we were does not take us back yet; it is asked again in `wait` milliseconds. */
  | {
    readonly is: "delayed";
    readonly room: string;
    readonly error: ProtocolError;
    readonly wait: number;
  }
  /** We left the room; nothing of it follows. */
  | { readonly is: "parted"; readonly room: string }
  /** Each entry once, in the room's order. */
  | { readonly is: "entry"; readonly event: EventOf<"entry"> }
  | { readonly is: "presence"; readonly event: EventOf<"presence"> }
  | { readonly is: "direct"; readonly event: EventOf<"direct"> }
  | { readonly is: "notice"; readonly event: EventOf<"notice"> }
  /** `own` where we did it ourselves, by closing the room. */
  | { readonly is: "kicked"; readonly event: EventOf<"kicked">; readonly own: boolean }
  /** What was said with `key` is on the server's stable storage as entry `seq`. */
  | {
    readonly is: "stored";
    readonly room: string;
    readonly key: string;
    readonly seq: number;
    readonly at: number;
  }
  /** What was said with `key` is not an entry, and is not sent again. */
  | {
    readonly is: "refused";
    readonly room: string;
    readonly key: string;
    readonly text: string;
    readonly error: ProtocolError;
  }
  /** A file has come or gone, or does not; its connection may have been another one. */
  | { readonly is: "transfer"; readonly transfer: Transfer; readonly end: TransferEnd }
  /** From here on nothing is kept of the chat, for the reason in the sentence. Not the session's: see transcript.ts. */
  | { readonly is: "unkept"; readonly sentence: string }
  /** The outcome of a request that was passed on with `forward`, in its place among the events. */
  | { readonly is: "reply"; readonly re: number | null; readonly outcome: Outcome };

/** Bytes of events that may wait before the session stops reading from the server. */
export const EVENTS_BYTES_MAX = 1024 * 1024;

/** What an event weighs beside the text in it. */
const EVENT_BYTES = 200;

/**
 * Events on their way to one consumer. `push` never waits: who reads from the network waits for `room()` before it
 * reads on, so that the queue is over its bound by one read at most. A consumer that stops (leaves its `for await`)
 * discards the rest.
 */
export class EventQueue {
  #bytesMax: number;
  readonly #pushed = new Wake();
  readonly #taken = new Wake();
  #waiting: { readonly event: SessionEvent; readonly bytes: number }[] = [];
  #bytes = 0;
  #state: "open" | "ended" | "abandoned" = "open";

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** `bytes` is the size of the frame that the event came in, or 0. */
  push(event: SessionEvent, bytes = 0): void {
    if (this.#state !== "open") return;
    this.#waiting.push({ event, bytes: bytes + EVENT_BYTES });
    this.#bytes += bytes + EVENT_BYTES;
    this.#pushed.ring();
  }

  /** Waits until there is room for more. */
  async room(): Promise<void> {
    while (this.#bytes >= this.#bytesMax && this.#state === "open") await this.#taken.wait();
  }

  /** Lifts the bound: the session is leaving, and what it waits for must be read. */
  lift(): void {
    this.#bytesMax = Infinity;
    this.#taken.ring();
  }

  /** No event follows; those that wait are still given out. */
  end(): void {
    if (this.#state === "open") this.#state = "ended";
    this.#pushed.ring();
    this.#taken.ring();
  }

  /** To be read by one consumer, once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<SessionEvent, void, void> {
    try {
      for (;;) {
        const batch = this.#waiting;
        this.#waiting = [];
        for (const { event, bytes } of batch) {
          yield event;
          this.#bytes -= bytes;
          this.#taken.ring();
        }
        if (this.#waiting.length > 0) continue;
        if (this.#state !== "open") return;
        await this.#pushed.wait();
      }
    } finally {
      this.#state = "abandoned";
      this.#waiting = [];
      this.#taken.ring();
    }
  }
}
