/** Coming in: `hello`. */

import { ProtocolError } from "../protocol/errors.ts";
import { FRAME_BYTES_MAX, PROTOCOL_VERSION } from "../protocol/limits.ts";
import type { Answer, Asked } from "../protocol/messages.ts";
import { quoted, stripControls } from "../protocol/texts.ts";
import type { Client } from "./client.ts";
import type { House } from "./house.ts";

/** Begins a session for `client`, or takes up the one that it names. Throws `ProtocolError`. */
export function hello(house: House, client: Client, asked: Asked<"hello">): Answer<"hello"> {
  if (asked.protocol !== PROTOCOL_VERSION) {
    const message = `This server speaks version ${PROTOCOL_VERSION} of the protocol, not ${asked.protocol}.`;
    throw new ProtocolError("unsupported_protocol", message);
  }
  const { people, report, textBytesMax, motd } = house;
  const resumed = asked.session === undefined || asked.name === undefined
    ? null
    : people.resume(asked.session, asked.name, client);
  const session = resumed ?? people.enter(asked.name, client);
  client.standing = { is: "open", session };
  const program = asked.client === undefined ? "" : ` with ${quoted(stripControls(asked.client))}`;
  report(
    "CLIENT CONNECTED",
    `${session.name.shown} from ${client.address}${program}${resumed ? ", back" : ""}`,
  );
  return {
    protocol: PROTOCOL_VERSION,
    name: session.name.shown,
    session: session.token,
    resumed: resumed !== null,
    limits: { frame: FRAME_BYTES_MAX, text: textBytesMax, file: 0 },
    ...(motd === "" ? {} : { motd }),
  };
}
