/**
 * Small files of JSON that the client keeps for itself, in the folder `client` of all data. Each is written aside,
 * under a name that no other client uses, and put into its place whole: so that it is the old one or the new one,
 * and a symbolic link is not followed, since permissions do not stop those.
 */

import { isObject, type JsonObject } from "../server/protocol/shapes.ts";

/** The value in JSON; undefined for what is not JSON, since what the parser says quotes the file. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What stands in the file at `path`; null where there is none. Throws where that is no JSON object in a file of its
 * own of at most `bytesMax` bytes; `of` says of what it should be, for the sentence.
 */
export async function readObject(path: string, bytesMax: number, of: string): Promise<JsonObject | null> {
  try {
    const { isFile, size } = await Deno.lstat(path);
    if (!isFile || size > bytesMax) throw new Error(`it is not a plain file of ${of}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const members = parsed(await Deno.readTextFile(path));
  if (!isObject(members)) throw new Error("it is not a JSON object");
  return members;
}

/** Writes `members` in place of what stands at `path`. */
export async function replaceObject(path: string, members: JsonObject): Promise<void> {
  await putText(path, `${JSON.stringify(members, null, 2)}\n`, Deno.rename);
}

/**
 * Writes `text` for its owner alone, and gives it the name `path` by `put`: `Deno.rename` goes over what is there,
 * `Deno.link` over nothing. On the disk when it resolves; throws what the disk throws, and leaves nothing aside.
 */
export async function putText(
  path: string,
  text: string,
  put: (aside: string, path: string) => Promise<void>,
): Promise<void> {
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    await writeNew(aside, new TextEncoder().encode(text));
    await patiently(() => put(aside, path));
    await syncFolder(path.replace(/\/[^/]*$/, ""));
  } finally {
    await removed(aside);
  }
}

/** So often, and so far apart, it is tried on Windows to put a file into its place. */
const TRIES = 10;
const TRY_MS = 20;

/** Windows denies a name while another client takes it, or has the file of that name open: a moment, mostly. */
async function patiently(put: () => Promise<void>): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      return await put();
    } catch (error) {
      const denied = Deno.build.os === "windows" && error instanceof Deno.errors.PermissionDenied;
      if (!denied || tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, TRY_MS));
    }
  }
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  await file.sync();
}

/** Makes the names in `folder` survive a power cut. Windows opens no folders and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using opened = await Deno.open(folder, { read: true });
  await opened.sync();
}

/** There is none where it could not be made, or was renamed. */
async function removed(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
