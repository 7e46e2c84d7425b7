/**
 * How rooms are joined: those that we were in over each new connection before anything else is sent, others when
 * somebody asks. After a drop a password goes out only where the room asks for one, since the next connection may
 * reach another server. A room that cannot take us back yet is asked again, and holds up no other.
 */

import type { ProtocolError } from "../server/protocol/errors.ts";
import { BACKOFF_MS_MAX } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { SessionEvent } from "./events.ts";
import { passes, RETRY_MS_MAX } from "./lifeline.ts";
import type { Settled } from "./outcomes.ts";
import { REQUEST_MS_MAX, type Requests } from "./requests.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";

export interface JoiningOptions {
  readonly rooms: Rooms;
  readonly requests: Requests;
  readonly clock: Clock;
  readonly push: (event: SessionEvent) => void;
  /** A room answered: what waited for it may go out. */
  readonly answered: () => void;
}

/** Shortest wait before a room is asked again. */
const RETRY_MS_MIN = 1_000;

export class Joining {
  readonly #options: JoiningOptions;

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /** Joins `room` over the connection that is open, in order after what waits. */
  ask(room: Room): void {
    room.asked = true;
    this.#options.requests.ask("join", room.join(), "never", (settled) => {
      this.#take(room, settled);
      if (!room.asked && settled.is !== "lost") this.ask(room);
    });
  }

  /** Joins all rooms over a new connection; ends that where it takes longer than 30 seconds. */
  async enterAll(connection: Connection): Promise<void> {
    const { rooms, clock } = this.#options;
    const cancel = clock.timer(REQUEST_MS_MAX, () => {
      connection.close(`The server did not let us join within ${REQUEST_MS_MAX / 1_000} seconds.`);
    });
    while (!connection.ended) {
      const unasked = rooms.unasked();
      if (unasked.length === 0) break;
      await Promise.all(unasked.map((room) => this.#enter(connection, room)));
    }
    cancel();
  }

  async #enter(connection: Connection, room: Room): Promise<void> {
    room.asked = true;
    await this.#options.requests.tell(
      connection,
      "join",
      room.join(),
      (settled) => this.#take(room, settled),
    );
  }

  /** Takes the answer, in the turn in which it is read; a room that wants the password that we have is unasked again. */
  #take(room: Room, settled: Settled): void {
    if (settled.is === "refused") {
      if (room.unlocks(settled.error)) {
        room.asked = false;
        return;
      }
      if (room.entered && passes(settled.error)) return this.#later(room, settled.error);
    }
    this.#options.rooms.entered(room, settled);
    if (settled.is !== "lost") this.#options.answered();
  }

  #later(room: Room, error: ProtocolError): void {
    const { clock, push } = this.#options;
    const wait = Math.min(Math.max(error.retryMs ?? BACKOFF_MS_MAX, RETRY_MS_MIN), RETRY_MS_MAX);
    room.delay(clock.timer(wait, () => this.ask(room)));
    push({ is: "delayed", room: room.name, error, wait });
  }
}
