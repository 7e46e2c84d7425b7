/** People and rooms without a network: a clock that a test moves, and contacts that keep what they are sent. */

import { setImmediate } from "node:timers";
import type { Act } from "../../server/chat/acts.ts";
import { Attempts } from "../../server/chat/attempts.ts";
import { Bans } from "../../server/chat/bans.ts";
import type { Rates } from "../../server/chat/budgets.ts";
import { Client } from "../../server/chat/client.ts";
import { Directory } from "../../server/chat/directory.ts";
import type { House } from "../../server/chat/house.ts";
import { Passwords } from "../../server/chat/passwords.ts";
import { People } from "../../server/chat/people.ts";
import { Register } from "../../server/chat/register.ts";
import { Tally } from "../../server/chat/tally.ts";
import { clientGone, takeFrame } from "../../server/chat/requests.ts";
import { Rooms, type RoomsOptions } from "../../server/chat/rooms.ts";
import type { Contact } from "../../server/chat/person.ts";
import { Turns } from "../../server/turns.ts";
import { type Disk, machineDisk } from "../../server/history/disk.ts";
import { CHUNK_HEAD_BYTES, readChunk, writeChunkHead } from "../../server/protocol/chunks.ts";
import {
  encodeMessage,
  type Frame,
  FrameReader,
  KIND_CHUNK,
  KIND_JSON,
} from "../../server/protocol/frames.ts";
import { CHUNK_HEADER_BYTES } from "../../server/protocol/limits.ts";
import { decodeFromServer, type FromServer } from "../../server/protocol/decoding.ts";
import { ENDLESS_SPACE, NO_RATES } from "../support/no_limits.ts";

/** Stands still until a test moves it. */
export class Time {
  ms = 1_760_000_000_000;
  readonly now = () => this.ms;
}

/** A chunk of a file, copied. */
export interface ChunkCopy {
  readonly transfer: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Every message in `bytes`, which are whole frames; chunks of files go to `chunks`. */
export function messagesIn(bytes: Uint8Array, chunks: ChunkCopy[] = []): FromServer[] {
  const reader = new FrameReader();
  const messages: FromServer[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = reader.space();
    const some = bytes.subarray(at, at + space.length);
    space.set(some);
    reader.filled(some.length);
    at += some.length;
    for (let frame = reader.next(); frame !== null; frame = reader.next()) {
      if (frame.kind === KIND_JSON) messages.push(decodeFromServer(frame.body));
      else chunks.push({ ...readChunk(frame.body), bytes: frame.body.slice(CHUNK_HEADER_BYTES) });
    }
  }
  return messages;
}

/** A connection as a session sees it. */
export class FakeContact implements Contact {
  readonly address = "192.0.2.7:1";
  readonly network: string;
  congested = false;
  gone = false;
  /** The code it was sent away with. */
  dismissed: string | null = null;
  #sent: FromServer[] = [];

  constructor(network = "192.0.2.7") {
    this.network = network;
  }

  send(frame: Uint8Array): void {
    this.#sent.push(...messagesIn(frame));
  }

  dismiss(code: string): void {
    this.dismissed = code;
  }

