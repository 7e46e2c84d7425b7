/**
 * The transfers of one client: the files that it sends and gets, by the numbers that its connection knows them by.
 * They end with the connection; what came is kept, to be gone on with over another one.
 */

import type { Download } from "../files/download.ts";
import type { Upload } from "../files/upload.ts";
import type { Chunk } from "../protocol/chunks.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { encodeMessage } from "../protocol/frames.ts";
import { TRANSFER_IDLE_MS_MAX, TRANSFERS_MAX } from "../protocol/limits.ts";

/** A file on its way; `may` throws `ProtocolError` where it may not go on. */
type Transfer =
  | { readonly is: "upload"; readonly upload: Upload; readonly may: () => void }
  | { readonly is: "download"; readonly download: Download; readonly may: () => void };

interface Slot {
  readonly transfer: Transfer;
  /** When it last went on. */
  at: number;
}

export interface TransfersOptions {
  readonly send: (frame: Uint8Array) => void;
  /** There is a chunk to send. */
  readonly wake: () => void;
  /** Milliseconds from whenever. */
  readonly now: () => number;
}

/** When a place is free again is not known; by then it may be. */
const RETRY_MS = 2_000;

export class Transfers {
  readonly #options: TransfersOptions;
  readonly #slots = new Map<number, Slot>();
  /** Numbers of downloads with a chunk to send, next first. */
  #ready: number[] = [];
  #lastNumber = 0;
  #over = false;

  constructor(options: TransfersOptions) {
    this.#options = options;
  }

  /** The number of a new transfer. Throws `ProtocolError` `rate_limited`. */
  number(): number {
    if (this.#slots.size < TRANSFERS_MAX) return ++this.#lastNumber;
    const message = `${TRANSFERS_MAX} files are on their way already. Wait for one of them.`;
    throw new ProtocolError("rate_limited", message, RETRY_MS);
  }

  /** Takes on a transfer under a number; it is stopped at once where the client has gone. */
  add(number: number, transfer: Transfer): void {
    if (this.#over) return stop(transfer, "left");
    this.#slots.set(number, { transfer, at: this.#options.now() });
  }

  /** Takes a chunk; false where it is of no upload that goes on. */
  take({ transfer: number, offset, bytes }: Chunk): boolean {
    const slot = this.#slots.get(number);
    if (slot?.transfer.is !== "upload") return false;
    const { may, upload } = slot.transfer;
    // It has all that it was to have: what it comes to is on its way.
    if (upload.finishing) return true;
    try {
      may();
      upload.take(offset, bytes);
      slot.at = this.#options.now();
    } catch (error) {
      this.#refuse(number, error);
    }
    return true;
  }

  /** Whether chunks of that number are taken. */
  takes(number: number): boolean {
    return this.#slots.get(number)?.transfer.is === "upload";
  }

  /** The client has so much of what it gets. */
  received(number: number, offset: number): void {
    const slot = this.#slots.get(number);
    if (slot?.transfer.is !== "download" || !slot.transfer.download.received(offset)) return;
    slot.at = this.#options.now();
  }

  /** How many bytes more the client has of what it gets, if it has everything up to `offset`. */
  news(number: number, offset: number): number {
    const transfer = this.#slots.get(number)?.transfer;
    return transfer?.is === "download" ? transfer.download.news(offset) : 0;
  }

  /** A chunk of download `number` can be sent. */
  ready(number: number): void {
    this.#ready.push(number);
    this.#options.wake();
  }

  /** Whether there is a chunk to send. */
  get pending(): boolean {
    return this.#ready.length > 0;
  }

  /** The next chunk to send, of each download in its turn; good until this is called again. */
  next(): Uint8Array | null {
    for (let number = this.#ready.shift(); number !== undefined; number = this.#ready.shift()) {
      const slot = this.#slots.get(number);
      if (slot?.transfer.is !== "download") continue;
      const { may, download } = slot.transfer;
      try {
        may();
      } catch (error) {
        this.#refuse(number, error);
        continue;
      }
      const chunk = download.take();
      if (download.through) this.done(number, {});
      if (chunk !== null) return chunk;
    }
    return null;
  }

  /** So much of an upload is written. */
  moved(number: number, offset: number): void {
    const slot = this.#slots.get(number);
    if (slot === undefined) return;
    slot.at = this.#options.now();
    this.#options.send(encodeMessage({ type: "received", transfer: number, offset }));
  }

  /** A transfer came to its end; `members` are what its `done` says beside its number. */
  done(number: number, members: object): void {
    this.#remove(number, "left");
    this.#options.send(encodeMessage({ type: "done", transfer: number, ...members }));
  }

  failed(number: number, error: ProtocolError): void {
    this.#remove(number, error.code === "file_mismatch" ? "spoiled" : "left");
    this.#tellFailed(number, error);
  }

  /** Gives one up for good; what came of it goes. Throws `ProtocolError` `no_such_transfer`, also where it is too late. */
  cancel(number: number): void {
    const slot = this.#slots.get(number);
    if (slot === undefined || isFinishing(slot)) throw noTransfer(number);
    this.#remove(number, "spoiled");
  }

  /** Tells of something that is of no transfer. */
  unknown(number: number): void {
    this.#tellFailed(number, noTransfer(number));
  }

  /** Ends those that stand still, and those that may not go on. To be called every second. */
  check(): void {
    const now = this.#options.now();
    for (const [number, slot] of this.#slots) {
      const { transfer, at } = slot;
      if (isFinishing(slot)) continue;
      if (transfer.is === "download") transfer.download.check();
      try {
        transfer.may();
        if (now - at <= TRANSFER_IDLE_MS_MAX) continue;
        throw new ProtocolError("timeout", "Nothing of the file came on for too long. Go on with it anew.");
      } catch (error) {
        this.#refuse(number, error);
      }
    }
  }

  /** The connection is over. */
  end(): void {
    this.#over = true;
    for (const number of [...this.#slots.keys()]) this.#remove(number, "left");
  }

  #tellFailed(number: number, { code, message }: ProtocolError): void {
    this.#options.send(encodeMessage({ type: "failed", transfer: number, code, message }));
  }

  #refuse(number: number, error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.failed(number, error);
  }

  #remove(number: number, as: "left" | "spoiled"): void {
    const slot = this.#slots.get(number);
    this.#slots.delete(number);
    if (slot !== undefined) stop(slot.transfer, as);
  }
}

/** Whether an entry is being made of a file: that comes to its end in any case. */
function isFinishing({ transfer }: Slot): boolean {
  return transfer.is === "upload" && transfer.upload.finishing;
}

function stop(transfer: Transfer, as: "left" | "spoiled"): void {
  if (transfer.is === "upload") transfer.upload.stop(as);
  else transfer.download.close();
}

function noTransfer(number: number): ProtocolError {
  return new ProtocolError("no_such_transfer", `There is no transfer ${number}.`);
}
