/** Who is called what: the names of those who are here, those that belong to keys, and those that nobody gets. */

import { ProtocolError } from "../protocol/errors.ts";
import { foldName, type Name, parseName } from "../protocol/names.ts";
import { parseNetwork } from "../protocol/networks.ts";
import { lookOf } from "./lookalikes.ts";
import type { Person } from "./person.ts";
import type { Register } from "./register.ts";

/** Whom the operator's words come from. */
export const OPERATOR = "operator";
/** Whom the server's own words come from. */
export const SERVER = "server";
/** Names that would pass for the house's own. */
const RESERVED = [OPERATOR, SERVER, "system"];

/** What passes for a mention, a room, a command, or whoever speaks for nobody. */
const MISLEADING = /^(?:[@#/]|\*+$)/;

const GUEST = "Client";
const GUEST_FOLDED = foldName(GUEST);
const GUEST_NAME = new RegExp(`^${GUEST_FOLDED}\\d+$`);

function lookOfText(name: string): string {
  return lookOf(parseName(name, "name_invalid"));
}

const DIGITS = [..."0123456789"];

/** Whether it is one of the names that the server gives to whoever has none. */
export function isGuestName({ folded }: Name): boolean {
  return GUEST_NAME.test(folded);
}

export class Directory {
  /** Null where names belong to whoever is here. */
  readonly #register: Register | null;
  readonly #byName = new Map<string, Person>();
  /** Those of one look have the same key. Guests are not in it: what looks like one of their names is nobody's. */
  readonly #byLook = new Map<string, readonly Person[]>();
  readonly #reserved: ReadonlySet<string>;
  readonly #guestLook: RegExp;
  /** By what each looks like. */
  readonly #digits: ReadonlyMap<string, string>;
  /** No guest's number below this one is free. */
  #guestsFrom = 1;

  constructor(register: Register | null) {
    this.#register = register;
    this.#reserved = new Set(RESERVED.map(lookOfText));
    this.#guestLook = new RegExp(`^${lookOfText(GUEST)}[${DIGITS.map(lookOfText).join("")}]+$`);
    this.#digits = new Map(DIGITS.map((digit) => [lookOfText(digit), digit]));
  }

  /** Who is called `raw` now, whether connected or not. */
  find(raw: string): Person | undefined {
    return this.#byName.get(foldName(raw));
  }

  /** Whether the name of `person` belongs to the key that they have. */
  verified({ name, key }: Person): boolean {
    return key !== null && this.#register?.ownerOf(name.folded) === key;
  }

  put(person: Person): void {
    this.#byName.set(person.name.folded, person);
    if (isGuestName(person.name)) return;
    const look = lookOf(person.name);
    this.#byLook.set(look, [...this.#byLook.get(look) ?? [], person]);
  }

  remove(person: Person): void {
    const { name } = person;
    this.#byName.delete(name.folded);
    if (isGuestName(name)) {
      const number = Number(name.folded.slice(GUEST_FOLDED.length));
      if (number > 0) this.#guestsFrom = Math.min(this.#guestsFrom, number);
      return;
    }
    const look = lookOf(name);
    const doubles = this.#byLook.get(look)?.filter((other) => other !== person) ?? [];
    if (doubles.length === 0) this.#byLook.delete(look);
    else this.#byLook.set(look, doubles);
  }

  /** The lowest free of `Client1`, `Client2`, …: nothing looks like one of them, and none belongs to a key. */
  guestName(): Name {
    for (;; this.#guestsFrom++) {
      const name = parseName(`${GUEST}${this.#guestsFrom}`, "name_invalid");
      if (!this.#byName.has(name.folded)) return name;
    }
  }

  /**
   * Throws `ProtocolError` `name_taken` unless whoever has `key` may be called `name`; `but` is the person whom
   * they are now, whose name is no obstacle.
   */
  refuseTaken(name: Name, key: string | null, but: Person | null): void {
    const why = this.#whyTaken(name, key, but);
    if (why !== null) throw new ProtocolError("name_taken", why);
  }

  /** Makes `name` the key's own, on disk when this resolves. Rejects as `Register.bind` does. */
  async bind(name: Name, key: string): Promise<void> {
    if (!isGuestName(name)) await this.#register?.bind(name, key);
  }

  /** Whether the operator, who reads or types it, would mean a network. */
  #passesForAddress(folded: string, look: string): boolean {
    const digits = Array.from(look, (letter) => this.#digits.get(letter) ?? letter).join("");
    return parseNetwork(folded) !== null || parseNetwork(digits) !== null;
  }

  #whyTaken(name: Name, key: string | null, but: Person | null = null): string | null {
    const { shown, folded } = name;
    const look = lookOf(name);
    const double = this.#guestLook.test(look) && !isGuestName(name);
    const reserved = double || this.#reserved.has(look) || MISLEADING.test(folded);
    if (reserved || this.#passesForAddress(folded, look)) {
      return `Nobody can be called ${shown}. Choose another name.`;
    }
    const bound = this.#register?.whyTaken(name, key) ?? null;
    if (bound !== null) return bound;
    const same = this.#byName.get(folded);
    const similar = [...same === undefined ? [] : [same], ...this.#byLook.get(look) ?? []];
    const other = similar.find((one) => one !== but && (key === null || one.key !== key));
    if (other === undefined) return null;
    if (other.name.folded === folded) return `Somebody is called ${shown} already. Choose another name.`;
    return `${shown} looks like ${other.name.shown}, who is somebody else. Choose another name.`;
  }
}
