/** Requests about being in a room: `create`, `join`, `leave`, `say`. */

import type { Log } from "../history/log.ts";
import { DamagedLogError } from "../history/segment.ts";
import { messageOf, ProtocolError } from "../protocol/errors.ts";
import { JOIN_LAST_DEFAULT, TITLE_BYTES_MAX } from "../protocol/limits.ts";
import type { Asked } from "../protocol/messages.ts";
import { cleanLine, cleanText } from "../protocol/texts.ts";
import { SERVER } from "./directory.ts";
import type { Reading } from "./client.ts";
import type { Asker, Handler } from "./handler.ts";
import type { House } from "./house.ts";
import { usablePassword } from "./moderation.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";
import { noSuchRoom } from "./rooms.ts";
import { sanctioned, sentence } from "./sanctions.ts";
import { type Session, whomOf } from "./person.ts";

export const create: Handler<"create"> = async (house, asker, asked) => {
  const { session, client } = asker;
  const { room: name, history = "all" } = asked;
  refuseTooMany(house, session, null);
  const title = cleanLine(asked.title ?? "", TITLE_BYTES_MAX);
  const password = asked.password === undefined
    ? null
    : await house.passwords.hash(usablePassword(asked.password), client.network);
  const maker = session.key ?? (house.countsNetwork(client.network) ? client.network : null);
  const room = await house.rooms.create({ name, title, password, owner: session.key, history }, maker);
  const shown = room.name.shown;
  house.report("NEW CHAT", `${shown}${room.locked ? ", locked," : ""} by ${session.name.shown}`);
  const first = await firstOf(room, session);
  const log = await room.log();
  const member = enter(house, asker, room, { log, after: 0, first });
  const answer = { room: shown, log: house.rooms.logId(room), head: log.head };
  return { answer, sent: () => member.start() };
};

export const join: Handler<"join"> = async (house, asker, asked) => {
  if (asked.after !== undefined && asked.last !== undefined) {
    throw new ProtocolError("bad_request", 'A join has "after" or "last", not both.');
  }
  const room = house.rooms.get(asked.room);
  const { session } = asker;
  const before = room.member(session);
  // Who is there already may ask as often as they like, and must not fill the journal with that.
  if (before?.listed !== true) {
    house.report("MEMBER REQUEST", `${session.name.shown} to ${room.name.shown}`);
  }
  if (before === undefined) {
    refuseBanned(house, session, room);
    refuseTooMany(house, session, room);
    await unlock(house, asker, room, asked.password);
  }
  const { password } = room.record;
  const first = before?.first ?? await firstOf(room, session);
  const log = await room.log();
  const { after, reset } = from(asked, log, house.rooms.logId(room), first);
  // Who was sent out meanwhile is a stranger, and has not been asked for a password.
  if (room.member(session) !== before) {
    throw new ProtocolError("kicked", `You were sent out of #${room.name.shown}.`);
  }
  // It may have been locked anew while the disk was waited for.
  if (before === undefined && room.record.password !== password) throw wrongPassword(room);
  const member = enter(house, asker, room, { log, after, first });
  const { title } = room.record;
  const names = room.names();
  const answer = {
    room: room.name.shown,
    log: house.rooms.logId(room),
    ...(title === "" ? {} : { title }),
    members: room.size,
    ...(names === undefined ? {} : { names }),
    head: log.head,
    first,
    reset,
  };
  return { answer, sent: () => member.start() };
};

export const leave: Handler<"leave"> = (house, { session }, _asked, { member, room }) => {
  member.leave();
  house.report("LEFT", `${session.name.shown} the room ${room.name.shown}`);
  return { answer: { room: room.name.shown } };
};

export const say: Handler<"say"> = (house, { session }, asked, { room, log }) => {
  const text = cleanText(asked.text, house.textBytesMax);
  const { key } = asked;
  const appended = log.append({
    kind: "say",
    ...session.person.author,
    text,
    ...(key === undefined ? {} : { key }),
  });
  return { later: appended.then(({ seq, at }) => ({ room: room.name.shown, seq, at })), hold: log.drained };
};

/** Throws `ProtocolError` `too_many_rooms` where `room`, a new one where it is null, is one too many for the person. */
function refuseTooMany({ joinedMax }: House, { person }: Session, room: Room | null): void {
  const rooms = new Set(person.sessions.flatMap(({ places }) => places.map((place) => place.room)));
  if (rooms.size < joinedMax || (room !== null && rooms.has(room.name.shown))) return;
  throw new ProtocolError("too_many_rooms", `You are in ${rooms.size} rooms. Leave one first.`);
}

