/**
 * Whether this program may use a file that somebody named. It never asks here: a question in the middle of a chat would
 * freeze it. Rights are about what a path says, not where it leads, so where it leads is looked at too.
 */

import { ProtocolError } from "../../server/protocol/errors.ts";
import { missingRight } from "../obstacle.ts";

/** Throws `ProtocolError` `not_allowed` where the file at `path` may not be read. */
export async function needRead(path: string): Promise<void> {
  if (missingRight(path, ["read"]) === null && await leadsWithin("read", path)) return;
  throw new ProtocolError(
    "not_allowed",
    `The right to read ${path} is missing. Put the file into chat-data/client/outbox/ and send it from there, ` +
      "or hand it over as input: chat connect … --send - --as NAME < FILE.",
  );
}

/** Throws `ProtocolError` `not_allowed` where no file may be made at `path`. */
export async function needWrite(path: string): Promise<void> {
  const folder = path.replace(/[^/\\]*$/, "") || ".";
  // Where we may not look, a person has granted this very path.
  const looks = missingRight(folder, ["read"]) === null;
  if (missingRight(path, ["write"]) === null && (!looks || await leadsWithin("write", folder))) return;
  throw new ProtocolError(
    "not_allowed",
    `The right to write ${path} is missing. Without a path a file goes to chat-data/client/downloads/; ` +
      "chat connect … --get NAME --to - writes it to standard output.",
  );
}

/**
 * Whether `path`, with its symbolic links followed, is in reach as well. What is not there leads nowhere; what the
 * system does not let us look at is taken to lead away.
 */
async function leadsWithin(right: "read" | "write", path: string): Promise<boolean> {
  try {
    return missingRight(await Deno.realPath(path), [right]) === null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
  }
}
