/** From bytes to messages, once: nothing behind this file looks at unknown JSON. */

import { type ErrorCode, isErrorCode, ProtocolError } from "./errors.ts";
import {
  type EventOf,
  EVENTS,
  type EventType,
  type Request,
  REQUESTS,
  type RequestType,
  type ServerEvent,
} from "./messages.ts";
import { firstWrong, hasShape, integer, isObject, type JsonObject, optional, string } from "./shapes.ts";
import { quoted } from "./texts.ts";

const id = integer(1);
const count = integer(0);

/** What a client sent, as far as the server can do something with it. */
export type FromClient =
  | { readonly is: "request"; readonly request: Request }
  /** The request cannot be done and its sender is told; the connection goes on. */
  | { readonly is: "refused"; readonly id: number; readonly type: string; readonly error: ProtocolError }
  /** A known request that no reply could name: the connection cannot go on. */
  | { readonly is: "unanswerable"; readonly type: string; readonly error: ProtocolError }
  /** So much of a file that the server sends has come. */
  | { readonly is: "received"; readonly transfer: number; readonly offset: number }
  /** `pong`, and whatever unknown asks for no answer. */
  | { readonly is: "ignored"; readonly type: string };

/** What a server sent, as far as a client can do something with it. */
export type FromServer =
  | { readonly is: "ok"; readonly re: number; readonly body: JsonObject }
  | { readonly is: "refused"; readonly re: number; readonly error: ProtocolError }
  | { readonly is: "event"; readonly event: ServerEvent }
  /** An error without `re`: the server closes the connection after it. */
  | { readonly is: "ending"; readonly error: ProtocolError }
  /** From a newer server: not for us. */
  | { readonly is: "ignored"; readonly type: string };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const TYPED = { type: string };
const NAMED = { id };

/** The object in a frame of kind 1. Throws `ProtocolError` `bad_frame`. */
function decodeObject(body: Uint8Array): JsonObject & { readonly type: string } {
  let message: unknown;
  try {
    message = JSON.parse(decoder.decode(body));
  } catch {
    throw new ProtocolError("bad_frame", "The frame is not JSON in UTF-8.");
  }
  if (!isObject(message) || !hasShape(TYPED, message)) {
    throw new ProtocolError("bad_frame", 'The frame is not a JSON object with a string "type".');
  }
  return message;
}

function isRequestType(type: string): type is RequestType {
  return Object.hasOwn(REQUESTS, type);
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENTS, type);
}

/** Reads what a client sent. Throws `ProtocolError` `bad_frame` where it is not of the protocol. */
export function decodeFromClient(body: Uint8Array): FromClient {
  const message = decodeObject(body);
  const type = message.type;
  if (type === "received" && isReceived(message)) {
    return { is: "received", transfer: message.transfer, offset: message.offset };
  }
  const named = hasShape(NAMED, message);
  if (!isRequestType(type)) {
    if (!named) return { is: "ignored", type };
    const sentence = `This server knows no request ${quoted(type)}. Do without it.`;
    const error = new ProtocolError("unknown_type", sentence);
    return { is: "refused", id: message.id, type, error };
  }
  if (!named) {
    const error = new ProtocolError("bad_request", `A ${type} needs an "id": ${id.wants}.`);
    return { is: "unanswerable", type, error };
  }
  if (isRequest(type, message)) return { is: "request", request: message };
  const wrong = firstWrong(REQUESTS[type].asks, message) ?? "";
  return {
    is: "refused",
    id: message.id,
    type,
    error: new ProtocolError("bad_request", `In ${type}, ${wrong}`),
  };
}

function isReceived(message: JsonObject): message is JsonObject & EventOf<"received"> {
  return hasShape(EVENTS.received, message);
}

function isRequest(type: RequestType, message: JsonObject): message is JsonObject & Request {
  return firstWrong(REQUESTS[type].asks, message) === null;
}

/** Reads what a server sent. Throws `ProtocolError` `bad_frame` where it is not of the protocol. */
export function decodeFromServer(body: Uint8Array): FromServer {
  const message = decodeObject(body);
  const { type } = message;
  if (type === "ok" || type === "error") return decodeReply(type, message);
  if (!isEventType(type)) return { is: "ignored", type };
  if (isEvent(type, message)) return { is: "event", event: message };
  throw new ProtocolError("bad_frame", `In ${type}, ${firstWrong(EVENTS[type], message)}`);
}

function isEvent(type: EventType, message: JsonObject): message is JsonObject & ServerEvent {
  return firstWrong(EVENTS[type], message) === null;
}

function decodeReply(type: "ok" | "error", message: JsonObject): FromServer {
  if (type === "error") {
    if (!hasShape({ code: string, message: string, re: optional(id), retry_ms: optional(count) }, message)) {
      throw new ProtocolError("bad_frame", "An error came without a code.");
    }
    const error = new ProtocolError(codeOf(message.code), message.message, message.retry_ms);
    if (message.re === undefined) return { is: "ending", error };
    return { is: "refused", re: message.re, error };
  }
  if (!hasShape({ re: id }, message)) {
    throw new ProtocolError("bad_frame", "An ok came without the id it answers.");
  }
  return { is: "ok", re: message.re, body: message };
}

/** A code that this version does not know is treated as a refusal of its kind. */
export function codeOf(code: string): ErrorCode {
  return isErrorCode(code) ? code : "bad_request";
}
