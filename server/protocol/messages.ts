/**
 * The messages of the protocol, in two tables: what a client may ask with what the `ok` of each holds, and what
 * the server tells unasked. Bytes become these types in `decoding.ts`.
 */

import { HISTORY_LIMIT_MAX, KEY_CHARS_MAX } from "./limits.ts";
import {
  boolean,
  firstWrong,
  integer,
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

const seq = integer(1);
const seqOrNone = integer(0);
const count = integer(0);
const time = integer(0);
const page = optional(count);
/** How long something holds, in milliseconds; for ever where it is left out. */
const term = optional(integer(1));
/** The SHA-256 of a file. */
const sha256 = matching(/^[0-9a-fA-F]{64}$/, "64 hex digits");
/** Counts the transfers of a connection, as it stands in a chunk's head. */
const transfer = integer(0, 0xffff_ffff);
/** A file is known by the seq of its entry. */
const file = integer(1);
const sayKey = matching(
  new RegExp(`^[\\x20-\\x7e]{1,${KEY_CHARS_MAX}}$`),
  `1 to ${KEY_CHARS_MAX} printable ASCII characters`,
);

/**
 * An entry of a log. `by` is the fingerprint of its author's key, where there is one. Which of the other optional
 * members there are depends on `kind`: `say`, `title`, `file`, `removed`, or a newer one.
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
  file: optional(file),
  name: optional(string),
  size: optional(count),
  sha256: optional(sha256),
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
  files: {
    asks: { room: string, page },
    ok: {
      files: listOf(object({ file, name: string, size: count, sha256, from: string, at: time })),
      more: optional(boolean),
      next: optional(count),
    },
  },
  put: {
    asks: { room: string, name: string, size: count, sha256, key: optional(sayKey) },
    ok: { transfer, offset: count, window: count },
  },
  get: {
    asks: { room: string, file, offset: optional(count) },
    ok: { transfer, name: string, size: count, sha256, window: count },
  },
  cancel: { asks: { transfer }, ok: { transfer } },
  remove: { asks: { room: string, file }, ok: { room: string, file } },
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
  received: { transfer, offset: count },
  done: { transfer, room: optional(string), file: optional(file), seq: optional(seq) },
  failed: { transfer, code: string, message: string },
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

/** Whether the `ok` in `body` is what a request of `type` is answered with. */
export function isAnswer<T extends RequestType>(type: T, body: JsonObject): body is JsonObject & Answer<T> {
  return firstWrong(REQUESTS[type].ok, body) === null;
}
