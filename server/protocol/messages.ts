/**
 * The messages of the protocol, in two tables: what a client may ask with what the `ok` of each holds, and what
 * the server tells unasked. Bytes from the network become these types here, once; nothing behind this file
 * looks at unknown JSON.
 */

import { type ErrorCode, isErrorCode, ProtocolError } from "./errors.ts";
import { HISTORY_LIMIT_MAX, KEY_CHARS_MAX } from "./limits.ts";
import {
  boolean,
  firstWrong,
  hasShape,
  integer,
  isObject,
  type JsonObject,
  listOf,
  matching,
  nullable,
  object,
  type Of,
  oneOf,
  optional,
  type Shape,
  string,
} from "./shapes.ts";
import { quoted } from "./texts.ts";

const id = integer(1);
const seq = integer(1);
const seqOrNone = integer(0);
const count = integer(0);
const time = integer(0);
const page = optional(count);
/** How long something holds, in milliseconds; for ever where it is left out. */
const term = optional(integer(1));
const sayKey = matching(
  new RegExp(`^[\\x20-\\x7e]{1,${KEY_CHARS_MAX}}$`),
  `1 to ${KEY_CHARS_MAX} printable ASCII characters`,
);

/**
 * An entry of a log. `by` is the fingerprint of its author's key, where there is one. Which of the other optional
 * members there are depends on `kind`: `say`, `title`, or a newer one.
 */
const entry = {
  seq,
  at: time,
  kind: string,
  from: string,
  by: optional(string),
  text: optional(string),
  key: optional(string),
  title: optional(string),
};

const anEntry = object(entry);
/** 32 bytes. No other text is signed: one with line breaks in it could be the rest of a proof. */
const nonce = matching(/^[A-Za-z0-9_-]{43}$/, "43 characters of base64url");

export function isEntry(value: unknown): value is Entry {
  return anEntry.holds(value);
}

/**
 * Each request: the members it has beside `type` and `id`, and those of its `ok` beside `type` and `re`.
 * A list that would not fit a frame stops early, says `more: true`, and `next` goes back as `page` for the rest.
 */
export const REQUESTS = {
  hello: {
    asks: {
      protocol: integer(0),
      name: optional(string),
      password: optional(string),
      key: optional(string),
      proof: optional(string),
      session: optional(string),
      client: optional(string),
    },
    ok: {
      protocol: integer(1),
      name: string,
      session: string,
      resumed: boolean,
      limits: object({ frame: count, text: count, file: count }),
      motd: optional(string),
    },
  },
  rooms: {
    asks: { page },
    ok: {
      rooms: listOf(object({
        room: string,
        locked: boolean,
        title: optional(string),
        members: optional(count),
        head: optional(seqOrNone),
      })),
      more: optional(boolean),
      next: optional(count),
    },
  },
  create: {
    asks: {
      room: optional(string),
      password: optional(string),
      title: optional(string),
      history: optional(oneOf("all", "joined")),
    },
    ok: { room: string, log: string, head: seqOrNone },
  },
  join: {
    asks: {
      room: string,
      password: optional(string),
      after: optional(seqOrNone),
      log: optional(string),
      last: optional(count),
    },
    ok: {
      room: string,
      log: string,
      title: optional(string),
      members: count,
      names: optional(listOf(string)),
      head: seqOrNone,
      first: seq,
      reset: boolean,
    },
  },
  leave: { asks: { room: string }, ok: { room: string } },
  say: { asks: { room: string, text: string, key: optional(sayKey) }, ok: { room: string, seq, at: time } },
  tell: { asks: { to: string, text: string }, ok: { at: time } },
  name: { asks: { name: string, key: optional(string), proof: optional(string) }, ok: { name: string } },
  who: {
    asks: { room: optional(string), page },
    ok: {
      people: listOf(object({ name: string, rooms: listOf(string), connected: time, verified: boolean })),
      more: optional(boolean),
      next: optional(count),
    },
  },
  status: {
    asks: { page },
    ok: {
      people: listOf(object({ name: string, connected: time, disconnected: nullable(time) })),
      more: optional(boolean),
      next: optional(count),
    },
  },
  history: {
    asks: { room: string, before: optional(seq), limit: optional(integer(1, HISTORY_LIMIT_MAX)) },
    ok: { room: string, entries: listOf(anEntry), more: boolean },
  },
  search: {
    asks: {
      room: string,
      query: string,
      before: optional(seq),
      limit: optional(integer(1, HISTORY_LIMIT_MAX)),
    },
    ok: { room: string, entries: listOf(anEntry), more: boolean },
  },
  title: { asks: { room: string, title: string }, ok: { room: string, title: string } },
  kick: {
    asks: {
      room: string,
      name: string,
      reason: optional(string),
      ban: optional(boolean),
      address: optional(boolean),
      for_ms: term,
    },
    ok: { room: string, name: string },
  },
  unban: { asks: { room: string, name: string }, ok: { room: string, name: string } },
  mute: { asks: { room: string, name: string, for_ms: term }, ok: { room: string, name: string } },
  unmute: { asks: { room: string, name: string }, ok: { room: string, name: string } },
  owner: { asks: { room: string, name: string }, ok: { room: string, name: string } },
  password: { asks: { room: string, password: nullable(string) }, ok: { room: string } },
  close: { asks: { room: string }, ok: { room: string } },
  ping: { asks: {}, ok: {} },
  bye: { asks: {}, ok: {} },
} as const satisfies Record<string, { readonly asks: Shape; readonly ok: Shape }>;

