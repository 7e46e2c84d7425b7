/** The codes that `error` and `failed` carry, and how they travel through the code. */

import { MESSAGE_CHARS_MAX } from "./limits.ts";

export const ERROR_CODES = [
  "bad_frame",
  "bad_request",
  "unknown_type",
  "hello_expected",
  "unsupported_protocol",
  "server_full",
  "too_many_connections",
  "wrong_password",
  "too_many_attempts",
  "name_taken",
  "name_invalid",
  "bad_proof",
  "room_invalid",
  "no_such_room",
  "room_exists",
  "too_many_rooms",
  "not_a_member",
  "not_allowed",
  "no_such_person",
  "text_empty",
  "text_too_long",
  "key_reused",
  "muted",
  "rate_limited",
  "no_such_file",
  "file_too_large",
  "file_mismatch",
  "no_such_transfer",
  "storage_failed",
  "storage_full",
  "kicked",
  "banned",
  "replaced",
  "timeout",
  "shutting_down",
] as const;

export type ErrorCode = typeof ERROR_CODES[number];

const CODES: ReadonlySet<string> = new Set(ERROR_CODES);

export function isErrorCode(code: string): code is ErrorCode {
  return CODES.has(code);
}

/**
 * A refusal as the protocol knows it: a code for programs and a sentence for people that says what is wrong and
 * what to do. The server throws it and sends it; the client receives it and throws it.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ErrorCode;
  /** When another try makes sense, in milliseconds from now: `retry_ms` of `rate_limited` and `too_many_attempts`. */
  readonly retryMs: number | undefined;

  constructor(code: ErrorCode, message: string, retryMs?: number) {
    super(cut(message));
    this.code = code;
    this.retryMs = retryMs;
  }
}

/** Our own are shorter, since they shorten what they repeat; what another server says may fill a frame. */
function cut(message: string): string {
  if (message.length <= MESSAGE_CHARS_MAX) return message;
  return `${message.slice(0, MESSAGE_CHARS_MAX - 1).toWellFormed()}…`;
}

/** What `error` says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
