/** Who may not come in at all: the bans of the whole server, in `bans.json`. */

import { ClaimError } from "../history/claim.ts";
import type { Disk } from "../history/disk.ts";
import { readRecord, writeRecord } from "../history/records.ts";
import { Saver } from "../history/saver.ts";
import { messageOf, ProtocolError } from "../protocol/errors.ts";
import { listOf, object } from "../protocol/shapes.ts";
import type { Report } from "./report.ts";
import {
  holds,
  lasting,
  type Sanction,
  sanctioned,
  sanctionShape,
  type Whom,
  withoutSanctions,
  withSanction,
} from "./sanctions.ts";

export interface BansOptions {
  readonly disk: Disk;
  /** The server's folder; it exists. */
  readonly folder: string;
  readonly now: () => number;
  readonly report: Report;
}

const FILE = "bans.json";
const recordShape = object({ bans: listOf(sanctionShape) });

export class Bans {
  readonly #options: BansOptions;
  readonly #saver = new Saver(() => this.#write());
  #list: readonly Sanction[] = [];
  /** Of each network that is banned the ban that ends last: every connection is looked up here. */
  #byNetwork: ReadonlyMap<string, Sanction> = new Map();

  private constructor(options: BansOptions) {
    this.#options = options;
  }

  /** Reads the bans. Rejects with `ClaimError` where the file is damaged: nobody banned may come in because of that. */
  static async open(options: BansOptions): Promise<Bans> {
    const bans = new Bans(options);
    // A process that was killed may have left a list that a power cut would take back; it is about to be relied on.
    await options.disk.syncFolder(options.folder);
    bans.#hold(await readList(options));
    return bans;
  }

  /** The ban that `whom` is under now; null where there is none. */
  find(whom: Whom): Sanction | null {
    return sanctioned(this.#list, whom, this.#options.now());
  }

  /** The ban that everybody from `network` is under now; null where there is none. */
  findNetwork(network: string): Sanction | null {
    const ban = this.#byNetwork.get(network);
    return ban === undefined || !holds(ban, this.#options.now()) ? null : ban;
  }

  /** Those that hold now, in the order in which they were made. */
  [Symbol.iterator](): Iterator<Sanction> {
    const now = this.#options.now();
    return this.#list.filter((ban) => holds(ban, now)).values();
  }

  /**
   * Bans from now on; it is on disk when this resolves. Rejects with `ProtocolError`: `not_allowed` where there are
   * too many, `storage_failed`: then it holds until a restart, or until a later change is stored.
   */
  async add(ban: Sanction): Promise<void> {
    this.#hold(withSanction(this.#list, ban, this.#options.now()));
    await this.#saver.save();
  }

  /** Lifts every ban that is against `whom`, and gives those. On disk, or not, as with `add`. */
  async lift(whom: Whom): Promise<readonly Sanction[]> {
    const { left, lifted } = withoutSanctions(this.#list, whom);
    if (lifted.length > 0) {
      this.#hold(left);
      await this.#saver.save();
    }
    return lifted;
  }

  #hold(list: readonly Sanction[]): void {
    const byNetwork = new Map<string, Sanction>();
    for (const ban of list) {
      if (ban.network !== null) byNetwork.set(ban.network, lasting(byNetwork.get(ban.network) ?? null, ban));
    }
    this.#list = list;
    this.#byNetwork = byNetwork;
  }

  async #write(): Promise<void> {
    const { disk, folder, report } = this.#options;
    try {
      await writeRecord(disk, folder, FILE, { bans: this.#list });
    } catch (error) {
      report("ERROR", `${folder}/${FILE} could not be stored: ${messageOf(error)}`);
      const message = "It holds, but the server could not store it for good. Do it again later.";
      throw new ProtocolError("storage_failed", message);
    }
  }
}

/** The bans on disk, without those that have ended. */
async function readList({ disk, folder, now }: BansOptions): Promise<readonly Sanction[]> {
  const path = `${folder}/${FILE}`;
  let record;
  try {
    record = await readRecord(disk, path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ClaimError(`${error.message}, or remove it to begin without bans.`);
  }
  if (record === null) return [];
  if (recordShape.holds(record)) return record.bans.filter((ban) => holds(ban, now()));
  throw new ClaimError(`${path} is damaged: restore it from a backup, or remove it to begin without bans.`);
}
