/** People and rooms without a network: a clock that a test moves, and contacts that keep what they are sent. */

import { Client } from "../../server/chat/client.ts";
import type { House } from "../../server/chat/house.ts";
import { Passwords } from "../../server/chat/passwords.ts";
import { People } from "../../server/chat/people.ts";
import { clientGone, takeFrame } from "../../server/chat/requests.ts";
import { Rooms, type RoomsOptions } from "../../server/chat/rooms.ts";
import type { Contact } from "../../server/chat/session.ts";
import { Turns } from "../../server/chat/turns.ts";
import { type Disk, machineDisk } from "../../server/history/disk.ts";
import { encodeMessage, FrameReader } from "../../server/protocol/frames.ts";
import { decodeFromServer, type FromServer } from "../../server/protocol/messages.ts";

/** Stands still until a test moves it. */
export class Time {
  ms = 1_760_000_000_000;
  readonly now = () => this.ms;
}

/** Every message in `bytes`, which are whole frames. */
export function messagesIn(bytes: Uint8Array): FromServer[] {
  const reader = new FrameReader();
  const messages: FromServer[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = reader.space();
    const some = bytes.subarray(at, at + space.length);
    space.set(some);
    reader.filled(some.length);
    at += some.length;
    for (let frame = reader.next(); frame !== null; frame = reader.next()) {
      messages.push(decodeFromServer(frame.body));
    }
  }
  return messages;
}

/** A connection as a session sees it. */
export class FakeContact implements Contact {
  readonly address = "192.0.2.7:1";
  congested = false;
  /** The code it was sent away with. */
  dismissed: string | null = null;
  #sent: FromServer[] = [];

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
    report: () => {},
    now: Date.now,
    ...options,
  });
}

/** A house without sockets. */
export async function openHouse(folder: string, options: Partial<RoomsOptions> = {}): Promise<House> {
  const time = new Time();
  return {
    people: new People({ clientsMax: 100, now: time.now }),
    rooms: await openRooms(folder, { now: time.now, ...options }),
    passwords: new Passwords(),
    searches: new Turns(2),
    report: options.report ?? (() => {}),
    now: time.now,
    textBytesMax: 4_096,
    motd: "",
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

  constructor(house: House) {
    this.#house = house;
    const wire = { address: "192.0.2.7:2", wake: () => {}, finish: () => this.finished = true };
    this.client = new Client(wire, {
      taken: (client, frame) => takeFrame(house, client, frame),
      gone: (client) => clientGone(house, client),
    });
  }

  /** Somebody who has said hello and is in the lobby, and has read what there was. */
  static async member(house: House, name: string, room = "lobby"): Promise<Visitor> {
    const visitor = new Visitor(house);
    await visitor.hand({ type: "hello", id: 1, protocol: 1, name });
    await visitor.hand({ type: "join", id: 2, room, last: 0 });
    await visitor.take();
    return visitor;
  }

  /** Hands a message to the client as if it had come; a promise says when the next may. */
  hand(message: object): void | Promise<void> {
    return takeFrame(this.#house, this.client, { kind: 1, body: encodeMessage(message).subarray(5) });
  }

  /** Everything there is to send now. */
  async take(): Promise<FromServer[]> {
    const messages: FromServer[] = [];
    for (let bytes = await this.client.take(); bytes !== null; bytes = await this.client.take()) {
      messages.push(...messagesIn(bytes));
    }
    return messages;
  }
}
