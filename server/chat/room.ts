/** A room: its log, and the members who read it. */

import type { RoomFiles } from "../files/room_files.ts";
import type { Log } from "../history/log.ts";
import { DamagedLogError } from "../history/segment.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { encodeMessage } from "../protocol/frames.ts";
import { ABSENCE_MS_MAX, NAMED_MEMBERS_MAX } from "../protocol/limits.ts";
import type { Name } from "../protocol/names.ts";
import { type Home, Member } from "./member.ts";
import type { Person, Session } from "./person.ts";
import { type Changes, changesBetween, type Known, type Listing } from "./presence.ts";
import type { Regulars } from "./regulars.ts";
import type { RoomRecord } from "./room_record.ts";

/** What a room needs of the house. */
export interface RoomOptions {
  /** Opens the room's log. */
  readonly openLog: () => Promise<Log>;
  readonly openRegulars: () => Promise<Regulars>;
  readonly openFiles: (log: Log) => Promise<RoomFiles>;
  /** Told when there is presence to tell. */
  readonly changed: (room: Room) => void;
  readonly now: () => number;
}

/** Changes in a large room are told this far apart: everybody is told, and there are many. */
const LARGE_ROOM_PAUSE_MS = 2_000;

export class Room implements Home {
  readonly name: Name;
  readonly number: number;
  record: RoomRecord;
  readonly #options: RoomOptions;
  readonly #members = new Map<Session, Member>();
  #log: Promise<Log> | null = null;
  #regulars: Promise<Regulars> | null = null;
  #files: Promise<RoomFiles> | null = null;
  /** Nobody asked for the log since it was last thought of letting it go. */
  #unasked = false;
  /** The head of the log when it was let go. */
  #restingHead: number | null = null;
  /** The people who are listed, with how many sessions each. */
  readonly #people = new Map<Person, number>();
  /** What the members were told last. */
  #told: Known = { listing: new Map(), size: 0 };
  #toldAt = 0;
  /** Who is there now; null where that has changed since it was last asked for. */
  #now: Known | null = null;

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
    return this.#people.size;
  }

  /** The room's log, opened when it is first needed. Rejects with `ProtocolError` `storage_failed`. */
  async log(): Promise<Log> {
    this.#unasked = false;
    try {
      const log = await (this.#log ??= this.#options.openLog());
      this.#unasked = false;
      return log;
    } catch (error) {
      // Told to the operator, with file and offset, where it was opened. Damage stays; anything else may pass.
      if (!(error instanceof DamagedLogError)) this.#log = null;
      const message = `The history of #${this.name.shown} cannot be read. Tell the server's operator.`;
      throw new ProtocolError("storage_failed", message);
    }
  }

  /** The files that were put here, found when they are first needed. Rejects with `ProtocolError` `storage_failed`. */
  async files(): Promise<RoomFiles> {
    const log = await this.log();
    try {
      return await (this.#files ??= this.#options.openFiles(log));
    } catch {
      // Told to the operator where they were opened.
      this.#files = null;
      const message = `The files of #${this.name.shown} cannot be read. Tell the server's operator.`;
      throw new ProtocolError("storage_failed", message);
    }
  }

  /** Who was here before. Rejects with `ProtocolError` `storage_failed`. */
  async regulars(): Promise<Regulars> {
    try {
      return await (this.#regulars ??= this.#options.openRegulars());
    } catch {
      // Told to the operator where it was opened; it may have been restored by the next time.
      this.#regulars = null;
      throw this.#membersFailed("read");
    }
  }

  /** Notes everybody with a key who is here now as a regular. Rejects with `ProtocolError` `storage_failed`. */
  async rememberMembers(): Promise<void> {
    const members = [...this.#members.values()];
    await Promise.all(
      members.map(({ session: { key }, first }) => key === null ? first : this.remember(key, first)),
    );
  }

  /** Notes that `key` joins where the next entry is `next`; gives the seq of the first entry that it may see. */
  async remember(key: string, next: number): Promise<number> {
    const regulars = await this.regulars();
    try {
      return await regulars.add(key, next);
    } catch {
      throw this.#membersFailed("stored");
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

  /** Whether whoever has `key` owns the room. */
  isOwner(key: string | null): boolean {
    return key !== null && key === this.record.owner;
  }

  /** Whether `person` is seen here. */
  lists(person: Person): boolean {
    return this.#people.has(person);
  }

  /** The places of `person` here, whether listed or away. */
  placesOf(person: Person): Member[] {
    return person.sessions.flatMap((session) => this.#members.get(session) ?? []);
  }

  /** Everybody's places here, whether listed or away. */
  get members(): Iterable<Member> {
    return this.#members.values();
  }

  /** The names of the people in the room, or none where they are too many to name. */
  names(): string[] | undefined {
    const { listing } = this.#known();
    return listing === null ? undefined : [...listing.values()];
  }

  /** Makes `session` a member who is present, and may see what was said from entry `first` on. */
  admit(session: Session, first: number): Member {
    let member = this.#members.get(session);
    if (member === undefined) {
      member = new Member(this, session);
      this.#members.set(session, member);
      session.places = [...session.places, member];
    }
    if (!member.listed) this.#count(session.person, +1);
    member.standing = { is: "present" };
    member.first = first;
    this.#changed();
    // The answer to the join says who is there: what changed before that is no news to this member.
    member.known = this.#known();
    return member;
  }

  /** Ends a membership for good. */
  remove(member: Member): void {
    this.#unlist(member);
    member.read(null);
    this.#members.delete(member.session);
    member.session.places = member.session.places.filter((place) => place !== member);
  }

  renamed(member: Member): void {
    if (member.listed) this.#changed();
  }

  /** The session of `member` was `before`'s and is somebody else's now. */
  moved(member: Member, before: Person): void {
    if (!member.listed) return;
    this.#count(before, -1);
    this.#count(member.session.person, +1);
    this.#changed();
  }

  /** Takes those off the list who were absent for too long. */
  expire(): void {
    const limit = this.#options.now() - ABSENCE_MS_MAX;
    for (const member of this.#members.values()) {
      if (member.standing.is === "absent" && member.standing.since <= limit) this.#unlist(member);
    }
  }

  /** Tells what changed to those who are present. Returns whether some of it has to wait for another time. */
  tellPresence(): boolean {
    if (this.size > NAMED_MEMBERS_MAX) {
      const now = this.#options.now();
      if (now - this.#toldAt < LARGE_ROOM_PAUSE_MS) return true;
      this.#toldAt = now;
    }
    const told = this.#told;
    const now = this.#told = this.#known();
    const common = this.#presence(told, now, null);
    let waiting = false;
    for (const member of this.#members.values()) {
      const { session, known } = member;
      if (session.contact === null || member.standing.is !== "present") continue;
      if (session.contact.congested) {
        member.known ??= told;
        waiting = true;
        continue;
      }
      member.known = null;
      const { person } = session;
      const renamed = told.listing?.get(person) !== now.listing?.get(person);
      const own = known !== null || renamed ? this.#presence(known ?? told, now, person) : common;
      if (own !== null) session.contact.send(own);
    }
    return waiting;
  }

  /**
   * Lets go of the log if nobody reads or appends, and nobody asked for it since the last call: whoever did may be
   * about to. It is opened again when it is needed.
   */
  async rest(): Promise<void> {
    const opening = this.#log;
    if (opening === null || this.size > 0) return;
    if (!this.#unasked) {
      this.#unasked = true;
      return;
    }
    const log = await opening.catch(() => null);
    const files = await this.#files?.catch(() => null);
    // Between the test and taking them away nothing else runs: nobody appends through a log that was let go.
    if (log === null || log.busy || files?.busy || !this.#unasked || this.#log !== opening) return;
    this.#log = null;
    this.#files = null;
    this.#restingHead = log.head;
    await files?.close();
    await log.close();
  }

  /** Waits until everything appended so far is on disk, or refused. */
  async settled(): Promise<void> {
    await (await this.#log?.catch(() => null))?.settled;
  }

  /** Waits for what is being written and lets go of the log. */
  async close(): Promise<void> {
    const files = await this.#files?.catch(() => null);
    await files?.close();
    const log = await this.#log?.catch(() => null);
    await log?.close();
  }

  #membersFailed(what: "read" | "stored"): ProtocolError {
    const message = `Who is a member of #${this.name.shown} cannot be ${what}. Tell the server's operator.`;
    return new ProtocolError("storage_failed", message);
  }

  #unlist(member: Member): void {
    if (!member.listed) return;
    member.standing = { is: "away" };
    this.#count(member.session.person, -1);
    this.#changed();
  }

  #count(person: Person, change: 1 | -1): void {
    const sessions = (this.#people.get(person) ?? 0) + change;
    if (sessions === 0) this.#people.delete(person);
    else this.#people.set(person, sessions);
  }

  #changed(): void {
    this.#now = null;
    this.#options.changed(this);
  }

  #known(): Known {
    return this.#now ??= {
      listing: this.size > NAMED_MEMBERS_MAX ? null : this.#list(),
      size: this.size,
    };
  }

  #list(): Listing {
    const listing = new Map<Person, string>();
    for (const person of this.#people.keys()) listing.set(person, person.name.shown);
    return listing;
  }

  /** The `presence` that makes `after` of `before`, without what is about `but`; null where there is none to send. */
  #presence(before: Known, after: Known, but: Person | null): Uint8Array | null {
    let changes: Changes | null = {};
    if (before.listing !== null && after.listing !== null) {
      changes = changesBetween(before.listing, after.listing, but);
    } else if (before.size === after.size) changes = null;
    return changes &&
      encodeMessage({ type: "presence", room: this.name.shown, members: after.size, ...changes });
  }
}
