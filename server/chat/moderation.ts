/**
 * What a room's owner can do about it and the people in it, and the operator about every room. Who may is asked
 * before: see rules.ts. Each act is on disk when it resolves, and has its line in the audit log.
 */

import type { FileEntry } from "../files/catalogue.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { encodeMessage } from "../protocol/frames.ts";
import { PASSWORD_BYTES_MAX, REASON_BYTES_MAX, TITLE_BYTES_MAX } from "../protocol/limits.ts";
import { type Name, parseName } from "../protocol/names.ts";
import { fingerprint } from "../protocol/proofs.ts";
import { cleanLine, quoted, utf8Bytes } from "../protocol/texts.ts";
import type { Act, Actor, Party } from "./acts.ts";
import { bar, nameOf, ordered, unbar } from "./barring.ts";
import { OPERATOR } from "./directory.ts";
import type { House } from "./house.ts";
import type { Person } from "./person.ts";
import type { Room } from "./room.ts";
import type { RoomRecord } from "./room_record.ts";
import { LOBBY } from "./rooms.ts";
import { sentence, type Whom, withoutSanctions, withSanction } from "./sanctions.ts";

/** An act on a room: who does it, and where. */
export interface Scene {
  readonly by: Actor;
  readonly room: Room;
}

/** How somebody is sent out. */
export interface Expulsion {
  readonly reason?: string | undefined;
  /** Whether they may not come back. */
  readonly ban?: boolean | undefined;
  /** Whether that goes for everybody from where they are. */
  readonly address?: boolean | undefined;
  /** For how long, in milliseconds; for ever without. */
  readonly forMs?: number | undefined;
}

/** Somebody an act is about. */
interface Target {
  readonly name: Name;
  /** Null where they are not here. */
  readonly person: Person | null;
  readonly key: string | null;
}

/** Sends somebody out of a room. Rejects with `no_such_person`, `not_allowed`, `text_too_long`, `storage_failed`. */
export async function kick(house: House, scene: Scene, raw: string, how: Expulsion): Promise<Name> {
  const { by, room } = scene;
  const target = targetOf(house, raw);
  refuseOneself(by, target);
  const reason = reasonOf(how.reason);
  const places = target.person === null ? [] : room.placesOf(target.person);
  if (how.ban !== true) {
    if (places.length === 0) throw notThere(raw, room);
    note(house, scene, { deed: "KICK", target, reason });
    for (const place of places) place.expel({ by: nameOf(by), reason, banned: false });
    return target.name;
  }
  const networks = how.address === true ? [...new Set(places.map(({ session }) => session.network))] : [null];
  if (networks.length === 0) throw notThere(raw, room);
  for (const network of networks) {
    await bar(house, { by, whom: whomOf(target, network), forMs: how.forMs, reason }, room);
  }
  return target.name;
}

/** Lets somebody come back. Rejects with `no_such_person`, `storage_failed`. */
export async function unban(house: House, { by, room }: Scene, raw: string): Promise<Name> {
  const target = targetOf(house, raw);
  const lifted = await unbar(house, by, whomOf(target, null), room);
  if (lifted.length === 0) throw notSo(raw, "banned", room);
  return target.name;
}

/** Lets somebody stay and be silent. Rejects as `kick` does. */
export async function mute(
  house: House,
  scene: Scene,
  raw: string,
  forMs: number | undefined,
): Promise<Name> {
  const { by, room } = scene;
  const target = targetOf(house, raw);
  refuseOneself(by, target);
  const mute = ordered(house, { by, whom: whomOf(target, null), forMs });
  const muted = withSanction(room.record.muted, mute, mute.at);
  await amend(house, scene, { muted }, { deed: "MUTE", target, until: mute.until });
  tell(target.person, sentence(mute, `muted in #${room.name.shown}`, house.now()));
  return target.name;
}

