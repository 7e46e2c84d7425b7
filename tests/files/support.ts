/** The files of one room on a simulated disk, without anybody who asks. */

import { assertEquals } from "@std/assert";
import { hash } from "node:crypto";
import { setImmediate } from "node:timers";
import { bytesIn } from "../../server/files/contents.ts";
import { type Put, RoomFiles } from "../../server/files/room_files.ts";
import { Space, type SpaceOptions } from "../../server/files/space.ts";
import type { Upload } from "../../server/files/upload.ts";
import type { Disk, ReadFile } from "../../server/history/disk.ts";
import { Log } from "../../server/history/log.ts";
import type { ProtocolError } from "../../server/protocol/errors.ts";
import { CHUNK_BYTES_MAX } from "../../server/protocol/limits.ts";
import { between, seeded } from "../protocol/random.ts";
import { SimDisk } from "../support/sim_disk.ts";

export const FOLDER = "rooms/1";
export const CONTENT = `${FOLDER}/files`;
export const AT = 1_760_000_000_000;
const ENDLESS: SpaceOptions = {
  bytesMax: Infinity,
  floorBytes: 0,
  free: () => Promise.resolve(Infinity),
  low: () => {},
};

/** Bytes that are not like others'. */
export function bytesOf(seed: number, size: number): Uint8Array<ArrayBuffer> {
  const random = seeded(seed);
  return Uint8Array.from({ length: size }, () => between(random, 0, 255));
}

export function sha256Of(bytes: Uint8Array): string {
  return hash("sha256", bytes);
}

/** One turn of the loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What an error of the system's looks like. */
export function fullDisk(): Error {
  return Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
}

export function brokenDisk(): Error {
  return new Error("Input/output error (os error 5)");
}

export function roomDisk(seed = 4): SimDisk {
  const disk = new SimDisk(seeded(seed));
  disk.put(`${FOLDER}/history/unrelated.txt`, new Uint8Array());
  return disk;
}

/** The names in the folder of the contents, sorted. */
export function contentNames(disk: SimDisk): string[] {
  return disk.names(FOLDER).includes("files") ? disk.names(CONTENT) : [];
}

/** What a put came to. */
export type Ending = { readonly file: number } | ProtocolError;

export interface Putting {
  /** Null where no bytes are wanted. */
  readonly upload: Upload | null;
  readonly received: number[];
  /** What it came to, in the order in which that was told. */
  readonly endings: Ending[];
  readonly ended: Promise<Ending>;
}

export interface PutOptions {
  readonly name?: string;
  readonly owner?: string;
  readonly from?: string;
  readonly key?: string;
  readonly first?: number;
  readonly approve?: () => void;
  /** What is said of the bytes, where that is not so. */
  readonly size?: number;
  readonly sha256?: string;
}

export interface ShelfOptions {
  readonly disk?: SimDisk;
  readonly space?: Partial<SpaceOptions>;
  readonly logId?: string;
  readonly sync?: boolean;
  /** What the files and the log see of the disk. */
  readonly through?: (disk: SimDisk) => Disk;
}

export class Shelf {
  readonly disk: SimDisk;
  readonly log: Log;
  readonly space: Space;
  readonly files: RoomFiles;
  /** What the operator was told. */
  readonly reports: string[];

  private constructor(
    { disk = roomDisk() }: ShelfOptions,
    { log, space, files, reports }: Pick<Shelf, "log" | "space" | "files" | "reports">,
  ) {
    this.disk = disk;
    this.log = log;
    this.space = space;
    this.files = files;
    this.reports = reports;
  }

  static async open(options: ShelfOptions = {}): Promise<Shelf> {
    const { disk: machine = roomDisk(), logId = "log-1", sync = true, through = (disk) => disk } = options;
    const disk: Disk = through(machine);
    const reports: string[] = [];
    const report = (what: string) => void reports.push(what);
    // As the rooms do, before anything is shown.
    await disk.syncFolder(FOLDER);
    const log = await Log.open({
      disk,
      folder: `${FOLDER}/history`,
      sync,
      segmentBytes: 1 << 20,
      report,
      room: "tea",
      now: () => AT,
    });
    const space = new Space({ ...ENDLESS, ...options.space }, await bytesIn(disk, CONTENT));
    const files = await RoomFiles.open({ disk, folder: FOLDER, log, logId, space, report });
    return new Shelf({ ...options, disk: machine }, { log, space, files, reports });
  }

  async put(bytes: Uint8Array, options: PutOptions = {}): Promise<Putting> {
    const { name = "a.txt", owner = "guest bo", from = "Bo", key, first = 1 } = options;
    const received: number[] = [];
    const endings: Ending[] = [];
    const { promise: ended, resolve } = Promise.withResolvers<Ending>();
    const end = (ending: Ending) => {
      endings.push(ending);
      resolve(ending);
    };
    const put: Put = {
      entry: {
        kind: "file",
        from,
        name,
        size: options.size ?? bytes.length,
        sha256: options.sha256 ?? sha256Of(bytes),
        ...(key === undefined ? {} : { key }),
      },
      owner,
      first,
      approve: () => {
        options.approve?.();
        return { from };
      },
      received: (offset) => received.push(offset),
      stored: ({ seq }) => end({ file: seq }),
      failed: end,
    };
    const upload = await this.files.upload(put);
    if (upload === null) await this.files.add(put);
    return { upload, received, endings, ended };
  }

  /** Puts a file and sends all of it; gives its number, or the code that it fails with. */
  async whole(bytes: Uint8Array, options: PutOptions = {}): Promise<number | string> {
    const putting = await this.put(bytes, options);
    if (putting.upload !== null) await send(putting.upload, bytes);
    const ending = await putting.ended;
    return "file" in ending ? ending.file : ending.code;
  }

  /** Puts a part of a file, and leaves it; gives how many bytes are there then. */
  async part(bytes: Uint8Array, end: number, options: PutOptions = {}): Promise<number> {
    const { upload } = await this.put(bytes, options);
    if (upload === null) throw new Error("it is there already");
    await send(upload, bytes.subarray(0, end));
    upload.stop("left");
    await upload.ended;
    return upload.written;
  }

  /** All that a file holds. */
  async bytes(file: number): Promise<Uint8Array<ArrayBuffer>> {
    const opened: ReadFile = await this.files.read(this.files.find(file, 1));
    try {
      const bytes = new Uint8Array(await opened.size());
      await opened.read(bytes, 0);
      return bytes;
    } finally {
      opened.close();
    }
  }

  get listed(): number[] {
    return [...this.files.list(1)].map(({ file }) => file);
  }

  /** Asserts that what is counted is what is there, and no file is open but the log's. */
  async assertTidy(what = ""): Promise<void> {
    // Whoever is told of an end is told before the part is closed, and thrown away.
    while (this.files.busy) await turn();
    assertEquals(this.space.used, await bytesIn(this.disk, CONTENT), `bytes that are used: ${what}`);
    const before = this.disk.openFiles;
    await this.log.close();
    assertEquals(this.disk.openFiles, 0, `${before} files were open: ${what}`);
  }

  /** Ends in order. */
  async close(): Promise<void> {
    await this.files.close();
    await this.log.close();
  }
}

/** Sends what is missing, a chunk at a time, each after the one before is written. */
export async function send(upload: Upload, bytes: Uint8Array): Promise<void> {
  upload.start();
  let over = false;
  const ended = upload.ended.then(() => over = true);
  for (let at = upload.offset; at < bytes.length && !over;) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES_MAX);
    upload.take(at, chunk);
    at += chunk.length;
    while (upload.written < at && !over) await turn();
  }
  if (over) await ended;
}
