/** A house without sockets, for what the operator does in it, and people in it who note what they are sent. */

import { Buffer } from "node:buffer";
import { assert } from "@std/assert";
import type { Act } from "../../server/chat/acts.ts";
import { Attempts } from "../../server/chat/attempts.ts";
import { Bans } from "../../server/chat/bans.ts";
import { Directory } from "../../server/chat/directory.ts";
import type { House } from "../../server/chat/house.ts";
import { Passwords } from "../../server/chat/passwords.ts";
import { People } from "../../server/chat/people.ts";
import { Register } from "../../server/chat/register.ts";
import { Rooms } from "../../server/chat/rooms.ts";
import type { Contact, Session } from "../../server/chat/person.ts";
import { Tally } from "../../server/chat/tally.ts";
import { Turns } from "../../server/turns.ts";
import { lineOf } from "../../server/operator/audit.ts";
import { runConsole } from "../../server/operator/console.ts";
import { FRAME_BYTES_MAX, FRAME_HEADER_BYTES } from "../../server/protocol/limits.ts";
import { isObject, type JsonObject } from "../../server/protocol/shapes.ts";
import { PLAIN_BINDING } from "../../server/protocol/proofs.ts";
import { seeded } from "../protocol/random.ts";
import { ENDLESS_SPACE, NO_RATES } from "../support/no_limits.ts";
import { SimDisk } from "../support/sim_disk.ts";

export const NOW = 1_760_000_000_000;
const FOLDER = "server";

/** Some key, in canonical base64url. */
export function keyOf(number: number): string {
  return Buffer.alloc(32, number).toString("base64url");
}

/** A connection that goes nowhere. */
export class Line implements Contact {
  readonly address: string;
  readonly network: string;
  readonly congested = false;
  readonly gone = false;
  /** The messages it was sent. */
  readonly sent: JsonObject[] = [];
  /** The code and sentence it was ended with. */
  ended: readonly [code: string, message: string] | null = null;

  constructor(network: string) {
    this.network = network;
    this.address = `${network}:50000`;
  }

  send(frame: Uint8Array): void {
    const message: unknown = JSON.parse(new TextDecoder().decode(frame.subarray(FRAME_HEADER_BYTES + 1)));
    assert(isObject(message));
    this.sent.push(message);
  }

  dismiss(code: string, message: string): void {
    this.ended = [code, message];
  }
}

export interface Guest {
  readonly line: Line;
  readonly session: Session;
}

export class Quarters {
  readonly house: House;
  readonly disk: SimDisk;
  readonly acts: Act[];

  private constructor(house: House, disk: SimDisk, acts: Act[]) {
    this.house = house;
    this.disk = disk;
    this.acts = acts;
  }

  static async open(): Promise<Quarters> {
    const disk = new SimDisk(seeded(1));
    disk.put(`${FOLDER}/rooms/unrelated.txt`, new Uint8Array());
    const acts: Act[] = [];
    const [now, report] = [() => NOW, () => {}];
    const shared = { disk, folder: FOLDER, now, report };
    const register = await Register.open({ ...shared, namesMax: 100, namesPerKeyMax: 10, limited: () => {} });
    const rooms = await Rooms.open({
      ...shared,
      folder: `${FOLDER}/rooms`,
      sync: true,
      segmentBytes: 1 << 20,
      generation: 1,
      doubtful: false,
      roomsMax: 100,
      ownRoomsMax: 100,
      space: ENDLESS_SPACE,
    });
    const house: House = {
      people: new People({ directory: new Directory(register), clientsMax: 100, rates: NO_RATES, now }),
      register,
      rooms,
      bans: await Bans.open(shared),
      passwords: new Passwords(),
      attempts: new Attempts(now),
      searches: new Turns(1),
      report,
      audit: (act) => void acts.push(act),
      audited: () => Promise.resolve(),
      tally: new Tally(report, now),
      now,
      uptime: now,
      binding: PLAIN_BINDING,
      password: null,
      frameBytesMax: FRAME_BYTES_MAX,
      textBytesMax: 4_096,
      fileBytesMax: 100 << 20,
      keepFilesMs: null,
      countsNetwork: () => true,
      joinedMax: 256,
      motd: "",
    };
    return new Quarters(house, disk, acts);
  }

  /** The lines of the audit log so far. */
  get audited(): readonly string[] {
    return this.acts.map(lineOf);
  }

  /** Somebody who comes in, and is in these rooms, which exist. */
  async enter(
    name: string,
    { key = null, network = "192.0.2.7", rooms = [] }: {
      readonly key?: string | null;
      readonly network?: string;
      readonly rooms?: readonly string[];
    } = {},
  ): Promise<Guest> {
    const line = new Line(network);
    const session = await this.house.people.enter(name, key, line);
    for (const room of rooms) this.house.rooms.get(room).admit(session, 1);
    return { line, session };
  }

  /** A room, of which `owner` is the owner's key. */
  async room(name: string, owner: string | null = null): Promise<void> {
    await this.house.rooms.create({ name, title: "", password: null, owner, history: "all" });
  }

  /** What the console prints on these lines. */
  type(...lines: readonly string[]): Promise<string[]> {
    return typed(this.house, lines);
  }
}

/** What the console of a house prints on `lines`, up to the end of its input; `(closed)` where it ends the server. */
export async function typed(house: House, lines: readonly string[]): Promise<string[]> {
  const printed: string[] = [];
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  await runConsole({
    house,
    // In pieces, so that lines come in parts.
    input: ReadableStream.from([bytes.slice(0, 3), bytes.slice(3)]),
    print: (text) => void printed.push(text),
    close: () => void printed.push("(closed)"),
    signal: new AbortController().signal,
  });
  return printed;
}