/** Lets somebody speak again. Rejects with `no_such_person`, `storage_failed`. */
export async function unmute(house: House, scene: Scene, raw: string): Promise<Name> {
  const { room } = scene;
  const target = targetOf(house, raw);
  const { left, lifted } = withoutSanctions(room.record.muted, whomOf(target, null));
  if (lifted.length === 0) throw notSo(raw, "muted", room);
  await amend(house, scene, { muted: left }, { deed: "UNMUTE", target });
  tell(target.person, `You may speak in #${room.name.shown} again.`);
  return target.name;
}

/** Makes somebody who has a key the owner. Rejects with `no_such_person`, `not_allowed`, `storage_failed`. */
export async function handOver(house: House, scene: Scene, raw: string): Promise<Name> {
  const { room } = scene;
  const target = targetOf(house, raw);
  if (target.person === null && target.key === null) throw notThere(raw, room);
  if (room.name.shown === LOBBY) {
    throw new ProtocolError("not_allowed", `#${LOBBY} cannot belong to anybody.`);
  }
  if (target.key === null) {
    const message = `${target.name.shown} has no key, and a room's owner is known by one.`;
    throw new ProtocolError("not_allowed", message);
  }
  await amend(house, scene, { owner: target.key }, { deed: "OWNER", target });
  tell(target.person, `#${room.name.shown} is yours now: ${nameOf(scene.by)} handed it on to you.`);
  return target.name;
}

/** Locks a room with another password, or opens it where that is null. Rejects with `bad_request`, `not_allowed`, `storage_failed`. */
export async function setPassword(
  house: House,
  scene: Scene,
  password: string | null,
  network: string,
): Promise<void> {
  const { room } = scene;
  if (room.name.shown === LOBBY) {
    throw new ProtocolError("not_allowed", `#${LOBBY} cannot be locked: it is open to everybody.`);
  }
  const hashed = password === null ? null : await house.passwords.hash(usablePassword(password), network);
  // Who is in it knows their way in.
  if (hashed !== null) await room.rememberMembers();
  const deed = hashed === null ? "PASSWORD REMOVED" : "PASSWORD SET";
  await amend(house, scene, { password: hashed }, { deed });
  const what = hashed === null ? "is open now" : "has another password now";
  const changed = encodeMessage({ type: "notice", text: `#${room.name.shown} ${what}.` });
  for (const { session } of room.members) {
    if (scene.by === OPERATOR || session.key !== scene.by.key) session.contact?.send(changed);
  }
}

/**
 * Gives a room another title, or takes it away where nothing is left of it; gives what it is then. The log is the
 * truth, and the record follows it: appends resolve in the log's order, so the last entry's title is the one that
 * stays. A crash between the two leaves the entry in the history and the title of before in the record, until
 * somebody sets another; nobody was told that it was done.
 */
export async function setTitle(house: House, scene: Scene, raw: string): Promise<string> {
  const { by, room } = scene;
  const title = cleanLine(raw, TITLE_BYTES_MAX);
  const log = await room.log();
  refuseFormerOwner(scene);
  await log.append({ kind: "title", ...authorOf(by), title });
  await amend(house, scene, { title }, { deed: "TITLE", title });
  return title;
}

/**
 * Takes a file out of a room; its entry stays, and another one says that it was removed. Rejects with what `approve`
 * throws when it comes to that, `no_such_file`, `storage_failed`.
 */
export async function removeFile(
  house: House,
  scene: Scene,
  file: number,
  approve?: (entry: FileEntry) => void,
): Promise<FileEntry> {
  const removed = await (await scene.room.files()).remove(file, authorOf(scene.by), approve);
  note(house, scene, { deed: "REMOVE", file: removed.name });
  return removed;
}

