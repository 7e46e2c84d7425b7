/** What the requests work on: all of the chat that one server holds. */

import type { Audit } from "./acts.ts";
import type { Attempts } from "./attempts.ts";
import type { Bans } from "./bans.ts";
import type { Passwords } from "./passwords.ts";
import type { People } from "./people.ts";
import type { Register } from "./register.ts";
import type { Report } from "./report.ts";
import type { Rooms } from "./rooms.ts";
import type { Tally } from "./tally.ts";
import type { Turns } from "../turns.ts";

export interface House {
  readonly people: People;
  /** Which names belong to keys; null where they belong to whoever is here. */
  readonly register: Register | null;
  readonly rooms: Rooms;
  readonly bans: Bans;
  readonly passwords: Passwords;
  /** Who may try a password. */
  readonly attempts: Attempts;
  /** Searches running at once. */
  readonly searches: Turns;
  readonly report: Report;
  readonly audit: Audit;
  /** Resolves when all that was noted is in the audit log. */
  readonly audited: () => Promise<void>;
  /** How often the limits were hit. */
  readonly tally: Tally;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: () => number;
  /** Milliseconds from whenever: setting the machine's clock changes nothing. */
  readonly uptime: () => number;
  /** What a proof is bound to: see `proofBytes`. */
  readonly binding: string;
  /** What everybody needs who comes in; null for nothing. */
  readonly password: string | null;
  /** Largest frame that is taken, in bytes. */
  readonly frameBytesMax: number;
  /** Longest text, in bytes of UTF-8. */
  readonly textBytesMax: number;
  /** Largest file, in bytes. */
  readonly fileBytesMax: number;
  /** How long a file is kept, in milliseconds; null for ever. */
  readonly keepFilesMs: number | null;
  /** Whether limits by address are about this network; not about private ones, unless they are to be. */
  readonly countsNetwork: (network: string) => boolean;
  /** Rooms that one person may be in. */
  readonly joinedMax: number;
  /** What everybody is told on coming in; empty for nothing. */
  readonly motd: string;
}
