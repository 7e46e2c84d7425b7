import { assert, assertEquals, assertRejects } from "@std/assert";
import { Rooms } from "../../server/chat/rooms.ts";
import type { Room } from "../../server/chat/room.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { between, seeded } from "../protocol/random.ts";
import { SimDisk } from "../support/sim_disk.ts";
import { AT, batches, range, say, seqs } from "./support.ts";

/** How the process ends, whether or not the disk crashed. */
function ends(random: () => number): "kill" | "power cut" {
  return random() < KILLED ? "kill" : "power cut";
}

const KILLED = 0.4;

/** What somebody was told of a room. */
interface Told {
  readonly name: string;
  readonly log: string;
  /** The last title that was acknowledged, and those tried since. */
  titles: string[];
  entries: string[];
}

function emptyHouse(seed: number): SimDisk {
  const disk = new SimDisk(seeded(seed));
  disk.put("rooms/.keep", new Uint8Array());
  return disk;
}

function openRooms(disk: SimDisk, reports: string[]): Promise<Rooms> {
  return Rooms.open({
    disk,
    folder: "rooms",
    sync: true,
    segmentBytes: 500,
    generation: 0,
    doubtful: false,
    roomsMax: Infinity,
    ownRoomsMax: Infinity,
    space: { bytesMax: Infinity, floorBytes: 0, free: () => Promise.resolve(Infinity), low: () => {} },
    report: (tag, text) => reports.push(`${tag} ${text}`),
    now: () => AT,
  });
}

/** Opens the house after a crash; a crash while it opens is one more. */
async function reopen(disk: SimDisk, random: () => number, what: string): Promise<Rooms> {
  while (true) {
    if (random() < 0.3) disk.crashAfter(between(random, 0, 20));
    const reports: string[] = [];
    const rooms = await openRooms(disk, reports).catch((error: unknown) => {
      assert(disk.crashed, `${what}: ${error}`);
    });
    if (rooms !== undefined && !disk.crashed) {
      disk.crashAfter(Infinity);
      assertEquals(reports, [], what);
      return rooms;
    }
    disk.restart(ends(random));
  }
}

async function assertKept(rooms: Rooms, told: ReadonlyMap<number, Told>, what: string): Promise<void> {
  const numbers = [...rooms].map((room) => room.number);
  assertEquals(new Set(numbers).size, numbers.length, what);
  for (const [number, { name, log, titles, entries }] of told) {
    const room = rooms.find(name);
    assert(room !== undefined, `${what}: room ${name} is gone`);
    assertEquals([room.number, room.record.log], [number, log], what);
    assert(titles.includes(room.record.title), `${what}: ${room.record.title} is none of ${titles.join()}`);
    const history = await room.log();
    const found = (await history.entries(1, history.head)).map(({ seq, text }) => `${seq} ${text}`);
    for (const entry of entries) assert(found.includes(entry), `${what}: ${entry} is missing`);
  }
}

/** Creates rooms, changes titles and talks until the disk crashes or the round is over. */
async function session(
  rooms: Rooms,
  disk: SimDisk,
  random: () => number,
  told: Map<number, Told>,
): Promise<void> {
  const refused = (error: unknown) => {
    if (!(error instanceof ProtocolError && error.code === "storage_failed" && disk.crashed)) throw error;
  };
  // A room may be there without its creator having been told; once something is acknowledged in it, it has to stay.
  const remember = (room: Room): Told => {
    const { log, title } = room.record;
    const known = told.get(room.number) ?? { name: room.name.shown, log, titles: [title], entries: [] };
    told.set(room.number, known);
    return known;
  };
  const create = async () => {
    const name = random() < 0.5 ? undefined : `room${Math.floor(random() * 1e9)}`;
    const room = await rooms.create({ name, title: "", password: null, owner: null, history: "all" });
    assert(!told.has(room.number), `room ${room.number} has a number that was used before`);
    remember(room);
  };
  const retitle = async (room: Room) => {
    const title = `title ${random()}`;
    told.get(room.number)?.titles.push(title);
    await rooms.amend(room, { title });
    remember(room).titles = [title];
  };
  const talk = async (room: Room) => {
    const text = `text ${random()}`;
    const { seq } = await (await room.log()).append(say(text));
    remember(room).entries.push(`${seq} ${text}`);
  };
  for (let i = between(random, 1, 8); i > 0; i--) {
    const all = [...rooms];
    const room = all[between(random, 0, all.length - 1)];
    const dice = random();
    // Some at the same time.
    const doing = [
      dice < 0.4 || room === undefined ? create() : dice < 0.7 ? retitle(room) : talk(room),
    ];
    if (random() < 0.3) doing.push(create());
    await Promise.all(doing.map((one) => one.catch(refused)));
  }
}

Deno.test("a room that was acknowledged is there after any crash, and its number is never another's", async () => {
  for (let seed = 0; seed < 400; seed++) {
    const random = seeded(seed);
    const disk = emptyHouse(seed);
    const told = new Map<number, Told>();
    for (let round = 0; round < 8; round++) {
      const what = `seed ${seed}, round ${round}`;
      const rooms = await reopen(disk, random, what);
      await assertKept(rooms, told, what);
      if (random() < 0.8) disk.crashAfter(between(random, 0, 80));
      await session(rooms, disk, random, told);
      if (random() < 0.3) await rooms.end();
      disk.restart(ends(random));
    }
  }
});

Deno.test("a room with a damaged history stays closed, named with file and offset, while the others open", async () => {
  const disk = emptyHouse(1);
  const reports: string[] = [];
  const first = await openRooms(disk, reports);
  for (const name of ["tea", "milk"]) {
    const log = await (await first.create({ name, title: "", password: null, owner: null, history: "all" }))
      .log();
    for (const i of range(1, 3)) await log.append(say(`${name} ${i}`));
  }
  await first.end();
  const damaged = batches([1, 1, 1]);
  damaged[5] = 400;
  const path = `rooms/${first.get("tea").number}/history/00000000000000000001.jsonl`;
  disk.put(path, damaged);
  const rooms = await openRooms(disk, reports);
  assertEquals(reports, []);
  const error = await assertRejects(() => rooms.get("tea").log(), ProtocolError);
  assertEquals(error.code, "storage_failed");
  assertEquals(reports.length, 1);
  assert(reports[0]?.includes(`room tea stays closed: ${path} is damaged at byte 0`), reports[0]);
  const milk = await rooms.get("milk").log();
  assertEquals(seqs(await milk.entries(1, 3)), [1, 2, 3]);
  assertEquals((await milk.append(say("on"))).seq, 4);
  await rooms.end();
  assertEquals(disk.openFiles, 0);
});
