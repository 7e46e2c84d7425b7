/**
 * Who may ask for what, and at whose expense: one table, which every request goes through. What is not in it is
 * denied. What a request gets here is what its handler works on.
 */

import type { Log } from "../history/log.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { RequestType } from "../protocol/messages.ts";
import type { Expense } from "./budgets.ts";
import type { House } from "./house.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";
import { sanctioned, sentence } from "./sanctions.ts";
import { type Session, whomOf } from "./person.ts";

/** Somebody's place in a room that they are in. */
export interface Standing {
  readonly room: Room;
  readonly member: Member;
  /** What they read there. */
  readonly log: Log;
}

/** What somebody has to be, and what the handler gets of that. */
export interface Rights {
  /** Whoever has said hello. */
  readonly anybody: null;
  /** In the room that the request names; null where it need not name one, and does not. */
  readonly member: Standing;
  readonly memberIfNamed: Standing | null;
  /** A member who is not muted. */
  readonly speaker: Standing;
  /** The room's owner, whether in it or not; in a room without one, whoever may speak. */
  readonly keeper: Room;
  /** The room's owner, whether in it or not. */
  readonly owner: Room;
}

export type Right = keyof Rights;

interface Rule {
  readonly right: Right;
  /** Which budget it is on; null where it costs nobody anything. */
  readonly expense: Exclude<Expense, "requests"> | null;
}

/** Every request that is made after `hello`. */
export type Later = Exclude<RequestType, "hello">;

export const RULES = {
  rooms: { right: "anybody", expense: "reads" },
  who: { right: "memberIfNamed", expense: "reads" },
  status: { right: "anybody", expense: "reads" },
  name: { right: "anybody", expense: "messages" },
  tell: { right: "anybody", expense: "messages" },
  ping: { right: "anybody", expense: null },
  bye: { right: "anybody", expense: null },
  create: { right: "anybody", expense: "creates" },
  // Its own door has a password and bans: see membership.ts.
  join: { right: "anybody", expense: "joins" },
  leave: { right: "member", expense: null },
  history: { right: "member", expense: "reads" },
  search: { right: "member", expense: "searches" },
  say: { right: "speaker", expense: "messages" },
  files: { right: "member", expense: "reads" },
  put: { right: "speaker", expense: "messages" },
  get: { right: "member", expense: "reads" },
  cancel: { right: "anybody", expense: null },
  // For who put it, and for the room's owner: see files.ts.
  remove: { right: "member", expense: "acts" },
  title: { right: "keeper", expense: "acts" },
  kick: { right: "owner", expense: "acts" },
  unban: { right: "owner", expense: "acts" },
  mute: { right: "owner", expense: "acts" },
  unmute: { right: "owner", expense: "acts" },
  owner: { right: "owner", expense: "acts" },
  // Hashing it costs as much as making a room.
  password: { right: "owner", expense: "creates" },
  close: { right: "owner", expense: "acts" },
} as const satisfies { readonly [T in Later]: Rule };

/** What the handler of a request of type `T` gets. */
export type Granted<T extends Later> = Rights[typeof RULES[T]["right"]];

type Grants = {
  readonly [R in Right]: (house: House, session: Session, room: string | undefined) => Rights[R];
};

const GRANTS: Grants = {
  anybody: () => null,
  member: standing,
  memberIfNamed: (house, session, room) => room === undefined ? null : standing(house, session, room),
  speaker,
  keeper: (house, session, name = "") => {
    const room = house.rooms.get(name);
    return room.record.owner === null ? speaker(house, session, name).room : owned(room, session);
  },
  owner: (house, session, name = "") => owned(house.rooms.get(name), session),
};

/** What `session` may make a request of `type` with. Throws `ProtocolError` where it may not. */
export function grant<T extends Later>(
  house: House,
  session: Session,
  type: T,
  room: string | undefined,
): Granted<T> {
  const right: typeof RULES[T]["right"] = RULES[type].right;
  const granting: Grants[typeof right] = GRANTS[right];
  return granting(house, session, room);
}

/** Throws `ProtocolError`: `no_such_room`, `not_a_member`. */
function standing(house: House, session: Session, name = ""): Standing {
  const room = house.rooms.get(name);
  const member = room.member(session);
  const log = member?.reading?.log;
  if (member !== undefined && log !== undefined) return { room, member, log };
  throw new ProtocolError("not_a_member", `You are not in #${room.name.shown}. Join it first.`);
}

/** Throws `ProtocolError`: `no_such_room`, `not_a_member`, `muted`. */
function speaker(house: House, session: Session, name = ""): Standing {
  const there = standing(house, session, name);
  const { record, name: { shown } } = there.room;
  if (record.muted.length === 0) return there;
  const mute = sanctioned(record.muted, whomOf(session), house.now());
  if (mute === null) return there;
  throw new ProtocolError("muted", sentence(mute, `muted in #${shown}`, house.now()));
}

/** Throws `ProtocolError` `not_allowed`. */
function owned(room: Room, { key }: Session): Room {
  if (room.isOwner(key)) return room;
  const who = room.record.owner === null
    ? "It has no owner, so that is for the server's operator."
    : "That is for its owner.";
  throw new ProtocolError("not_allowed", `You may not do that in #${room.name.shown}. ${who}`);
}
