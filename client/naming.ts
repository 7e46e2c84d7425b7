/**
 * What servers call us. A name is the one that we asked for, or one that can belong to nobody; and what our key signs
 * is what we asked for, however the server writes it, since what is signed for one server may be shown to another.
 */

import { ProtocolError } from "../server/protocol/errors.ts";
import { foldName } from "../server/protocol/names.ts";
import { quoted } from "../server/protocol/texts.ts";

/** Names that servers pick; nobody can own one. */
const PICKED = /^Client[1-9]\d*$/;

/**
 * What is wrong where a server calls us `given` and we had asked for `asked`, or for any name where that is
 * undefined; null where nothing is. Who is there already under that name is called as they wrote it.
 */
export function misnamed(asked: string | undefined, given: string): ProtocolError | null {
  if (asked === undefined ? PICKED.test(given) : foldName(given) === foldName(asked)) return null;
  const wanted = asked === undefined ? "no name" : quoted(asked);
  return new ProtocolError(
    "bad_frame",
    `You asked for ${wanted}, and the server calls you ${
      quoted(given)
    }, which the protocol forbids: your key ` +
      "would sign that name. If you want it, ask for it yourself.",
  );
}
