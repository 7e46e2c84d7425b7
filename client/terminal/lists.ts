/** Lists that were asked for, as lines. Pure. */

import type { Answer } from "../../server/protocol/messages.ts";
import { dateAndTime, hourAndMinute } from "../../server/protocol/times.ts";
import { shownFileName } from "../file_names.ts";
import { oneLine } from "../clean.ts";
import { showSize } from "../files/sizes.ts";
import type { RoomFile } from "../room_files.ts";
import { item, named } from "./messages.ts";
import { dim, NEWS, plain, STRONG } from "./style.ts";
import type { Line } from "./wrap.ts";

export type RoomRow = Answer<"rooms">["rooms"][number];
type PersonRow = Answer<"who">["people"][number];
type StatusRow = Answer<"status">["people"][number];

/** `#tea  3 people  locked  "Of tea and time"` */
export function roomText({ room, locked, members, title }: RoomRow): string {
  return [
    `#${room}`,
    ...(members === undefined ? [] : [people(members)]),
    ...(locked ? ["locked"] : []),
    ...(title === undefined ? [] : [`"${title}"`]),
  ].join("  ");
}

/** A room that can be joined; one that we are in says at which number it is had. */
export function roomLine(row: RoomRow, place: number | null): Line {
  const { room, locked, members, title } = row;
  return item([
    { text: `#${room}`, style: STRONG },
    ...(members === undefined ? [] : [dim(`  ${people(members)}`)]),
    ...(locked ? [{ text: "  locked", style: NEWS }] : []),
    ...(title === undefined ? [] : [plain(`  "${title}"`)]),
    ...(place === null ? [] : [dim(`  yours: /room ${place}`)]),
  ]);
}

/** Somebody in the room, whether no key vouches for the name, and which other rooms we share. */
export function personLine({ name, rooms, connected, verified }: PersonRow, room: string): Line {
  const others = rooms.filter((other) => other !== room).map((other) => `#${other}`);
  const shared = others.length === 0 ? "" : `, also in ${others.join(" ")}`;
  const unverified = verified ? "" : ", unverified";
  return item([named(name), dim(`  since ${hourAndMinute(connected)}${unverified}${shared}`)]);
}

/** Somebody who is, or was, on the server. */
export function statusLineOf({ name, connected, disconnected }: StatusRow): Line {
  const until = disconnected === null ? "" : `, disconnected ${dateAndTime(disconnected)}`;
  return item([named(name), dim(`  connected ${dateAndTime(connected)}${until}`)]);
}

/** A file of a room: its number, by which it is had, its name, its size, who put it there and when. */
export function fileLine({ file, name, size, from, at }: RoomFile): Line {
  return {
    // Each of them is isolated by itself: a name from right to left takes no figure along.
    head: [
      { text: `  ${String(file).padStart(NUMBER_CHARS)}  `, style: STRONG },
      plain(shownFileName(name)),
      dim(`  ${showSize(size)}  `),
      named(oneLine(from)),
    ],
    body: [dim(`  ${dateAndTime(at)}`)],
  };
}

/** Longer numbers begin further to the left. */
const NUMBER_CHARS = 4;

function people(count: number): string {
  return count === 1 ? "1 person" : `${count} people`;
}
