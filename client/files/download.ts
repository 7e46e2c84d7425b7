/**
 * A file on its way from the server. It comes in chunks, never more of them ahead than was agreed, and goes on after a
 * drop behind what there is.
 */

import { ProtocolError } from "../../server/protocol/errors.ts";
import { CHUNK_BYTES_MAX } from "../../server/protocol/limits.ts";
import type { Answer } from "../../server/protocol/messages.ts";
import { Wake } from "../wake.ts";
import type { Carrier, Leg, LegEnd, Legs } from "./legs.ts";
import type { Described } from "./part.ts";
import { Ring } from "./ring.ts";
import type { Receipt, Sink } from "./sink.ts";
import type { Standing, TransferEnd } from "./transfer.ts";
import type { Tries } from "./tries.ts";

export interface DownloadOptions {
  readonly legs: Legs;
  readonly tries: Tries;
  readonly standing: Standing;
  readonly room: string;
  /** The number of the file in its room. */
  readonly file: number;
  readonly sink: Sink;
  /** What the room's entry says of the file, where we have it: saves asking twice where some of it is there. */
  readonly known: Described | null;
  /** Told what it is, once that is known. */
  readonly found: (file: Described) => void;
  readonly signal: AbortSignal;
}

type Got = Extract<TransferEnd, { readonly is: "got" }>;

/** The most that a server may want to send ahead: what a transfer takes of our memory. */
export const WINDOW_BYTES_MAX = 32 * CHUNK_BYTES_MAX;

export class Download {
  readonly #options: DownloadOptions;
  #file: Described | null;
  #receipt: Receipt | null = null;

  constructor(options: DownloadOptions) {
    const { known } = options;
    this.#options = options;
    this.#file = known === null ? null : { ...known, sha256: known.sha256.toLowerCase() };
  }

  /** To its end; null where it was stopped. Throws `ProtocolError`. */
  async run(): Promise<Got | null> {
    try {
      if (this.#file !== null) await this.#open(this.#file);
      for (let mended = false; await this.#fetch();) {
        const { standing } = this.#options;
        standing.stage = "checking";
        const { name, size } = standing;
        const resumed = this.#receipt?.resumed ?? false;
        try {
          return { is: "got", path: await this.#receipt?.finish() ?? null, name, size };
        } catch (error) {
          if (!(error instanceof ProtocolError) || error.code !== "file_mismatch") throw error;
          if (mended || !resumed) throw error;
          // What we had from before was not of this file; it is gone now.
          mended = true;
          await this.#close();
        }
      }
      return null;
    } finally {
      await this.#close();
    }
  }

  /** Whether all of it has come; otherwise it was stopped. Throws `ProtocolError`. */
  async #fetch(): Promise<boolean> {
    const { tries, signal, standing } = this.#options;
    while (!signal.aborted) {
      if (this.#receipt !== null && this.#receipt.offset === this.#file?.size) return true;
      standing.stage = "waiting";
      const leg = await this.#begin();
      if (leg === null) continue;
      const how = await this.#taken(leg);
      if (how === null || how.is === "lost") continue;
      if (how.is === "failed") await tries.after(how.error, signal);
      else if (how.is === "broken") throw how.error;
    }
    return false;
  }

  /** Null where it has to be tried again, or was stopped. Throws `ProtocolError`. */
  async #begin(): Promise<DownloadLeg | null> {
    const { legs, tries, room, file, signal } = this.#options;
    const offset = this.#receipt?.offset ?? 0;
    const members = offset === 0 ? { room, file } : { room, file, offset };
    const begun = await legs.begin("get", members, signal, (answer, carrier) => {
      return new DownloadLeg(answer, carrier, offset, this.#file);
    });
    if (begun.is === "begun") return begun.leg;
    if (begun.is === "refused") await tries.after(begun.error, signal);
    return null;
  }

  /** Takes what comes. Null where nothing is wrong, and what is still missing has to be asked for anew. */
  async #taken(leg: DownloadLeg): Promise<LegEnd | null> {
    const { legs, signal, standing } = this.#options;
    const stop = () => leg.wake.ring();
    signal.addEventListener("abort", stop, { once: true });
    try {
      // A short file may have come with the answer.
      if (leg.end !== null && leg.end.is !== "done") return leg.end;
      this.#file ??= leg.file;
      const receipt = this.#receipt ?? await this.#open(leg.file);
      // Some of it is here already: the rest of it is asked for.
      if (receipt.offset !== leg.start) return null;
      standing.stage = "moving";
      await this.#pump(leg, receipt);
      return receipt.offset === leg.file.size ? null : leg.end;
    } finally {
      signal.removeEventListener("abort", stop);
      if (leg.complete) legs.forget(leg);
      else await legs.leave(leg);
    }
  }

  /** Until all has come, the leg has ended, or we were stopped. What came before the leg ended is kept. */
  async #pump(leg: DownloadLeg, receipt: Receipt): Promise<void> {
    const { signal, standing, tries } = this.#options;
    while (!signal.aborted && receipt.offset < leg.file.size) {
      const bytes = leg.ring.head();
      if (bytes.length === 0) {
        if (leg.end !== null) return;
        await leg.wake.wait();
        continue;
      }
      await receipt.write(bytes);
      leg.ring.free(bytes.length);
      tries.moved();
      standing.moved = receipt.offset;
      if (leg.end === null) await leg.acknowledge(receipt.offset);
    }
  }

