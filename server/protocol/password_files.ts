/**
 * Files whose first line is a password, as both commands take them. Pure: they are opened by whoever may. It stands
 * here because both sides need it and this folder is what they share.
 */

import { PASSWORD_BYTES_MAX } from "./limits.ts";

/** A byte order mark, the longest password, a line's end, and a byte more, by which a longer one is seen to be. */
const PASSWORD_FILE_BYTES = 3 + PASSWORD_BYTES_MAX + 2 + 1;

/** What `read` gives, which may come in pieces, until its end or as far as a password can reach. */
export async function startOf(read: (into: Uint8Array) => Promise<number | null>): Promise<Uint8Array> {
  const bytes = new Uint8Array(PASSWORD_FILE_BYTES);
  let length = 0;
  while (length < bytes.length) {
    const more = await read(bytes.subarray(length));
    if (more === null) break;
    length += more;
  }
  return bytes.subarray(0, length);
}

/** The first line of what such a file begins with. Throws `TypeError` where that is not text in UTF-8. */
export function firstLineOf(bytes: Uint8Array): string {
  // The last letter of what was read may be half of one.
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  return text.split(/\r?\n/, 1)[0] ?? "";
}
