/** How a session asks its server: in order after what waits, or over a connection that is not open yet. */

import { ProtocolError } from "../server/protocol/errors.ts";
import type { RequestType } from "../server/protocol/messages.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Outbox, Question } from "./outbox.ts";
import type { Settled } from "./outcomes.ts";

/** How long a request waits for its reply. */
export const REQUEST_MS_MAX = 30_000;

export class Requests {
  readonly #outbox: Outbox;
  readonly #clock: Clock;

  constructor(outbox: Outbox, clock: Clock) {
    this.#outbox = outbox;
    this.#clock = clock;
  }

  /** Asks, in order after what waits, and gives up after 30 seconds. */
  ask(type: RequestType, members: object, keep: Question["keep"], settle: (settled: Settled) => void): void {
    const question: Question = {
      type,
      members,
      keep,
      settle: (settled) => {
        cancel();
        settle(settled);
      },
    };
    const cancel = this.#clock.timer(REQUEST_MS_MAX, () => {
      const message = `No answer to ${type} came within ${REQUEST_MS_MAX / 1_000} seconds.`;
      this.#outbox.expire(question.settle, new ProtocolError("timeout", message));
    });
    this.#outbox.add(question);
  }

  /** Asks over `connection` at once, before what waits. `during` sees the reply in the turn in which it is read. */
  async tell(
    connection: Connection,
    type: RequestType,
    members: object,
    during: (settled: Settled) => void = () => {},
  ): Promise<Settled> {
    if (connection.ended) return { is: "lost" };
    const settled = Promise.withResolvers<Settled>();
    const settle = (reply: Settled) => {
      during(reply);
      settled.resolve(reply);
    };
    await connection.send(this.#outbox.ahead({ type, members, settle }));
    return await settled.promise;
  }
}
