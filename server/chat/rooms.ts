/**
 * The rooms of the house: found, created, kept on disk.
 *
 * Numbers are given out once. A folder without a record is a creation that a crash interrupted: nobody was ever
 * told of that room, and its number stays unused. Of a room that was closed the record stays, and says so.
 */

import { randomBytes } from "node:crypto";
import { RoomFiles } from "../files/room_files.ts";
import { Space, type SpaceOptions } from "../files/space.ts";
import { ClaimError } from "../history/claim.ts";
import type { Disk } from "../history/disk.ts";
import { Log } from "../history/log.ts";
import { messageOf, ProtocolError } from "../protocol/errors.ts";
import { foldName, parseName } from "../protocol/names.ts";
import { quoted } from "../protocol/texts.ts";
import type { PasswordHash } from "./passwords.ts";
import type { Report } from "./report.ts";
import { Regulars } from "./regulars.ts";
import { Room } from "./room.ts";
import { RoomFolders } from "./room_folders.ts";
import type { Horizon, RoomRecord } from "./room_record.ts";
import { Turns } from "../turns.ts";

export const LOBBY = "lobby";
/** Rooms whose files are looked at at the same time. */
const ROOMS_AT_ONCE = 64;

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
  /** Rooms that may be open, at most. */
  readonly roomsMax: number;
  /** And those of one maker. */
  readonly ownRoomsMax: number;
  /** How much room the files of all rooms may take. */
  readonly space: SpaceOptions;
  readonly report: Report;
  readonly now: () => number;
}

/** What a new room is to be. */
export interface NewRoom {
  /** Without one it is the next number. */
  readonly name: string | undefined;
  readonly title: string;
  readonly password: PasswordHash | null;
  /** The key of whoever creates it; null for a room without an owner. */
  readonly owner: string | null;
  readonly history: Horizon;
}

export class Rooms {
  readonly #options: RoomsOptions;
  readonly #folders: RoomFolders;
  /** By folded name, in the order of their numbers. */
  readonly #rooms = new Map<string, Room>();
  readonly #changed = new Set<Room>();
  /** Folded names of rooms that are being put on disk, or taken off it. */
  readonly #creating = new Set<string>();
  /** The networks from which guests made rooms that have no owner, since the server started. */
  readonly #makers = new WeakMap<Room, string>();
  /** Folded names of rooms that were closed. */
  readonly #closed = new Set<string>();
  /** Records are replaced one at a time: two at once would use the same file on the way. */
  readonly #replacing = new Turns(1);
  /** Rooms of a run that may have lost something, whose logs have not been opened since. */
  readonly #doubtful = new Set<Room>();
  #space: Promise<Space> | null = null;
  /** Records that could not be read. */
  #damaged = 0;
  #nextNumber = 0;
  #nextName = 0;

  private constructor(options: RoomsOptions) {
    this.#options = options;
    this.#folders = new RoomFolders(options.disk, options.folder);
  }

