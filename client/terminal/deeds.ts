/** What the commands do. Each throws `ProtocolError` where the server refuses, `UsageError` for a wrong argument. */

import { UsageError } from "../../server/protocol/flags.ts";
import { HISTORY_LIMIT_DEFAULT, HISTORY_LIMIT_MAX } from "../../server/protocol/limits.ts";
import type { Entry } from "../../server/protocol/messages.ts";
import type { Session } from "../session.ts";
import type { Conversation } from "./conversation.ts";
import { personLine, roomLine, type RoomRow, statusLineOf } from "./lists.ts";
import { directLine, note, rule } from "./messages.ts";
import { BELLS } from "./notices.ts";
import type { RoomView } from "./room_view.ts";
import { looking, type Scene } from "./scene.ts";
import type { Line } from "./wrap.ts";

/** Rows that a list shows; a server can have more rooms than anybody reads. */
const ROWS_MAX = 500;

export async function join({ doors }: Scene, argument: string): Promise<void> {
  await doors.join(roomName(argument));
}

export async function create({ doors }: Scene, argument: string): Promise<void> {
  const [name = "", history, ...others] = argument.split(/\s+/);
  if (others.length > 0 || (history !== undefined && history !== "joined")) {
    throw new UsageError("The name of a room has no spaces. Write /create ROOM, or /create ROOM joined.");
  }
  await doors.create(name === "" ? undefined : roomName(name), history);
}

export async function part({ session, conversation }: Scene): Promise<void> {
  const { name } = looking(conversation);
  await session.part(name);
  await conversation.until(() => conversation.find(name) === null);
}

export async function turnTo({ conversation }: Scene, argument: string): Promise<void> {
  const name = roomName(argument);
  // Rooms are called by numbers too: `3` is the third of ours, `#3` the one of that name.
  const place = /^\d+$/.test(argument) ? conversation.rooms[Number(argument) - 1] : undefined;
  const room = place ?? conversation.find(name);
  if (room === null) {
    const rooms = conversation.rooms.map((one, i) => `${i + 1} #${one.name}`).join(", ");
    throw new UsageError(
      `You are not in #${name}. ${rooms === "" ? "" : `You are in ${rooms}. `}/join goes into it.`,
    );
  }
  await conversation.turnTo(room);
}

export async function rooms({ session, conversation, face }: Scene): Promise<void> {
  const rows = await roomRows(session);
  conversation.listed = rows.map(({ room }) => room);
  const places = conversation.rooms.map((room) => room.name);
  await face.print(
    ...rows.map((row) => {
      const place = places.indexOf(row.room);
      return roomLine(row, place === -1 ? null : place + 1);
    }),
    note("/join ROOM goes into one, /create makes one."),
  );
}

/** The rooms of the server, at most `ROWS_MAX`. */
export function roomRows(session: Session): Promise<readonly RoomRow[]> {
  return paged(async (page) => {
    const { rooms, next } = await session.request("rooms", page);
    return { rows: rooms, next };
  });
}

export async function who({ session, conversation, face }: Scene): Promise<void> {
  const { name } = looking(conversation);
  const people = await paged(async (page) => {
    const { people, next } = await session.request("who", { room: name, ...page });
    return { rows: people, next };
  });
  await face.print(
    rule(`in #${name}: ${people.length}`),
    ...people.map((person) => personLine(person, name)),
  );
}

export async function tell({ session, face }: Scene, argument: string): Promise<void> {
  const [, to = "", text = ""] = /^@?(\S+)\s+([^]+)$/.exec(argument) ?? [];
  if (text === "") throw new UsageError("Write /msg NAME TEXT.");
  const { at } = await session.request("tell", { to, text });
  await face.print(directLine(at, "you", to, text));
}

export async function rename({ session, conversation, face }: Scene, argument: string): Promise<void> {
  if (argument === "") {
    throw new UsageError(`You are called ${session.name}. Write /name NEW for another name.`);
  }
  const before = session.name;
  const { name } = await session.rename(argument);
  for (const room of conversation.rooms) room.renamed(before ?? name, name);
  await face.print(note(`You are called ${name} now.`));
}

