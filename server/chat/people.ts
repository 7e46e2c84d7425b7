/** The people at the server, and their sessions. */

import { randomBytes } from "node:crypto";
import { ProtocolError } from "../protocol/errors.ts";
import { CONNECTIONS_PER_KEY_MAX, SESSION_MS_MAX } from "../protocol/limits.ts";
import { foldName, type Name, parseName } from "../protocol/names.ts";
import { Budgets, type Rates } from "./budgets.ts";
import type { Directory } from "./directory.ts";
import { Dropped } from "./dropped.ts";
import { type Contact, Person, Session } from "./person.ts";
import { Visits } from "./visits.ts";

export interface PeopleOptions {
  readonly directory: Directory;
  /** Sessions with a connection, at most. */
  readonly clientsMax: number;
  readonly rates: Rates;
  readonly now: () => number;
}

export class People {
  readonly visits = new Visits();
  readonly directory: Directory;
  readonly #options: PeopleOptions;
  readonly #sessions = new Map<string, Session>();
  /** In the order in which they came. */
  readonly #people = new Set<Person>();
  /** Sessions with a connection, of each key. */
  readonly #byKey = new Map<string, number>();
  /** Those without a connection; as many at most as may be connected. */
  readonly #dropped: Dropped;
  #connected = 0;
  /** When the last connection went; the server's start before that. */
  #quietSince: number;

  constructor(options: PeopleOptions) {
    this.#options = options;
    this.directory = options.directory;
    this.#dropped = new Dropped(options.clientsMax);
    this.#quietSince = options.now();
  }

  /** How many connections there are now. */
  get connected(): number {
    return this.#connected;
  }

  /** Since when nobody has a connection; null while somebody has. */
  get quietSince(): number | null {
    return this.#connected > 0 ? null : this.#quietSince;
  }

  /**
   * Begins a session, of a person who may be here already where `key` says so. Without `raw` the name is the lowest
   * free `Client1`, `Client2`, … Rejects with `ProtocolError`: `server_full`, `too_many_connections`,
   * `name_invalid`, `name_taken`, `timeout`, and as `Register.bind` does.
   */
  async enter(raw: string | undefined, key: string | null, contact: Contact): Promise<Session> {
    const { directory } = this;
    this.#refuseFull(key);
    const wanted = raw === undefined ? null : parseName(raw, "name_invalid");
    if (wanted !== null) {
      directory.refuseTaken(wanted, key, null);
      if (key !== null) {
        await directory.bind(wanted, key);
        // Others may have come meanwhile, and this one gone.
        if (contact.gone) throw gone();
        this.#refuseFull(key);
        directory.refuseTaken(wanted, key, null);
      }
    }
    const name = wanted ?? directory.guestName();
    const person = directory.find(name.shown) ?? this.#begin(name, key, contact);
    const session = new Session(randomBytes(18).toString("base64url"), person, contact);
    this.#sessions.set(session.token, session);
    person.sessions = [...person.sessions, session];
    this.#connect(session, contact);
    return session;
  }

  /**
   * Takes up the session `token` for the person `raw`, ending its old connection if that still stands; null where
   * there is no such session, or the name or the key is not its own. Throws `ProtocolError` `server_full` and
   * `too_many_connections`.
   */
  resume(token: string, raw: string, key: string | null, contact: Contact): Session | null {
    const session = this.#sessions.get(token);
    if (session === undefined || foldName(raw) !== session.name.folded || key !== session.key) return null;
    const old = session.contact;
    if (old !== null) {
      this.#disconnect(session);
      old.dismiss("replaced", "This session goes on over another connection.");
    } else this.#refuseFull(key);
    this.#dropped.delete(session);
    this.#connect(session, contact);
    return session;
  }

  /**
   * Gives a session another name, which becomes `key`'s own where there is one. `refuse` throws where it may not have
   * that name; it is asked again after what had to be waited for. Rejects with `ProtocolError`:
   * `name_invalid`, `name_taken`, `too_many_connections`, `timeout`, and as `Register.bind` does.
   */
  async rename(
    session: Session,
    raw: string,
    key: string | null,
    refuse: () => void = () => {},
  ): Promise<void> {
    const name = parseName(raw, "name_invalid");
    const own = key ?? session.key;
    const { contact } = session;
    refuse();
    this.#refuseRename(session, name, own);
    if (key !== null) {
      await this.directory.bind(name, key);
      // Whoever took the session up meanwhile would not hear of its new name.
      if (contact === null || session.contact !== contact) throw gone();
      refuse();
      this.#refuseRename(session, name, own);
    }
    const before = session.person;
    const other = this.directory.find(name.shown) ?? null;
    const alone = before.sessions.length === 1 && (other === null || other === before);
    if (alone && own !== null) this.#identify(before, own);
    if (alone || other === before) this.#rename(before, name);
    // Another name, or a key, is no way to speak faster.
    else this.#move(session, other ?? this.#begin(name, own, contact, before.budgets));
  }

  /** The connection of `session` is gone; it can be taken up again for a while. */
  drop(session: Session): void {
    this.#disconnect(session);
    const overdue = this.#dropped.add(session);
    if (overdue !== null) this.end(overdue);
  }

