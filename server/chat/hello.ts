/** Coming in: `hello`. */

import { ProtocolError } from "../protocol/errors.ts";
import { PROTOCOL_VERSION } from "../protocol/limits.ts";
import type { Answer, Asked } from "../protocol/messages.ts";
import { parseName } from "../protocol/names.ts";
import { fingerprint } from "../protocol/proofs.ts";
import { quoted, stripControls } from "../protocol/texts.ts";
import type { Client } from "./client.ts";
import type { House } from "./house.ts";
import { provenKey } from "./proven_key.ts";
import { sameSecret } from "./passwords.ts";
import { sentence } from "./sanctions.ts";
import type { Session } from "./person.ts";

/** Begins a session for `client`, or takes up the one that it names. Rejects with `ProtocolError`. */
export async function hello(house: House, client: Client, asked: Asked<"hello">): Promise<Answer<"hello">> {
  if (asked.protocol !== PROTOCOL_VERSION) {
    const message = `This server speaks version ${PROTOCOL_VERSION} of the protocol, not ${asked.protocol}.`;
    throw new ProtocolError("unsupported_protocol", message);
  }
  const key = provenKey(house, client, asked);
  refuseBanned(house, client.network, asked.name, key);
  const resumed = resume(house, client, asked, key);
  const session = resumed ?? await enter(house, client, asked, key);
  if (client.gone) {
    // Nobody knows the session, and nobody would ever end it.
    house.people.end(session);
    throw new ProtocolError("timeout", "The connection is gone.");
  }
  client.standing = { is: "open", session };
  tellOperator(house, client, asked, resumed !== null);
  return {
    protocol: PROTOCOL_VERSION,
    name: session.name.shown,
    session: session.token,
    resumed: resumed !== null,
    limits: { frame: house.frameBytesMax, text: house.textBytesMax, file: house.fileBytesMax },
    ...(house.motd === "" ? {} : { motd: house.motd }),
  };
}

function resume(
  { people }: House,
  client: Client,
  { session, name }: Asked<"hello">,
  key: string | null,
): Session | null {
  return session === undefined || name === undefined ? null : people.resume(session, name, key, client);
}

async function enter(
  house: House,
  client: Client,
  { name, password }: Asked<"hello">,
  key: string | null,
): Promise<Session> {
  refuseWithoutPassword(house, client, password, key);
  const session = await house.people.enter(name, key, client);
  try {
    // Somebody may have been banned while their name was stored.
    refuseBanned(house, client.network, name, key);
  } catch (error) {
    house.people.end(session);
    throw error;
  }
  return session;
}

/** Throws `ProtocolError` `banned`. */
export function refuseBanned(
  { bans, now }: House,
  network: string,
  raw: string | undefined,
  key: string | null,
): void {
  const name = raw === undefined ? null : parseName(raw, "name_invalid");
  const ban = bans.find({ name, key, network });
  if (ban !== null) throw new ProtocolError("banned", sentence(ban, "banned from this server", now()));
}

/** Whoever takes up a session has shown the server's password before. */
function refuseWithoutPassword(
  { password, attempts, register, report }: House,
  { network, address }: Client,
  given: string | undefined,
  key: string | null,
): void {
  if (password === null) return;
  if (given === undefined) {
    throw new ProtocolError("wrong_password", "This server has a password. Give it to come in.");
  }
  // Who has a name here has been let in before.
  const knownKey = key !== null && register !== null && register.namesOf(key).length > 0 ? key : null;
  const attempt = attempts.begin({ network, knownKey, room: null });
  const right = sameSecret(given, password);
  attempt.settle(right ? "right" : "wrong");
  if (right) return;
  report("WRONG PASSWORD", `for the server, from ${address}`);
  throw new ProtocolError("wrong_password", "That is not the password of this server.");
}

function tellOperator(
  { report }: House,
  { address, standing }: Client,
  { client }: Asked<"hello">,
  back: boolean,
): void {
  if (standing.is !== "open") return;
  const { name, key } = standing.session;
  const program = client === undefined ? "" : ` with ${quoted(stripControls(client))}`;
  const holder = key === null ? "" : ` (key ${fingerprint(key)})`;
  report("CLIENT CONNECTED", `${name.shown}${holder} from ${address}${program}${back ? ", back" : ""}`);
}
