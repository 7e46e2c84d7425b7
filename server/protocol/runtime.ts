/** What the runtime can do, and what it says. It stands here because both sides need it and this folder is what they share. */

import { messageOf } from "./errors.ts";

/** The oldest Deno in which node's TLS was seen to hold up; 2.9.0 loses bytes, 2.4 shows no certificate. */
const FIRST = [2, 9, 1] as const;

/** Whether TLS in Deno `version`, such as `2.9.6`, is not up to what is asked of it here. */
export function tlsIsOld(version: string): boolean {
  const numbers = version.split(".").map(Number);
  const differs = FIRST.findIndex((number, i) => number !== numbers[i]);
  return differs >= 0 && (numbers[differs] ?? 0) < (FIRST[differs] ?? 0);
}

/** How the system says that a disk is full, or full for this person: on Linux 28 and 122, on Windows 112. */
const FULL = /\(os error (28|112|122)\)/;

/** Whether `error` is that there is no space left. */
export function diskIsFull(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return code === "ENOSPC" || code === "EDQUOT" || FULL.test(messageOf(error));
}
