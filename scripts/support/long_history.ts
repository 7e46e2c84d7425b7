/** A room with a long history, as several benchmarks need it. */

import type { Address } from "../../client/address.ts";
import type { Answer } from "../../server/protocol/messages.ts";
import { makeLargeRooms } from "./large_room.ts";
import { Wire } from "./wire.ts";

export const ROOM = "large";

/** Fills a data folder with a room of so many entries. */
export function withEntries(entries: number): (data: string) => Promise<unknown> {
  return (data) => makeLargeRooms({ data, rooms: 1, entries, room: ROOM });
}

/** Somebody who is in the room and has read nothing of it. */
export async function enter(address: Address): Promise<{ wire: Wire; joined: Answer<"join"> }> {
  const { wire } = await Wire.open(address);
  return { wire, joined: await wire.ask("join", { room: ROOM, last: 0 }) };
}
