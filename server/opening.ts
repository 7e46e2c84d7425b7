/** Opens a house: all that the chat keeps on disk, with the limits that the operator set. */

import type { Audit } from "./chat/acts.ts";
import { Attempts } from "./chat/attempts.ts";
import { Bans } from "./chat/bans.ts";
import { Directory } from "./chat/directory.ts";
import type { House } from "./chat/house.ts";
import { Passwords } from "./chat/passwords.ts";
import { People } from "./chat/people.ts";
import { Register } from "./chat/register.ts";
import type { Report } from "./chat/report.ts";
import { Rooms } from "./chat/rooms.ts";
import { Tally } from "./chat/tally.ts";
import { Turns } from "./turns.ts";
import { freeBytes } from "./files/free_space.ts";
import type { Claim } from "./history/claim.ts";
import type { Disk } from "./history/disk.ts";
import type { ServeOptions } from "./options.ts";
import { isPrivate } from "./protocol/networks.ts";

const SEGMENT_BYTES = 8 << 20;
const SEARCHES_AT_ONCE = 2;
/** What files leave of the disk, to messages and to others. */
const FREE_BYTES_MIN = 512 << 20;

/** What a house is opened with, beside what its operator chose. */
export interface Opening {
  readonly disk: Disk;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly claim: Claim;
  /** The server's password; null for none. */
  readonly password: string | null;
  /** What proofs are bound to. */
  readonly binding: string;
  /** Where the operator is told; how many are connected is added to each line. */
  readonly journal: Report;
  readonly audit: Audit;
  /** Resolves when all that was noted is in the audit log. */
  readonly audited: () => Promise<void>;
}

/** Rejects with `ClaimError` where a record is damaged, and with Deno's errors. */
export async function openHouse(options: ServeOptions, opening: Opening): Promise<House> {
  const { disk, now, claim: { folder, generation, doubtful }, journal, audit, audited } = opening;
  // Setting the machine's clock must not lift a limit, or make one last.
  const uptime = () => performance.now();
  let people: People | null = null;
  const report: Report = (tag, text) => journal(tag, `${text} (${people?.connected ?? 0} connected)`);
  const { namesMax, namesPerKeyMax, clientsMax, rates, sync, roomsMax, ownRoomsMax } = options;
  const tally = new Tally((text) => report("LIMITED", text), uptime);
  const limited = (limit: string) => tally.count(limit);
  const register = options.openNames
    ? null
    : await Register.open({ disk, folder, now, report, namesMax, namesPerKeyMax, limited });
  people = new People({ directory: new Directory(register), clientsMax, rates, now });
  const bans = await Bans.open({ disk, folder, now, report });
  const rooms = await Rooms.open({
    disk,
    folder: `${folder}/rooms`,
    sync,
    segmentBytes: SEGMENT_BYTES,
    generation,
    doubtful,
    roomsMax,
    ownRoomsMax,
    space: {
      bytesMax: options.filesBytesMax,
      floorBytes: FREE_BYTES_MIN,
      free: () => freeBytes(folder),
      low: () => tally.count("files, since the disk is nearly full"),
    },
    report,
    now,
  });
  return {
    people,
    register,
    rooms,
    bans,
    passwords: new Passwords(),
    attempts: new Attempts(uptime),
    searches: new Turns(SEARCHES_AT_ONCE),
    report,
    audit,
    audited,
    tally,
    now,
    uptime,
    binding: opening.binding,
    password: opening.password,
    frameBytesMax: options.frameBytesMax,
    textBytesMax: options.textBytesMax,
    fileBytesMax: options.fileBytesMax,
    keepFilesMs: options.keepFilesMs,
    countsNetwork: (network) => options.limitPrivate || !isPrivate(network),
    joinedMax: options.joinedMax,
    motd: options.motd,
  };
}
