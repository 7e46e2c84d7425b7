/** Records: small JSON files that are replaced as a whole and are, after a crash, the old one or the new one. */

import type { Disk } from "./disk.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Writes `value` aside, syncs it, renames it into place in `folder`, and syncs the folder. */
export async function writeRecord(disk: Disk, folder: string, name: string, value: object): Promise<void> {
  const aside = `${folder}/${name}.new`;
  if ((await disk.list(folder)).includes(`${name}.new`)) await disk.remove(aside);
  const file = await disk.append(aside, { createNew: true });
  try {
    await file.write(encoder.encode(JSON.stringify(value, null, 2) + "\n"));
    await file.sync();
  } finally {
    file.close();
  }
  await disk.rename(aside, `${folder}/${name}`);
  await disk.syncFolder(folder);
}

/** The record at `path`; null where there is none. Throws `SyntaxError` where it is damaged. */
export async function readRecord(disk: Disk, path: string): Promise<unknown> {
  let file;
  try {
    file = await disk.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw new SyntaxError(`${path} is damaged: restore it from a backup`, { cause: error });
  } finally {
    file.close();
  }
}