export async function title({ session, conversation }: Scene, argument: string): Promise<void> {
  await session.request("title", { room: looking(conversation).name, title: argument });
}

export async function history({ session, conversation, face }: Scene, argument: string): Promise<void> {
  const room = looking(conversation);
  const limit = argument === "" ? HISTORY_LIMIT_DEFAULT : Number(argument);
  if (!Number.isInteger(limit) || limit < 1 || limit > HISTORY_LIMIT_MAX) {
    throw new UsageError(`Write /history N with a number from 1 to ${HISTORY_LIMIT_MAX}.`);
  }
  const before = room.oldest;
  const { entries } = await session.request("history", {
    room: room.name,
    limit,
    ...(before === null ? {} : { before }),
  });
  const [first] = entries;
  if (first === undefined) return await face.print(note(`#${room.name} has no older messages.`));
  room.oldest = first.seq;
  await face.print(
    rule(`older messages of #${room.name}: ${entries.length}`),
    ...linesOf(conversation, room, entries),
    rule("that was before; /history shows what came before that"),
  );
}

export async function search({ session, conversation, face }: Scene, argument: string): Promise<void> {
  const room = looking(conversation);
  if (argument === "") throw new UsageError("Write /search WORDS.");
  const { entries, more } = await session.request("search", { room: room.name, query: argument });
  const found = more ? `the newest ${entries.length}` : String(entries.length);
  await face.print(
    rule(`found in #${room.name}: ${found}`),
    ...linesOf(conversation, room, entries.toReversed()),
    rule(`that was the search for ${argument}`),
  );
}

export async function status({ session, conversation, face }: Scene): Promise<void> {
  const people = await paged(async (page) => {
    const { people, next } = await session.request("status", page);
    return { rows: people, next };
  });
  const rooms = conversation.rooms.map((room) => `#${room.name}`).join(" ");
  await face.print(
    note(
      `You are ${session.name}${rooms === "" ? "" : `, in ${rooms}`}. Since the server started there were:`,
    ),
    ...people.map(statusLineOf),
  );
}

export async function bell({ bell, face }: Scene, argument: string): Promise<void> {
  const ways = BELLS.map((one) => `/bell ${one}`).join(", ");
  if (argument === "") {
    return await face.print(note(`The bell is set to ${bell.now}. To change it: ${ways}.`));
  }
  const wanted = BELLS.find((one) => one === argument);
  if (wanted === undefined) throw new UsageError(`There is no bell "${argument}". Write ${ways}.`);
  const problem = await bell.set(wanted);
  await face.print(note(problem ?? `The bell is set to ${wanted}.`));
}

export function clear({ face }: Scene): Promise<void> {
  face.clear();
  return Promise.resolve();
}

export function quit({ leave }: Scene): Promise<void> {
  leave();
  return Promise.resolve();
}

function linesOf(conversation: Conversation, room: RoomView, entries: readonly Entry[]): readonly Line[] {
  return conversation.linesOf(entries.map((one) => {
    const entry = { type: "entry", room: room.name, ...one } as const;
    return { entry, regard: conversation.regard(entry) };
  }));
}

/** A room's name as it is typed, with or without `#`. Throws `UsageError` where there is none. */
export function roomName(argument: string): string {
  const name = argument.replace(/^#/, "");
  if (name === "") throw new UsageError("Which room? Write its name behind the command.");
  return name;
}

/** All pages of a list, up to `ROWS_MAX` rows. */
async function paged<Row>(
  ask: (page: { page?: number }) => Promise<{ rows: readonly Row[]; next: number | undefined }>,
): Promise<readonly Row[]> {
  const all: Row[] = [];
  let page: { page?: number } = {};
  while (all.length < ROWS_MAX) {
    const { rows, next } = await ask(page);
    all.push(...rows);
    if (next === undefined || rows.length === 0) break;
    page = { page: next };
  }
  return all.slice(0, ROWS_MAX);
}
