/** What a room's record on disk says, and how it is read. */

import {
  integer,
  isObject,
  listOf,
  matching,
  nullable,
  object,
  oneOf,
  optional,
  string,
} from "../protocol/shapes.ts";
import type { PasswordHash } from "./passwords.ts";
import { type Sanction, sanctionShape } from "./sanctions.ts";

/** What a member may see of a room: everything, or what came after they first joined. */
export type Horizon = "all" | "joined";

export interface RoomRecord {
  readonly room: string;
  /** Part of the id of its log. */
  readonly log: string;
  readonly title: string;
  readonly password: PasswordHash | null;
  /** The key of whoever may moderate it; null where only the operator may. */
  readonly owner: string | null;
  readonly history: Horizon;
  readonly banned: readonly Sanction[];
  readonly muted: readonly Sanction[];
  /** Milliseconds since 1970-01-01 UTC. */
  readonly created: number;
  /** When it was closed for good; null while it is open. Its name is kept, since numbers are given out once. */
  readonly closed: number | null;
}

const shape = object({
  room: string,
  log: string,
  title: string,
  password: nullable(
    object({ algorithm: matching(/^scrypt-32768-8-1$/, "a known algorithm"), salt: string, hash: string }),
  ),
  created: integer(0),
  // Rooms that were made before there were owners have none of these.
  owner: optional(nullable(string)),
  history: optional(oneOf("all", "joined")),
  banned: optional(listOf(sanctionShape)),
  muted: optional(listOf(sanctionShape)),
  closed: optional(nullable(integer(0))),
});

/** The record that `value` is; null where it is none. */
export function parseRoomRecord(value: unknown): RoomRecord | null {
  if (!isObject(value) || !shape.holds(value)) return null;
  const { owner = null, history = "all", banned = [], muted = [], closed = null } = value;
  const password = value.password && { ...value.password, algorithm: "scrypt-32768-8-1" as const };
  return { ...value, password, owner, history, banned, muted, closed };
}
