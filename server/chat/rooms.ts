/**
 * The rooms of the house: found, created, kept on disk.
 *
 *     rooms/<number>/room.json    the room's record
 *     rooms/<number>/history/     the segments of its log
 *
 * Numbers are given out once. A folder without a record is a creation that a crash interrupted: nobody was ever
 * told of that room, and its number stays unused.
 */

import { randomBytes } from "node:crypto";
import { ClaimError } from "../history/claim.ts";
import type { Disk } from "../history/disk.ts";
import { Log } from "../history/log.ts";
import { readRecord, writeRecord } from "../history/records.ts";
import { messageOf, ProtocolError } from "../protocol/errors.ts";
import { foldName, parseName } from "../protocol/names.ts";
import { integer, isObject, matching, nullable, object, string } from "../protocol/shapes.ts";
import { quoted } from "../protocol/texts.ts";
import type { PasswordHash } from "./passwords.ts";
import type { Report } from "./report.ts";
import { Room, type RoomRecord } from "./room.ts";
import { Turns } from "./turns.ts";

export const LOBBY = "lobby";

export interface RoomsOptions {
  readonly disk: Disk;
  /** The folder of all rooms; it exists. */
  readonly folder: string;
  readonly sync: boolean;
  readonly segmentBytes: number;
  /** Part of every log's id: changes when what the disk holds may be less than what was acknowledged. */
  readonly generation: number;
  /** The last run did not sync and did not end in order: every log is opened at once and what is damaged set aside. */
  readonly doubtful: boolean;
  readonly report: Report;
  readonly now: () => number;
}

/** What a new room is to be. */
export interface NewRoom {
  /** Without one it is the next number. */
  readonly name: string | undefined;
  readonly title: string;
  readonly password: PasswordHash | null;
}

const recordShape = object({
  room: string,
  log: string,
  title: string,
  password: nullable(
    object({ algorithm: matching(/^scrypt-32768-8-1$/, "a known algorithm"), salt: string, hash: string }),
  ),
  created: integer(0),
});

export class Rooms {
  readonly #options: RoomsOptions;
  /** By folded name, in the order of their numbers. */
  readonly #rooms = new Map<string, Room>();
  readonly #changed = new Set<Room>();
  /** Folded names of rooms that are being put on disk. */
  readonly #creating = new Set<string>();
  /** Records are replaced one at a time: two at once would use the same file on the way. */
  readonly #replacing = new Turns(1);
  /** Rooms of a run that may have lost something, whose logs have not been opened since. */
  readonly #doubtful = new Set<Room>();
  /** Records that could not be read. */
  #damaged = 0;
  #nextNumber = 0;
  #nextName = 0;