  /** Ends a session, and frees the person's name where it was the last. */
  end(session: Session): void {
    if (!this.#sessions.delete(session.token)) return;
    this.#dropped.delete(session);
    if (session.contact !== null) this.#disconnect(session);
    // The places look at the person, who is not gone before they are.
    for (const place of session.places) place.leave();
    this.#without(session.person, session);
  }

  /** Somebody who is connected now. */
  find(raw: string): Person | undefined {
    const person = this.directory.find(raw);
    return person?.connected === true ? person : undefined;
  }

  /** Everybody who is connected now, in the order in which they came. */
  *present(): Generator<Person> {
    for (const person of this.#people) if (person.connected) yield person;
  }

  /** Ends the sessions that nobody took up in time. */
  expire(): void {
    for (const session of this.#dropped.before(this.#options.now() - SESSION_MS_MAX)) this.end(session);
  }

  /** Has those names count as used that are in use. */
  keepNames(): void {
    for (const { name, key } of [...this.present()].filter((one) => this.directory.verified(one))) {
      // Where it cannot be stored the operator was told, and it is tried again.
      if (key !== null) void this.directory.bind(name, key).catch(() => undefined);
    }
  }

  #begin(
    name: Name,
    key: string | null,
    contact: Contact | null,
    budgets = this.#budgetsOf(key),
  ): Person {
    const visit = this.visits.begin(name.shown, contact?.address ?? "", this.#options.now());
    const person = new Person(name, key, visit, budgets);
    this.#people.add(person);
    this.directory.put(person);
    return person;
  }

  /** One key draws on one budget, under however many names. */
  #budgetsOf(key: string | null): Budgets {
    if (key !== null && this.#byKey.has(key)) {
      for (const person of this.#people) if (person.key === key) return person.budgets;
    }
    return new Budgets(this.#options.rates, this.#options.now);
  }

  #refuseRename({ person }: Session, name: Name, own: string | null): void {
    const same = person.key === own;
    if (!same) this.#refuseTooMany(own);
    // Another key leaves the name to the sessions that stay.
    const stays = !same && person.sessions.length > 1;
    this.directory.refuseTaken(name, own, stays ? null : person);
  }

  #identify(person: Person, key: string): void {
    const connections = person.sessions.filter(({ contact }) => contact !== null).length;
    this.#count(person.key, -connections);
    person.identify(key);
    this.#count(key, connections);
  }

  #rename(person: Person, name: Name): void {
    const before = person.name.shown;
    this.directory.remove(person);
    person.name = name;
    person.visit.name = name.shown;
    this.directory.put(person);
    if (before === name.shown) return;
    for (const { places } of person.sessions) for (const place of places) place.renamed();
  }

  /** From now on `session` is `person`'s: others of who they were until now may stay. */
  #move(session: Session, person: Person): void {
    const before = session.person;
    person.sessions = [...person.sessions, session];
    session.person = person;
    if (session.contact !== null) {
      this.#count(before.key, -1);
      this.#count(person.key, +1);
      person.visit.disconnected = null;
    }
    for (const place of session.places) place.moved(before);
    this.#without(before, session);
  }

  /** Takes a session from a person, who goes with the last. */
  #without(person: Person, session: Session): void {
    person.sessions = person.sessions.filter((other) => other !== session);
    if (!person.connected) person.visit.disconnected ??= this.#options.now();
    if (person.sessions.length > 0) return;
    this.#people.delete(person);
    this.directory.remove(person);
  }

  #connect(session: Session, contact: Contact): void {
    session.contact = contact;
    session.network = contact.network;
    const { visit } = session.person;
    visit.address = contact.address;
    visit.disconnected = null;
    this.#connected++;
    this.#count(session.key, +1);
  }

  #disconnect(session: Session): void {
    const now = this.#options.now();
    session.contact = null;
    session.droppedAt = now;
    this.#connected--;
    this.#count(session.key, -1);
    this.#quietSince = now;
    if (!session.person.connected) session.person.visit.disconnected = now;
    for (const place of session.places) place.drop(now);
  }

  #count(key: string | null, change: number): void {
    if (key === null) return;
    const count = (this.#byKey.get(key) ?? 0) + change;
    if (count === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, count);
  }

  #refuseFull(key: string | null): void {
    const { clientsMax } = this.#options;
    if (this.#connected >= clientsMax) {
      const message = `The server is full: it takes ${clientsMax} connections at once. Try again later.`;
      throw new ProtocolError("server_full", message);
    }
    this.#refuseTooMany(key);
  }

  #refuseTooMany(key: string | null): void {
    if (key === null || (this.#byKey.get(key) ?? 0) < CONNECTIONS_PER_KEY_MAX) return;
    const message = `Your key has ${CONNECTIONS_PER_KEY_MAX} connections already. Close one first.`;
    throw new ProtocolError("too_many_connections", message);
  }
}

function gone(): ProtocolError {
  return new ProtocolError("timeout", "The connection is gone.");
}
