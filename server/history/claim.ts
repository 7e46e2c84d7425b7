/**
 * The data folder, claimed by one server at a time.
 *
 *     lock         locked by the running server; the lock dies with the process
 *     lock.json    who that is, for people to read
 *     state.json   how the last run ended, and the generation of the logs
 */

import { integer, object, string } from "../protocol/shapes.ts";
import type { Disk } from "./disk.ts";
import { readRecord, writeRecord } from "./records.ts";

/** The folder cannot be used; the message says why and what to do. */
export class ClaimError extends Error {
  override readonly name = "ClaimError";
}

export interface Claim {
  /** The server's own folder. */
  readonly folder: string;
  /** Grows when the disk may hold less than what was acknowledged: logs are other logs then. */
  readonly generation: number;
  /** Whether it has just grown. */
  readonly doubtful: boolean;
  /**
   * Notes that a run begins. To be called when logs that are doubtful have been opened, since the note replaces the
   * one that says so, and before anything is appended or shown.
   */
  begin(): Promise<void>;
  /** Gives the folder back: after an end in order, or as it was where no run has begun. */
  release(): Promise<void>;
}

const stateShape = object({ generation: integer(0), sync: string, end: string });
/** A lock that is free is had at once; this long is waited for one that is not. */
const LOCK_MS_MAX = 500;

/** Claims `data` and makes what is missing in it. Rejects with `ClaimError` where another server has it. */
export async function claim(disk: Disk, data: string, sync: "always" | "off"): Promise<Claim> {
  const folder = `${data}/server`;
  await Deno.mkdir(`${folder}/rooms`, { recursive: true, mode: 0o700 });
  await ignoreInGit(data);
  // The data folder's own name is its parent's, which we have no right to.
  await disk.syncFolder(data);
  await disk.syncFolder(folder);
  const lock = await lockOrNull(`${folder}/lock`);
  if (lock === null) {
    throw new ClaimError(
      `${folder} is in use by ${await holder(disk, folder)}. Stop that server, or choose another --data.`,
    );
  }
  await writeRecord(disk, folder, "lock.json", { pid: Deno.pid, since: new Date().toISOString() });
  const last = await readState(disk, folder);
  // Without syncing, what was acknowledged is only surely on disk when the end was in order.
  const doubtful = last.sync === "off" && last.end !== "in order";
  const generation = last.generation + (doubtful ? 1 : 0);
  const note = (end: string) => writeRecord(disk, folder, "state.json", { generation, sync, end });
  let begun = false;
  return {
    folder,
    generation,
    doubtful,
    async begin() {
      await note("still running, or not in order");
      begun = true;
    },
    async release() {
      if (begun) await note("in order");
      lock.close();
    },
  };
}

async function lockOrNull(path: string): Promise<Deno.FsFile | null> {
  const file = await Deno.open(path, { read: true, write: true, create: true });
  // `tryLock` is not in every Deno that this runs on.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), LOCK_MS_MAX));
  const locked = await Promise.race([file.lock(true).then(() => true), late]);
  clearTimeout(timer);
  return locked ? file : null;
}

async function holder(disk: Disk, folder: string): Promise<string> {
  const found = await readRecord(disk, `${folder}/lock.json`).catch(() => null);
  const shape = object({ pid: integer(0), since: string });
  return shape.holds(found)
    ? `another server (process ${found.pid}, since ${found.since})`
    : "another server";
}

async function readState(
  disk: Disk,
  folder: string,
): Promise<{ generation: number; sync: string; end: string }> {
  const found = await readRecord(disk, `${folder}/state.json`);
  if (found === null) return { generation: 0, sync: "always", end: "in order" };
  if (stateShape.holds(found)) return found;
  throw new ClaimError(`${folder}/state.json is damaged: restore it from a backup.`);
}

/** Nobody's chat is to be committed with the project that they happen to be in. */
async function ignoreInGit(data: string): Promise<void> {
  try {
    await Deno.writeTextFile(`${data}/.gitignore`, "*\n", { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
