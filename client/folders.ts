/** The folders in which the client keeps things. */

/**
 * Makes `folder`, which is within the folder of all data, for its owner alone, and keeps git from seeing any of it.
 * Throws where that cannot be done, and where it is a symbolic link: permissions do not stop those.
 */
export async function makeFolders(data: string, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await refuseLink(folder);
  try {
    await Deno.writeTextFile(`${data}/.gitignore`, "*\n", { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** Throws where `folder` is a symbolic link, or nothing is there. */
export async function refuseLink(folder: string): Promise<void> {
  if ((await Deno.lstat(folder)).isSymlink) throw new Error(`${folder} is a symbolic link`);
}
