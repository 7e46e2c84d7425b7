/**
 * The files that a session sends and receives. At most `TRANSFERS_MAX` of them move at a time, the others wait their
 * turn; they outlive connections, not the session. What has come of a file that is not whole stays on the disk.
 */

import { ProtocolError } from "../server/protocol/errors.ts";
import { TRANSFERS_MAX } from "../server/protocol/limits.ts";
import { oneLine } from "./clean.ts";
import { type Clock, within } from "./clock.ts";
import type { SessionEvent } from "./events.ts";
import { shownFileName } from "./file_names.ts";
import { Download } from "./files/download.ts";
import { removeLeftovers } from "./files/leftovers.ts";
import type { Legs } from "./files/legs.ts";
import type { Described } from "./files/part.ts";
import { digestOf, PendingPut, type PutThing } from "./files/pending_put.ts";
import type { Sink } from "./files/sink.ts";
import type { Source, Watch } from "./files/source.ts";
import type { Stage, Standing, Transfer, TransferEnd } from "./files/transfer.ts";
import { Tries } from "./files/tries.ts";
import { Upload } from "./files/upload.ts";
import { passes } from "./lifeline.ts";
import { Wake } from "./wake.ts";

/** Where a client remembers what it has begun to send. */
export interface Keeping {
  /** The folder of all data. */
  readonly data: string;
  /** The server's address, as it is shown. */
  readonly server: string;
  /** Milliseconds since 1970. */
  readonly today: () => number;
}

export interface TransfersOptions {
  readonly legs: Legs;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly newKey: () => string;
  /** Null where nothing is remembered: what is sent again by another program is another entry then. */
  readonly keeping: Keeping | null;
  readonly push: (event: SessionEvent) => void;
}

/** Transfers that are not over; another one is refused. */
export const ACTIVE_MAX = 200;
/** How long the end of a session waits for files to be closed. */
const END_MS_MAX = 2_000;

type Work = (running: Running) => Promise<TransferEnd | null>;

export class Transfers {
  readonly #options: TransfersOptions;
  readonly #changed = new Wake();
  /** Those that are not over, in the order in which they were begun; the first `#busy` that are due run. */
  readonly #active = new Set<Running>();
  #waiting: Running[] = [];
  /** What is being put: the same a second time would be the same entry. */
  readonly #putting = new Set<string>();
  #busy = 0;
  #last = 0;
  #bytesMax = Infinity;
  #tidied: Promise<void> | null = null;
  #ended: ProtocolError | null = null;

  constructor(options: TransfersOptions) {
    this.#options = options;
  }

  /** Those that are not over. */
  get active(): readonly Transfer[] {
    return [...this.#active];
  }

  /** The largest file that the server takes, in bytes; 0 for none. */
  set bytesMax(bytes: number) {
    this.#bytesMax = bytes;
  }

  /** Sends to `room` what `open` gives, when it is its turn; it is closed in the end. `shownName` is shown until then. */
  put(room: string, open: (watch: Watch) => Promise<Source>, shownName: string): Transfer {
    return this.#begin("put", room, shownName, (running) => this.#put(running, open));
  }

  /**
   * Receives file `file` of `room`. `known` is what the room's entry says of it, where that is at hand: what comes is
   * held to it, and what there is of it already is not sent again.
   */
  get(room: string, file: number, sink: Sink, known: Described | null = null): Transfer {
    return this.#begin(
      "get",
      room,
      known?.name ?? `file ${file}`,
      (running) => this.#get(running, file, sink, known),
    );
  }

