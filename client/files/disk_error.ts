/** What the disk refuses, as an error with a sentence that says what to do. */

import { type ErrorCode, messageOf, ProtocolError } from "../../server/protocol/errors.ts";
import { diskIsFull } from "../../server/protocol/runtime.ts";

/** `error`, which came of what was done with `path`, as one that a transfer can end with. */
export function diskError(error: unknown, path: string): ProtocolError {
  if (error instanceof ProtocolError) return error;
  const [code, sentence] = judged(error, path);
  return new ProtocolError(code, sentence);
}

function judged(error: unknown, path: string): [ErrorCode, string] {
  if (diskIsFull(error)) {
    return ["storage_full", `The disk of ${path} is full. Make room there, and try again.`];
  }
  if (error instanceof Deno.errors.NotFound) return ["no_such_file", `There is no ${path}.`];
  if (error instanceof Deno.errors.AlreadyExists) {
    return ["bad_request", `${path} is there already, and nothing is written over. Choose another name.`];
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return ["not_allowed", `The system allows no use of ${path}.`];
  }
  if (error instanceof Deno.errors.NotCapable) return ["not_allowed", `The right to use ${path} is missing.`];
  return ["storage_failed", `${path}: ${messageOf(error)}.`];
}
