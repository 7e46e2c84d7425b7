/** A room: its log, and the members who read it. */

import type { Log } from "../history/log.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { encodeMessage } from "../protocol/frames.ts";
import { ABSENCE_MS_MAX, NAMED_MEMBERS_MAX } from "../protocol/limits.ts";
import type { Name } from "../protocol/names.ts";
import type { Reading } from "./client.ts";
import type { PasswordHash } from "./passwords.ts";
import { PresenceChanges } from "./presence.ts";
import type { Place, Session } from "./session.ts";

/** What a room's record on disk says. */
export interface RoomRecord {
  readonly room: string;
  readonly log: string;
  readonly title: string;
  readonly password: PasswordHash | null;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly created: number;
}

/** What a room needs of the house. */
export interface RoomOptions {
  /** Opens the room's log. */
  readonly openLog: () => Promise<Log>;
  /** Told when there is presence to tell. */
  readonly changed: (room: Room) => void;
  readonly now: () => number;
}

/** How a member stands to the room. */
type Standing =
  | { readonly is: "present" }
  /** The connection dropped a moment ago; the others are not told yet. */
  | { readonly is: "absent"; readonly since: number }
  /** Not in the room any more, but may come back without a password while the session lives. */
  | { readonly is: "away" };

/** Changes in a large room are told this far apart: everybody is told, and there are many. */
const LARGE_ROOM_PAUSE_MS = 2_000;

export class Member implements Place {
  readonly session: Session;
  readonly #room: Room;
  /** Null while the connection is gone. */
  reading: Reading | null = null;
  standing: Standing = { is: "away" };
  /** Presence that this member was too slow to be told; bounded by the names that a room tells. */
  missed: PresenceChanges | null = null;

  constructor(room: Room, session: Session) {
    this.#room = room;
    this.session = session;
  }

  get room(): string {
    return this.#room.name.shown;
  }

  get listed(): boolean {
    return this.standing.is !== "away";
  }

  /** Reads from now on through `reading` alone. */
  read(reading: Reading | null): void {
    this.reading?.cursor.close();
    this.reading = reading;
  }

  drop(now: number): void {
    this.read(null);
    this.missed = null;
    if (this.standing.is === "present") this.standing = { is: "absent", since: now };
  }

  leave(): void {
    this.#room.remove(this);
  }

  rename(from: string, to: string): void {
    this.#room.renamed(this, from, to);
  }
}

export class Room {
  readonly name: Name;
  readonly number: number;
  record: RoomRecord;
  readonly #options: RoomOptions;
  readonly #members = new Map<Session, Member>();
  #log: Promise<Log> | null = null;
  /** The head of the log when it was let go. */
  #restingHead: number | null = null;
  #listed = 0;
  #changes = new PresenceChanges();
  #toldAt = 0;

  constructor(name: Name, number: number, record: RoomRecord, options: RoomOptions) {
    this.name = name;
    this.number = number;
    this.record = record;
    this.#options = options;
  }

  get locked(): boolean {
    return this.record.password !== null;
  }

  /** How many people are in the room. */
  get size(): number {
    return this.#listed;
  }

