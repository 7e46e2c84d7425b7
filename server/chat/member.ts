/** A member: one session's place in one room. */

import { encodeMessage } from "../protocol/frames.ts";
import type { Name } from "../protocol/names.ts";
import type { Reading } from "./client.ts";
import type { Person, Place, Session } from "./person.ts";
import type { Known } from "./presence.ts";

/** The room, as far as a member has to do with it. */
export interface Home {
  readonly name: Name;
  /** Ends a membership for good. */
  remove(member: Member): void;
  renamed(member: Member): void;
  /** The session of `member` was `before`'s and is somebody else's now. */
  moved(member: Member, before: Person): void;
}

/** Why somebody is sent out of a room. */
interface Expulsion {
  /** Who says so. */
  readonly by: string;
  readonly reason: string | undefined;
  readonly banned: boolean;
  /** Whether the room is closed for everybody. */
  readonly closed?: true;
}

/** How a member stands to the room. */
type Standing =
  | { readonly is: "present" }
  /** The connection dropped a moment ago; the others are not told yet. */
  | { readonly is: "absent"; readonly since: number }
  /** Not in the room any more, but may come back without a password while the session lives. */
  | { readonly is: "away" };

export class Member implements Place {
  readonly session: Session;
  readonly #room: Home;
  /** Null while the connection is gone. */
  reading: Reading | null = null;
  /** Seq of the oldest entry that this member may see. */
  first = 1;
  standing: Standing = { is: "away" };
  /** The files that came through this place; null before the first. */
  #files: Set<number> | null = null;
  /** Who was there as far as this member knows; null where that is what the room told last. */
  known: Known | null = null;

  constructor(room: Home, session: Session) {
    this.#room = room;
    this.session = session;
  }

  get room(): string {
    return this.#room.name.shown;
  }

  /** Notes that a file came through this place. */
  notePut(file: number): void {
    (this.#files ??= new Set()).add(file);
  }

  /** Whether a file came through this place: what shows whose it is where there is no key. */
  hasPut(file: number): boolean {
    return this.#files?.has(file) === true;
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
    if (this.standing.is === "present") this.standing = { is: "absent", since: now };
  }

  leave(): void {
    this.#room.remove(this);
  }

  /** Sends the member out, and tells them. */
  expel(expulsion: Expulsion): void {
    const { contact } = this.session;
    this.leave();
    contact?.send(encodeMessage({ type: "kicked", room: this.room, ...expulsion }));
  }

  renamed(): void {
    this.#room.renamed(this);
  }

  moved(before: Person): void {
    this.#room.moved(this, before);
  }
}
