/** What the tests of the log share: entries, a log on a simulated disk, and readers that note what they are given. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Cursor } from "../../server/history/cursor.ts";
import { LineBuffer, type NewEntry } from "../../server/history/lines.ts";
import { Log, type LogOptions } from "../../server/history/log.ts";
import { segmentName } from "../../server/history/segment.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { type Entry, isEntry } from "../../server/protocol/messages.ts";
import { isObject } from "../../server/protocol/shapes.ts";
import { anyText, between, seeded } from "../protocol/random.ts";
import { type Operation, SimDisk } from "../support/sim_disk.ts";

export const ROOM = "tea";
export const FOLDER = "room";
/** The time at which all entries of `batch` are made. */
export const AT = 1_760_000_000_000;

export function say(text: string, key?: string): NewEntry {
  return { kind: "say", from: "Maya", text, ...(key === undefined ? {} : { key }) };
}

/** The lines of a batch whose first entry is `first`. */
export function batch(first: number, entries: readonly NewEntry[]): Uint8Array<ArrayBuffer> {
  const lines = new LineBuffer();
  entries.forEach((entry, i) => lines.add(first + i, AT, entry));
  return lines.bytes.slice();
}

/** Batches of so many entries each, numbered from `first` on. */
export function batches(sizes: readonly number[], first = 1): Uint8Array<ArrayBuffer> {
  let seq = first;
  return joined(sizes.map((size) => {
    const entries = Array.from({ length: size }, (_, i) => say(`line ${seq + i}`, `key-${seq + i}`));
    const lines = batch(seq, entries);
    seq += size;
    return lines;
  }));
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A disk with an empty folder for one log. */
export function emptyDisk(seed = 1): SimDisk {
  const disk = new SimDisk(seeded(seed));
  disk.put(`${FOLDER}/unrelated.txt`, new Uint8Array());
  return disk;
}

/** A disk with one log whose segments hold these bytes; the first entry of each is the key. */
export function diskWith(segments: Readonly<Record<number, Uint8Array>>): SimDisk {
  const disk = emptyDisk();
  for (const [first, bytes] of Object.entries(segments)) disk.put(pathOf(Number(first)), bytes);
  return disk;
}

export function pathOf(first: number): string {
  return `${FOLDER}/${segmentName(first)}`;
}

export async function openLog(disk: LogOptions["disk"], options: Partial<LogOptions> = {}): Promise<Log> {
  return await Log.open({
    disk,
    folder: FOLDER,
    sync: true,
    segmentBytes: 8 << 20,
    report: () => {},
    room: ROOM,
    now: () => AT,
    ...options,
  });
}

/** The entries in frames, after looking at all that stands around them. */
export function decode(frames: Uint8Array): Entry[] {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  const entries: Entry[] = [];
  for (let at = 0; at < frames.length;) {
    const length = view.getUint32(at);
    assertEquals(frames[at + 4], 1, "the kind of a frame");
    const text = new TextDecoder("utf-8", { fatal: true }).decode(frames.subarray(at + 5, at + 4 + length));
    const message: unknown = JSON.parse(text);
    assert(isObject(message));
    const { type, room, ...entry } = message;
    assertEquals([type, room], ["entry", ROOM]);
    assert(isEntry(entry));
    entries.push(entry);
    at += 4 + length;
  }
  return entries;
}

/** The code with which something is refused. */
export async function refusal(refused: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => refused, ProtocolError)).code;
}

/** Everything that a cursor has to give now. */
export async function takeAll(cursor: Cursor): Promise<Entry[]> {
  const entries: Entry[] = [];
  while (true) {
    const frames = await cursor.take();
    if (frames === null) return entries;
    entries.push(...decode(frames));
  }
}

export function seqs(entries: readonly { readonly seq: number }[]): number[] {
  return entries.map(({ seq }) => seq);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}

/** Text of all kinds; often one that looks like the end of a line, or is hard to escape. */
export function hardText(random: () => number, unitsMax: number): string {
  const hard = [
    '","nth":5,"crc":"00000000"}',
    ',"nth":7',
    '","key":"k',
    '"}\n{"seq":1,',
    "\u2028\u2029",
    "\\",
    '\\"',
    '"',
    "\n\t\r\b\f\0",
    "\u{1f600}e\u0301",
    "\ud83d",
    "\ufeff",
  ];
  if (random() < 0.3) return anyText(random, unitsMax);
  const parts = Array.from({ length: between(random, 0, 4) }, () => {
    return random() < 0.7 ? hard[between(random, 0, hard.length - 1)] ?? "" : anyText(random, 8);
  });
  return parts.join("");
}

/** A hold on one kind of operation: `reached` resolves when one is about to happen, `release` lets all of them. */
export interface Hold {
  readonly reached: Promise<void>;
  release(fault?: Error): void;
}

export function hold(disk: SimDisk, held: Operation, inFile: (path: string) => boolean = () => true): Hold {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<Error | null>();
  disk.hook = (operation, path) => {
    if (operation !== held || !inFile(path)) return null;
    reached.resolve();
    return released.promise;
  };
  return {
    reached: reached.promise,
    release(fault) {
      disk.hook = () => null;
      released.resolve(fault ?? null);
    },
  };
}
