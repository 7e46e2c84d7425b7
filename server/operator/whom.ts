/** Whom the operator means: an address, a key or its fingerprint, or a name. */

import type { House } from "../chat/house.ts";
import type { Whom } from "../chat/sanctions.ts";
import { UsageError } from "../protocol/flags.ts";
import { foldName, parseName } from "../protocol/names.ts";
import { parseNetwork } from "../protocol/networks.ts";
import { fingerprint, parseKey } from "../protocol/proofs.ts";
import { quoted } from "../protocol/texts.ts";

/**
 * Reads `text`. Who is meant by a name is also meant by the key that goes with it. Throws `ProtocolError`
 * `name_invalid` where it can be nobody, and `UsageError` where it can be two.
 */
export function whomMeant(house: House, text: string): Whom {
  const named = whoIsCalled(house, text);
  const network = parseNetwork(text);
  if (network !== null) {
    if (named === null) return { name: null, key: null, network };
    // Nobody gets such a name; somebody may have got it when it was to be had.
    const address = network.includes("/") ? network : `${network}/32`;
    throw new UsageError(
      `${quoted(text)} is an address and somebody's name. Say whom you mean by key, or with ${address}.`,
    );
  }
  if (RANGE.test(text)) {
    throw new UsageError(
      `${quoted(text)} is a range; what can be banned is an address, or with IPv6 its /64.`,
    );
  }
  if (parseKey(text) === text) return { name: null, key: text, network: null };
  const key = keyWith(house, text);
  if (key === null) return named ?? { name: parseName(text, "name_invalid"), key: null, network: null };
  if (named === null) return { name: null, key, network: null };
  // Somebody took it as a name, so that the operator would take the one for the other.
  const message = `${quoted(text)} is one's name and the fingerprint of another's key.`;
  throw new UsageError(`${message} Say whom you mean by the other's name, or by address.`);
}

/** Whoever is here under a name, or whom it belongs to; null where that is nobody. */
function whoIsCalled({ people, register }: House, text: string): Whom | null {
  const person = people.directory.find(text);
  if (person !== undefined) return { name: person.name, key: person.key, network: null };
  const key = register?.ownerOf(foldName(text)) ?? null;
  return key === null ? null : { name: parseName(text, "name_invalid"), key, network: null };
}

/** Addresses with the length of a prefix, which somebody may well mean. */
const RANGE = /^[\da-fA-F:.]+\/\d+$/;
const FINGERPRINT = /^[\w-]{22}$/;

/** The key with this fingerprint, of all that the house knows; null where there is none. */
function keyWith({ people, register, rooms, bans }: House, text: string): string | null {
  if (!FINGERPRINT.test(text)) return null;
  const sanctions = [...bans, ...[...rooms].flatMap(({ record }) => [...record.banned, ...record.muted])];
  const known = new Set([
    ...[...people.present()].map(({ key }) => key),
    ...[...register ?? []].map(({ key }) => key),
    ...sanctions.map(({ key }) => key),
  ]);
  return [...known].find((key) => key !== null && fingerprint(key) === text) ?? null;
}
