/** Requests about being in a room: `create`, `join`, `leave`, `say`, `title`. */

import type { Log } from "../history/log.ts";
import { DamagedLogError } from "../history/segment.ts";
import { messageOf, ProtocolError } from "../protocol/errors.ts";
import { encodeMessage } from "../protocol/frames.ts";
import {
  JOIN_LAST_DEFAULT,
  PASSWORD_BYTES_MAX,
  ROOMS_JOINED_MAX,
  TITLE_BYTES_MAX,
} from "../protocol/limits.ts";
import type { Asked } from "../protocol/messages.ts";
import { cleanText, stripControls, utf8Bytes } from "../protocol/texts.ts";
import type { Asker, Handler } from "./handler.ts";
import type { House } from "./house.ts";
import { SERVER } from "./people.ts";
import type { Member, Room } from "./room.ts";
import type { Session } from "./session.ts";

export const create: Handler<"create"> = async (house, asker, asked) => {
  refuseTooMany(asker.session);
  const title = cleanTitle(asked.title ?? "");
  const password = asked.password === undefined ? null : await house.passwords.hash(usable(asked.password));
  const room = await house.rooms.create({ name: asked.room, title, password });
  const log = await room.log();
  house.report(
    "NEW CHAT",
    `${room.name.shown}${room.locked ? ", locked," : ""} by ${asker.session.name.shown}`,
  );
  const start = enter(house, asker, room, { log, after: 0 });
  return { answer: { room: room.name.shown, log: house.rooms.logId(room), head: log.head }, sent: start };
};

export const join: Handler<"join"> = async (house, asker, asked) => {
  if (asked.after !== undefined && asked.last !== undefined) {
    throw new ProtocolError("bad_request", 'A join has "after" or "last", not both.');
  }
  const room = house.rooms.get(asked.room);
  const { session } = asker;
  house.report("MEMBER REQUEST", `${session.name.shown} to ${room.name.shown}`);
  if (room.member(session) === undefined) refuseTooMany(session);
  await unlock(house, asker, room, asked.password);
  const log = await room.log();
  const { after, reset } = from(asked, log, house.rooms.logId(room));
  const start = enter(house, asker, room, { log, after });
  const { title } = room.record;
  const names = room.names();
  const answer = {
    room: room.name.shown,
    log: house.rooms.logId(room),
    ...(title === "" ? {} : { title }),
    members: room.size,
    ...(names === undefined ? {} : { names }),
    head: log.head,
    first: 1,
    reset,
  };
  return { answer, sent: start };
};

export const leave: Handler<"leave"> = (house, asker, asked) => {
  const { member, room } = place(house, asker, asked.room);
  member.leave();
  house.report("LEFT", `${asker.session.name.shown} the room ${room.name.shown}`);
  return { answer: { room: room.name.shown } };
};

export const say: Handler<"say"> = (house, asker, asked) => {
  const { room, log } = place(house, asker, asked.room);
  const text = cleanText(asked.text, house.textBytesMax);
  const from = asker.session.name.shown;
  const { key } = asked;
  const appended = log.append({ kind: "say", from, text, ...(key === undefined ? {} : { key }) });
  return { later: appended.then(({ seq, at }) => ({ room: room.name.shown, seq, at })), hold: log.drained };
};

/**
 * The log is the truth, and the record follows it: appends resolve in the log's order, so the last entry's title is
 * the one that stays. A crash between the two leaves the entry in the history and the title of before in the record,
 * until somebody sets another; nobody was told that it was done.
 */
export const title: Handler<"title"> = async (house, asker, asked) => {
  const { room, log } = place(house, asker, asked.room);
  const title = cleanTitle(asked.title);
  await log.append({ kind: "title", from: asker.session.name.shown, title });
  await house.rooms.setTitle(room, title);
  return { answer: { room: room.name.shown, title } };
};

/** The place of the asker in a room, and the log read there. Throws `ProtocolError`: `no_such_room`, `not_a_member`. */
export function place(
  house: House,
  { session }: Asker,
  name: string,
): { room: Room; member: Member; log: Log } {
  const room = house.rooms.get(name);
  const member = room.member(session);
  const log = member?.reading?.log;
  if (member === undefined || log === undefined) {
    throw new ProtocolError("not_a_member", `You are not in ${room.name.shown}. Join it first.`);
  }
  return { room, member, log };
}

function refuseTooMany({ places }: Session): void {
  if (places.length < ROOMS_JOINED_MAX) return;
  throw new ProtocolError("too_many_rooms", `You are in ${places.length} rooms. Leave one first.`);
}

/** Lets the asker into a locked room: with its password, or because the session was in it. */
async function unlock(
  house: House,
  { session }: Asker,
  room: Room,
  given: string | undefined,
): Promise<void> {
  const { password } = room.record;
  if (password === null || room.member(session) !== undefined) return;
  if (given === undefined) {
    throw new ProtocolError("wrong_password", `${room.name.shown} is locked. Give its password.`);
  }
  if (utf8Bytes(given) <= PASSWORD_BYTES_MAX && await house.passwords.matches(given, password)) return;
  throw new ProtocolError("wrong_password", `That is not the password of ${room.name.shown}.`);
}

/** Where a member starts to read, and whether it is somewhere else than asked. */
function from(asked: Asked<"join">, { head }: Log, id: string): { after: number; reset: boolean } {
  if (asked.after === undefined) {
    return { after: Math.max(0, head - (asked.last ?? JOIN_LAST_DEFAULT)), reset: false };
  }
  const reset = asked.after > head || (asked.log !== undefined && asked.log !== id);
  return { after: reset ? 0 : asked.after, reset };
}

/** Makes the asker a member who reads `log` after entry `after`; returns what starts the reading. */
function enter(
  house: House,
  asker: Asker,
  room: Room,
  { log, after }: { log: Log; after: number },
): () => void {
  const { client, session } = asker;
  // The connection may have gone while a password was checked or a log was opened.
  if (session.contact !== client) throw new ProtocolError("timeout", "The connection is gone.");
  const known = room.member(session)?.listed === true;
  const member = room.admit(session);
  const reading = client.open(log, after, (error) => expel(house, member, room, error));
  member.read(reading);
  if (!known) house.report("NEW MEMBER", `${session.name.shown} in ${room.name.shown}`);
  return () => client.start(reading);
}

/**
 * What was published cannot be read: no member is given a gap. Where it is damaged, the member cannot stay; where
 * the disk may do better next time, the connection ends, and the client goes on from its cursor over another.
 */
function expel(house: House, member: Member, room: Room, error: unknown): void {
  const { contact, name } = member.session;
  house.report("ERROR", `${name.shown} cannot read ${room.name.shown}: ${messageOf(error)}`);
  if (!(error instanceof DamagedLogError)) {
    return contact?.dismiss("storage_failed", "The history cannot be read just now. Connect again.");
  }
  member.leave();
  const reason = "A part of the room's history is damaged on the server's disk.";
  contact?.send(
    encodeMessage({ type: "kicked", room: room.name.shown, by: SERVER, reason, banned: false }),
  );
}

/** One line without control characters. Throws `ProtocolError` `text_too_long`. */
function cleanTitle(title: string): string {
  const line = stripControls(title.replace(/\s+/g, " ")).trim();
  return line === "" ? "" : cleanText(line, TITLE_BYTES_MAX);
}

function usable(password: string): string {
  if (password !== "" && utf8Bytes(password) <= PASSWORD_BYTES_MAX) return password;
  throw new ProtocolError("bad_request", `A password has 1 to ${PASSWORD_BYTES_MAX} bytes.`);
}
