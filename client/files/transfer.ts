/** One file on its way to the server or from it, as front ends see it. */

import type { ProtocolError } from "../../server/protocol/errors.ts";

export type Stage =
  /** The file that is to be sent is read, for its hash. */
  | "reading"
  /** For its turn, for the connection, or for the server's answer. */
  | "waiting"
  | "moving"
  /** All of it is there, or an earlier part of it is, and that is being made sure of. */
  | "checking"
  | "over";

export interface Transfer {
  /** From 1, in the order in which they were begun in this client. */
  readonly number: number;
  readonly way: "put" | "get";
  readonly room: string;
  /** Fit to be shown. */
  readonly name: string;
  /** Bytes; 0 until that is known. */
  readonly size: number;
  /** Bytes that the other side has where we send, that we have where we receive. */
  readonly moved: number;
  /** Bytes read in the stages `reading` and `checking`. */
  readonly read: number;
  readonly stage: Stage;
  /** What became of it; never rejects. */
  readonly ended: Promise<TransferEnd>;
  /** Stops it; what has come of it stays. Where it has ended meanwhile it has. */
  cancel(): void;
}

export type TransferEnd =
  /** It stands in the room as entry `seq`, and is asked for by the number `file`. */
  | {
    readonly is: "put";
    readonly room: string;
    readonly file: number;
    readonly seq: number;
    readonly name: string;
  }
  /** `path` is null where it went to a stream. */
  | { readonly is: "got"; readonly path: string | null; readonly name: string; readonly size: number }
  | { readonly is: "failed"; readonly error: ProtocolError }
  | { readonly is: "cancelled" };

/** What a transfer tells of itself while it runs; it alone writes here. */
export interface Standing {
  name: string;
  size: number;
  moved: number;
  read: number;
  stage: Stage;
}
