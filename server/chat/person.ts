/**
 * People and their sessions.
 *
 * A person is what others see under one name. Who has no key has one session; who has one may have several, each with
 * places in rooms of its own, and is still one person to others. A session is one program of a person, over as many
 * connections, one after the other, as it takes: it outlives a dropped connection for `SESSION_MS_MAX`, and keeps its
 * person and its places in rooms that long.
 */

import type { ErrorCode } from "../protocol/errors.ts";
import type { Author } from "../history/lines.ts";
import type { Name } from "../protocol/names.ts";
import { fingerprint } from "../protocol/proofs.ts";
import type { Budgets } from "./budgets.ts";
import type { Whom } from "./sanctions.ts";
import type { Visit } from "./visits.ts";

/** The connection of a session, as far as others have to do with it. */
export interface Contact {
  /** Where it comes from, as host:port. */
  readonly address: string;
  /** What limits by address are about: see protocol/networks.ts. */
  readonly network: string;
  /** Whether it is over. */
  readonly gone: boolean;
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
  renamed(): void;
  /** The session is another person's now; it was `before`'s. */
  moved(before: Person): void;
}

export class Person {
  name: Name;
  #key: string | null;
  #fingerprint: string | undefined;
  /** In the order in which they came. */
  sessions: readonly Session[] = [];
  readonly visit: Visit;
  readonly budgets: Budgets;

  constructor(name: Name, key: string | null, visit: Visit, budgets: Budgets) {
    this.name = name;
    this.#key = key;
    this.#fingerprint = key === null ? undefined : fingerprint(key);
    this.visit = visit;
    this.budgets = budgets;
  }

  /** As `parseKey` writes it; null for a guest. */
  get key(): string | null {
    return this.#key;
  }

  /** The key in short; undefined for a guest. */
  get fingerprint(): string | undefined {
    return this.#fingerprint;
  }

  /** Whose an entry is that they make. */
  get author(): Author {
    const from = this.name.shown;
    return this.#fingerprint === undefined ? { from } : { from, by: this.#fingerprint };
  }

  /** The person is who has `key` from now on. */
  identify(key: string): void {
    this.#key = key;
    this.#fingerprint = fingerprint(key);
  }

  /** Whether one of the sessions has a connection. */
  get connected(): boolean {
    return this.sessions.some(({ contact }) => contact !== null);
  }
}

export class Session {
  /** What its client shows to take it up again. */
  readonly token: string;
  places: readonly Place[] = [];
  person: Person;
  /** Null while the connection is gone. */
  contact: Contact | null;
  /** Where its connection comes from, or came from. */
  network: string;
  /** When the connection went, in milliseconds since 1970-01-01 UTC. */
  droppedAt = 0;

  constructor(token: string, person: Person, contact: Contact) {
    this.token = token;
    this.person = person;
    this.contact = contact;
    this.network = contact.network;
  }

  get name(): Name {
    return this.person.name;
  }

  /** The key that its client has proved to have; null without one. */
  get key(): string | null {
    return this.person.key;
  }
}

/** By what `session` is known, for bans and mutes. */
export function whomOf({ name, key, network }: Session): Whom {
  return { name, key, network };
}
