/**
 * JSON mode, for bots: a line of standard input is a request of the protocol, a line of standard output a reply or
 * an event, each as it stands on the wire. The session keeps the connection, so that a bot need not.
 */

import { ProtocolError } from "../server/protocol/errors.ts";
import { decodeFromClient } from "../server/protocol/decoding.ts";
import { isObject } from "../server/protocol/shapes.ts";
import type { SessionEvent } from "./events.ts";
import type { Outcome } from "./outcomes.ts";
import { runScript, type Script } from "./script.ts";

/** Runs the front end to its end. Resolves to the exit code, as `runScript`. */
export function runJson(script: Script): Promise<number> {
  return runScript(script, {
    async take(line) {
      if (line.trim() === "") return;
      const read = readRequest(line);
      if (read.is === "request") await script.session.forward(read.request, read.re);
      else await script.out.line(replyLine(read.re, { is: "refused", error: read.error }));
    },
    show,
  });
}

type Read =
  | {
    readonly is: "request";
    readonly request: Parameters<Script["session"]["forward"]>[0];
    readonly re: number | null;
  }
  | { readonly is: "wrong"; readonly re: number | null; readonly error: ProtocolError };

const encoder = new TextEncoder();

/** The request in a line. Its `id` may be left out; `re` is null then, and the reply carries none. */
function readRequest(line: string): Read {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return wrong(null, "The line is not JSON.");
  }
  if (!isObject(message)) return wrong(null, "The line is not a JSON object.");
  const re = typeof message["id"] === "number" ? message["id"] : null;
  try {
    const decoded = decodeFromClient(encoder.encode(JSON.stringify({ id: 1, ...message })));
    if (decoded.is === "request") return { is: "request", request: decoded.request, re };
    if (decoded.is === "ignored" || decoded.is === "received") return wrong(re, "That is no request.");
    return { is: "wrong", re, error: decoded.error };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return wrong(re, error.message);
  }
}

function wrong(re: number | null, message: string): Read {
  return { is: "wrong", re, error: new ProtocolError("bad_request", message) };
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
