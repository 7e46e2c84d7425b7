/** A transcript being played: each line said by its speaker, in the order of the lines, and watched by every seat. */

import { systemClock, within } from "../../client/clock.ts";
import { bodyOf } from "../../client/outcomes.ts";
import { Wake } from "../../client/wake.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { cleanText } from "../../server/protocol/texts.ts";
import { Ledger } from "./ledger.ts";
import { type Seat, Seats, type SeatsOptions } from "./seats.ts";
import { Cast, type TranscriptLine } from "./transcript_lines.ts";
import type { Address } from "../../client/address.ts";

/** What became of the lines. */
export interface Counts {
  say: number;
  action: number;
  join: number;
  leave: number;
  rename: number;
  /** Not sent: nothing is left of the text once it is cleaned. */
  empty: number;
  /** Not sent: longer than the server takes. */
  tooLong: number;
}

/** Lines of one speaker that follow each other are sent without waiting, so many at most. */
const AHEAD_MAX = 16;
/** No entry coming for that long is taken for a loss. */
const STUCK_MS = 20_000;

export class Play {
  readonly counts: Counts = { say: 0, action: 0, join: 0, leave: 0, rename: 0, empty: 0, tooLong: 0 };
  readonly cast = new Cast();
  readonly ledger: Ledger;
  /** Milliseconds from each `say` to its `ok`. */
  readonly okMs: number[] = [];
  /** Milliseconds from each `say` to its entry at the last of the members who were there. */
  readonly seenMs: number[] = [];
  readonly #seats: Seats;
  /** When entry `seq` was sent, and how many have seen it. */
  readonly #sentAt: number[] = [];
  readonly #seenBy: number[] = [];
  readonly #moved = new Wake();
  #speaking: Seat | null = null;
  #unanswered = 0;
  /** The newest entry that everybody present has seen. */
  #seenTo = 0;
  #refusal: Error | null = null;

  private constructor(seats: Seats) {
    this.#seats = seats;
    this.ledger = new Ledger(seats.all.length);
  }

  /** Takes `people` seats in a new room of the server. */
  static async open(address: Address, people: number): Promise<Play> {
    // Nothing is said in the new room, and so nothing heard, before the play begins.
    const stage: { play: Play | null } = { play: null };
    const heard = (...entry: Parameters<SeatsOptions["heard"]>) => {
      if (stage.play !== null) stage.play.#heard(...entry);
    };
    const seats = await Seats.open({ address, count: people, heard });
    return stage.play = new Play(seats);
  }

  get room(): string {
    return this.#seats.room;
  }

  /** Plays the lines, and waits until everybody has got everything. Rejects where the server refuses or goes away. */
  async play(lines: readonly TranscriptLine[]): Promise<void> {
    for (const line of lines) {
      const sent = await this.#playLine(line);
      if (sent) this.counts[kindOf(line)]++;
      if (this.#refusal !== null) throw this.#refusal;
    }
    await this.#settled();
    for (const seat of this.#seats.all) if (!seat.present) await this.#enter(seat);
    await this.#until(() => this.#seats.all.every(({ number }) => this.ledger.heardTo(number) >= this.#head));
  }

  close(): Promise<void> {
    return this.#seats.close();
  }

  get #head(): number {
    return this.ledger.head;
  }

  /** Whether there was anything to send. */
  async #playLine({ kind, from, text }: TranscriptLine): Promise<boolean> {
    const person = this.cast.name(from);
    switch (kind) {
      case "say":
        return await this.#say(person, text);
      case "action":
        return await this.#say(person, `* ${text}`);
      case "join":
        await this.#seated(person);
        return true;
      case "leave":
        return await this.#leave(person);
      default:
        return await this.#rename(person, this.cast.name(text));
    }
  }

  async #say(person: string, raw: string): Promise<boolean> {
    const text = this.#cleaned(raw);
    if (text === null) return false;
    const seat = await this.#seated(person);
    // Another speaker's line must not overtake: only one connection's requests are taken in their order.
    if (seat !== this.#speaking) await this.#until(() => this.#unanswered === 0);
    else await this.#until(() => this.#unanswered < AHEAD_MAX);
    this.#speaking = seat;
    const seq = this.ledger.say(person, text);
    const sentAt = this.#sentAt[seq] = performance.now();
    this.#unanswered++;
    seat.wire.post("say", { room: this.room, text }, (outcome) => {
      this.okMs.push(performance.now() - sentAt);
      this.#unanswered--;
      if (outcome.is === "refused") this.#refusal ??= outcome.error;
      else if (bodyOf("say", outcome.body).seq !== seq) {
        this.ledger.fault(`line ${seq} was answered as entry ${bodyOf("say", outcome.body).seq}`);
      }
      this.#moved.ring();
    });
    return true;
  }

  #cleaned(raw: string): string | null {
    try {
      return cleanText(raw, this.#seats.textBytesMax);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.counts[error.code === "text_empty" ? "empty" : "tooLong"]++;
      return null;
    }
  }

  /** The seat of `person`, who is in the room then. */
  async #seated(person: string): Promise<Seat> {
    if (this.#seats.find(person) === undefined) await this.#until(() => this.#unanswered === 0);
    const seat = await this.#seats.seat(person);
    if (!seat.present) await this.#enter(seat);
    return seat;
  }

  /** Those who come and go are counted in what everybody has seen: it is all seen before the count changes. */
  async #enter(seat: Seat): Promise<void> {
    await this.#settled();
    await this.#seats.enter(seat, this.ledger.heardTo(seat.number), this.#head);
  }

  async #leave(person: string): Promise<boolean> {
    const seat = this.#seats.find(person);
    if (seat === undefined || !seat.present || this.#seats.present === 1) return false;
    await this.#settled();
    await this.#seats.leave(seat);
    return true;
  }

  async #rename(person: string, to: string): Promise<boolean> {
    const seat = this.#seats.find(person);
    if (seat === undefined || person === to) return false;
    await this.#settled();
    await this.#seats.rename(seat, to);
    return true;
  }

  async #settled(): Promise<void> {
    await this.#until(() => this.#unanswered === 0 && this.#seenTo >= this.#head);
  }

  async #until(done: () => boolean): Promise<void> {
    while (!done()) {
      if (await within(systemClock, STUCK_MS, this.#moved.wait())) continue;
      throw new Error(`nothing came for ${STUCK_MS / 1_000} s: ${this.ledger.faults().join("; ")}`);
    }
  }

  #heard(seat: Seat, seq: number, body: Uint8Array): void {
    this.ledger.hear(seat.number, seq, body);
    if (seq <= seat.missedTo) return this.#moved.ring();
    const seenBy = this.#seenBy[seq] = (this.#seenBy[seq] ?? 0) + 1;
    if (seenBy < this.#seats.present) return;
    this.#seenTo = Math.max(this.#seenTo, seq);
    this.seenMs.push(performance.now() - (this.#sentAt[seq] ?? NaN));
    this.#moved.ring();
  }
}

function kindOf({ kind }: TranscriptLine): "say" | "action" | "join" | "leave" | "rename" {
  if (kind === "say" || kind === "action" || kind === "join" || kind === "leave") return kind;
  return "rename";
}
