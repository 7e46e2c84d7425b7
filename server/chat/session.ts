/**
 * A session: one person at the server under one name, over as many connections, one after the other, as it takes.
 * It outlives a dropped connection for `SESSION_MS_MAX`, and keeps its name and its places in rooms that long.
 */

import type { ErrorCode } from "../protocol/errors.ts";
import type { Name } from "../protocol/names.ts";
import type { Visit } from "./visits.ts";

/** The connection of a session, as far as others have to do with it. */
export interface Contact {
  /** Where it comes from, as host:port. */
  readonly address: string;
  /** Sends a frame that stands in no log. */
  send(frame: Uint8Array): void;
  /** Whether so much waits to be sent that what can wait should, and what can be refused should be. */
  readonly congested: boolean;
  /** Sends an error without `re` and closes. */
  dismiss(code: ErrorCode, message: string): void;
}

/** A session's place in one room, as far as the session goes. */
export interface Place {
  /** The room's name as it is shown. */
  readonly room: string;
  /** Whether the others in the room see the person there. */
  readonly listed: boolean;
  /** The connection is gone and may come back. */
  drop(now: number): void;
  /** For good: the person left or the session is over. */
  leave(): void;
  /** The person has another name now. */
  rename(): void;
}

export class Session {
  /** What its client shows to take it up again. */
  readonly token: string;
  places: readonly Place[] = [];
  readonly visit: Visit;
  name: Name;
  /** Null while the connection is gone. */
  contact: Contact | null;
  /** When the connection went, in milliseconds since 1970-01-01 UTC. */
  droppedAt = 0;

  constructor(token: string, name: Name, contact: Contact, visit: Visit) {
    this.token = token;
    this.name = name;
    this.contact = contact;
    this.visit = visit;
  }
}
