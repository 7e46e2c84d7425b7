/** What commands and the menu act on, and how what they come to is told. */

import { ProtocolError } from "../../server/protocol/errors.ts";
import { UsageError } from "../../server/protocol/flags.ts";
import type { Session } from "../session.ts";
import type { Rights } from "../rights.ts";
import type { Conversation } from "./conversation.ts";
import type { Courier } from "./courier.ts";
import type { Doors } from "./doors.ts";
import type { Face } from "./face.ts";
import type { Bell } from "./notices.ts";
import type { RoomView } from "./room_view.ts";

export interface Scene {
  readonly session: Session;
  readonly conversation: Conversation;
  readonly doors: Doors;
  readonly face: Face;
  readonly bell: BellSetting;
  readonly courier: Courier;
  readonly rights: Rights;
  /** The folder of all data. */
  readonly data: string;
  leave(): void;
  /** Whether that was called. */
  readonly left: boolean;
}

export interface BellSetting {
  readonly now: Bell;
  /** Resolves to a sentence where it is set and could not be kept. */
  set(bell: Bell): Promise<string | null>;
}

/** Throws `UsageError` where there is no connection: what is asked now would be answered no one knows when. */
export function needConnection({ conversation }: Scene): void {
  if (!conversation.online) throw new UsageError("There is no connection now. Try again when it is back.");
}

/** The room that is looked at. Throws `UsageError` where there is none. */
export function looking(conversation: Conversation): RoomView {
  const { current } = conversation;
  if (current === null) throw new UsageError(lookingNowhere(conversation));
  return current;
}

/** What there is to do for who looks at no room. */
export function lookingNowhere({ rooms }: Conversation): string {
  return rooms.length > 0
    ? "You look at no room now: /room NAME turns to one of yours."
    : "You are in no room: /rooms lists them, /join ROOM goes into one.";
}

/** What a person is told of what a command came to. Throws what is neither the server's word nor a wrong argument. */
export function refusalOf(error: unknown): string {
  if (error instanceof ProtocolError || error instanceof UsageError) return error.message;
  throw error;
}