/** What the server sends unasked, beside `type`. */
export const EVENTS = {
  greeting: { protocol: listOf(integer(1)), server: string, nonce },
  entry: { room: string, ...entry },
  presence: {
    room: string,
    members: count,
    joined: optional(listOf(string)),
    left: optional(listOf(string)),
    renamed: optional(listOf(object({ from: string, to: string }))),
  },
  direct: { from: string, text: string, at: time },
  notice: { text: string },
  kicked: {
    room: string,
    by: string,
    reason: optional(string),
    banned: boolean,
    closed: optional(boolean),
  },
  failed: { transfer: count, code: string, message: string },
  ping: {},
} as const satisfies Record<string, Shape>;

export type RequestType = keyof typeof REQUESTS;
export type Asked<T extends RequestType> = Of<typeof REQUESTS[T]["asks"]>;
export type Answer<T extends RequestType> = Of<typeof REQUESTS[T]["ok"]>;
/** A request of type `T` as it came, its members checked. */
export type RequestOf<T extends RequestType> = {
  [K in T]: { readonly type: K; readonly id: number } & Asked<K>;
}[T];
export type Request = RequestOf<RequestType>;

export type EventType = keyof typeof EVENTS;
export type EventOf<T extends EventType> = { readonly type: T } & Of<typeof EVENTS[T]>;
/** An entry as `history` and `search` give it; in the event `entry` its room and type stand beside it. */
export type Entry = Of<typeof entry>;
export type ServerEvent = { [T in EventType]: EventOf<T> }[EventType];

/** What a client sent, as far as the server can do something with it. */
export type FromClient =
  | { readonly is: "request"; readonly request: Request }
  /** The request cannot be done and its sender is told; the connection goes on. */
  | { readonly is: "refused"; readonly id: number; readonly type: string; readonly error: ProtocolError }
  /** A known request that no reply could name: the connection cannot go on. */
  | { readonly is: "unanswerable"; readonly type: string; readonly error: ProtocolError }
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
function codeOf(code: string): ErrorCode {
  return isErrorCode(code) ? code : "bad_request";
}

/** Whether the `ok` in `body` is what a request of `type` is answered with. */
export function isAnswer<T extends RequestType>(type: T, body: JsonObject): body is JsonObject & Answer<T> {
  return firstWrong(REQUESTS[type].ok, body) === null;
}
