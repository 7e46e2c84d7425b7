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
 * Joins `room`; where it needs a password gives the one that is there, and then asks for others, up to three times:
 * none is told to a server that did not ask. Throws `ProtocolError`, the server's
 * or why the session ended before.
 */
export async function enterRoom(
  session: Session,
  room: string,
  from: JoinOptions,
  passwords: Passwords,
): Promise<Answer<"join">> {
  let { given } = passwords;
  let password: string | null = null;
  for (let asked = 0;;) {
    try {
      return await session.join(room, password === null ? from : { ...from, password });
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== "wrong_password") throw error;
      password = given ?? (asked++ < ASKED_MAX ? await passwords.ask(error.message) : null);
      given = null;
      if (password === null) throw error;
    }
  }
}
