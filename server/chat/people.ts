/** The people at the server: their sessions and names. */

import { randomBytes } from "node:crypto";
import { ProtocolError } from "../protocol/errors.ts";
import { SESSION_MS_MAX } from "../protocol/limits.ts";
import { foldName, type Name, parseName } from "../protocol/names.ts";
import { type Contact, Session } from "./session.ts";
import { Visits } from "./visits.ts";

/** Whom the operator's words come from. */
export const OPERATOR = "operator";
/** Whom the server's own words come from. */
export const SERVER = "server";
const GUEST = "Client";

export interface PeopleOptions {
  /** Sessions with a connection, at most. */
  readonly clientsMax: number;
  readonly now: () => number;
}

export class People {
  readonly visits = new Visits();
  readonly #options: PeopleOptions;
  /** In the order in which they came. */
  readonly #sessions = new Map<string, Session>();
  readonly #byName = new Map<string, Session>();
  /** Those without a connection, whoever dropped first first; as many at most as may be connected. */
  readonly #dropped = new Set<Session>();
  #connected = 0;
  /** No guest's number below this one is free. */
  #guestsFrom = 1;
  /** When the last connection went; the server's start before that. */
  #quietSince: number;

  constructor(options: PeopleOptions) {
    this.#options = options;
    this.#quietSince = options.now();
  }

  /** How many have a connection now. */
  get connected(): number {
    return this.#connected;
  }

  /** Since when nobody has a connection; null while somebody has. */
  get quietSince(): number | null {
    return this.#connected > 0 ? null : this.#quietSince;
  }

  /**
   * Begins a session. Without `raw` the name is the lowest free `Client1`, `Client2`, …
   * Throws `ProtocolError`: `server_full`, `name_invalid`, `name_taken`.
   */
  enter(raw: string | undefined, contact: Contact): Session {
    this.#refuseFull();
    const name = raw === undefined ? this.#guestName() : parseName(raw, "name_invalid");
    this.#refuseTaken(name, null);
    const token = randomBytes(18).toString("base64url");
    const visit = this.visits.begin(name.shown, contact.address, this.#options.now());
    const session = new Session(token, name, contact, visit);
    this.#sessions.set(token, session);
    this.#byName.set(name.folded, session);
    this.#connected++;
    return session;
  }

  /**
   * Takes up the session `token` for the person `raw`, ending its old connection if that still stands; null where
   * there is no such session, or the name is not its own. Throws `ProtocolError` `server_full`.
   */
  resume(token: string, raw: string, contact: Contact): Session | null {
    const session = this.#sessions.get(token);
    if (session === undefined || foldName(raw) !== session.name.folded) return null;
    const old = session.contact;
    if (old !== null) {
      this.#disconnected(session);
      old.dismiss("replaced", "This session goes on over another connection.");
    } else this.#refuseFull();
    this.#dropped.delete(session);
    session.contact = contact;
    session.visit.disconnected = null;
    session.visit.address = contact.address;
    this.#connected++;
    return session;
  }

  /** Gives a session another name. Throws `ProtocolError`: `name_invalid`, `name_taken`. */
  rename(session: Session, raw: string): void {
    const name = parseName(raw, "name_invalid");
    this.#refuseTaken(name, session);
    const old = session.name;
    this.#free(old);
    this.#byName.set(name.folded, session);
    session.name = name;
    session.visit.name = name.shown;
    if (old.shown === name.shown) return;
    for (const place of session.places) place.rename();
  }

  /** The connection of `session` is gone; it can be taken up again for a while. */
  drop(session: Session): void {
    this.#disconnected(session);
    this.#dropped.add(session);
    if (this.#dropped.size <= this.#options.clientsMax) return;
    const [oldest] = this.#dropped;
    if (oldest !== undefined) this.end(oldest);
  }

  /** Ends a session and frees its name. */
  end(session: Session): void {
    if (!this.#sessions.delete(session.token)) return;
    this.#dropped.delete(session);
    if (session.contact !== null) this.#disconnected(session);
    this.#free(session.name);
    for (const place of session.places) place.leave();
  }

  /** The session of a person who is connected now. */
  find(raw: string): Session | undefined {
    const session = this.#byName.get(foldName(raw));
    return session?.contact === null ? undefined : session;
  }

  /** Everybody who is connected now, in the order in which they came. */
  *present(): Generator<Session> {
    for (const session of this.#sessions.values()) if (session.contact !== null) yield session;
  }

  /** Ends the sessions that nobody took up in time. */
  expire(): void {
    const limit = this.#options.now() - SESSION_MS_MAX;
    for (const session of this.#dropped) {
      if (session.droppedAt >= limit) return;
      this.end(session);
    }
  }

  #disconnected(session: Session): void {
    const now = this.#options.now();
    session.contact = null;
    session.droppedAt = now;
    session.visit.disconnected = now;
    this.#connected--;
    this.#quietSince = now;
    for (const place of session.places) place.drop(now);
  }

  #refuseFull(): void {
    const { clientsMax } = this.#options;
    if (this.#connected < clientsMax) return;
    const message = `The server is full: ${clientsMax} people are connected. Try again later.`;
    throw new ProtocolError("server_full", message);
  }

  #refuseTaken(name: Name, but: Session | null): void {
    const holder = this.#byName.get(name.folded);
    const reserved = name.folded === OPERATOR || name.folded === SERVER;
    if (!reserved && (holder === undefined || holder === but)) return;
    throw new ProtocolError("name_taken", `Somebody is called ${name.shown} already. Choose another name.`);
  }

  #guestName(): Name {
    while (this.#byName.has(foldName(`${GUEST}${this.#guestsFrom}`))) this.#guestsFrom++;
    return parseName(`${GUEST}${this.#guestsFrom}`, "name_invalid");
  }

  #free({ folded }: Name): void {
    this.#byName.delete(folded);
    const number = Number(folded.slice(GUEST.length));
    if (folded.startsWith(foldName(GUEST)) && Number.isInteger(number) && number > 0) {
      this.#guestsFrom = Math.min(this.#guestsFrom, number);
    }
  }
}
