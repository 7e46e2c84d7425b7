/**
 * Few connections for many people. Each connection is a seat: a member of the room from the start to the end, in
 * which one speaker after another sits under their own name. Whoever spoke longest ago makes room.
 */

import type { Address } from "../../client/address.ts";
import { type Hearer, Wire } from "./wire.ts";

export interface Seat {
  readonly number: number;
  readonly wire: Wire;
  /** Who sits in it; null while it has its own name. */
  person: string | null;
  /** False between a `leave` and the next `join`. */
  present: boolean;
  /** Entries up to this one were missed between a `leave` and a `join` and come late. */
  missedTo: number;
}

export interface SeatsOptions {
  readonly address: Address;
  readonly count: number;
  /** Told of each entry that a seat gets. */
  readonly heard: (seat: Seat, ...entry: Parameters<Hearer>) => void;
}

/** How many connect at once: a server's queue of new connections is short. */
const CONNECTING_MAX = 50;

export class Seats {
  /** The room that was made for them. */
  readonly room: string;
  readonly textBytesMax: number;
  /** By when they were used last, oldest first. */
  #seats: Seat[];
  #present: number;

  private constructor(room: string, textBytesMax: number, seats: Seat[]) {
    this.room = room;
    this.textBytesMax = textBytesMax;
    this.#seats = seats;
    this.#present = seats.length;
  }

  /** Connects, makes a room, and lets every seat join it. */
  static async open({ address, count, heard }: SeatsOptions): Promise<Seats> {
    const { wire, hello } = await Wire.open(address, seatName(0));
    const { room } = await wire.ask("create", {});
    const seats = [newSeat(0, wire)];
    while (seats.length < count) {
      const next = Math.min(CONNECTING_MAX, count - seats.length);
      const wires = Array.from({ length: next }, (_, i) => Wire.open(address, seatName(seats.length + i)));
      for (const { wire } of await Promise.all(wires)) seats.push(newSeat(seats.length, wire));
    }
    for (const seat of seats) seat.wire.hear(room, (...entry) => heard(seat, ...entry));
    await Promise.all(seats.map(({ wire }) => wire.ask("join", { room, after: 0 })));
    return new Seats(room, hello.limits.text, [...seats]);
  }

  get all(): readonly Seat[] {
    return this.#seats;
  }

  /** How many get what is said just now. */
  get present(): number {
    return this.#present;
  }

  find(person: string): Seat | undefined {
    return this.#seats.find((seat) => seat.person === person);
  }

  /** The seat of `person`, who sits down where they have none. */
  async seat(person: string): Promise<Seat> {
    const found = this.find(person);
    const seat = found ?? this.#seats[0];
    if (seat === undefined) throw new RangeError("there are no seats");
    if (found === undefined) await this.rename(seat, person);
    // The one used last goes to the end; nearly always it is there already.
    if (this.#seats.at(-1) !== seat) this.#seats = [...this.#seats.filter((other) => other !== seat), seat];
    return seat;
  }

  /** Gives the one in `seat` another name; whoever sits elsewhere under that name gets up. */
  async rename(seat: Seat, person: string): Promise<void> {
    const other = this.find(person);
    if (other !== undefined) {
      other.person = null;
      await other.wire.ask("name", { name: seatName(other.number) });
    }
    seat.person = person;
    await seat.wire.ask("name", { name: person });
  }

  async leave(seat: Seat): Promise<void> {
    seat.present = false;
    this.#present--;
    await seat.wire.ask("leave", { room: this.room });
  }

  /** Comes back, from entry `after` on up to `head`, which is the newest. */
  async enter(seat: Seat, after: number, head: number): Promise<void> {
    seat.missedTo = head;
    seat.present = true;
    this.#present++;
    await seat.wire.ask("join", { room: this.room, after });
  }

  async close(): Promise<void> {
    await Promise.all(this.#seats.map(({ wire }) => wire.close()));
  }
}

function newSeat(number: number, wire: Wire): Seat {
  return { number, wire, person: null, present: true, missedTo: 0 };
}

/** Numbered from 1, as people do. */
function seatName(number: number): string {
  return `seat-${number + 1}`;
}
