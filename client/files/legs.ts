/**
 * A leg is a transfer on one connection, under the number that the server gave it. After a drop a transfer goes on by
 * another leg. What comes for a leg is taken in the turn in which it is read; what comes for none is ignored, since the
 * server may have sent it before it heard that we left.
 */

import type { Chunk } from "../../server/protocol/chunks.ts";
import { codeOf } from "../../server/protocol/decoding.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { encodeMessage } from "../../server/protocol/frames.ts";
import { CHUNK_BYTES_MAX, CHUNK_HEADER_BYTES } from "../../server/protocol/limits.ts";
import type { Answer, Asked, EventOf } from "../../server/protocol/messages.ts";
import type { Connection } from "../connection.ts";
import type { Outbox } from "../outbox.ts";
import { bodyOf, type Settled } from "../outcomes.ts";
import type { Requests } from "../requests.ts";

/** How a leg ended. */
export type LegEnd =
  | { readonly is: "done"; readonly event: EventOf<"done"> }
  /** The server's word. */
  | { readonly is: "failed"; readonly error: ProtocolError }
  /** The server does not keep to the protocol: our word, which it has still to hear. */
  | { readonly is: "broken"; readonly error: ProtocolError }
  /** With its connection. */
  | { readonly is: "lost" };

export interface Leg {
  readonly transfer: number;
  /** Null while it goes on. */
  readonly end: LegEnd | null;
  received(offset: number): void;
  /** `bytes` is a view that is void after this call. */
  chunk(offset: number, bytes: Uint8Array): void;
  /** The first one holds. */
  over(how: LegEnd): void;
}

/** The way of a leg to the server. */
export interface Carrier {
  /** Bytes of a file in one chunk. */
  readonly chunkBytesMax: number;
  /** As `Link.chunk`. */
  chunk(frame: Uint8Array): Promise<boolean>;
  /** Says how much of a file has been taken in. */
  received(transfer: number, offset: number): Promise<void>;
}

export type Begun<L> =
  | { readonly is: "begun"; readonly leg: L }
  | { readonly is: "refused"; readonly error: ProtocolError }
  /** We do not want it any more. */
  | { readonly is: "stopped" };

type Beginning = "put" | "get";

export class Legs {
  readonly #outbox: Outbox;
  readonly #requests: Requests;
  readonly #legs = new Map<number, Leg>();
  #connection: Connection | null = null;
  #chunkBytesMax = CHUNK_BYTES_MAX;

  constructor(outbox: Outbox, requests: Requests) {
    this.#outbox = outbox;
    this.#requests = requests;
  }

  /** The largest frame that the server takes, in bytes. */
  set frameBytesMax(bytes: number) {
    this.#chunkBytesMax = Math.min(CHUNK_BYTES_MAX, Math.max(1, bytes - 1 - CHUNK_HEADER_BYTES));
  }

  /** Over which legs are begun from here on. */
  connected(connection: Connection): void {
    this.#connection = connection;
  }

  /** Ends them all with their connection. */
  drop(): void {
    this.#connection = null;
    const legs = [...this.#legs.values()];
    this.#legs.clear();
    for (const leg of legs) leg.over({ is: "lost" });
  }

  /**
   * Asks to put or get, once there is a connection on which the room lets us. `make` is called in the turn in which
   * the server's answer is read: what follows that is for the leg.
   */
  begin<T extends Beginning, L extends Leg>(
    type: T,
    members: Asked<T> & { readonly room: string },
    signal: AbortSignal,
    make: (answer: Answer<T>, carrier: Carrier) => L,
  ): Promise<Begun<L>> {
    const begun = Promise.withResolvers<Begun<L>>();
    const ask = () => this.#outbox.add({ type, members, room: members.room, keep: "never", settle });
    const settle = (settled: Settled) => {
      if (settled.is === "lost") return signal.aborted ? undefined : ask();
      signal.removeEventListener("abort", stop);
      if (settled.is === "refused") return begun.resolve(settled);
      // What the answers to put, get and cancel have in common.
      const { transfer } = bodyOf("cancel", settled.body);
      if (signal.aborted) return this.#cancel(transfer, () => {});
      begun.resolve(this.#start(transfer, (carrier) => make(bodyOf(type, settled.body), carrier)));
    };
    const stop = () => {
      this.#outbox.withdraw(settle);
      begun.resolve({ is: "stopped" });
    };
    if (signal.aborted) return Promise.resolve({ is: "stopped" });
    signal.addEventListener("abort", stop, { once: true });
    ask();
    return begun.promise;
  }

  #start<L extends Leg>(transfer: number, make: (carrier: Carrier) => L): Begun<L> {
    if (this.#connection === null || this.#legs.has(transfer)) {
      const message = "The server gave a transfer the number of another. Its operator should know.";
      return { is: "refused", error: new ProtocolError("bad_frame", message) };
    }
    const leg = make(carrierOf(this.#connection, this.#chunkBytesMax));
    this.#legs.set(transfer, leg);
    return { is: "begun", leg };
  }

  /** We are done with the leg: where the server is not, it hears so. Resolves when it has answered. */
  async leave(leg: Leg): Promise<void> {
    if (this.#legs.get(leg.transfer) !== leg) return;
    if (leg.end === null || leg.end.is === "broken") {
      // Until the answer, it may still turn out that all was done.
      await new Promise<void>((resolve) => this.#cancel(leg.transfer, resolve));
    }
    if (this.#legs.get(leg.transfer) === leg) this.#legs.delete(leg.transfer);
  }

  /** The whole of it has come: there is nothing to tell, and the server's word that it is done need not be waited for. */
  forget(leg: Leg): void {
    if (this.#legs.get(leg.transfer) === leg) this.#legs.delete(leg.transfer);
  }

  #cancel(transfer: number, settle: () => void): void {
    if (this.#connection === null) return settle();
    this.#requests.ask("cancel", { transfer }, "never", settle);
  }

  take(event: EventOf<"received"> | EventOf<"done"> | EventOf<"failed">): void {
    const leg = this.#legs.get(event.transfer);
    switch (event.type) {
      case "received":
        return leg?.received(event.offset);
      case "done":
        return leg?.over({ is: "done", event });
      case "failed":
        return leg?.over({ is: "failed", error: new ProtocolError(codeOf(event.code), event.message) });
      default:
        return event satisfies never;
    }
  }

  chunk({ transfer, offset, bytes }: Chunk): void {
    this.#legs.get(transfer)?.chunk(offset, bytes);
  }
}

function carrierOf(connection: Connection, chunkBytesMax: number): Carrier {
  return {
    chunkBytesMax,
    chunk: (frame) => connection.chunk(frame),
    received: (transfer, offset) => connection.send(encodeMessage({ type: "received", transfer, offset })),
  };
}
