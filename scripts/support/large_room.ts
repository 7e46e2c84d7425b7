/**
 * Rooms with a long history, put on disk directly in the server's own format, in seconds instead of hours:
 *
 *     deno run -A scripts/support/large_room.ts FOLDER --entries 1000000
 *     deno run -A scripts/support/large_room.ts FOLDER --rooms 1000 --entries 1000
 *
 * FOLDER becomes a data folder that `chat serve --data FOLDER` opens. Nothing is synced on the way.
 */

import type { Room } from "../../server/chat/room.ts";
import { Rooms } from "../../server/chat/rooms.ts";
import { claim } from "../../server/history/claim.ts";
import { type Disk, machineDisk } from "../../server/history/disk.ts";
import type { NewEntry } from "../../server/history/lines.ts";
import {
  describeFlags,
  type Flag,
  integerFlag,
  parseFlags,
  UsageError,
} from "../../server/protocol/flags.ts";

export interface LargeRooms {
  /** The data folder; made where it is missing. */
  readonly data: string;
  /** How many rooms; one is called `room`, several `room-1`, `room-2`, … */
  readonly rooms: number;
  /** How many entries each gets, on top of those that it has. */
  readonly entries: number;
  readonly room: string;
}

/** As the server's own segments. */
const SEGMENT_BYTES = 8 << 20;
/** Appends on their way at once: enough for full batches. */
const CHUNK_ENTRIES = 8_192;

const WORDS =
  ("good morning everybody does anyone know where the new build of it went after yesterday evening's " +
    "meeting because I can only see an older one and would rather not merge it twice thanks").split(" ");
const SPEAKERS = ["Ada", "Bola", "Chidi", "Dunja", "Emre", "Fumiko", "Grete", "Hoàng"];

/** Entry `n` of those that are made: a text of about 100 bytes, some of it not ASCII, and a key as clients make them. */
export function madeEntry(n: number): NewEntry & { readonly kind: "say" } {
  const words = Array.from({ length: 15 }, (_, i) => WORDS[(n * 7 + i * (1 + n % 5)) % WORDS.length]);
  const text = `${n % 16 === 0 ? "déjà vu, 日本 " : ""}${words.join(" ")} #${n}`;
  return {
    kind: "say",
    from: SPEAKERS[n % SPEAKERS.length] ?? "Ada",
    text,
    key: n.toString(16).padStart(32, "0"),
  };
}

/** Makes the rooms; returns their names. Rejects with `ClaimError` where a server runs on the folder. */
export async function makeLargeRooms({ data, rooms: count, entries, room }: LargeRooms): Promise<string[]> {
  const held = await claim(machineDisk, data, "always");
  const rooms = await Rooms.open({
    disk: unsyncedDisk(machineDisk),
    folder: `${held.folder}/rooms`,
    sync: false,
    segmentBytes: SEGMENT_BYTES,
    generation: held.generation,
    doubtful: held.doubtful,
    roomsMax: Infinity,
    space: { bytesMax: Infinity, floorBytes: 0, free: () => Promise.resolve(Infinity), low: () => {} },
    ownRoomsMax: Infinity,
    report: (_tag, text) => console.error(text),
    now: Date.now,
  });
  const names = count === 1 ? [room] : Array.from({ length: count }, (_, i) => `${room}-${i + 1}`);
  for (const name of names) {
    const made = rooms.find(name) ??
      await rooms.create({ name, title: "", password: null, owner: null, history: "all" });
    await fill(made, entries);
    await made.close();
  }
  await rooms.end();
  await held.release();
  return names;
}

async function fill(room: Room, entries: number): Promise<void> {
  const log = await room.log();
  for (let done = 0; done < entries; done += CHUNK_ENTRIES) {
    const chunk = Math.min(CHUNK_ENTRIES, entries - done);
    const first = log.head + 1;
    await Promise.all(Array.from({ length: chunk }, (_, i) => log.append(madeEntry(first + i))));
  }
}

/** What is made here can be made again: nothing waits for the disk. */
function unsyncedDisk(disk: Disk): Disk {
  return {
    ...disk,
    syncFolder: () => Promise.resolve(),
    async append(path, options) {
      const file = await disk.append(path, options);
      return {
        size: () => file.size(),
        write: (bytes) => file.write(bytes),
        truncate: (size) => file.truncate(size),
        sync: () => Promise.resolve(),
        close: () => file.close(),
      };
    },
  };
}

const FLAGS: readonly Flag[] = [
  { name: "entries", value: "N", help: "entries in each room", default: "1000000" },
  {
    name: "rooms",
    value: "N",
    help: "how many rooms; of several each has its number in its name",
    default: "1",
  },
  { name: "room", value: "NAME", help: "what a room is called", default: "large" },
  { name: "help", help: "show this" },
];

async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positional: [data, extra] } = parseFlags(args, FLAGS);
    if (values.has("help")) {
      console.log(`usage: large_room.ts FOLDER [flags]\n\n${describeFlags(FLAGS).trimEnd()}`);
      return 0;
    }
    if (data === undefined || extra !== undefined) throw new UsageError("One data FOLDER is needed.");
    const rooms = integerFlag(values, "rooms", 1, 1, 1_000_000);
    const entries = integerFlag(values, "entries", 1_000_000, 0, 1_000_000_000);
    const began = performance.now();
    await makeLargeRooms({ data, rooms, entries, room: String(values.get("room") ?? "large") });
    const seconds = (performance.now() - began) / 1_000;
    console.log(`${rooms} × ${entries} entries in ${data}: ${seconds.toFixed(1)} s`);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`large_room.ts: ${error.message}`);
    return 2;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