/** Throws `ProtocolError` `no_such_room`. */
function refuseClosed({ name, record }: Room): void {
  if (record.closed !== null) throw noSuchRoom(name.shown);
}

/** Throws `ProtocolError` `banned`. */
function refuseBanned({ now }: House, session: Session, room: Room): void {
  const { name, record } = room;
  const ban = sanctioned(record.banned, whomOf(session), now());
  // Who bans an address may share it.
  if (ban !== null && !room.isOwner(session.key)) {
    throw new ProtocolError("banned", sentence(ban, `banned from #${name.shown}`, now()));
  }
}

/** Lets the asker into a room that may be locked. Rejects with `ProtocolError`: `wrong_password`, `too_many_attempts`. */
async function unlock(
  { attempts, passwords, report }: House,
  { client, session: { key, name } }: Asker,
  room: Room,
  given: string | undefined,
): Promise<void> {
  const { password } = room.record;
  if (password === null) return;
  if (given === undefined) {
    throw new ProtocolError("wrong_password", `#${room.name.shown} is locked. Give its password.`);
  }
  const knownKey = key !== null && (await room.regulars()).has(key) ? key : null;
  const attempt = attempts.begin({ network: client.network, knownKey, room: room.number });
  if (await passwords.matches(given, password, attempt)) {
    refuseClosed(room);
    // It may have been changed to keep those out who knew it.
    if (room.record.password === password) return;
  }
  report("WRONG PASSWORD", `for ${room.name.shown}, by ${name.shown} from ${client.address}`);
  throw wrongPassword(room);
}

function wrongPassword({ name }: Room): ProtocolError {
  return new ProtocolError("wrong_password", `That is not the password of #${name.shown}.`);
}

/**
 * The seq of the first entry that somebody who comes in may see. Who has a key is known by it from then on, where that
 * matters: where there is a password, and where members see only what came after they first joined.
 */
async function firstOf(room: Room, { key }: Session): Promise<number> {
  const clamped = room.record.history === "joined";
  if (key === null) return clamped ? await room.head() + 1 : 1;
  if (!clamped && !room.locked) return 1;
  const first = await room.remember(key, await room.head() + 1);
  return clamped ? first : 1;
}

/** Where a member who may see everything from `first` on starts to read, and whether it is somewhere else than asked. */
function from(
  asked: Asked<"join">,
  { head }: Log,
  id: string,
  first: number,
): { after: number; reset: boolean } {
  const start = first - 1;
  if (asked.after === undefined) {
    return { after: Math.max(start, head - (asked.last ?? JOIN_LAST_DEFAULT)), reset: false };
  }
  const reset = asked.after > head || (asked.log !== undefined && asked.log !== id);
  return { after: reset ? start : Math.max(start, asked.after), reset };
}

/** Makes the asker a member who reads `log` after entry `after`; `start` begins the reading. */
function enter(
  house: House,
  { client, session }: Asker,
  room: Room,
  { log, after, first }: { readonly log: Log; readonly after: number; readonly first: number },
): { readonly start: () => void } {
  // All that could change while a password was checked or a log was opened.
  if (session.contact !== client) throw new ProtocolError("timeout", "The connection is gone.");
  refuseClosed(room);
  refuseBanned(house, session, room);
  const known = room.member(session)?.listed === true;
  const member = room.admit(session, first);
  const reading: Reading = client.open(log, after, (error) => {
    // Whoever has left meanwhile misses nothing; of a closed room nothing is there to be read.
    if (member.reading === reading) unreadable(house, member, room, error);
  });
  member.read(reading);
  if (!known) house.report("NEW MEMBER", `${session.name.shown} in ${room.name.shown}`);
  return { start: () => client.start(reading) };
}

/**
 * What was published cannot be read: no member is given a gap. Where it is damaged, the member cannot stay; where
 * the disk may do better next time, the connection ends, and the client goes on from its cursor over another.
 */
function unreadable(house: House, member: Member, room: Room, error: unknown): void {
  const { contact, name } = member.session;
  house.report("ERROR", `${name.shown} cannot read ${room.name.shown}: ${messageOf(error)}`);
  if (!(error instanceof DamagedLogError)) {
    return contact?.dismiss("storage_failed", "The history cannot be read just now. Connect again.");
  }
  const reason = "A part of the room's history is damaged on the server's disk.";
  member.expel({ by: SERVER, reason, banned: false });
}
