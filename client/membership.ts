/** What we ask for about our own place among others: rooms that we make, leave or lock, and our name. */

import type { ProtocolError } from "../server/protocol/errors.ts";
import type { Asked, RequestType } from "../server/protocol/messages.ts";
import type { Lifeline } from "./lifeline.ts";
import { misnamed } from "./naming.ts";
import { bodyOf, type Outcome, type Settle } from "./outcomes.ts";
import type { Rooms } from "./rooms.ts";

export interface MembershipOptions {
  readonly rooms: Rooms;
  readonly lifeline: Lifeline;
  /** Our public key, where we have one. */
  readonly key: string | undefined;
  /** Asks, in order after what waits. */
  readonly ask: (type: RequestType, members: object, settle: Settle) => void;
  /** We are no longer in the room. */
  readonly parted: (room: string) => void;
  /** The server gave us a name that we did not ask for. */
  readonly misnamed: (error: ProtocolError) => void;
}

export class Membership {
  readonly #options: MembershipOptions;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Makes a room, in which we are then. */
  create(asked: Asked<"create">, settle: Settle): void {
    const { ask, rooms, lifeline } = this.#options;
    ask("create", asked, (outcome) => {
      if (outcome.is === "ok") rooms.created(bodyOf("create", outcome.body), asked.password, lifeline.name);
      settle(outcome);
    });
  }

  /** Leaves a room. */
  part(room: string, settle: Settle): void {
    const { ask, rooms, parted } = this.#options;
    // To be left, a room that has still to take us back need not do so first.
    const delayed = rooms.giveUp(room);
    ask("leave", { room }, (outcome) => {
      const left = delayed || outcome.is === "ok";
      if (left) {
        rooms.leave(room);
        parted(room);
      }
      settle(left && outcome.is === "refused" ? { is: "ok", body: { type: "ok", room } } : outcome);
    });
  }

  /** Takes another name. */
  rename(name: string, settle: Settle): void {
    const { ask, lifeline, key } = this.#options;
    const prove = () => lifeline.proven(name).proof;
    const members = {
      name,
      key,
      // Read when the request goes out: it is good for that connection alone.
      get proof() {
        return prove();
      },
    };
    ask("name", members, (outcome) => settle(outcome.is === "ok" ? this.#renamed(name, outcome) : outcome));
  }

  #renamed(asked: string, outcome: Outcome & { readonly is: "ok" }): Outcome {
    const { name } = bodyOf("name", outcome.body);
    const error = misnamed(asked, name);
    if (error === null) {
      this.#options.lifeline.called(asked, name);
      return outcome;
    }
    this.#options.misnamed(error);
    return { is: "refused", error };
  }

  /** Locks a room with another password, or with none where it is null. */
  setPassword(room: string, password: string | null, settle: Settle): void {
    const { ask, rooms } = this.#options;
    ask("password", { room, password }, (outcome) => {
      if (outcome.is === "ok") rooms.relock(room, password ?? undefined);
      settle(outcome);
    });
  }
}
