/**
 * A file on its way to the server. It is sent in chunks, never more of them ahead than the server allows, and goes on
 * after a drop where the server says.
 */

import { CHUNK_HEAD_BYTES, writeChunkHead } from "../../server/protocol/chunks.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { CHUNK_BYTES_MAX } from "../../server/protocol/limits.ts";
import type { Answer } from "../../server/protocol/messages.ts";
import { Pace, QUIET_MS_MAX } from "../../server/protocol/pace.ts";
import type { Clock } from "../clock.ts";
import { Wake } from "../wake.ts";
import type { Carrier, Leg, LegEnd, Legs } from "./legs.ts";
import { FILE_CHANGED, type Source } from "./source.ts";
import type { Standing, TransferEnd } from "./transfer.ts";
import type { Tries } from "./tries.ts";

export interface UploadOptions {
  readonly legs: Legs;
  readonly tries: Tries;
  readonly standing: Standing;
  readonly room: string;
  readonly source: Source;
  readonly key: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

type Sent = Extract<TransferEnd, { readonly is: "put" }>;

export class Upload {
  readonly #options: UploadOptions;
  /** Two, so that one is read while the other is written. */
  readonly #frames: readonly [Uint8Array, Uint8Array];
  #resumed = false;

  constructor(options: UploadOptions) {
    this.#options = options;
    const bytes = CHUNK_HEAD_BYTES + Math.min(options.source.size, CHUNK_BYTES_MAX);
    this.#frames = [new Uint8Array(bytes), new Uint8Array(bytes)];
  }

  /** To its end; null where it was stopped. Throws `ProtocolError`. */
  async run(): Promise<Sent | null> {
    const { legs, tries, standing, signal } = this.#options;
    for (let mended = false; !signal.aborted;) {
      standing.stage = "waiting";
      const leg = await this.#begin();
      if (leg === null) continue;
      const how = await this.#sent(leg);
      switch (how.is) {
        case "done":
          return this.#stored(how);
        case "lost":
          continue;
        case "broken":
          throw how.error;
        case "failed":
          if (how.error.code !== "file_mismatch") {
            await tries.after(how.error, signal);
            continue;
          }
          // What the server had from before was not of this file; it has thrown that away.
          if (mended || !this.#resumed || await this.#options.source.changed()) {
            throw new ProtocolError("file_mismatch", FILE_CHANGED);
          }
          mended = true;
          continue;
        case "stopped": {
          await legs.leave(leg);
          return leg.end?.is === "done" ? this.#stored(leg.end) : null;
        }
        default:
          return how satisfies never;
      }
    }
    return null;
  }

  /** Null where it has to be tried again, or was stopped. Throws `ProtocolError`. */
  async #begin(): Promise<UploadLeg | null> {
    const { legs, tries, room, source, key, signal, standing, clock } = this.#options;
    const { name, size, sha256 } = source;
    const begun = await legs.begin("put", { room, name, size, sha256, key }, signal, (answer, carrier) => {
      return new UploadLeg(answer, carrier, { size, now: () => clock.now() }, (taken) => {
        if (taken > standing.moved) tries.moved();
        standing.moved = taken;
      });
    });
    if (begun.is === "stopped") return null;
    if (begun.is === "refused") {
      await tries.after(begun.error, signal);
      return null;
    }
    this.#resumed = begun.leg.start > 0;
    return begun.leg;
  }

