/**
 * The folders of the rooms on the disk:
 *
 *     rooms/<number>/room.json    the room's record
 *     rooms/<number>/members.json who was in it before, where that matters
 *     rooms/<number>/history/     the segments of its log
 *     rooms/<number>/files/       what its files hold; files.json notes which there are
 */

import { bytesIn } from "../files/contents.ts";
import type { Disk } from "../history/disk.ts";
import { readRecord, writeRecord } from "../history/records.ts";
import { parseRoomRecord, type RoomRecord } from "./room_record.ts";

const RECORD = "room.json";
const FILES = "files";
const INNER: readonly string[] = ["history", FILES];

export class RoomFolders {
  readonly #disk: Disk;
  readonly #folder: string;

  /** `folder` is that of all rooms; it exists. */
  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  path(number: number): string {
    return `${this.#folder}/${number}`;
  }

  /** Of all folders, in no order. */
  async numbers(): Promise<number[]> {
    return (await this.#disk.list(this.#folder)).filter((name) => /^\d+$/.test(name)).map(Number);
  }

  /** Makes the folder of a room, and its record: on the disk when this resolves. */
  async make(number: number, record: RoomRecord): Promise<void> {
    await this.#disk.makeFolder(this.path(number));
    await this.#disk.makeFolder(`${this.path(number)}/history`);
    await this.#disk.syncFolder(this.path(number));
    await this.write(number, record);
    await this.#disk.syncFolder(this.#folder);
  }

  /** Replaces the record of a room. */
  write(number: number, record: RoomRecord): Promise<void> {
    return writeRecord(this.#disk, this.path(number), RECORD, record);
  }

  /** The record of a room; null where there is none. Throws `SyntaxError` where it is damaged. */
  async read(number: number): Promise<RoomRecord | null> {
    const path = `${this.path(number)}/${RECORD}`;
    const value = await readRecord(this.#disk, path);
    if (value === null) return null;
    const record = parseRoomRecord(value);
    if (record === null) throw new SyntaxError(`${path} is not the record of a room`);
    return record;
  }

  /** Sees to it that no power cut takes the names in the folder. */
  async sync(number: number): Promise<void> {
    await this.#disk.syncFolder(this.#folder);
    await this.#disk.syncFolder(this.path(number));
  }

  /** Removes everything of a room but its record; gives how many bytes its files had. */
  async empty(number: number): Promise<number> {
    const folder = this.path(number);
    const fileBytes = await this.fileBytes(number);
    await this.#removeAllIn(`${folder}/history`);
    if (await this.hasFiles(number)) await this.#removeAllIn(`${folder}/${FILES}`);
    for (const name of await this.#disk.list(folder)) {
      if (name !== RECORD && !INNER.includes(name)) await this.#disk.remove(`${folder}/${name}`);
    }
    return fileBytes;
  }

  async #removeAllIn(folder: string): Promise<void> {
    for (const name of await this.#disk.list(folder)) await this.#disk.remove(`${folder}/${name}`);
  }

  async hasFiles(number: number): Promise<boolean> {
    return (await this.#disk.list(this.path(number))).includes(FILES);
  }

  /** Bytes that the files of a room take. */
  fileBytes(number: number): Promise<number> {
    return bytesIn(this.#disk, `${this.path(number)}/${FILES}`);
  }

  /** Bytes that the files of all rooms take. */
  async allFileBytes(): Promise<number> {
    let bytes = 0;
    for (const number of await this.numbers()) bytes += await this.fileBytes(number);
    return bytes;
  }
}
