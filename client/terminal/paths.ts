/** Paths for completion, of folders that we may look into. */

import { OUTBOX } from "../rights.ts";

/**
 * Paths that begin with `prefix`, written as it is; those of folders end with a slash. None where the folder cannot
 * be read, or the right to is missing: to ask for it would freeze the screen.
 */
export function pathsFrom(prefix: string): readonly string[] {
  const slash = prefix.lastIndexOf("/") + 1;
  const folder = prefix.slice(0, slash);
  const path = folder === "" ? "." : folder;
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return [];
  try {
    return [...Deno.readDirSync(path)]
      .filter(({ name }) => name.startsWith(prefix.slice(slash)))
      .map(({ name, isDirectory }) => folder + name + (isDirectory ? "/" : ""))
      .sort();
  } catch (error) {
    if (error instanceof Error) return [];
    throw error;
  }
}

/** Paths for `/send`, by `paths`: a name alone can stand in the outbox, and is written without its folder. */
export function sentPaths(
  prefix: string,
  data: string,
  paths: (prefix: string) => readonly string[],
): readonly string[] {
  if (/[/\\]/.test(prefix)) return paths(prefix);
  const outbox = `${data}/${OUTBOX}/`;
  const kept = paths(outbox + prefix).map((path) => path.slice(outbox.length)).filter((path) =>
    !path.endsWith("/")
  );
  return [...kept, ...paths(prefix)];
}
