/** The audit log: `audit.log`, one line for each thing that those did who may, also for what the operator did. */

import type { Act, Party } from "../chat/acts.ts";
import type { Disk } from "../history/disk.ts";
import { fingerprint } from "../protocol/proofs.ts";
import { dateAndTime } from "../protocol/times.ts";
import { oneLine } from "./escaped.ts";
import { LineFile } from "./line_file.ts";

export interface AuditLogOptions {
  readonly disk: Disk;
  /** The server's folder; it exists. */
  readonly folder: string;
  readonly now: () => number;
  /** Told where the file cannot be written. */
  readonly tell: (what: string) => void;
}

/** Of a server's bans one wants to know years later who ordered them: 200 MiB of lines are kept. */
const BYTES_MAX = 10 << 20;
const KEPT = 20;

export class AuditLog {
  readonly #now: () => number;
  readonly #file: LineFile;

  constructor({ disk, folder, now, tell }: AuditLogOptions) {
    this.#now = now;
    this.#file = new LineFile({ disk, path: `${folder}/audit.log`, bytesMax: BYTES_MAX, kept: KEPT, tell });
  }

  write(act: Act): void {
    this.#file.add(`${dateAndTime(this.#now())} ${lineOf(act)}`);
  }

  /** Null where every line is in the file; else resolves when that is so, or it cannot be. */
  get written(): Promise<void> | null {
    return this.#file.written;
  }

  /** Waits until everything is in the file, and closes it. */
  close(): Promise<void> {
    return this.#file.close();
  }
}

/**
 * The line of `act`, without its time:
 *
 *     [BAN] room tea: Bo (key nV…, network 192.0.2.7) by Maya (key 8z…) until 2026-11-21 14:03:05 because "…"
 *
 * Only what is in quotes can hold spaces and come from people, and in quotes there is no quotation mark but as `\"`.
 */
export function lineOf({ deed, by, room, whom, until, reason, title, file }: Act): string {
  const parts = [
    `[${deed}]`,
    room === null ? "server:" : `room ${room}:`,
    whom === null ? "" : party(whom),
    title === undefined ? "" : inQuotes(title),
    file === undefined ? "" : inQuotes(file),
    `by ${by === "operator" ? by : party(by)}`,
    until === undefined ? "" : until === null ? "for good" : `until ${dateAndTime(until)}`,
    reason === undefined ? "" : `because ${inQuotes(reason)}`,
  ];
  return oneLine(parts.filter((part) => part !== "").join(" "));
}

/** `Bo (key …, network …)`, or what is known of somebody without a name. */
export function party({ name, key, network = null }: Party): string {
  const known = [
    ...(key === null ? [] : [`key ${fingerprint(key)}`]),
    ...(network === null ? [] : [`network ${network}`]),
  ].join(", ");
  if (name === null) return known;
  return `${name} (${known === "" ? "no key" : known})`;
}

function inQuotes(text: string): string {
  return JSON.stringify(text);
}
