/** What those did who may: bans, mutes and the like. The audit log has one line for each. */

/** What was done, as its line in the audit log calls it. */
export type Deed =
  | "KICK"
  | "BAN"
  | "UNBAN"
  | "MUTE"
  | "UNMUTE"
  | "OWNER"
  | "TITLE"
  | "PASSWORD SET"
  | "PASSWORD REMOVED"
  | "CLOSE"
  | "REMOVE"
  | "RELEASE";

/** Somebody in an act, by what is known of them. */
export interface Party {
  readonly name: string | null;
  /** The key itself; the line has its fingerprint. */
  readonly key: string | null;
  readonly network?: string | null;
}

/** Who acts: somebody in the chat, or whoever runs the server. */
export type Actor = Party | "operator";

export interface Act {
  readonly deed: Deed;
  readonly by: Actor;
  /** The room's name; null where it is about the whole server. */
  readonly room: string | null;
  /** Whom it was done to; null where it was done to the room. */
  readonly whom: Party | null;
  /** Until when it holds, in milliseconds since 1970-01-01 UTC; null for ever. Left out where it has no term. */
  readonly until?: number | null;
  readonly reason?: string | undefined;
  /** The new title of a `TITLE`. */
  readonly title?: string;
  /** The name of the file of a `REMOVE`. */
  readonly file?: string;
}

/** Notes an act in the audit log. */
export type Audit = (act: Act) => void;
