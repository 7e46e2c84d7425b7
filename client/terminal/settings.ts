/**
 * What a person has set, kept in `client/settings.json` of the folder of all data: `{"bell": "mentions"}`. Members
 * that this version does not know stay in the file.
 */

import { messageOf } from "../../server/protocol/errors.ts";
import { isObject, type JsonObject } from "../../server/protocol/shapes.ts";
import { makeFolders } from "../folders.ts";
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
  if (missing(data, ["read"]) !== null) return { settings: DEFAULTS, problem: null };
  try {
    const { bell = DEFAULTS.bell } = await readMembers(data) ?? {};
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
  const right = missing(data, ["read", "write"]);
  if (right !== null) {
    return `This is set, but not kept: the right to ${right} ${data} is missing. Run with --allow-${right}=${data}`;
  }
  try {
    await makeFolders(data, `${data}/client`);
    // What is damaged was told when it was read.
    const kept = await readMembers(data).catch(() => null);
    await replace(pathIn(data), { ...kept, ...settings });
    return null;
  } catch (error) {
    return `This is set, but not kept in ${pathIn(data)}: ${messageOf(error)}.`;
  }
}

function pathIn(data: string): string {
  return `${data}/client/settings.json`;
}

/** The first of `rights` that we do not have. To ask for one would freeze the screen. */
function missing<T extends "read" | "write">(path: string, rights: readonly T[]): T | null {
  return rights.find((name) => Deno.permissions.querySync({ name, path }).state !== "granted") ?? null;
}

/** What stands in the file; null where there is none. Throws where that is no JSON object in a file of its own. */
async function readMembers(data: string): Promise<JsonObject | null> {
  const path = pathIn(data);
  try {
    const { isFile, size } = await Deno.lstat(path);
    if (!isFile || size > FILE_BYTES_MAX) throw new Error("it is not a plain file of settings");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const members = parsed(await Deno.readTextFile(path));
  if (!isObject(members)) throw new Error("it is not a JSON object");
  return members;
}

/** Undefined for what is not JSON: what the parser says quotes the file. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes aside and renames, so that the file is the old one or the new one, and a symbolic link is not followed. */
async function replace(path: string, members: JsonObject): Promise<void> {
  const aside = `${path}.new`;
  await removed(aside);
  await Deno.writeTextFile(aside, `${JSON.stringify(members, null, 2)}\n`, { createNew: true, mode: 0o600 });
  await Deno.rename(aside, path);
}

/** A crash may have left one. */
async function removed(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
