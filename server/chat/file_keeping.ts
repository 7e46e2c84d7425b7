/** Files are kept for a time. */

import type { RoomFiles } from "../files/room_files.ts";
import { messageOf, ProtocolError } from "../protocol/errors.ts";
import { SERVER } from "./directory.ts";
import type { House } from "./house.ts";
import type { Room } from "./room.ts";

/**
 * Removes the files that have been kept for long enough, and what is left of those that were never finished. To be
 * called every hour; rooms that cannot be read are left as they are, and so is what is left when `goesOn` says no.
 */
export async function expireFiles(house: House, goesOn: () => boolean = () => true): Promise<void> {
  for (const room of house.rooms) {
    if (!goesOn()) return;
    try {
      if (await house.rooms.hasFiles(room)) await expireIn(house, room, goesOn);
    } catch (error) {
      house.report("ERROR", `old files of ${room.name.shown} are still there: ${messageOf(error)}`);
    }
  }
}

async function expireIn({ keepFilesMs, now }: House, room: Room, goesOn: () => boolean): Promise<void> {
  const files = await room.files();
  const limit = keepFilesMs === null ? -Infinity : now() - keepFilesMs;
  for (const { file, at } of [...files.list(1)]) {
    if (at <= limit && goesOn()) await removeOld(files, file);
  }
  if (goesOn()) await files.tidy(now());
}

async function removeOld(files: RoomFiles, file: number): Promise<void> {
  try {
    await files.remove(file, { from: SERVER });
  } catch (error) {
    // Somebody removed it meanwhile.
    if (!(error instanceof ProtocolError && error.code === "no_such_file")) throw error;
  }
}
