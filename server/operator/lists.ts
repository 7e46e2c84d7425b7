/** What the operator can look at: who is or was here, the rooms, the bans. */

import { listedRooms } from "../chat/lookups.ts";
import type { Person } from "../chat/person.ts";
import type { Sanction } from "../chat/sanctions.ts";
import { holds } from "../chat/sanctions.ts";
import type { Visit } from "../chat/visits.ts";
import { fingerprint } from "../protocol/proofs.ts";
import { dateAndTime } from "../protocol/times.ts";
import { type Controls, roomCalled } from "./command.ts";
import { table } from "./table.ts";

export function status({ house: { people }, print }: Controls): void {
  const rooms = new Map<Visit, string>();
  for (const person of people.present()) rooms.set(person.visit, listedRooms(person).join(" "));
  const rows = [...people.visits].map((visit) => [
    visit.name,
    visit.address,
    rooms.get(visit) ?? "",
    dateAndTime(visit.connected),
    visit.disconnected === null ? "" : dateAndTime(visit.disconnected),
  ]);
  print(table([["NAME", "ADDRESS", "ROOMS", "CONNECTED", "DISCONNECTED"], ...rows]));
}

export function rooms({ house, print }: Controls): void {
  const rows = [...house.rooms].map(({ name, locked, size, record }) => [
    name.shown,
    locked ? "locked" : "",
    String(size),
    record.owner === null ? "" : ownersOf(house.register, record.owner),
    record.title,
  ]);
  print(table([["ROOM", "", "MEMBERS", "OWNER", "TITLE"], ...rows]));
}

export function who({ house: { people }, print }: Controls): void {
  const rows = [...people.present()].map((person) => [
    person.name.shown,
    keyOf(person.key),
    people.directory.verified(person) ? "" : "unverified",
    addressesOf(person),
  ]);
  print(rows.length === 0 ? "Nobody is connected." : table([["NAME", "KEY", "", "ADDRESS"], ...rows]));
}

/** The server's bans; after the name of a room that room's bans and mutes. */
export function bans({ house, print }: Controls, rest: string): void {
  const now = house.now();
  const row = (what: string) => ({ name, key, network, until, by, reason = "" }: Sanction) => [
    what,
    name ?? "",
    keyOf(key),
    network ?? "",
    until === null ? "for good" : dateAndTime(until),
    by,
    reason,
  ];
  const record = rest === "" ? null : roomCalled(house, rest).record;
  const banned = record === null ? [...house.bans] : record.banned.filter((ban) => holds(ban, now));
  const muted = record === null ? [] : record.muted.filter((mute) => holds(mute, now));
  const rows = [...banned.map(row("ban")), ...muted.map(row("mute"))];
  if (rows.length === 0) return print("Nobody is banned.");
  print(table([["", "NAME", "KEY", "NETWORK", "UNTIL", "BY", "REASON"], ...rows]));
}

/** The files of a room, or with no room how many each has. */
export async function files({ house, print }: Controls, rest: string): Promise<void> {
  if (rest === "") return print(await countsOf(house));
  const room = roomCalled(house, rest);
  const rows = [...(await room.files()).list(1)].map((file) => [
    String(file.file),
    String(file.size),
    file.from,
    dateAndTime(file.at),
    // Last: a long one pushes nothing aside.
    file.name,
  ]);
  if (rows.length === 0) return print(`There are no files in #${room.name.shown}.`);
  print(table([["FILE", "BYTES", "FROM", "AT", "NAME"], ...rows]));
}

async function countsOf({ rooms }: Controls["house"]): Promise<string> {
  const rows: string[][] = [];
  for (const room of rooms) {
    const found = await rooms.hasFiles(room) ? [...(await room.files()).list(1)] : [];
    const bytes = found.reduce((sum, { size }) => sum + size, 0);
    if (found.length > 0) rows.push([room.name.shown, String(found.length), String(bytes)]);
  }
  return rows.length === 0 ? "There are no files." : table([["ROOM", "FILES", "BYTES"], ...rows]);
}

function keyOf(key: string | null): string {
  return key === null ? "" : fingerprint(key);
}

/** The names that an owner of rooms goes by, or the key where there are none. */
function ownersOf(register: Controls["house"]["register"], key: string): string {
  const names = register?.namesOf(key) ?? [];
  return names.length === 0 ? fingerprint(key) : names.join(" ");
}

function addressesOf({ sessions }: Person): string {
  return sessions.flatMap(({ contact }) => contact === null ? [] : [contact.address]).join(" ");
}