  /** What was sent since the last call. */
  sent(): FromServer[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }
}

/** Rooms in a folder on this machine's disk. */
export function openRooms(folder: string, options: Partial<RoomsOptions> = {}): Promise<Rooms> {
  return Rooms.open({
    disk: machineDisk,
    folder,
    sync: false,
    segmentBytes: 1 << 20,
    generation: 0,
    doubtful: false,
    roomsMax: 1_000,
    ownRoomsMax: 1_000,
    space: ENDLESS_SPACE,
    report: () => {},
    now: Date.now,
    ...options,
  });
}

/** A house without sockets, whose clock is `time` and whose audit log is `acts`. */
export interface TestHouse extends House {
  readonly time: Time;
  readonly acts: readonly Act[];
}

export interface TestHouseOptions extends Partial<RoomsOptions> {
  readonly rates?: Rates;
  readonly password?: string;
  /** Whether names belong to whoever is here. */
  readonly openNames?: boolean;
  readonly clientsMax?: number;
  readonly fileBytesMax?: number;
  readonly keepFilesMs?: number;
}

/** A house without sockets, in `folder`. */
export async function openHouse(folder: string, options: TestHouseOptions = {}): Promise<TestHouse> {
  const time = new Time();
  const { now } = time;
  const acts: Act[] = [];
  const { disk = machineDisk, report = () => {}, rates = NO_RATES, password = null, openNames = false } =
    options;
  const register = openNames ? null : await Register.open({
    disk,
    folder,
    now,
    report,
    namesMax: 1_000,
    namesPerKeyMax: 5,
    limited: () => {},
  });
  const { clientsMax = 100 } = options;
  return {
    people: new People({ directory: new Directory(register), clientsMax, rates, now }),
    register,
    rooms: await openRooms(folder, { now, ...options }),
    bans: await Bans.open({ disk, folder, now, report }),
    passwords: new Passwords(),
    attempts: new Attempts(now),
    searches: new Turns(2),
    report,
    audit: (act) => acts.push(act),
    audited: () => Promise.resolve(),
    tally: new Tally(() => {}, now),
    now,
    uptime: now,
    binding: "plain",
    password,
    frameBytesMax: 65_536,
    textBytesMax: 4_096,
    fileBytesMax: options.fileBytesMax ?? 100 << 20,
    keepFilesMs: options.keepFilesMs ?? null,
    countsNetwork: (network) => network !== "127.0.0.1",
    joinedMax: 256,
    motd: "",
    time,
    acts,
  };
}

/** The machine's disk, where `fault` says for each path that is opened what goes wrong; null for nothing. */
export function faultyDisk(fault: (path: string, to: "read" | "write") => Error | null): Disk {
  const check = (path: string, to: "read" | "write") => {
    const error = fault(path, to);
    if (error !== null) throw error;
  };
  return {
    ...machineDisk,
    async open(path) {
      check(path, "read");
      return await machineDisk.open(path);
    },
    async append(path, options) {
      check(path, "write");
      return await machineDisk.append(path, options);
    },
  };
}

/** A client whose socket takes only what a test takes. */
export class Visitor {
  readonly client: Client;
  readonly #house: House;
  finished = false;
  /** Chunks of files that were taken. */
  readonly chunks: ChunkCopy[] = [];
  /** What the client has waited for, and how it goes on. */
  readonly pauses: { readonly ms: number; readonly then: () => void }[] = [];

  constructor(house: House, network = "192.0.2.7") {
    this.#house = house;
    const address = `${network}:2`;
    const wire = { address, network, wake: () => {}, finish: () => this.finished = true };
    const reception = {
      taken: (client: Client, frame: Frame) => takeFrame(house, client, frame),
      gone: (client: Client) => clientGone(house, client),
      refused: () => {},
      timer: (ms: number, then: () => void) => {
        this.pauses.push({ ms, then });
        return () => {};
      },
      now: house.now,
    };
    this.client = new Client(wire, reception, "a nonce");
  }

  /** Somebody who has said hello and is in the lobby, and has read what there was. */
  static async member(house: House, name: string, room = "lobby"): Promise<Visitor> {
    const visitor = new Visitor(house);
    await visitor.hand({ type: "hello", id: 1, protocol: 1, name });
    await visitor.hand({ type: "join", id: 2, room, last: 0 });
    await visitor.take();
    return visitor;
  }

  /** Waits until the client has paused so many times. */
  async paused(times: number): Promise<void> {
    while (this.pauses.length < times) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Hands a message to the client as if it had come; a promise says when the next may. */
  hand(message: object): void | Promise<void> {
    return takeFrame(this.#house, this.client, { kind: 1, body: encodeMessage(message).subarray(5) });
  }

  /** Hands a chunk of a file to the client as if it had come. */
  handChunk(transfer: number, offset: number, bytes: Uint8Array): void | Promise<void> {
    const frame = new Uint8Array(CHUNK_HEAD_BYTES + bytes.length);
    writeChunkHead(frame, transfer, offset, bytes.length);
    frame.set(bytes, CHUNK_HEAD_BYTES);
    return takeFrame(this.#house, this.client, { kind: KIND_CHUNK, body: frame.subarray(5) });
  }

  /** Everything there is to send now; chunks of files go to `chunks`. */
  async take(): Promise<FromServer[]> {
    const messages: FromServer[] = [];
    for (let bytes = await this.client.take(); bytes !== null; bytes = await this.client.take()) {
      messages.push(...messagesIn(bytes, this.chunks));
    }
    return messages;
  }
}