/** Closes a room for good, with all that was said in it. Rejects with `not_allowed`, `storage_failed`. */
export async function closeRoom(house: House, scene: Scene): Promise<void> {
  const { by, room } = scene;
  if (room.name.shown === LOBBY) throw new ProtocolError("not_allowed", `#${LOBBY} cannot be closed.`);
  await house.rooms.close(room);
  note(house, scene, { deed: "CLOSE" });
  for (const place of [...room.members]) {
    place.expel({ by: nameOf(by), reason: "The room was closed.", banned: false, closed: true });
  }
  await house.rooms.remove(room);
}

/** Whose an entry is. */
function authorOf(by: Actor): { readonly from: string; readonly by?: string } {
  const from = nameOf(by);
  return by === OPERATOR || by.key === null ? { from } : { from, by: fingerprint(by.key) };
}

/** A password that a room can have. Throws `ProtocolError` `bad_request`. */
export function usablePassword(password: string): string {
  if (password !== "" && utf8Bytes(password) <= PASSWORD_BYTES_MAX) return password;
  throw new ProtocolError("bad_request", `A password has 1 to ${PASSWORD_BYTES_MAX} bytes.`);
}

/** Throws `ProtocolError` `no_such_person` where nobody can have that name. */
function targetOf({ people, register }: House, raw: string): Target {
  const person = people.directory.find(raw) ?? null;
  if (person !== null) return { name: person.name, person, key: person.key };
  try {
    const name = parseName(raw, "name_invalid");
    return { name, person: null, key: register?.ownerOf(name.folded) ?? null };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError("no_such_person", `Nobody can be called ${quoted(raw)}.`);
  }
}

function refuseOneself(by: Actor, { name, key }: Target): void {
  if (by === OPERATOR || (by.name !== name.shown && (key === null || by.key !== key))) return;
  throw new ProtocolError("not_allowed", "You cannot do that to yourself.");
}

function notThere(raw: string, room: Room): ProtocolError {
  return new ProtocolError("no_such_person", `Nobody called ${quoted(raw)} is in #${room.name.shown}.`);
}

function notSo(raw: string, what: "banned" | "muted", room: Room): ProtocolError {
  return new ProtocolError(
    "no_such_person",
    `Nobody called ${quoted(raw)} is ${what} in #${room.name.shown}.`,
  );
}

function whomOf({ name, key }: Target, network: string | null): Whom {
  return { name, key, network };
}

function reasonOf(raw: string | undefined): string | undefined {
  const reason = raw === undefined ? "" : cleanLine(raw, REASON_BYTES_MAX);
  return reason === "" ? undefined : reason;
}

/** Tells somebody who is here what was done to them. */
function tell(person: Person | null, text: string): void {
  const notice = encodeMessage({ type: "notice", text });
  for (const { contact } of person?.sessions ?? []) contact?.send(notice);
}

/** What was done, for the audit log. */
interface Done extends Pick<Act, "deed" | "until" | "reason" | "title" | "file"> {
  /** To whom; to the room where that is left out. */
  readonly target?: Target;
}

/** Changes the room's record. Rejects with `storage_failed`: then it holds until a restart, and is noted as well. */
async function amend(
  house: House,
  scene: Scene,
  change: Partial<RoomRecord>,
  done: Done,
): Promise<void> {
  refuseFormerOwner(scene);
  try {
    await house.rooms.amend(scene.room, change);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "storage_failed") note(house, scene, done);
    throw error;
  }
  note(house, scene, done);
}

/** What had to be waited for may have taken longer than somebody owned the room. Throws `ProtocolError` `not_allowed`. */
function refuseFormerOwner({ by, room }: Scene): void {
  if (by === OPERATOR || room.record.owner === null || room.isOwner(by.key)) return;
  throw new ProtocolError("not_allowed", `#${room.name.shown} is not yours any more.`);
}

function note({ audit }: House, { by, room }: Scene, { target, ...done }: Done): void {
  const whom: Party | null = target === undefined ? null : { name: target.name.shown, key: target.key };
  audit({ ...done, by, room: room.name.shown, whom });
}
