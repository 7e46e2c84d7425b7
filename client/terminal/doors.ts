/** Into rooms, and how their passwords are asked for. */

import { enterRoom } from "../entrance.ts";
import type { Session } from "../session.ts";
import type { Conversation } from "./conversation.ts";
import type { Face } from "./face.ts";
import { note } from "./messages.ts";

export interface DoorsOptions {
  readonly session: Session;
  readonly conversation: Conversation;
  readonly face: Face;
  /** How many earlier messages a room shows. */
  readonly last: number;
}

export class Doors {
  readonly #options: DoorsOptions;

  constructor(options: DoorsOptions) {
    this.#options = options;
  }

  /**
   * Looks at `room`, after joining it where we are not in it yet; `given` is a
   * password to try first. Throws `ProtocolError`.
   */
  async join(room: string, given: string | null = null): Promise<void> {
    const { session, conversation, face, last } = this.#options;
    const known = conversation.find(room);
    if (known !== null) return await conversation.turnTo(known);
    const ask = async (why: string) => {
      await face.print(note(why));
      return await face.ask({ prompt: `Password of #${room}:`, secret: true });
    };
    try {
      const { room: name } = await enterRoom(session, room, { last }, { given, ask });
      await conversation.until(() => conversation.find(name) !== null);
    } finally {
      face.settle();
    }
  }

  /**
   * Makes a room, called by the next number where `room` is undefined; with `history` "joined" people see only what
   * came after they joined. Throws `ProtocolError`.
   */
  async create(room: string | undefined, history?: "joined"): Promise<void> {
    const { session, conversation, face } = this.#options;
    const prompt = room === undefined
      ? "Password, or nothing for none:"
      : `Password of #${room}, or nothing for none:`;
    const password = await face.ask({ prompt, secret: true });
    try {
      if (password === null) return;
      const { room: name } = await session.create({
        ...(room === undefined ? {} : { room }),
        ...(password === "" ? {} : { password }),
        ...(history === undefined ? {} : { history }),
      });
      await conversation.until(() => conversation.find(name) !== null);
    } finally {
      face.settle();
    }
  }
}
