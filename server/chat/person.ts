/** Requests about the asker and other people: `name`, `tell`, `ping`, `bye`. */

import { ProtocolError } from "../protocol/errors.ts";
import { encodeMessage } from "../protocol/frames.ts";
import { cleanText, quoted } from "../protocol/texts.ts";
import type { Handler } from "./handler.ts";

/** When somebody who does not take what is sent may be tried again. */
const CONGESTED_RETRY_MS = 1_000;

export const name: Handler<"name"> = ({ people }, { session }, asked) => {
  people.rename(session, asked.name);
  return { answer: { name: session.name.shown } };
};

export const tell: Handler<"tell"> = (house, { session }, asked) => {
  const text = cleanText(asked.text, house.textBytesMax);
  const contact = house.people.find(asked.to)?.contact ?? null;
  if (contact === null) {
    const message = `Nobody called ${quoted(asked.to)} is connected. See who is, and try again.`;
    throw new ProtocolError("no_such_person", message);
  }
  if (contact.congested) {
    throw new ProtocolError(
      "rate_limited",
      `${quoted(asked.to)} does not take what is sent just now. Try again later.`,
      CONGESTED_RETRY_MS,
    );
  }
  const at = house.now();
  contact.send(encodeMessage({ type: "direct", from: session.name.shown, text, at }));
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
