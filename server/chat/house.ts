/** What the requests work on: all of the chat that one server holds. */

import type { Passwords } from "./passwords.ts";
import type { People } from "./people.ts";
import type { Report } from "./report.ts";
import type { Rooms } from "./rooms.ts";
import type { Turns } from "./turns.ts";

export interface House {
  readonly people: People;
  readonly rooms: Rooms;
  readonly passwords: Passwords;
  /** Searches running at once. */
  readonly searches: Turns;
  readonly report: Report;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: () => number;
  /** Longest text, in bytes of UTF-8. */
  readonly textBytesMax: number;
  /** What everybody is told on coming in; empty for nothing. */
  readonly motd: string;
}
