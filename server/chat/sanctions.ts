/**
 * Bans and mutes: whom they are about, how long they hold, and lists of them. A list is never changed but replaced
 * by another, so that it can stand in a record that is written as a whole.
 */

import { ProtocolError } from "../protocol/errors.ts";
import type { Name } from "../protocol/names.ts";
import { integer, nullable, object, type Of, optional, string } from "../protocol/shapes.ts";
import { lookOf } from "./lookalikes.ts";

/** Somebody by any of what one can be known by; null where that is not known, or not meant. */
export interface Whom {
  readonly name: Name | null;
  /** Canonical base64url. */
  readonly key: string | null;
  /** What `networkOf` says of an address. */
  readonly network: string | null;
}

/** Who ordered a sanction, until when it holds, and why. Times in milliseconds since 1970-01-01 UTC. */
export interface Terms {
  /** The name of a person, or `operator`. */
  readonly by: string;
  readonly at: number;
  /** Null for ever. */
  readonly until: number | null;
  readonly reason?: string | undefined;
}

const members = {
  name: nullable(string),
  look: nullable(string),
  key: nullable(string),
  network: nullable(string),
  by: string,
  at: integer(0),
  until: nullable(integer(0)),
  reason: optional(string),
};

/**
 * A ban or a mute. It holds for whoever has its `key`, comes from its `network`, or is called like its `name`: `look`
 * is what that has in common with all names that look like it, kept because it is compared far more often than made.
 */
export type Sanction = Of<typeof members>;

/** The shape of a `Sanction` in a record. */
export const sanctionShape = object(members);

/** The latest time that `Date` knows. What ends later than that never ends. */
const TIME_MAX = 8.64e15;

/** How many sanctions one list holds at most. */
export const SANCTIONS_MAX = 1_000;

/** A sanction against `whom`, by all that is known of them. */
export function sanctionOf({ name, key, network }: Whom, { by, at, until, reason }: Terms): Sanction {
  return {
    name: name === null ? null : name.shown,
    look: name === null ? null : lookOf(name),
    key,
    network,
    by,
    at,
    until: (until ?? Infinity) > TIME_MAX ? null : until,
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Whether `sanction` still holds at `now`. */
export function holds({ until }: Sanction, now: number): boolean {
  return until === null || until > now;
}

/** The sanction of `list` that holds for `whom` at `now`, the one that ends last; null where there is none. */
export function sanctioned(list: readonly Sanction[], whom: Whom, now: number): Sanction | null {
  if (list.length === 0) return null;
  return list.filter(meant(whom)).filter((sanction) => holds(sanction, now)).reduce(lasting, null);
}

/** Whichever of two sanctions ends later. */
export function lasting(one: Sanction | null, other: Sanction): Sanction {
  return one === null || (other.until ?? Infinity) > (one.until ?? Infinity) ? other : one;
}

/**
 * `list` with `sanction` at its end, without what has ended by `now`, and without older ones against nobody but
 * those whom the new one is against. Throws `ProtocolError` `not_allowed` where the list is full.
 */
export function withSanction(
  list: readonly Sanction[],
  sanction: Sanction,
  now: number,
): readonly Sanction[] {
  const kept = list.filter((old) => holds(old, now) && !covers(sanction, old));
  if (kept.length < SANCTIONS_MAX) return [...kept, sanction];
  const message = `There are ${SANCTIONS_MAX} of these already, and no more can be kept. Lift some first.`;
  throw new ProtocolError("not_allowed", message);
}

/**
 * `list` without every sanction that is against `whom`, or against a key that one of those is against: who was
 * sanctioned under several names is free with one word. `lifted` are those that went.
 */
export function withoutSanctions(
  list: readonly Sanction[],
  whom: Whom,
): { readonly left: readonly Sanction[]; readonly lifted: readonly Sanction[] } {
  const direct = list.filter(meant(whom));
  const keys = new Set(direct.map(({ key }) => key));
  keys.delete(null);
  const lifted = new Set([...direct, ...list.filter(({ key }) => keys.has(key))]);
  return { left: list.filter((sanction) => !lifted.has(sanction)), lifted: [...lifted] };
}

/**
 * What somebody is told whom `sanction` holds for at `now`. `what` is the rest of "You are …", such as
 * `banned from this server` or `muted in #tea`.
 */
export function sentence({ until, reason }: Sanction, what: string, now: number): string {
  const term = until === null ? "" : ` for another ${inWords(until - now)}`;
  const why = reason === undefined ? "" : `: ${reason}`;
  return `You are ${what}${term}${why}. Ask whoever runs it to lift that.`;
}

/** Whether a sanction is against `whom`, by anything that they are known by. */
function meant({ name, key, network }: Whom): (sanction: Sanction) => boolean {
  const look = name === null ? null : lookOf(name);
  return (sanction) =>
    (key !== null && sanction.key === key) || (look !== null && sanction.look === look) ||
    (network !== null && sanction.network === network);
}

/** Whether `sanction` is against everything that `old` is against. */
function covers(sanction: Sanction, old: Sanction): boolean {
  return (old.key === null || old.key === sanction.key) &&
    (old.look === null || old.look === sanction.look) &&
    (old.network === null || old.network === sanction.network);
}

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

/** `ms`, rounded up, in the largest unit of which there are two, so that it is never far off. */
function inWords(ms: number): string {
  const [name, unitMs] = UNITS.find(([, unitMs]) => ms >= 2 * unitMs) ?? ["second", 1_000];
  const count = Math.max(1, Math.ceil(ms / unitMs));
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
