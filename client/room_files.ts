/** The files of a room, and which of them a person means. */

import { ProtocolError } from "../server/protocol/errors.ts";
import type { Answer } from "../server/protocol/messages.ts";
import { safeFileName } from "../server/protocol/file_names.ts";
import { fileName } from "./file_names.ts";
import type { Session } from "./session.ts";

export type RoomFile = Answer<"files">["files"][number];

/** Pages that are read of one list: no server has reason for more. */
const PAGES_MAX = 1_000;
/** Files that are named where none was meant. */
const NAMED_MAX = 5;

/** The files of `room`, the newest last. Throws `ProtocolError`. */
export async function roomFiles(session: Session, room: string): Promise<readonly RoomFile[]> {
  const all: RoomFile[] = [];
  let page: { page?: number } = {};
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const { files, next } = await session.request("files", { room, ...page });
    all.push(...files);
    if (next === undefined || files.length === 0) break;
    page = { page: next };
  }
  return all.sort((a, b) => a.file - b.file);
}

/**
 * The file that is meant by `wanted`: the one of that number, or the newest of that name. A name can be given as it
 * was or as it is shown. Throws `ProtocolError` `no_such_file`.
 */
export function fileMeant(files: readonly RoomFile[], room: string, wanted: string): RoomFile {
  const number = /^#?(\d+)$/.exec(wanted)?.[1];
  const numbered = files.find(({ file }) => String(file) === number);
  if (numbered !== undefined) return numbered;
  const name = wanted.normalize("NFC");
  const named = (same: (one: string) => boolean) =>
    files.findLast((one) => same(one.name.normalize("NFC")) || same(fileName(one.name)));
  // A name that was too long for the server, or had what it takes out, is known by what became of it.
  const made = /[/\\]/.test(name) ? null : safeFileName(name);
  const found = named((one) => one === name) ?? named((one) => one.toLowerCase() === name.toLowerCase()) ??
    named((one) => one === made);
  if (found !== undefined) return found;
  throw new ProtocolError("no_such_file", `There is no file "${wanted}" in #${room}. ${whatThereIs(files)}`);
}

/** The newest files, for who has none of the names. */
function whatThereIs(files: readonly RoomFile[]): string {
  if (files.length === 0) return "It has no files.";
  const newest = files.slice(-NAMED_MAX).reverse().map(({ file, name }) => `${fileName(name)} (${file})`);
  return `${files.length > newest.length ? "Its newest are" : "It has"} ${newest.join(", ")}.`;
}