  async #open(file: Described): Promise<Receipt> {
    const { sink, standing, signal, found } = this.#options;
    found(file);
    standing.size = file.size;
    standing.stage = "checking";
    const progress = (read: number) => {
      standing.read = read;
    };
    const receipt = await sink.open(file, { signal, progress });
    this.#receipt = receipt;
    standing.moved = receipt.offset;
    return receipt;
  }

  async #close(): Promise<void> {
    const receipt = this.#receipt;
    this.#receipt = null;
    await receipt?.close();
  }
}

class DownloadLeg implements Leg {
  readonly transfer: number;
  readonly file: Described;
  /** Where it begins. */
  readonly start: number;
  readonly ring: Ring;
  readonly wake = new Wake();
  readonly #carrier: Carrier;
  readonly #window: number;
  /** How far it has come, and how far we have said that it has. */
  #next: number;
  #acknowledged: number;
  #end: LegEnd | null = null;

  /** `known` is what we take the file for, null where we know nothing of it. */
  constructor(answer: Answer<"get">, carrier: Carrier, start: number, known: Described | null) {
    const { transfer, name, size, sha256, window } = answer;
    this.transfer = transfer;
    this.file = { name, size, sha256: sha256.toLowerCase() };
    this.start = this.#next = this.#acknowledged = start;
    this.#carrier = carrier;
    this.#window = window;
    if (known !== null && (known.size !== size || known.sha256 !== this.file.sha256)) {
      this.#break("file_mismatch", "it has another file under that number now");
    } else if (window > WINDOW_BYTES_MAX || (window === 0 && start < size)) {
      this.#break("bad_frame", `it wants to send ${window} bytes ahead, of 1 to ${WINDOW_BYTES_MAX}`);
    }
    this.ring = new Ring(this.#end === null ? Math.min(window, Math.max(size - start, 0)) : 0);
  }

  get end(): LegEnd | null {
    return this.#end;
  }

  received(): void {
    this.#break("bad_frame", "it acknowledges a file that it sends itself");
  }

  /** Whether the server has nothing more to send. */
  get complete(): boolean {
    return this.#next === this.file.size;
  }

  chunk(offset: number, bytes: Uint8Array): void {
    if (this.#end !== null) return;
    const end = offset + bytes.length;
    if (offset !== this.#next) {
      this.#break("bad_frame", `it sends the file from byte ${offset}, where ${this.#next} comes next`);
    } else if (end > this.file.size) {
      this.#break("bad_frame", `it sends ${end} bytes of a file of ${this.file.size}`);
    } else if (end > this.#acknowledged + this.#window) {
      this.#break("bad_frame", `it sends more than the ${this.#window} bytes ahead that it said`);
    } else {
      this.ring.put(bytes);
      this.#next = end;
      this.wake.ring();
    }
  }

  /** Lets more of it come. */
  async acknowledge(offset: number): Promise<void> {
    this.#acknowledged = offset;
    await this.#carrier.received(this.transfer, offset);
  }

  over(how: LegEnd): void {
    if (how.is === "done" && !this.complete) this.#end ??= { is: "broken", error: this.#unfinished() };
    this.#end ??= how;
    this.wake.ring();
  }

  /** The server's word that all was sent came too early. */
  #unfinished(): ProtocolError {
    return new ProtocolError(
      "file_mismatch",
      `The server ended the file at byte ${this.#next} of ${this.file.size}. Get it again.`,
    );
  }

  #break(code: "bad_frame" | "file_mismatch", what: string): void {
    const message = `The server does not keep to the protocol: ${what}. Its operator should know.`;
    this.over({ is: "broken", error: new ProtocolError(code, message) });
  }
}
