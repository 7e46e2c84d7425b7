/** Keeping people out of a room or of the whole server, by whatever they are known by; and letting them in again. */

import { type ErrorCode, ProtocolError } from "../protocol/errors.ts";
import type { Actor } from "./acts.ts";
import { isGuestName, OPERATOR } from "./directory.ts";
import type { House } from "./house.ts";
import { type Person, type Session, whomOf } from "./person.ts";
import type { Room } from "./room.ts";
import {
  type Sanction,
  sanctioned,
  sanctionOf,
  sentence,
  type Whom,
  withoutSanctions,
  withSanction,
} from "./sanctions.ts";

/** Who orders a sanction, against whom, for how long, and why. */
export interface Order {
  readonly by: Actor;
  readonly whom: Whom;
  /** Milliseconds; for ever where it is left out. */
  readonly forMs?: number | undefined;
  readonly reason?: string | undefined;
}

/** The sanction that is ordered. Throws `ProtocolError` `not_allowed` where it would be about whoever comes next. */
export function ordered({ now }: House, { by, whom, forMs, reason }: Order): Sanction {
  const guest = whom.name !== null && isGuestName(whom.name);
  if (guest && whom.key === null && whom.network === null) {
    const message = "anybody can get that name, without asking for it. Go by the address instead.";
    throw new ProtocolError("not_allowed", `${whom.name.shown} cannot be known again: ${message}`);
  }
  const at = now();
  const until = forMs === undefined ? null : at + forMs;
  return sanctionOf(guest ? { ...whom, name: null } : whom, { by: nameOf(by), at, until, reason });
}

/**
 * Bans somebody from `room`, or from the whole server where that is null, and sends out all who are meant by that.
 * Gives the ban, on disk. Rejects with `ProtocolError`: `not_allowed` where there are too many, `no_such_room` where
 * the room was closed, and nothing has happened then; `storage_failed`: then it holds until a restart.
 */
export async function bar(house: House, order: Order, room: Room | null): Promise<Sanction> {
  const ban = ordered(house, order);
  const stored = room === null
    ? house.bans.add(ban)
    : house.rooms.amend(room, { banned: withSanction(room.record.banned, ban, ban.at) });
  const banned = room === null ? house.bans : room.record.banned;
  // Where it was not taken, `stored` says why.
  if ([...banned].includes(ban)) carryOut(house, order, room, ban);
  await stored;
  return ban;
}

/**
 * Lifts every ban that is against `whom`; gives those. Rejects with `ProtocolError` `storage_failed`: then they are
 * lifted until a restart, and that is noted as well.
 */
export async function unbar(
  house: House,
  by: Actor,
  whom: Whom,
  room: Room | null,
): Promise<readonly Sanction[]> {
  const { left, lifted } = withoutSanctions([...room === null ? house.bans : room.record.banned], whom);
  if (lifted.length === 0) return lifted;
  const stored = room === null ? house.bans.lift(whom) : house.rooms.amend(room, { banned: left });
  const still = new Set(room === null ? house.bans : room.record.banned);
  for (const ban of lifted) {
    if (!still.has(ban)) house.audit({ deed: "UNBAN", by, room: room?.name.shown ?? null, whom: ban });
  }
  await stored;
  return lifted;
}

/** The operator ends all that somebody has at the server. They may come again. */
export function expel(house: House, person: Person, reason: string | undefined): void {
  const { shown: name } = person.name;
  house.audit({ deed: "KICK", by: OPERATOR, room: null, whom: { name, key: person.key }, reason });
  const why = reason === undefined ? "" : `: ${reason}`;
  const message = `The operator has sent you away${why}. You may come again.`;
  for (const session of person.sessions) endSession(house, session, "kicked", message);
}

/** What others read of who acts. */
export function nameOf(by: Actor): string {
  return by === OPERATOR ? OPERATOR : by.name ?? "";
}

function carryOut(house: House, { by, reason }: Order, room: Room | null, ban: Sanction): void {
  house.audit({ deed: "BAN", by, room: room?.name.shown ?? null, whom: ban, until: ban.until, reason });
  if (room === null) sendAway(house, ban);
  else sendOut(house, room, ban);
}

function sendOut({ now }: House, room: Room, ban: Sanction): void {
  for (const place of [...room.members]) {
    if (room.isOwner(place.session.key) || sanctioned([ban], whomOf(place.session), now()) === null) continue;
    place.expel({ by: ban.by, reason: ban.reason, banned: true });
  }
}

function sendAway(house: House, ban: Sanction): void {
  const message = sentence(ban, "banned from this server", house.now());
  const sessions = [...house.people.present()].flatMap((person) => person.sessions);
  for (const session of sessions) {
    if (sanctioned([ban], whomOf(session), house.now()) === null) continue;
    endSession(house, session, "banned", message);
  }
}

function endSession({ people }: House, session: Session, code: ErrorCode, message: string): void {
  session.contact?.dismiss(code, message);
  people.end(session);
}
