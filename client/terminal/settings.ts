/**
 * What a person has set, kept in `client/settings.json` of the folder of all data: `{"bell": "mentions"}`. Members
 * that this version does not know stay in the file.
 */

import { messageOf } from "../../server/protocol/errors.ts";
import { makeFolders } from "../folders.ts";
import { missingRight } from "../obstacle.ts";
import { readObject, replaceObject } from "../own_file.ts";
import { type Bell, BELLS, isBell } from "./notices.ts";

export interface Settings {
  readonly bell: Bell;
}

const DEFAULTS: Settings = { bell: "mentions" };
/** A larger file is none of ours. */
const FILE_BYTES_MAX = 64 * 1024;

/**
 * The settings that are kept; the defaults where there are none, or where they may not be read. Where they cannot be
 * read, `problem` is a sentence about it, and the file stays as it is until something is set.
 */
export async function readSettings(
  data: string,
): Promise<{ readonly settings: Settings; readonly problem: string | null }> {
  if (missingRight(data, ["read"]) !== null) return { settings: DEFAULTS, problem: null };
  try {
    const { bell = DEFAULTS.bell } = await read(data) ?? {};
    if (!isBell(bell)) throw new Error(`"bell" must be one of ${BELLS.join(", ")}`);
    return { settings: { bell }, problem: null };
  } catch (error) {
    const problem = `The settings in ${pathIn(data)} are not used: ${messageOf(error)}. Setting something ` +
      "writes them anew.";
    return { settings: DEFAULTS, problem };
  }
}

/** Keeps `settings`. Where that does not work it resolves to a sentence that says why. */
export async function writeSettings(data: string, settings: Settings): Promise<string | null> {
  const right = missingRight(data, ["read", "write"]);
  if (right !== null) {
    return `This is set, but not kept: the right to ${right} ${data} is missing. Run with --allow-${right}=${data}`;
  }
  try {
    await makeFolders(data, `${data}/client`);
    // What is damaged was told when it was read.
    const kept = await read(data).catch(() => null);
    await replaceObject(pathIn(data), { ...kept, ...settings });
    return null;
  } catch (error) {
    return `This is set, but not kept in ${pathIn(data)}: ${messageOf(error)}.`;
  }
}

function pathIn(data: string): string {
  return `${data}/client/settings.json`;
}

function read(data: string) {
  return readObject(pathIn(data), FILE_BYTES_MAX, "settings");
}
