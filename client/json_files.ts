/**
 * Files in JSON mode: `put` and `get` name a path here, and this program does what the protocol asks for. Transfers have
 * the client's own numbers, which outlive connections.
 */

import { ProtocolError } from "../server/protocol/errors.ts";
import { hasShape, integer, type JsonObject, optional, string } from "../server/protocol/shapes.ts";
import type { SessionEvent } from "./events.ts";
import { downloadsSink, pathSink, type Sink } from "./files/sink.ts";
import { openSource } from "./files/source.ts";
import type { Transfer } from "./files/transfer.ts";
import type { Outcome } from "./outcomes.ts";
import { refusal } from "./outcomes.ts";
import { fileToMake, fileToRead, needReachable, systemRights, unreadable, unwritable } from "./rights.ts";
import type { Script } from "./script.ts";

const PUT = { room: string, path: string, name: optional(string) };
const GET = { room: string, file: integer(1), path: optional(string) };
const CANCEL = { transfer: integer(1) };

const PUT_WANTS = 'In put, "room" and "path" must be strings: the path of the file that is to be sent. ' +
  "Its size and SHA-256 are worked out here.";
const GET_WANTS =
  'In get, "room" must be a string, "file" an integer from 1, and "path", if there is one, a string.';
const CANCEL_WANTS =
  'In cancel, "transfer" must be an integer from 1: the number that put or get was answered with.';

/** How often a transfer that moves says how far it is. */
const TOLD_EVERY_MS = 1_000;

export class JsonFiles {
  readonly #script: Script;
  readonly #data: string;
  /** How far each transfer was, as we told it last. */
  readonly #told = new Map<number, number>();
  #stopTelling: (() => void) | null = null;

  /** `data` is the folder of all data. */
  constructor(script: Script, data: string) {
    this.#script = script;
    this.#data = data;
  }

  /** Does what a line asks for, where that is about a transfer; null where it is not. */
  take(line: JsonObject): Outcome | null {
    try {
      switch (line["type"]) {
        case "put":
          return hasShape(PUT, line) ? this.#put(line) : refusal("bad_request", PUT_WANTS);
        case "get":
          return hasShape(GET, line) ? this.#get(line) : refusal("bad_request", GET_WANTS);
        case "cancel":
          return hasShape(CANCEL, line) ? this.#cancel(line.transfer) : refusal("bad_request", CANCEL_WANTS);
        default:
          return null;
      }
    } catch (error) {
      if (error instanceof ProtocolError) return { is: "refused", error };
      throw error;
    }
  }

  #put({ room, path, name = path }: { room: string; path: string; name?: string | undefined }): Outcome {
    const named = fileToRead(path);
    needReachable(named, () => unreadable(named, this.#data));
    const { transfers } = this.#script.session;
    return this.#begun(transfers.put(room, (watch) => openSource(path, name, this.#data, watch), name));
  }

  #get({ room, file, path }: { room: string; file: number; path?: string | undefined }): Outcome {
    const sink = path === undefined ? downloadsSink(this.#data) : this.#sinkAt(path);
    return this.#begun(this.#script.session.transfers.get(room, file, sink));
  }

  #sinkAt(path: string): Sink {
    const named = fileToMake(path, systemRights);
    needReachable(named, () => unwritable(named, this.#data));
    return pathSink(named.path, this.#data);
  }

  #begun({ number }: Transfer): Outcome {
    this.#told.set(number, 0);
    this.#stopTelling ??= this.#script.clock.timer(TOLD_EVERY_MS, () => void this.#tell());
    return { is: "ok", body: { type: "ok", transfer: number } };
  }

  #cancel(number: number): Outcome {
    const transfer = this.#script.session.transfers.active.find((one) => one.number === number);
    if (transfer === undefined) {
      return refusal("no_such_transfer", `There is no transfer ${number} any more.`);
    }
    transfer.cancel();
    return { is: "ok", body: { type: "ok", transfer: number } };
  }

  /** Says how far those are that have moved since the last time, once that is taken. */
  async #tell(): Promise<void> {
    const { session, out, clock } = this.#script;
    for (const { number, moved } of session.transfers.active) {
      if (moved === this.#told.get(number)) continue;
      this.#told.set(number, moved);
      await out.line(JSON.stringify({ type: "received", transfer: number, offset: moved }));
    }
    this.#stopTelling = this.#told.size === 0 ? null : clock.timer(TOLD_EVERY_MS, () => void this.#tell());
  }

  /** The line that tells what became of a transfer. */
  ended({ transfer: { number }, end }: SessionEvent & { readonly is: "transfer" }): string {
    this.#told.delete(number);
    if (this.#told.size === 0) {
      this.#stopTelling?.();
      this.#stopTelling = null;
    }
    switch (end.is) {
      case "put":
        return JSON.stringify({
          type: "done",
          transfer: number,
          room: end.room,
          file: end.file,
          seq: end.seq,
        });
      case "got":
        return JSON.stringify({ type: "done", transfer: number, path: end.path });
      case "failed": {
        const { code, message } = end.error;
        return JSON.stringify({ type: "failed", transfer: number, code, message });
      }
      case "cancelled":
        return JSON.stringify({ type: "cancelled", transfer: number });
      default:
        return end satisfies never;
    }
  }
}
