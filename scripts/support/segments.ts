/**
 * A room's history as it stands on the disk, read without any code of the server: what the scripts hold against what
 * they saw must not share its mistakes. One line is `{…entry…,"crc":"0a1b2c3d"}`, where the checksum is the CRC-32
 * of what stands before `,"crc"`.
 */

import { crc32 } from "node:zlib";
import { hasShape, integer, isObject, optional, string } from "../../server/protocol/shapes.ts";

/** One line that was found. */
export interface Recorded {
  readonly seq: number;
  readonly from: string;
  readonly text: string;
  readonly key: string | undefined;
}

export interface History {
  readonly entries: readonly Recorded[];
  readonly segments: number;
  /** What is wrong with the files, a sentence each. */
  readonly faults: readonly string[];
}

const LINE = /^(.*),"crc":"([0-9a-f]{8})"\}$/s;
const shape = { seq: integer(1), from: string, text: optional(string), key: optional(string) };

/** Reads the history of `room` in the data folder `data`. Rejects where there is no such room. */
export async function readHistory(data: string, room: string): Promise<History> {
  const folder = `${await roomFolder(data, room)}/history`;
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) if (/^\d{20}\.jsonl$/.test(name)) names.push(name);
  const entries: Recorded[] = [];
  const faults: string[] = [];
  for (const name of names.sort()) {
    const first = entries.length;
    faults.push(...readSegment(name, await Deno.readTextFile(`${folder}/${name}`), entries));
    const found = entries[first]?.seq;
    if (found !== undefined && found !== Number(name.slice(0, 20))) {
      faults.push(`${name} begins with entry ${found}`);
    }
  }
  return { entries, segments: names.length, faults };
}

/** Adds the entries in `text` to `entries`; returns what is wrong with it. */
export function readSegment(name: string, text: string, entries: Recorded[]): string[] {
  const faults: string[] = [];
  const lines = text.split("\n");
  if (lines.pop() !== "") faults.push(`${name} does not end with a line break`);
  for (const [i, line] of lines.entries()) {
    const entry = readLine(line);
    if (entry === null) faults.push(`${name}, line ${i + 1}: no entry, or a wrong checksum`);
    else entries.push(entry);
  }
  return faults;
}

function readLine(line: string): Recorded | null {
  const [, body, crc] = LINE.exec(line) ?? [];
  if (body === undefined || crc32(body) !== parseInt(crc ?? "", 16)) return null;
  try {
    const entry: unknown = JSON.parse(line);
    if (!isObject(entry) || !hasShape(shape, entry)) return null;
    return { seq: entry.seq, from: entry.from, text: entry.text ?? "", key: entry.key };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The folder of `room` in the data folder `data`. Rejects where there is no such room. */
export async function roomFolder(data: string, room: string): Promise<string> {
  const rooms = `${data}/server/rooms`;
  for await (const { name } of Deno.readDir(rooms)) {
    const record: unknown = await Deno.readTextFile(`${rooms}/${name}/room.json`).then(
      JSON.parse,
      (error) => {
        // A folder without a record is a creation that was interrupted.
        if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
        throw error;
      },
    );
    if (isObject(record) && record.room === room) return `${rooms}/${name}`;
  }
  throw new Error(`there is no room ${room} in ${data}`);
}
