/**
 * JSON mode, for bots: a line of standard input is a request of the protocol, a line of standard output a reply or
 * an event, each as it stands on the wire. The session keeps the connection, so that a bot need not; and moves files,
 * which a bot names by their paths.
 */

import { ProtocolError } from "../server/protocol/errors.ts";
import { decodeFromClient } from "../server/protocol/decoding.ts";
import type { Request } from "../server/protocol/messages.ts";
import { isObject, type JsonObject } from "../server/protocol/shapes.ts";
import type { SessionEvent } from "./events.ts";
import { JsonFiles } from "./json_files.ts";
import { type Outcome, refusal } from "./outcomes.ts";
import { parsed } from "./own_file.ts";
import { runScript, type Script } from "./script.ts";

/** Runs the front end to its end; `data` is the folder of all data. Resolves to the exit code, as `runScript`. */
export function runJson(script: Script, data: string): Promise<number> {
  const files = new JsonFiles(script, data);
  return runScript(script, {
    async take(line) {
      if (line.trim() === "") return;
      const reply = await answered(script, files, line);
      if (reply !== null) await script.out.line(reply);
    },
    show: (event) => event.is === "transfer" ? files.ended(event) : show(event),
  });
}

/** Does what a line says. The reply, where it is known at once. */
async function answered(script: Script, files: JsonFiles, line: string): Promise<string | null> {
  const message = parsed(line);
  if (message === undefined) return replyLine(null, refusal("bad_request", "The line is not JSON."));
  if (!isObject(message)) return replyLine(null, refusal("bad_request", "The line is not a JSON object."));
  const re = typeof message["id"] === "number" ? message["id"] : null;
  const outcome = files.take(message);
  if (outcome !== null) return replyLine(re, outcome);
  const read = readRequest(message);
  if ("code" in read) return replyLine(re, { is: "refused", error: read });
  await script.session.forward(read, re);
  return null;
}

const encoder = new TextEncoder();

/** The request in a line, whose `id` may be left out; or what is wrong with it. */
function readRequest(message: JsonObject): Request | ProtocolError {
  try {
    const decoded = decodeFromClient(encoder.encode(JSON.stringify({ id: 1, ...message })));
    if (decoded.is === "request") return decoded.request;
    if (decoded.is === "ignored" || decoded.is === "received") {
      return new ProtocolError("bad_request", "That is no request.");
    }
    return decoded.error;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return new ProtocolError("bad_request", error.message);
  }
}

function show(event: SessionEvent): string | null {
  switch (event.is) {
    case "entry":
    case "presence":
    case "direct":
    case "notice":
    case "kicked":
      return JSON.stringify(event.event);
    case "reply":
      return replyLine(event.re, event.outcome);
    default:
      return null;
  }
}

function replyLine(re: number | null, outcome: Outcome): string {
  const answered = re === null ? {} : { re };
  if (outcome.is === "ok") return JSON.stringify({ ...outcome.body, re: undefined, ...answered, type: "ok" });
  const { code, message, retryMs } = outcome.error;
  return JSON.stringify({ type: "error", ...answered, code, message, retry_ms: retryMs });
}
