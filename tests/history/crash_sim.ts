/**
 * A log under seeded appends, reads, failures and crashes, and a witness who remembers all that anybody was told.
 *
 * Method: each round opens the log as the last one left it, looks whether everything that was promised is there,
 * and then lets senders and a reader at it until the disk crashes, at any operation, or the round is over.
 * All comes from the seed, the order of what runs side by side too.
 */

import type { Disk } from "../../server/history/disk.ts";
import type { NewEntry } from "../../server/history/lines.ts";
import type { Log } from "../../server/history/log.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import type { Entry } from "../../server/protocol/messages.ts";
import { between, seeded } from "../protocol/random.ts";
import type { SimDisk } from "../support/sim_disk.ts";
import { AT, decode, emptyDisk, openLog } from "./support.ts";

export interface Simulation {
  readonly seed: number;
  readonly rounds: number;
  /** What the log is given for a disk. */
  readonly through: (disk: SimDisk) => Disk;
}

/** What happened, to see that a run was worth something. */
export interface Tally {
  rounds: number;
  acknowledged: number;
  shown: number;
  repeated: number;
  repaired: number;
  failures: number;
}

/** A promise that was not kept. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

/** Remembers what was acknowledged and shown, and holds the log to it. */
class Witness {
  readonly #promised = new Map<number, string>();

  note(entry: Entry): void {
    const { seq, at, kind, from, text, key, title } = entry;
    const told = JSON.stringify({ seq, at, kind, from, text, key, title });
    const before = this.#promised.get(seq);
    if (before !== undefined && before !== told) throw new BrokenPromise(`${told} was ${before} before`);
    this.#promised.set(seq, told);
  }

  check(entries: readonly Entry[]): void {
    const keys = new Set<string>();
    entries.forEach((entry, i) => {
      if (entry.seq !== i + 1) throw new BrokenPromise(`entry ${entry.seq} stands where ${i + 1} belongs`);
      if (entry.key !== undefined && keys.has(entry.key)) {
        throw new BrokenPromise(`${entry.key} is there twice`);
      }
      if (entry.key !== undefined) keys.add(entry.key);
      if (this.#promised.has(entry.seq)) this.note(entry);
    });
    for (const [seq, told] of this.#promised) {
      if (seq > entries.length) throw new BrokenPromise(`${told} is missing: there are ${entries.length}`);
    }
  }
}

/** Runs a simulation. Returns what was broken, or null. */
export async function simulate(simulation: Simulation, tally: Tally): Promise<string | null> {
  const { seed, rounds } = simulation;
  const random = seeded(seed);
  const disk = emptyDisk(seed + 1_000_000);
  const run = new Run(random, disk, simulation.through(disk), tally);
  for (let round = 0; round < rounds; round++) {
    try {
      await run.round();
    } catch (error) {
      disk.hook = () => null;
      const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return `seed ${seed}, round ${round}: ${what}`;
    }
  }
  return null;
}

class Run {
  readonly #random: () => number;
  readonly #disk: SimDisk;
  readonly #through: Disk;
  readonly #tally: Tally;
  readonly #witness = new Witness();
  readonly #keys: string[] = [];
  readonly #segmentBytes: number;
  #now = AT;
  #broken: unknown = null;

  constructor(random: () => number, disk: SimDisk, through: Disk, tally: Tally) {
    this.#random = random;
    this.#disk = disk;
    this.#through = through;
    this.#tally = tally;
    this.#segmentBytes = between(random, 200, 6_000);
  }

