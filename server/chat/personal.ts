/** Requests about the asker and other people: `name`, `tell`, `ping`, `bye`. */

import { ProtocolError } from "../protocol/errors.ts";
import { encodeMessage } from "../protocol/frames.ts";
import { parseName } from "../protocol/names.ts";
import { cleanText, quoted } from "../protocol/texts.ts";
import type { Handler } from "./handler.ts";
import { refuseBanned } from "./hello.ts";
import type { House } from "./house.ts";
import { provenKey } from "./proven_key.ts";
import { sanctioned, sentence } from "./sanctions.ts";
import { type Session, whomOf } from "./person.ts";

/** When somebody who does not take what is sent may be tried again. */
const CONGESTED_RETRY_MS = 1_000;

export const name: Handler<"name"> = async (house, { client, session }, asked) => {
  const key = provenKey(house, client, asked);
  await house.people.rename(session, asked.name, key, () => {
    refuseBanned(house, client.network, asked.name, key ?? session.key);
    refuseEvasion(house, session, asked.name, key ?? session.key);
  });
  return { answer: { name: session.name.shown } };
};

/** Nobody shakes off a mute by taking another name, or is in a room as somebody who is banned from it. */
function refuseEvasion({ rooms, now }: House, session: Session, raw: string, key: string | null): void {
  const wanted = { name: parseName(raw, "name_invalid"), key, network: null };
  for (const place of session.places) {
    const room = rooms.find(place.room);
    // It may be closed just now.
    if (room === undefined) continue;
    const { muted, banned } = room.record;
    if (sanctioned(muted, whomOf(session), now()) !== null) {
      const message = `You are muted in #${place.room}, and keep your name until that is over.`;
      throw new ProtocolError("muted", message);
    }
    const ban = room.isOwner(key) ? null : sanctioned(banned, wanted, now());
    if (ban !== null) {
      throw new ProtocolError("banned", sentence(ban, `banned from #${place.room} as that`, now()));
    }
  }
}

export const tell: Handler<"tell"> = (house, { session }, asked) => {
  const text = cleanText(asked.text, house.textBytesMax);
  const contacts = (house.people.find(asked.to)?.sessions ?? []).flatMap(({ contact }) => contact ?? []);
  if (contacts.length === 0) {
    const message = `Nobody called ${quoted(asked.to)} is connected. See who is, and try again.`;
    throw new ProtocolError("no_such_person", message);
  }
  const open = contacts.filter(({ congested }) => !congested);
  if (open.length === 0) {
    throw new ProtocolError(
      "rate_limited",
      `${quoted(asked.to)} does not take what is sent just now. Try again later.`,
      CONGESTED_RETRY_MS,
    );
  }
  const at = house.now();
  const frame = encodeMessage({ type: "direct", from: session.name.shown, text, at });
  for (const contact of open) contact.send(frame);
  return { answer: { at } };
};

export const ping: Handler<"ping"> = () => ({ answer: {} });

export const bye: Handler<"bye"> = async (house, { client, session }) => {
  // What was said before it is stored and answered first.
  await client.answers.said;
  // Meanwhile somebody may have taken the session up over another connection: it is theirs then.
  if (session.contact === client) house.people.end(session);
  house.report("LEFT", `${session.name.shown} from ${client.address}`);
  return { answer: {}, sent: () => client.finish() };
};
