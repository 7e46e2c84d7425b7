/** People who ask one thing after another in a house without sockets, and see what comes of it. */

import { hash } from "node:crypto";
import { setImmediate } from "node:timers";
import { Passwords } from "../../server/chat/passwords.ts";
import type { Room } from "../../server/chat/room.ts";
import type { ErrorCode } from "../../server/protocol/errors.ts";
import type { FromServer } from "../../server/protocol/decoding.ts";
import { CHUNK_BYTES_MAX } from "../../server/protocol/limits.ts";
import type { EventOf, EventType, RequestType, ServerEvent } from "../../server/protocol/messages.ts";
import type { JsonObject } from "../../server/protocol/shapes.ts";
import { seeded } from "../protocol/random.ts";
import type { TestKey } from "../support/keys.ts";
import { SimDisk } from "../support/sim_disk.ts";
import { openHouse, type TestHouse, type TestHouseOptions, Visitor } from "./support.ts";

export const FOLDER = "rooms";

/** A disk in memory with the folder of a house. */
export function memoryDisk(): SimDisk {
  const disk = new SimDisk(seeded(4));
  disk.put(`${FOLDER}/other.txt`, new Uint8Array());
  return disk;
}

/** A house in memory, in which a password costs next to nothing. */
export async function quickHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const house = await openHouse(FOLDER, { disk: memoryDisk(), ...options });
  const derive = (password: string, salt: Uint8Array) =>
    Promise.resolve(new Uint8Array([...new TextEncoder().encode(password), ...salt]));
  return { ...house, passwords: new Passwords(derive) };
}

/** The house that is opened where `house`, which has ended, was: its disk has all that counts. */
export async function reopened(house: TestHouse, disk: SimDisk): Promise<TestHouse> {
  await house.rooms.end();
  const next = await quickHouse({ disk });
  next.time.ms = house.time.ms;
  return next;
}

export interface Manners {
  readonly key?: TestKey;
  readonly network?: string;
  /** Rooms that are open and exist. */
  readonly rooms?: readonly string[];
  readonly session?: string;
}

export class Guest {
  readonly visitor: Visitor;
  /** What a `hello` was answered with. */
  token = "";
  #lastId = 0;
  /** What came and was not asked for yet. */
  #events: FromServer[] = [];

  private constructor(visitor: Visitor) {
    this.visitor = visitor;
  }

  /** Somebody who has said hello, and is in `rooms`. */
  static async enter(house: TestHouse, name: string, manners: Manners = {}): Promise<Guest> {
    const { key, network = "192.0.2.7", rooms = [], session } = manners;
    const guest = new Guest(new Visitor(house, network));
    const proof = key?.proof("a nonce", name) ?? {};
    const hello = await guest.ok("hello", { protocol: 1, name, ...proof, session });
    guest.token = String(hello.session);
    for (const room of rooms) await guest.ok("join", { room, last: 0 });
    return guest;
  }

  /** Asks, and waits for the reply. */
  async ask(
    type: RequestType,
    members: object = {},
  ): Promise<FromServer & { readonly is: "ok" | "refused" }> {
    const id = this.post({ type, ...members });
    await id.taken;
    await this.visitor.client.answers.said;
    return await this.reply(id.id);
  }

  /** Asks without waiting. */
  post(request: object): { readonly id: number; readonly taken: Promise<void> } {
    const id = ++this.#lastId;
    return { id, taken: Promise.resolve(this.visitor.hand({ id, ...request })) };
  }

  /** The reply to the request with this id, which has been answered. */
  async reply(id: number): Promise<FromServer & { readonly is: "ok" | "refused" }> {
    this.#events.push(...await this.visitor.take());
    for (const [at, message] of this.#events.entries()) {
      if ((message.is !== "ok" && message.is !== "refused") || message.re !== id) continue;
      this.#events.splice(at, 1);
      return message;
    }
    throw new Error(`request ${id} has no reply yet`);
  }

  /** The members of the `ok`. Rejects where it is refused. */
  async ok(type: RequestType, members: object = {}): Promise<JsonObject> {
    const reply = await this.ask(type, members);
    if (reply.is === "refused") throw reply.error;
    return reply.body;
  }

  /** "ok", or the code that it is refused with. */
  async outcome(type: RequestType, members: object = {}): Promise<"ok" | ErrorCode> {
    const reply = await this.ask(type, members);
    return reply.is === "ok" ? "ok" : reply.error.code;
  }

  /** The events of a type that have come and were not given yet. */
  async events<T extends EventType>(type: T): Promise<EventOf<T>[]> {
    this.#events.push(...await this.visitor.take());
    const found: EventOf<T>[] = [];
    this.#events = this.#events.filter((message) => {
      if (message.is !== "event" || !isType(message.event, type)) return true;
      found.push(message.event);
      return false;
    });
    return found;
  }

  /** The texts of the entries that have come and were not given yet. */
  async texts(): Promise<string[]> {
    return (await this.events("entry")).map(({ text, title }) => text ?? title ?? "");
  }

  /** Puts a file, and waits until it is in the room; gives its number. Rejects where it fails. */
  async put(room: string, name: string, bytes: Uint8Array, key?: string): Promise<number> {
    const sha256 = hash("sha256", bytes);
    const { transfer, offset } = await this.ok("put", { room, name, size: bytes.length, sha256, key });
    for (let at = Number(offset); at < bytes.length; at += CHUNK_BYTES_MAX) {
      // No window is kept to by who waits for every chunk.
      await this.visitor.handChunk(Number(transfer), at, bytes.subarray(at, at + CHUNK_BYTES_MAX));
      await this.until((event) => event.type === "received" && event.transfer === transfer);
    }
    const done = await this.until((event) => isEnd(event) && event.transfer === transfer);
    if (done.type === "failed") throw new Error(`${done.code}: ${done.message}`);
    return done.type === "done" ? done.file ?? 0 : 0;
  }

  /** The first event that fits and was not given yet, once it has come. */
  async until(fits: (event: ServerEvent) => boolean): Promise<ServerEvent> {
    for (;;) {
      this.#events.push(...await this.visitor.take());
      for (const [at, message] of this.#events.entries()) {
        if (message.is !== "event" || !fits(message.event)) continue;
        this.#events.splice(at, 1);
        return message.event;
      }
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** The rooms that the others see this person in. */
  get places(): string[] {
    const { standing } = this.visitor.client;
    if (standing.is !== "open") return [];
    return standing.session.places.filter(({ listed }) => listed).map(({ room }) => room);
  }

  /** The connection drops. */
  drop(): void {
    this.visitor.client.closed();
  }
}

function isEnd(event: ServerEvent): event is EventOf<"done"> | EventOf<"failed"> {
  return event.type === "done" || event.type === "failed";
}

/** All that an act on a room can change. */
export async function stateOf(room: Room): Promise<object> {
  const members = [...room.members].map(({ session, standing }) => [session.name.shown, standing.is]);
  const files = [...(await room.files()).list(1)];
  return { record: room.record, members, files, head: await room.head() };
}

function isType<T extends EventType>(event: { readonly type: EventType }, type: T): event is EventOf<T> {
  return event.type === type;
}
