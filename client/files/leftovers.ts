/** What transfers of programs that ended in the middle have left behind, and nobody comes back for. */

/** Folders of the client, the endings in them, and the age from which they go. */
const KEPT = [
  { folder: "sending", ending: ".spool", days: 1 },
  // As long as the server keeps what came: after that it is sent anew, and is meant to be another entry.
  { folder: "sending", ending: ".json", days: 1 },
  { folder: "receiving", ending: ".part", days: 30 },
] as const;
const DAY_MS = 86_400_000;

/** Removes what is too old at `now`, in milliseconds since 1970, of the folder of all data. What cannot go stays. */
export async function removeLeftovers(data: string, now: number): Promise<void> {
  for (const { folder, ending, days } of KEPT) {
    await removeOld(`${data}/client/${folder}`, ending, now - days * DAY_MS);
  }
}

async function removeOld(folder: string, ending: string, before: number): Promise<void> {
  try {
    if (!(await Deno.lstat(folder)).isDirectory) return;
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !name.endsWith(ending)) continue;
      const { mtime } = await Deno.lstat(`${folder}/${name}`);
      if (mtime !== null && mtime.getTime() < before) await Deno.remove(`${folder}/${name}`);
    }
  } catch (error) {
    // The folder is not there yet, or another client was faster: it is tidying, and the next one does it.
    if (!(error instanceof Error)) throw error;
  }
}
