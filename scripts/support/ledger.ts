/** What was said, in its order, and what each member of the room got of it. Pure. */

import { crc32 } from "node:zlib";
import { decodeFromServer } from "../../server/protocol/decoding.ts";
import type { History } from "./segments.ts";

interface Said {
  readonly from: string;
  readonly text: string;
}

const FAULTS_SHOWN_MAX = 20;

export class Ledger {
  readonly #said: Said[] = [];
  /** The checksum of entry `seq - 1` as the first member got it. */
  readonly #digests: number[] = [];
  /** Of each member, the entry that it has to get next. */
  readonly #next: number[];
  #deliveries = 0;
  #faults: string[] = [];
  #faultsInAll = 0;

  constructor(members: number) {
    this.#next = Array.from({ length: members }, () => 1);
  }

  /** How many entries there have to be. */
  get head(): number {
    return this.#said.length;
  }

  get deliveries(): number {
    return this.#deliveries;
  }

  /** The newest entry that a member got. */
  heardTo(member: number): number {
    return (this.#next[member] ?? 1) - 1;
  }

  /** Notes a line that is being said; returns the number that its entry must get. */
  say(from: string, text: string): number {
    return this.#said.push({ from, text });
  }

  /** Notes what a member got. */
  hear(member: number, seq: number, body: Uint8Array): void {
    this.#deliveries++;
    const next = this.#next[member] ?? 1;
    if (seq < next) this.fault(`member ${member} got entry ${seq} again`);
    if (seq > next) this.fault(`member ${member} did not get ${entries(next, seq - 1)}`);
    this.#next[member] = Math.max(next, seq + 1);
    const digest = crc32(body);
    const first = this.#digests[seq - 1];
    if (first === undefined) {
      this.#digests[seq - 1] = digest;
      this.#compare(seq, body);
    } else if (first !== digest) this.fault(`member ${member} got another entry ${seq} than the others`);
  }

  #compare(seq: number, body: Uint8Array): void {
    const message = decodeFromServer(body);
    const said = this.#said[seq - 1];
    if (message.is !== "event" || message.event.type !== "entry") this.fault(`entry ${seq} is no entry`);
    else if (said === undefined) this.fault(`entry ${seq} was said by nobody`);
    else if (message.event.from !== said.from || message.event.text !== said.text) {
      this.fault(`entry ${seq} is not what was said: ${shown(message.event)} for ${shown(said)}`);
    }
  }

  /** Notes what else went wrong. */
  fault(sentence: string): void {
    this.#faultsInAll++;
    if (this.#faults.length < FAULTS_SHOWN_MAX) this.#faults.push(sentence);
  }

  /** Holds the files against what was said. */
  hold(history: History): void {
    for (const fault of history.faults) this.fault(fault);
    for (let i = 0; i < Math.max(history.entries.length, this.#said.length); i++) {
      const found = history.entries[i];
      const said = this.#said[i];
      if (found === undefined) {
        this.fault(`the files do not hold ${entries(i + 1, this.#said.length)}`);
        break;
      }
      if (said === undefined) this.fault(`the files hold entry ${found.seq}, which nobody said`);
      else if (found.seq !== i + 1) this.fault(`the files hold ${found.seq} where ${i + 1} should be`);
      else if (found.from !== said.from || found.text !== said.text) {
        this.fault(`the files hold ${shown(found)} as entry ${i + 1} for ${shown(said)}`);
      }
    }
  }

  /** What is wrong by now, once every member should have got everything; empty where all is well. */
  faults(): string[] {
    const missing = this.#next.flatMap((next, member) =>
      next > this.head ? [] : [`member ${member} did not get ${entries(next, this.head)}`]
    );
    const more = this.#faultsInAll - this.#faults.length;
    return [...this.#faults, ...(more > 0 ? [`and ${more} more`] : []), ...missing];
  }
}

function entries(first: number, last: number): string {
  return first === last ? `entry ${first}` : `entries ${first} to ${last}`;
}

function shown({ from, text }: { readonly from: string; readonly text?: string | undefined }): string {
  return JSON.stringify(`${from}: ${text}`.slice(0, 80));
}