  /** Sends what the server has not, and waits for its word. */
  async #sent(leg: UploadLeg): Promise<LegEnd | { readonly is: "stopped" }> {
    const { legs, standing, signal } = this.#options;
    const stop = () => leg.wake.ring();
    signal.addEventListener("abort", stop, { once: true });
    try {
      standing.stage = "moving";
      await this.#send(leg);
      if (!signal.aborted) standing.stage = "checking";
      while (leg.end === null && !signal.aborted) await leg.wake.wait();
      return leg.end ?? { is: "stopped" };
    } finally {
      signal.removeEventListener("abort", stop);
      if (!signal.aborted) await legs.leave(leg);
    }
  }

  /** Until all is sent, the leg has ended, or we were stopped. */
  async #send(leg: UploadLeg): Promise<void> {
    const { source, signal, clock } = this.#options;
    let writing = Promise.resolve(true);
    for (let sent = leg.start, turn = 0; sent < source.size;) {
      while (leg.end === null && !signal.aborted && leg.credit(sent) === 0) await leg.moved(clock);
      if (leg.end !== null || signal.aborted) break;
      const bytes = Math.min(leg.carrier.chunkBytesMax, source.size - sent, leg.credit(sent));
      const frame = this.#frames[turn === 0 ? 0 : 1].subarray(0, CHUNK_HEAD_BYTES + bytes);
      if (!(await source.read(frame.subarray(CHUNK_HEAD_BYTES), sent))) {
        leg.over({ is: "broken", error: new ProtocolError("file_mismatch", FILE_CHANGED) });
        break;
      }
      writeChunkHead(frame, leg.transfer, sent, bytes);
      if (!(await writing)) break;
      leg.goes(sent += bytes);
      writing = leg.carrier.chunk(frame);
      turn = 1 - turn;
    }
    // A frame is not to be written to before it is out; where we are stopped nothing is.
    if (!signal.aborted) await writing;
  }

  #stored({ event }: LegEnd & { readonly is: "done" }): Sent {
    const { source: { name }, room } = this.#options;
    if (event.file === undefined || event.seq === undefined) {
      const message = "The server says that it has the file, but not as which entry. Look for it with files.";
      throw new ProtocolError("bad_frame", message);
    }
    return { is: "put", room: event.room ?? room, file: event.file, seq: event.seq, name };
  }
}

class UploadLeg implements Leg {
  readonly transfer: number;
  readonly carrier: Carrier;
  /** Where the server wants us to go on. */
  readonly start: number;
  readonly wake = new Wake();
  readonly #pace: Pace;
  /** How far we have sent. */
  #sent: number;
  readonly #window: number;
  readonly #moved: (taken: number) => void;
  #taken: number;
  #end: LegEnd | null = null;

  /** `moved` is told how much the server has. */
  constructor(
    answer: Answer<"put">,
    carrier: Carrier,
    { size, now }: { readonly size: number; readonly now: () => number },
    moved: (taken: number) => void,
  ) {
    this.transfer = answer.transfer;
    this.carrier = carrier;
    this.start = this.#sent = this.#taken = answer.offset;
    this.#pace = new Pace(now);
    this.#window = answer.window;
    this.#moved = moved;
    if (answer.offset > size) this.#break(`it wants to go on at byte ${answer.offset} of ${size}`);
    else if (answer.window === 0 && answer.offset < size) this.#break("it lets nothing be sent ahead");
    else moved(answer.offset);
  }

  get end(): LegEnd | null {
    return this.#end;
  }

  /** How many bytes may be sent behind the first `sent`: the server has room for them, and the line has. */
  credit(sent: number): number {
    return Math.max(0, this.#taken + Math.min(this.#window, this.#pace.bytes) - sent);
  }

  /** Waits until the server says something, or has said nothing for so long that more may be sent. */
  async moved(clock: Clock): Promise<void> {
    const cancel = clock.timer(QUIET_MS_MAX, () => {
      if (this.#pace.loosened()) this.wake.ring();
    });
    await this.wake.wait();
    cancel();
  }

  /** The bytes up to `sent` go out now. */
  goes(sent: number): void {
    this.#sent = sent;
    this.#pace.sent(sent);
  }

  received(offset: number): void {
    if (offset > this.#sent) {
      return this.#break(`it says that it has ${offset} bytes, where ${this.#sent} were sent`);
    }
    if (offset <= this.#taken) return;
    this.#taken = offset;
    this.#pace.received(offset);
    this.#moved(offset);
    this.wake.ring();
  }

  chunk(): void {
    this.#break("it sends bytes of a file that it is to be sent");
  }

  over(how: LegEnd): void {
    this.#end ??= how;
    this.wake.ring();
  }

  #break(what: string): void {
    const message = `The server does not keep to the protocol: ${what}. Its operator should know.`;
    this.over({ is: "broken", error: new ProtocolError("bad_frame", message) });
  }
}
