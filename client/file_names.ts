/** What the files of others are called here. Pure. */

import { safeFileName } from "../server/protocol/file_names.ts";
import { oneLine } from "./clean.ts";

/** A name that a file can have, whatever is left of `raw`. */
export function fileName(raw: string): string {
  return safeFileName(raw) ?? "file";
}

/** What a file is called where it is shown: in one line, and nothing in it steers. */
export function shownFileName(raw: string): string {
  return oneLine(fileName(raw));
}