  async round(): Promise<void> {
    const log = await this.#open();
    this.#witness.check(await log.entries(1, log.head));
    if (this.#random() < 0.8) this.#disk.crashAfter(between(this.#random, 0, 50));
    if (this.#random() < 0.4) this.#disk.hook = this.#faults();
    await this.#session(log);
    this.#disk.hook = () => null;
    if (this.#broken !== null) throw this.#broken;
    if (this.#random() < 0.3) {
      await log.close();
      if (!this.#disk.crashed && this.#disk.openFiles > 0) {
        throw new BrokenPromise("files stay open after the log was closed");
      }
    }
    this.#disk.restart(this.#random() < 0.6 ? "power cut" : "kill");
    this.#tally.rounds++;
  }

  /** Opens the log, however often the disk crashes meanwhile. Nothing but a crash may keep it closed. */
  async #open(): Promise<Log> {
    const { segmentBytes, now, report } = {
      segmentBytes: this.#segmentBytes,
      now: () => this.#now++,
      report: () => this.#tally.repaired++,
    };
    while (true) {
      if (this.#random() < 0.3) this.#disk.crashAfter(between(this.#random, 0, 14));
      try {
        const log = await openLog(this.#through, { segmentBytes, now, report });
        if (!this.#disk.crashed) {
          this.#disk.crashAfter(Infinity);
          return log;
        }
      } catch (error) {
        if (!this.#disk.crashed) throw error;
      }
      this.#disk.restart(this.#random() < 0.6 ? "power cut" : "kill");
    }
  }

  async #session(log: Log): Promise<void> {
    const reader = new Reader(log, between(this.#random, 0, log.head), (entry) => {
      this.#tally.shown++;
      this.#witness.note(entry);
    });
    const appends: Promise<void>[] = [];
    const many = between(this.#random, 0, 30);
    // Few make large batches, many make batches of one.
    const turnsMax = between(this.#random, 0, 14);
    for (let i = 0; i < many; i++) {
      appends.push(this.#append(log));
      for (let turns = between(this.#random, 0, turnsMax); turns > 0; turns--) await null;
    }
    await Promise.all(appends);
    const failure = await reader.close();
    if (failure !== null && !this.#disk.crashed) throw failure;
  }

  async #append(log: Log): Promise<void> {
    const entry = this.#entry();
    try {
      const { seq, at } = await log.append(entry);
      this.#tally.acknowledged++;
      this.#witness.note({ seq, at, ...entry });
    } catch (error) {
      const refused = error instanceof ProtocolError && error.code === "storage_failed";
      if (refused) this.#tally.failures++;
      else this.#broken ??= error;
    }
  }

  /** A new `say`, one that is sent again with its key, or a title. */
  #entry(): NewEntry {
    const random = this.#random;
    const length = random() < 0.2 ? between(random, 0, 2_000) : between(random, 0, 60);
    const dice = random();
    if (dice < 0.1) return { kind: "title", from: "Maya", title: `title ${random()}` };
    if (dice < 0.4) return { kind: "say", from: "Maya", text: "x".repeat(length) };
    let key = this.#keys[between(random, 0, this.#keys.length - 1)];
    if (dice < 0.7 || key === undefined) this.#keys.push(key = `key ${this.#keys.length}`);
    else this.#tally.repeated++;
    const { length: size } = key;
    return { kind: "say", from: "Maya", text: `${key} ${"y".repeat((size * 7_919) % 300)}`, key };
  }

  #faults(): SimDisk["hook"] {
    return (operation) => {
      const fails = ["write", "sync", "truncate", "syncFolder", "append"].includes(operation);
      if (!fails || this.#random() > 0.04) return null;
      return new Error(operation === "write" ? "No space left on device" : "Input/output error");
    };
  }
}

/** Reads a log as a member's connection does. */
class Reader {
  readonly #cursor;
  readonly #given: (entry: Entry) => void;
  #next: number;
  #reading: Promise<void>;
  #failure: unknown = null;

  constructor(log: Log, after: number, given: (entry: Entry) => void) {
    this.#next = after + 1;
    this.#given = given;
    this.#cursor = log.cursor(after, () => this.#reading = this.#reading.then(() => this.#read()));
    this.#reading = this.#read();
  }

  /** Takes what there is, and returns why it could not. */
  async close(): Promise<unknown> {
    await this.#reading;
    this.#cursor.close();
    return this.#failure;
  }

  async #read(): Promise<void> {
    try {
      for (let frames = await this.#cursor.take(); frames !== null; frames = await this.#cursor.take()) {
        for (const entry of decode(frames)) {
          if (entry.seq !== this.#next++) {
            throw new BrokenPromise(`a reader got ${entry.seq} for ${this.#next - 1}`);
          }
          this.#given(entry);
        }
      }
    } catch (error) {
      this.#failure ??= error;
    }
  }
}
