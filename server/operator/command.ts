/** A command of the operator's, and what all of them work with. */

import type { House } from "../chat/house.ts";
import type { Room } from "../chat/room.ts";

export interface Controls {
  readonly house: House;
  /** Shows some lines on the operator's terminal. */
  readonly print: (text: string) => void;
  /** Ends the server in order. */
  readonly close: () => void;
}

export interface Command {
  readonly usage: string;
  readonly help: string;
  /**
   * `rest` is what stands after the command's name. Throws or rejects with `ProtocolError`, or `UsageError`, whose
   * sentence the operator is to read.
   */
  readonly run: (controls: Controls, rest: string) => void | Promise<void>;
}

/** The room that the operator calls `text`, with `#` before it or without. Throws `ProtocolError` `no_such_room`. */
export function roomCalled({ rooms }: House, text: string): Room {
  return rooms.find(text) ?? rooms.get(text.replace(/^#(?=.)/, ""));
}