  private constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** Reads the records of all rooms, and creates the lobby where there is none. Logs stay closed. */
  static async open(options: RoomsOptions): Promise<Rooms> {
    const rooms = new Rooms(options);
    const numbers = (await options.disk.list(options.folder)).filter((name) => /^\d+$/.test(name)).map(
      Number,
    );
    const records = await Promise.all(numbers.map((number) => rooms.#readRecord(number)));
    const found = numbers.map((number, i) => ({ number, record: records[i] ?? null }));
    for (const { number, record } of found.sort((one, other) => one.number - other.number)) {
      rooms.#nextNumber = number + 1;
      if (record !== null) rooms.#add(number, record);
    }
    if (options.doubtful) {
      for (const room of rooms) rooms.#doubtful.add(room);
      for (const room of rooms) await room.log().catch(() => null);
    }
    if (rooms.find(LOBBY) !== undefined) return rooms;
    if (rooms.#damaged > 0) {
      const message = `the room ${LOBBY} is missing, and not every room in ${options.folder} can be read`;
      throw new ClaimError(`${message}: restore them from a backup.`);
    }
    await rooms.create({ name: LOBBY, title: "", password: null });
    return rooms;
  }

  find(name: string): Room | undefined {
    // Most names come folded as they are, and a folded name folds to itself.
    return this.#rooms.get(name) ?? this.#rooms.get(foldName(name));
  }

  /** The room called `name`. Throws `ProtocolError` `no_such_room`. */
  get(name: string): Room {
    const room = this.find(name);
    if (room !== undefined) return room;
    throw new ProtocolError(
      "no_such_room",
      `There is no room ${quoted(name)}. Create it, or list the rooms.`,
    );
  }

  /** In the order of their numbers. */
  [Symbol.iterator](): Iterator<Room> {
    return [...this.#rooms.values()].sort((one, other) => one.number - other.number).values();
  }

  /** Creates a room, on disk when this resolves. Rejects with `ProtocolError`: `room_invalid`, `room_exists`, `storage_failed`. */
  async create({ name: raw, title, password }: NewRoom): Promise<Room> {
    const name = parseName(raw ?? this.#numberedName(), "room_invalid");
    if (this.#rooms.has(name.folded) || this.#creating.has(name.folded)) {
      throw new ProtocolError(
        "room_exists",
        `There is a room ${name.shown} already. Join it, or choose another name.`,
      );
    }
    const log = randomBytes(9).toString("base64url");
    const record: RoomRecord = { room: name.shown, log, title, password, created: this.#options.now() };
    const number = this.#nextNumber++;
    this.#creating.add(name.folded);
    try {
      await this.#makeFolder(number, record);
    } catch (error) {
      this.#options.report("ERROR", `room ${name.shown} could not be created: ${messageOf(error)}`);
      throw new ProtocolError("storage_failed", "The server could not store the room. Try again later.");
    } finally {
      this.#creating.delete(name.folded);
    }
    return this.#add(number, record);
  }

  /**
   * Changes a room's title, at once for those who ask for it, and on disk when this resolves. Rejects with
   * `ProtocolError` `storage_failed`: then the title holds until a restart, or until a later one is stored.
   */
  setTitle(room: Room, title: string): Promise<void> {
    room.record = { ...room.record, title };
    return this.#replacing.run(() => this.#replaceRecord(room));
  }

  /** Writes a room's record as it is now, whoever changed it last. */
  async #replaceRecord(room: Room): Promise<void> {
    try {
      await writeRecord(this.#options.disk, this.#folder(room.number), "room.json", room.record);
    } catch (error) {
      this.#options.report(
        "ERROR",
        `the title of ${room.name.shown} could not be stored: ${messageOf(error)}`,
      );
      const message = "The title holds, but the server could not store it for good. Set it again later.";
      throw new ProtocolError("storage_failed", message);
    }
  }

  /** Which log stands behind `room` now. */
  logId(room: Room): string {
    return `${room.record.log}-${this.#options.generation}`;
  }

  /** Tells who came and went, where that has changed. */
  tellPresence(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const room of changed) if (room.tellPresence()) this.#changed.add(room);
  }

  /** Takes those who were absent for too long off the lists, and lets go of logs that nobody uses. */
  async tidy(): Promise<void> {
    for (const room of this.#rooms.values()) {
      room.expire();
      await room.rest();
    }
  }

  /** Waits until everything appended so far is on disk, or refused. */
  async settled(): Promise<void> {
    for (const room of this.#rooms.values()) await room.settled();
  }

  async close(): Promise<void> {
    for (const room of this.#rooms.values()) await room.close();
  }

  #add(number: number, record: RoomRecord): Room {
    const name = parseName(record.room, "room_invalid");
    const room: Room = new Room(name, number, record, {
      openLog: () => this.#openLog(room),
      changed: (room) => this.#changed.add(room),
      now: this.#options.now,
    });
    this.#rooms.set(name.folded, room);
    return room;
  }

  async #openLog(room: Room): Promise<Log> {
    const { disk, sync, segmentBytes, report, now } = this.#options;
    try {
      const folder = `${this.#folder(room.number)}/history`;
      // The process may have been killed before the room's names were synced, and it is about to be shown.
      await this.#syncNames(room.number);
      const log = await Log.open({
        disk,
        folder,
        sync,
        segmentBytes,
        doubtful: this.#doubtful.has(room),
        report: (what) => report("ERROR", `room ${room.name.shown}: ${what}`),
        room: room.name.shown,
        now,
      });
      this.#doubtful.delete(room);
      return log;
    } catch (error) {
      report("ERROR", `room ${room.name.shown} stays closed: ${messageOf(error)}`);
      throw error;
    }
  }

  /** The lowest number that never was a room's name. */
  #numberedName(): string {
    let name = String(this.#nextName);
    while (this.#rooms.has(name) || this.#creating.has(name)) name = String(++this.#nextName);
    return name;
  }

  async #makeFolder(number: number, record: RoomRecord): Promise<void> {
    const { disk, folder } = this.#options;
    await disk.makeFolder(this.#folder(number));
    await disk.makeFolder(`${this.#folder(number)}/history`);
    await disk.syncFolder(this.#folder(number));
    await writeRecord(disk, this.#folder(number), "room.json", record);
    await disk.syncFolder(folder);
  }

  async #syncNames(number: number): Promise<void> {
    await this.#options.disk.syncFolder(this.#options.folder);
    await this.#options.disk.syncFolder(this.#folder(number));
  }

  /** The record of room `number`; null where there is none that can be used, which the operator is told. */
  async #readRecord(number: number): Promise<RoomRecord | null> {
    const path = `${this.#folder(number)}/room.json`;
    try {
      const record = await readRecord(this.#options.disk, path);
      if (record === null) return null;
      if (!isObject(record) || !recordShape.holds(record)) {
        throw new SyntaxError(`${path} is not the record of a room`);
      }
      parseName(record.room, "room_invalid");
      return {
        ...record,
        password: record.password && { ...record.password, algorithm: "scrypt-32768-8-1" },
      };
    } catch (error) {
      this.#damaged++;
      // Its name is lost. If we gave it, it is a number below the folder's, which no other room may get.
      this.#nextName = Math.max(this.#nextName, number);
      this.#options.report("ERROR", `room ${number} stays closed: ${messageOf(error)}`);
      return null;
    }
  }

  #folder(number: number): string {
    return `${this.#options.folder}/${number}`;
  }
}
