/** What requests come to, and its ways to who asked. */

import { type ErrorCode, ProtocolError } from "../server/protocol/errors.ts";
import { type Answer, isAnswer, type RequestType } from "../server/protocol/messages.ts";
import type { JsonObject } from "../server/protocol/shapes.ts";

/** A reply. The body of an `ok` was checked to be of its request's type. */
export type Outcome =
  | { readonly is: "ok"; readonly body: JsonObject }
  | { readonly is: "refused"; readonly error: ProtocolError };

/** `lost` where the connection ended before the reply. */
export type Settled = Outcome | { readonly is: "lost" };

export type Settle = (outcome: Outcome) => void;

export function refusal(code: ErrorCode, message: string): Outcome {
  return { is: "refused", error: new ProtocolError(code, message) };
}

/** For requests that cannot be repeated: a reply that was lost is a refusal. */
export function answered(settle: Settle): (settled: Settled) => void {
  return (settled) => {
    if (settled.is !== "lost") return settle(settled);
    settle(refusal("timeout", "The connection was lost before the answer came. Ask again."));
  };
}

/** The promise of an answer to a request of `type`, for who does not ask in callbacks. */
export function promised<T extends RequestType>(type: T, ask: (settle: Settle) => void): Promise<Answer<T>> {
  const answer = Promise.withResolvers<Answer<T>>();
  ask((outcome) => {
    if (outcome.is === "refused") answer.reject(outcome.error);
    else answer.resolve(bodyOf(type, outcome.body));
  });
  return answer.promise;
}

/** The body of an `ok` as its type: the outbox lets no other pass. */
export function bodyOf<T extends RequestType>(type: T, body: JsonObject): Answer<T> {
  if (!isAnswer(type, body)) throw new TypeError(`the answer to ${type} was not checked`);
  return body;
}
