/** The rooms a session is in, or wants to be in, and what it tells of them. */

import type { Answer, EventOf } from "../server/protocol/messages.ts";
import { foldName } from "../server/protocol/names.ts";
import type { EventQueue } from "./events.ts";
import { bodyOf, type Outcome, type Settled } from "./outcomes.ts";
import { Room } from "./room.ts";
import { Wake } from "./wake.ts";

/** Rooms by name; two names are the same where the protocol says so. */
export class Rooms {
  readonly #events: EventQueue;
  readonly #joined = new Map<string, Room>();
  /** Apart from those, since a member may ask to join again from elsewhere, and stays in place until then. */
  readonly #wanted = new Map<string, Room>();
  /** Rings when a cursor moves, or can move no more. */
  readonly #moved = new Wake();

  constructor(events: EventQueue) {
    this.#events = events;
  }

  /** Adds a room that we want to be in; false where another `join` of it is not answered yet. */
  want(room: Room): boolean {
    if (this.#wanted.has(foldName(room.name))) return false;
    this.#wanted.set(foldName(room.name), room);
    return true;
  }

  /** The rooms that the present connection has still to join. */
  unasked(): Room[] {
    const rooms = new Map([...this.#joined, ...this.#wanted]);
    return [...rooms.values()].filter((room) => !room.asked);
  }

  /** Takes the answer to a `join`, in the turn in which it is read: entries may follow in the same. */
  entered(room: Room, settled: Settled): void {
    if (settled.is === "lost") return;
    const asked = foldName(room.name);
    if (this.#wanted.get(asked) === room) this.#wanted.delete(asked);
    if (settled.is === "refused") {
      if (this.#joined.get(asked) === room) this.#bar(room, settled.error);
    } else {
      const answer = bodyOf("join", settled.body);
      const { reset, missed } = room.opened(answer);
      this.giveUp(room.name);
      this.#joined.set(foldName(room.name), room);
      if (reset) this.#events.push({ is: "reset", room: room.name, first: answer.first });
      this.#events.push({ is: "joined", room: room.name, missed, answer });
    }
    room.tell(settled);
  }

  /** We made a room and are in it, as `name`: as if we had joined it. */
  created(
    { room, log, head }: Answer<"create">,
    password: string | undefined,
    name: string | undefined,
  ): void {
    const options = password === undefined ? { last: 0 } : { last: 0, password };
    const made = new Room(room, options, () => {});
    made.asked = true;
    const names = name === undefined ? {} : { names: [name] };
    const body = { type: "ok", room, log, members: 1, ...names, head, first: 1, reset: false };
    this.entered(made, { is: "ok", body });
  }

  #bar(room: Room, error: (Settled & { is: "refused" })["error"]): void {
    this.leave(room.name);
    this.#events.push({ is: "barred", room: room.name, error });
  }

  /** Passes an entry on, unless it was before or is of no room of ours. `bytes` is the size of its frame. */
  take(event: EventOf<"entry">, bytes: number): void {
    if (this.#joined.get(foldName(event.room))?.advance(event) !== true) return;
    this.#events.push({ is: "entry", event }, bytes);
    this.#moved.ring();
  }

  /** There is an entry `seq` in the room. */
  expect(name: string, seq: number): void {
    this.#joined.get(foldName(name))?.expect(seq);
  }

  /** What a room of ours is locked with from now on; undefined for nothing. */
  relock(name: string, password: string | undefined): void {
    const room = this.#joined.get(foldName(name));
    if (room !== undefined) room.password = password;
  }

  /** Whether a room of ours has still to take us back. */
  delays(name: string): boolean {
    return this.#joined.get(foldName(name))?.delayed ?? false;
  }

  /** Tries no more to get back into a room; says whether that was still to come. */
  giveUp(name: string): boolean {
    return this.#joined.get(foldName(name))?.giveUp() ?? false;
  }

  /** We are no longer in the room. */
  leave(name: string): void {
    this.giveUp(name);
    this.#joined.delete(foldName(name));
    this.#moved.ring();
  }

  /** Waits until no room has entries to come that were there already. */
  async caughtUp(): Promise<void> {
    while ([...this.#joined.values()].some((room) => room.behind)) await this.#moved.wait();
  }

  /** The connection is gone: all are to be joined again. */
  drop(): void {
    for (const room of [...this.#joined.values(), ...this.#wanted.values()]) room.drop();
  }

  /** The session is over. */
  end(outcome: Outcome): void {
    for (const room of this.#wanted.values()) room.tell(outcome);
    this.#wanted.clear();
    this.#joined.clear();
    this.#moved.ring();
  }
}