  /** Reads the records of all rooms, and creates the lobby where there is none. Logs stay closed. */
  static async open(options: RoomsOptions): Promise<Rooms> {
    const rooms = new Rooms(options);
    const numbers = await rooms.#folders.numbers();
    // There are more than a process may have files open: those of closed rooms stay for good.
    const reading = new Turns(ROOMS_AT_ONCE);
    const records = await Promise.all(
      numbers.map((number) => reading.run(() => rooms.#readRecord(number))),
    );
    const found = numbers.map((number, i) => ({ number, record: records[i] ?? null }));
    const closed: Promise<unknown>[] = [];
    for (const { number, record } of found.sort((one, other) => one.number - other.number)) {
      rooms.#nextNumber = number + 1;
      if (record === null) continue;
      if (record.closed === null) rooms.#add(number, record);
      else closed.push(reading.run(() => rooms.#bury(number, record)));
    }
    await Promise.all(closed);
    if (options.doubtful) {
      for (const room of rooms) rooms.#doubtful.add(room);
      for (const room of rooms) await room.log().catch(() => null);
    }
    if (rooms.find(LOBBY) !== undefined) return rooms;
    if (rooms.#damaged > 0) {
      const message = `the room ${LOBBY} is missing, and not every room in ${options.folder} can be read`;
      throw new ClaimError(`${message}: restore them from a backup.`);
    }
    await rooms.create({ name: LOBBY, title: "", password: null, owner: null, history: "all" });
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
    throw noSuchRoom(name);
  }

  /** In the order of their numbers. */
  [Symbol.iterator](): Iterator<Room> {
    return [...this.#rooms.values()].sort((one, other) => one.number - other.number).values();
  }

  /**
   * Creates a room, on disk when this resolves. `maker` is the key or the network of whoever asks for it, null for
   * the house. Rejects with `ProtocolError`: `room_invalid`, `room_exists`, `too_many_rooms`, `storage_failed`.
   */
  async create({ name: raw, ...options }: NewRoom, maker: string | null = null): Promise<Room> {
    const name = parseName(raw ?? this.#numberedName(), "room_invalid");
    if (this.#rooms.has(name.folded) || this.#creating.has(name.folded)) {
      throw new ProtocolError(
        "room_exists",
        `There is a room #${name.shown} already. Join it, or choose another name.`,
      );
    }
    this.#refuseTooMany(maker);
    const record: RoomRecord = {
      room: name.shown,
      log: randomBytes(9).toString("base64url"),
      ...options,
      banned: [],
      muted: [],
      created: this.#options.now(),
      closed: null,
    };
    const number = this.#nextNumber++;
    this.#creating.add(name.folded);
    try {
      await this.#folders.make(number, record);
    } catch (error) {
      this.#options.report("ERROR", `room ${name.shown} could not be created: ${messageOf(error)}`);
      throw new ProtocolError("storage_failed", "The server could not store the room. Try again later.");
    } finally {
      this.#creating.delete(name.folded);
    }
    const room = this.#add(number, record);
    if (maker !== null && record.owner === null) this.#makers.set(room, maker);
    return room;
  }

  #refuseTooMany(maker: string | null): void {
    const { roomsMax, ownRoomsMax } = this.#options;
    if (this.#rooms.size + this.#creating.size >= roomsMax) {
      throw new ProtocolError("too_many_rooms", `There are ${roomsMax} rooms, and no more can be made.`);
    }
    if (maker === null) return;
    let made = 0;
    for (const room of this.#rooms.values()) {
      if (room.record.owner === maker || this.#makers.get(room) === maker) made++;
    }
    if (made < ownRoomsMax) return;
    throw new ProtocolError(
      "too_many_rooms",
      `There are ${made} rooms that you made, or guests at your address: no more can be made.`,
    );
  }

  /**
   * Changes what a room's record says, at once for those who ask for it, and on disk when this resolves. Rejects with
   * `ProtocolError`: `storage_failed`, then it holds until a restart, or until a later change is stored;
   * `no_such_room` where it was closed before, since nothing of a closed room is stored any more.
   */
  async amend(room: Room, change: Partial<RoomRecord>): Promise<void> {
    if (room.record.closed !== null) throw noSuchRoom(room.name.shown);
    room.record = { ...room.record, ...change };
    if (await this.#replaceRecord(room)) return;
    const message = "That holds, but the server could not store it for good. Do it again later.";
    throw new ProtocolError("storage_failed", message);
  }

  /**
   * Closes a room for good: nobody finds it any more when this resolves, and its content is gone from the disk, or
   * will be after the next start. Those who are in it have to be told. Rejects with `ProtocolError` `storage_failed`:
   * then it is as it was.
   */
  async close(room: Room): Promise<void> {
    const { folded } = room.name;
    const before = room.record;
    this.#rooms.delete(folded);
    this.#creating.add(folded);
    const nothing = { title: "", password: null, owner: null, banned: [], muted: [] };
    room.record = { ...before, ...nothing, closed: this.#options.now() };
    const stored = await this.#replaceRecord(room);
    if (!stored) {
      room.record = before;
      // The disk may hold either by now, and a restart must not find a room closed in which people went on.
      await this.#replaceRecord(room);
    }
    this.#creating.delete(folded);
    if (stored) return;
    this.#rooms.set(folded, room);
    throw new ProtocolError("storage_failed", "The server could not close the room. Try again later.");
  }

  /** Takes what a closed room held off the disk, once nobody uses it any more. */
  async remove(room: Room): Promise<void> {
    await room.close();
    // Where it was not counted yet, it will be counted without this room.
    const space = await this.#space?.catch(() => null);
    const bytes = await this.#bury(room.number, room.record);
    space?.freed(bytes);
  }

  /** Writes a room's record as it is now, whoever changed it last. Says whether it is stored; if not, why is told. */
  #replaceRecord(room: Room): Promise<boolean> {
    return this.#replacing.run(async () => {
      try {
        await this.#folders.write(room.number, room.record);
        return true;
      } catch (error) {
        const what = `the record of #${room.name.shown} could not be stored`;
        this.#options.report("ERROR", `${what}: ${messageOf(error)}`);
        return false;
      }
    });
  }

  /** Whether anybody ever put a file into `room`. */
  hasFiles(room: Room): Promise<boolean> {
    return this.#folders.hasFiles(room.number);
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

  /** The server ends: waits for what is being written, and lets go of all logs. */
  async end(): Promise<void> {
    for (const room of this.#rooms.values()) await room.close();
  }

  #add(number: number, record: RoomRecord): Room {
    const name = parseName(record.room, "room_invalid");
    const room: Room = new Room(name, number, record, {
      openLog: () => this.#openLog(room),
      openRegulars: () => this.#openRegulars(room),
      openFiles: (log) => this.#openFiles(room, log),
      changed: (room) => this.#changed.add(room),
      now: this.#options.now,
    });
    this.#rooms.set(name.folded, room);
    return room;
  }

  async #openLog(room: Room): Promise<Log> {
    const { disk, sync, segmentBytes, report, now } = this.#options;
    try {
      const folder = `${this.#folders.path(room.number)}/history`;
      // The process may have been killed before the room's names were synced, and it is about to be shown.
      await this.#folders.sync(room.number);
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

  async #openRegulars(room: Room): Promise<Regulars> {
    try {
      // As with the log: what is read must not be taken back by a power cut.
      await this.#folders.sync(room.number);
      return await Regulars.open(this.#options.disk, this.#folders.path(room.number));
    } catch (error) {
      this.#options.report("ERROR", `nobody new gets into #${room.name.shown}: ${messageOf(error)}`);
      throw error;
    }
  }

  /** What the files of all rooms take is counted when the first is needed. */
  #openSpace(): Promise<Space> {
    const count = async () => new Space(this.#options.space, await this.#folders.allFileBytes());
    return this.#space ??= count().catch((error) => {
      this.#space = null;
      throw error;
    });
  }

  async #openFiles(room: Room, log: Log): Promise<RoomFiles> {
    const { disk, report } = this.#options;
    const told = (what: string) => report("ERROR", `room ${room.name.shown}: ${what}`);
    try {
      return await RoomFiles.open({
        disk,
        folder: this.#folders.path(room.number),
        log,
        logId: this.logId(room),
        space: await this.#openSpace(),
        report: told,
      });
    } catch (error) {
      told(`its files cannot be read: ${messageOf(error)}`);
      throw error;
    }
  }

  /** The lowest number that never was a room's name. */
  #numberedName(): string {
    const used = (name: string) => [this.#rooms, this.#creating, this.#closed].some((one) => one.has(name));
    while (used(String(this.#nextName))) this.#nextName++;
    return String(this.#nextName);
  }

  /** The record of room `number`; null where there is none that can be used, which the operator is told. */
  async #readRecord(number: number): Promise<RoomRecord | null> {
    try {
      const record = await this.#folders.read(number);
      if (record === null) return null;
      parseName(record.room, "room_invalid");
      return record;
    } catch (error) {
      this.#damaged++;
      // Its name is lost. If we gave it, it is a number below the folder's, which no other room may get.
      this.#nextName = Math.max(this.#nextName, number);
      this.#options.report("ERROR", `room ${number} stays closed: ${messageOf(error)}`);
      return null;
    }
  }

  /** Sees to it that nothing is left of a closed room but its record; gives the bytes of files that are gone. */
  async #bury(number: number, { room }: RoomRecord): Promise<number> {
    this.#closed.add(foldName(room));
    try {
      return await this.#folders.empty(number);
    } catch (error) {
      const where = this.#folders.path(number);
      this.#options.report(
        "ERROR",
        `the content of the closed room #${room} is still in ${where}: ${messageOf(error)}`,
      );
      return 0;
    }
  }
}

export function noSuchRoom(name: string): ProtocolError {
  return new ProtocolError("no_such_room", `There is no room ${quoted(name)}. Create it, or list the rooms.`);
}
