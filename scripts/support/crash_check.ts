/** What must be so after any number of crashes, and what is not. Pure. */

import type { Recorded } from "./segments.ts";

/** One line that a client said; `client` and `number` (from 1) are its name. */
export interface Line {
  readonly client: number;
  readonly number: number;
}

export interface Acknowledged extends Line {
  readonly seq: number;
}

/** An entry that a reader was shown. */
export interface Shown {
  readonly seq: number;
  readonly text: string;
}

export interface Evidence {
  /** In the order in which the acknowledgements came, client by client. */
  readonly acknowledged: readonly Acknowledged[];
  /** The room's log, as the files hold it in the end. */
  readonly log: readonly Recorded[];
  /** What each reader saw, in its order. */
  readonly readers: ReadonlyMap<string, readonly Shown[]>;
}

export interface Verdict {
  readonly acknowledged: number;
  /** Acknowledged or shown, and not in the log; or in the log, and not shown to a reader. */
  readonly lost: number;
  /** In the log, or shown to a reader, more than once. */
  readonly doubled: number;
  /** In the log, or shown, at another place than it has to be. */
  readonly reordered: number;
  /** What is wrong, a sentence each; the first ones. */
  readonly faults: readonly string[];
}

const FAULTS_SHOWN_MAX = 20;

/** The text of a line, by which it is known everywhere. */
export function textOf({ client, number }: Line): string {
  return `client ${client} line ${number}`;
}

function lineOf(text: string): Line | null {
  const [, client, number] = /^client (\d+) line (\d+)$/.exec(text) ?? [];
  return client === undefined ? null : { client: Number(client), number: Number(number) };
}

class Tally {
  lost = 0;
  doubled = 0;
  reordered = 0;
  readonly faults: string[] = [];

  note(what: "lost" | "doubled" | "reordered", sentence: string): void {
    this[what]++;
    if (this.faults.length < FAULTS_SHOWN_MAX) this.faults.push(`${what}: ${sentence}`);
  }
}

export function judge({ acknowledged, log, readers }: Evidence): Verdict {
  const tally = new Tally();
  const places = placesInLog(log, tally);
  for (const line of acknowledged) {
    const text = textOf(line);
    const place = places.get(text);
    if (place === undefined) tally.note("lost", `${text} was acknowledged and is not in the log`);
    else if (place !== line.seq) {
      tally.note("reordered", `${text} was acknowledged as entry ${line.seq} and is entry ${place}`);
    }
  }
  for (const [reader, shown] of readers) compare(reader, shown, log, tally);
  const { lost, doubled, reordered, faults } = tally;
  return { acknowledged: acknowledged.length, lost, doubled, reordered, faults };
}

/** Where each text stands in the log; notes what the log itself shows to be wrong. */
function placesInLog(log: readonly Recorded[], tally: Tally): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const last = new Map<number, number>();
  for (const [i, { seq, text }] of log.entries()) {
    if (seq !== i + 1) tally.note("reordered", `entry ${seq} stands in the log where ${i + 1} has to be`);
    const before = places.get(text);
    if (before !== undefined) {
      tally.note("doubled", `${text} is entry ${before} and entry ${seq}`);
      continue;
    }
    places.set(text, seq);
    const line = lineOf(text);
    if (line === null) {
      tally.note("doubled", `entry ${seq}, ${JSON.stringify(text)}, was said by nobody`);
      continue;
    }
    const previous = last.get(line.client) ?? 0;
    // A client says each line after the one before, and every one of them is said until it is acknowledged.
    if (line.number !== previous + 1) {
      tally.note("reordered", `${text} follows line ${previous} of that client`);
    }
    last.set(line.client, line.number);
  }
  return places;
}

/** Holds what one reader saw against the log. */
function compare(reader: string, shown: readonly Shown[], log: readonly Recorded[], tally: Tally): void {
  let next = 1;
  for (const { seq, text } of shown) {
    if (seq < next) tally.note("doubled", `${reader} saw entry ${seq} again`);
    else if (seq > next) tally.note("lost", `${reader} did not see entries ${next} to ${seq - 1}`);
    next = Math.max(next, seq + 1);
    const entry = log[seq - 1];
    if (entry === undefined) tally.note("lost", `${reader} saw entry ${seq}, which is not in the log`);
    else if (entry.text !== text) {
      tally.note(
        "reordered",
        `${reader} saw ${JSON.stringify(text)} as entry ${seq}, which is ${entry.text}`,
      );
    }
  }
  if (next <= log.length) tally.note("lost", `${reader} did not see entries ${next} to ${log.length}`);
}