  /** The room's log, opened when it is first needed. Rejects with `ProtocolError` `storage_failed`. */
  async log(): Promise<Log> {
    try {
      return await (this.#log ??= this.#options.openLog());
    } catch {
      // Told to the operator, with file and offset, where it was opened.
      const message = `The history of ${this.name.shown} cannot be read. Tell the server's operator.`;
      throw new ProtocolError("storage_failed", message);
    }
  }

  /** Seq of the newest entry. Rejects as `log` does; opens the log only where it was never open. */
  async head(): Promise<number> {
    return this.#log === null && this.#restingHead !== null ? this.#restingHead : (await this.log()).head;
  }

  /** The place of `session` here, whether listed or away. */
  member(session: Session): Member | undefined {
    return this.#members.get(session);
  }

  /** The names of the people in the room, or none where they are too many to name. */
  names(): string[] | undefined {
    if (this.#listed > NAMED_MEMBERS_MAX) return undefined;
    return [...this.#members.values()].filter((member) => member.listed).map(({ session }) =>
      session.name.shown
    );
  }

  /** Makes `session` a member who is present. */
  admit(session: Session): Member {
    let member = this.#members.get(session);
    if (member === undefined) {
      member = new Member(this, session);
      this.#members.set(session, member);
      session.places = [...session.places, member];
    }
    if (!member.listed) {
      this.#listed++;
      this.#changes.join(session, session.name.shown);
      this.#options.changed(this);
    }
    member.standing = { is: "present" };
    return member;
  }

  /** Ends a membership for good. */
  remove(member: Member): void {
    this.#unlist(member);
    member.read(null);
    this.#members.delete(member.session);
    member.session.places = member.session.places.filter((place) => place !== member);
  }

  renamed(member: Member, from: string, to: string): void {
    if (!member.listed) return;
    this.#changes.rename(member.session, from, to);
    this.#options.changed(this);
  }

  /** Takes those off the list who were absent for too long. Returns whether some are absent still. */
  expire(): boolean {
    const limit = this.#options.now() - ABSENCE_MS_MAX;
    let absent = false;
    for (const member of this.#members.values()) {
      if (member.standing.is !== "absent") continue;
      if (member.standing.since <= limit) this.#unlist(member);
      else absent = true;
    }
    return absent;
  }

  /** Tells what changed to those who are present. Returns whether some of it has to wait for another time. */
  tellPresence(): boolean {
    if (this.#listed > NAMED_MEMBERS_MAX) {
      const now = this.#options.now();
      if (now - this.#toldAt < LARGE_ROOM_PAUSE_MS) return true;
      this.#toldAt = now;
    }
    const changes = this.#changes;
    this.#changes = new PresenceChanges();
    const common = this.#frame(changes, null);
    let waiting = false;
    for (const member of this.#members.values()) {
      const { contact } = member.session;
      if (contact === null || member.standing.is !== "present") continue;
      if (contact.congested) {
        (member.missed ??= new PresenceChanges()).add(changes);
        waiting = true;
      } else if (member.missed !== null) {
        member.missed.add(changes);
        this.#tell(member, this.#frame(member.missed, member.session));
        member.missed = null;
      } else {
        this.#tell(member, changes.concerns(member.session) ? this.#frame(changes, member.session) : common);
      }
    }
    return waiting;
  }

  /** Lets go of the log if nobody reads or appends; it is opened again when it is needed. */
  async rest(): Promise<void> {
    const opening = this.#log;
    if (opening === null || this.#listed > 0) return;
    const log = await opening.catch(() => null);
    // Between the test and taking the log away nothing else runs: nobody appends through a log that was let go.
    if (log === null || log.busy || this.#log !== opening) return;
    this.#log = null;
    this.#restingHead = log.head;
    await log.close();
  }

  /** Waits until everything appended so far is on disk, or refused. */
  async settled(): Promise<void> {
    await (await this.#log?.catch(() => null))?.settled;
  }

  /** Waits for what is being written and lets go of the log. */
  async close(): Promise<void> {
    const log = await this.#log?.catch(() => null);
    await log?.close();
  }

  #unlist(member: Member): void {
    if (!member.listed) return;
    member.standing = { is: "away" };
    this.#listed--;
    this.#changes.leave(member.session, member.session.name.shown);
    this.#options.changed(this);
  }

  #tell(member: Member, frame: Uint8Array | null): void {
    if (frame !== null) member.session.contact?.send(frame);
  }

  /** The `presence` for `to`; for all whom the changes do not concern where that is null. */
  #frame(changes: PresenceChanges, to: Session | null): Uint8Array | null {
    const told = changes.tell(to);
    if (told === null) return null;
    const head = { type: "presence", room: this.name.shown, members: this.#listed };
    const tooMany = this.#listed > NAMED_MEMBERS_MAX || changes.size > 2 * NAMED_MEMBERS_MAX;
    return encodeMessage(tooMany ? head : { ...head, ...told });
  }
}
