/** What every handler of a request is given, and gives. */

import type { Answer, Asked, RequestType } from "../protocol/messages.ts";
import type { Client } from "./client.ts";
import type { House } from "./house.ts";
import type { Granted, Later } from "./rules.ts";
import type { Session } from "./person.ts";

/** Who asks. */
export interface Asker {
  readonly client: Client;
  readonly session: Session;
}

export interface Reply<T extends RequestType> {
  /** The members of the `ok`. */
  readonly answer: Answer<T>;
  /** Called when the `ok` is on its way: before anything that is sent after it is chosen. */
  readonly sent?: () => void;
}

/** A reply that comes later, while the client's next requests are taken. */
export interface Pending<T extends RequestType> {
  readonly later: Promise<Answer<T>>;
  /** Null, or what the next request waits for, beside the client's taking what it was sent. */
  readonly hold: Promise<void> | null;
}

/**
 * Handles a request, whose asker may make it: `granted` is what rules.ts gives for that. Refuses it by throwing or
 * rejecting with `ProtocolError`.
 */
export type Handler<T extends Later> = (
  house: House,
  asker: Asker,
  asked: Asked<T>,
  granted: Granted<T>,
) => Reply<T> | Promise<Reply<T>> | Pending<T>;
