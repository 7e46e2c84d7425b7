/**
 * Recovery: what opening does with the end of a log's newest segment, where a crash may have left its traces.
 *
 * A torn end is copied into a file beside the segment, reported, and cut off. Other damage is refused. What is kept
 * is synced before anybody sees it: the process may have been killed between a write and its sync, and then stands
 * in the system's memory only.
 */

import type { Disk, ReadFile } from "./disk.ts";
import { lineEnd, readLine } from "./lines.ts";
import { LINE_BYTES_MAX, type Scan, scan } from "./scan.ts";
import { DamagedLogError, type Segment } from "./segment.ts";

export interface RecoveryOptions {
  readonly disk: Disk;
  /** The folder of the segments. */
  readonly folder: string;
  /**
   * The last run did not sync and did not end in order: any part of the segment may be missing, and all that follows
   * the first bad line counts as torn. False where left out.
   */
  readonly doubtful?: boolean;
  /** Told, as a sentence, what was set aside. */
  readonly report: (what: string) => void;
}

/** How much of a segment can be relied on. */
export interface Recovered {
  /** The seq that the next entry gets. */
  readonly next: number;
  /** Bytes of whole lines; the file ends there. */
  readonly bytes: number;
}

/** Checks, repairs and syncs the newest segment. Rejects with `DamagedLogError` for damage that no crash explains. */
export async function recover(options: RecoveryOptions, newest: Segment): Promise<Recovered> {
  const { disk, doubtful = false } = options;
  const file = await disk.open(newest.path);
  let found: Scan;
  try {
    const end = doubtful ? null : await scanEnd(file);
    found = end?.is === "whole" ? end : await scan(file, newest.first);
    if (found.is === "damaged" && !doubtful) throw new DamagedLogError(newest.path, found.bytes);
    if (found.is !== "whole") {
      const rest = new Uint8Array(await file.size() - found.bytes);
      await file.read(rest, found.bytes);
      await setAside(options, newest.path, found.bytes, rest);
    }
  } finally {
    file.close();
  }
  await secure(options, newest);
  return found;
}

/** What opening reads of a segment where its end is whole: twice what a batch writes. */
const END_BYTES = 1 << 19;

/**
 * Checks the last lines of a large segment; null where that says nothing. A crash can only have torn what was written
 * last: where the end is whole, nothing was torn, and damage further up is found where it is read.
 */
async function scanEnd(file: ReadFile): Promise<Scan | null> {
  const from = await file.size() - END_BYTES;
  if (from <= 0) return null;
  const bytes = new Uint8Array(LINE_BYTES_MAX * 2);
  await file.read(bytes, from);
  const start = lineEnd(bytes, 0) + 1;
  const line = readLine(bytes, start, lineEnd(bytes, start));
  return line === null ? null : await scan(file, line.seq, from + start);
}

/** Syncs the segment and its name. */
async function secure({ disk, folder }: RecoveryOptions, newest: Segment): Promise<void> {
  const file = await disk.append(newest.path, { createNew: false });
  try {
    await file.sync();
  } finally {
    file.close();
  }
  await disk.syncFolder(folder);
}

/** Keeps the torn end of a segment in a file of its own, and cuts it off once that file is safe. */
async function setAside(options: RecoveryOptions, path: string, at: number, rest: Uint8Array): Promise<void> {
  const { disk, folder, report } = options;
  const aside = await unusedName(disk, folder, `${path}.torn-${at}`);
  const kept = await disk.append(aside, { createNew: true });
  try {
    await kept.write(rest);
    await kept.sync();
  } finally {
    kept.close();
  }
  await disk.syncFolder(folder);
  const segment = await disk.append(path, { createNew: false });
  try {
    await segment.truncate(at);
    await segment.sync();
  } finally {
    segment.close();
  }
  report(`${path} ended in an unfinished write: its last ${rest.length} bytes are kept in ${aside}`);
}

async function unusedName(disk: Disk, folder: string, path: string): Promise<string> {
  const taken = new Set((await disk.list(folder)).map((name) => `${folder}/${name}`));
  let name = path;
  for (let n = 2; taken.has(name); n++) name = `${path}-${n}`;
  return name;
}