  cancelAll(): void {
    for (const running of [...this.#active]) running.cancel();
  }

  /** Waits until none is active. */
  async settled(): Promise<void> {
    while (this.#active.size > 0) await this.#changed.wait();
  }

  /** Fails all of them, and all that are begun later. What has come stays. */
  stop(error: ProtocolError): void {
    this.#ended ??= error;
    this.#options.legs.drop();
    for (const running of [...this.#active]) running.stop({ is: "failed", error: this.#ended });
  }

  /** `stop`, and waits until their files are closed, for a while. */
  async end(error: ProtocolError): Promise<void> {
    this.stop(error);
    await within(this.#options.clock, END_MS_MAX, this.settled());
    for (const running of [...this.#active]) this.#over(running, { is: "failed", error });
  }

  #begin(way: Transfer["way"], room: string, name: string, work: Work): Transfer {
    const running = new Running({ number: ++this.#last, way, room, name: shownFileName(name) }, work, () => {
      // One that waits for its turn has nothing to wind up.
      const at = this.#waiting.indexOf(running);
      if (at >= 0) this.#waiting.splice(at, 1);
      if (at >= 0) this.#over(running, running.stopped);
    });
    const full = this.#active.size >= ACTIVE_MAX;
    this.#active.add(running);
    if (this.#ended !== null || full) {
      const error = new ProtocolError(
        "rate_limited",
        `${ACTIVE_MAX} files are on their way already. Wait for some.`,
      );
      this.#over(running, { is: "failed", error: this.#ended ?? error });
    } else {
      this.#waiting.push(running);
      this.#start();
    }
    return running;
  }

  /** Starts those whose turn it is. */
  #start(): void {
    while (this.#busy < TRANSFERS_MAX) {
      const running = this.#waiting.shift();
      if (running === undefined) return;
      this.#busy++;
      // It ends the program where it throws: that is a bug.
      void this.#run(running);
    }
  }

  async #run(running: Running): Promise<void> {
    const end = await this.#endOf(running);
    this.#busy--;
    this.#over(running, end);
    this.#start();
  }

  async #endOf(running: Running): Promise<TransferEnd> {
    const { keeping } = this.#options;
    try {
      if (keeping !== null) await (this.#tidied ??= removeLeftovers(keeping.data, keeping.today()));
      return await running.work(running) ?? running.stopped;
    } catch (error) {
      if (running.signal.aborted) return running.stopped;
      if (!(error instanceof ProtocolError)) throw error;
      return { is: "failed", error };
    }
  }

  #over(running: Running, end: TransferEnd): void {
    if (!this.#active.delete(running)) return;
    running.finish(end);
    this.#options.push({ is: "transfer", transfer: running, end });
    this.#changed.ring();
  }

  async #put(running: Running, open: (watch: Watch) => Promise<Source>): Promise<TransferEnd | null> {
    const { standing, signal, room } = running;
    standing.stage = "reading";
    const progress = (read: number, size: number | null) => {
      standing.read = read;
      if (size !== null) standing.size = size;
    };
    const source = await open({ signal, progress, bytesMax: this.#bytesMax });
    standing.name = shownFileName(source.name);
    standing.size = source.size;
    const thing = { room, name: source.name, sha256: source.sha256 };
    const digest = digestOf("", thing);
    if (this.#putting.has(digest)) {
      await source.close();
      throw new ProtocolError("bad_request", `The same file is being sent to #${oneLine(room)} already.`);
    }
    this.#putting.add(digest);
    try {
      return await this.#upload(running, source, thing);
    } finally {
      this.#putting.delete(digest);
      await source.close();
    }
  }

  async #upload(running: Running, source: Source, thing: PutThing): Promise<TransferEnd | null> {
    const { legs, keeping, newKey, clock } = this.#options;
    const { standing, signal, room } = running;
    const pending = keeping === null ? null : await PendingPut.of(thing, { ...keeping, newKey });
    const key = pending?.key ?? newKey();
    try {
      const upload = new Upload({
        legs,
        tries: new Tries(this.#options),
        standing,
        room,
        source,
        key,
        signal,
        clock,
      });
      const end = await upload.run();
      if (end !== null || running.stopped.is === "cancelled") await pending?.forget();
      return end;
    } catch (error) {
      // What may go well later, or goes on in another program, is to be the same entry then.
      const goesOn = error instanceof ProtocolError && (passes(error) || error.code === "replaced");
      if (!goesOn) await pending?.forget();
      throw error;
    }
  }

  #get(running: Running, file: number, sink: Sink, known: Described | null): Promise<TransferEnd | null> {
    const { legs } = this.#options;
    const { standing, signal, room } = running;
    const found = ({ name }: Described) => {
      standing.name = shownFileName(name);
    };
    const tries = new Tries(this.#options);
    return new Download({ legs, tries, standing, room, file, sink, known, found, signal }).run();
  }
}

class Running implements Transfer {
  readonly number: number;
  readonly way: "put" | "get";
  readonly room: string;
  readonly work: Work;
  readonly standing: Standing;
  readonly #abort = new AbortController();
  readonly #ended = Promise.withResolvers<TransferEnd>();
  readonly #stopping: () => void;
  /** What it comes to where it is stopped. */
  stopped: TransferEnd = { is: "cancelled" };

  /** `stopping` is called when it is stopped. */
  constructor(
    { number, way, room, name }: Pick<Transfer, "number" | "way" | "room" | "name">,
    work: Work,
    stopping: () => void,
  ) {
    this.number = number;
    this.way = way;
    this.room = room;
    this.work = work;
    this.standing = { name, size: 0, moved: 0, read: 0, stage: "waiting" };
    this.#stopping = stopping;
  }

  get name(): string {
    return this.standing.name;
  }

  get size(): number {
    return this.standing.size;
  }

  get moved(): number {
    return this.standing.moved;
  }

  get read(): number {
    return this.standing.read;
  }

  get stage(): Stage {
    return this.standing.stage;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get ended(): Promise<TransferEnd> {
    return this.#ended.promise;
  }

  cancel(): void {
    this.stop({ is: "cancelled" });
  }

  /** The first reason holds. */
  stop(end: TransferEnd): void {
    if (this.stage === "over" || this.signal.aborted) return;
    this.stopped = end;
    this.#abort.abort();
    this.#stopping();
  }

  finish(end: TransferEnd): void {
    this.standing.stage = "over";
    this.#ended.resolve(end);
  }
}
