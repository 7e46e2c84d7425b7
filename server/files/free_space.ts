/** How much room a disk has. */

import { statfs } from "node:fs";

/**
 * Bytes that are free on the disk of `path`, for users without privileges. Infinity where the right to look, or the
 * means, are missing: a question on the terminal would freeze the server.
 */
export async function freeBytes(path: string): Promise<number> {
  if (Deno.permissions.querySync({ name: "sys", kind: "statfs" }).state !== "granted") return Infinity;
  return await new Promise((resolve) => {
    statfs(path, (error, stats) => resolve(error === null ? stats.bavail * stats.bsize : Infinity));
  });
}
