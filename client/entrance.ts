/** Into a room, with a password where it has one. */

import { ProtocolError } from "../server/protocol/errors.ts";
import type { Answer } from "../server/protocol/messages.ts";
import type { JoinOptions } from "./room.ts";
import type { Session } from "./session.ts";

export interface Passwords {
  /** From a file or the environment. */
  readonly given: string | null;
  /** Asks the person, saying why; null where there is nobody to ask, or they gave none. */
  ask(why: string): Promise<string | null>;
}

const ASKED_MAX = 3;

/**
 * Joins `room`; asks for its password when it needs one, up to three times. Throws `ProtocolError`, the server's
 * or why the session ended before.
 */
export async function enterRoom(
  session: Session,
  room: string,
  from: JoinOptions,
  passwords: Passwords,
): Promise<Answer<"join">> {
  let password = passwords.given;
  for (let asked = 0;; asked++) {
    try {
      return await session.join(room, password === null ? from : { ...from, password });
    } catch (error) {
      const again = error instanceof ProtocolError && error.code === "wrong_password" && asked < ASKED_MAX;
      password = again ? await passwords.ask(error.message) : null;
      if (password === null) throw error;
    }
  }
}
