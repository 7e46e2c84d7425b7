/** What those are told whose file met an error of the disk's. */

import { ProtocolError } from "../protocol/errors.ts";
import { diskIsFull } from "../protocol/runtime.ts";

/** Throws `error` where it is none of the disk's. */
export function diskError(error: unknown): ProtocolError {
  // A bug is no error of the disk's.
  if (error instanceof TypeError) throw error;
  return diskIsFull(error)
    ? new ProtocolError("storage_full", "The server's disk is full. Tell its operator, and try again later.")
    : new ProtocolError(
      "storage_failed",
      "The server's disk failed. Tell its operator, and try again later.",
    );
}
