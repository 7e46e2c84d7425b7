/** People who put and get files, a step at a time. */

import { assert } from "@std/assert";
import { hash } from "node:crypto";
import { setImmediate } from "node:timers";
import { CHUNK_BYTES_MAX } from "../../server/protocol/limits.ts";
import type { EventOf, ServerEvent } from "../../server/protocol/messages.ts";
import { between, seeded } from "../protocol/random.ts";
import type { SimDisk } from "../support/sim_disk.ts";
import { FOLDER, type Guest } from "./guests.ts";
import type { TestHouse } from "./support.ts";

/** Bytes that are not like others'. */
export function bytesOf(seed: number, size: number): Uint8Array<ArrayBuffer> {
  const random = seeded(seed);
  return Uint8Array.from({ length: size }, () => between(random, 0, 255));
}

export function sha256Of(bytes: Uint8Array): string {
  return hash("sha256", bytes);
}

/** What a put of these bytes asks for. */
export function asked(bytes: Uint8Array, members: object = {}): object {
  return { room: "tea", name: "a.bin", size: bytes.length, sha256: sha256Of(bytes), ...members };
}

export interface Begun {
  readonly transfer: number;
  readonly offset: number;
}

/** Asks to put a file, which is not refused. */
export async function begin(guest: Guest, bytes: Uint8Array, members: object = {}): Promise<Begun> {
  const { transfer, offset } = await guest.ok("put", asked(bytes, members));
  return { transfer: Number(transfer), offset: Number(offset) };
}

/** Sends the bytes of a file from `from` to `to`, and waits until they are written. */
export async function sendPart(
  guest: Guest,
  transfer: number,
  bytes: Uint8Array,
  [from, to]: readonly [from: number, to: number],
): Promise<void> {
  for (let at = from; at < to; at += CHUNK_BYTES_MAX) {
    const end = Math.min(to, at + CHUNK_BYTES_MAX);
    await guest.visitor.handChunk(transfer, at, bytes.subarray(at, end));
    await guest.until((event) =>
      event.type === "received" && event.transfer === transfer && event.offset === end
    );
  }
}

/** Waits for the end of a transfer. */
export async function endOf(guest: Guest, transfer: number): Promise<EventOf<"done"> | EventOf<"failed">> {
  const event = await guest.until((event) => isEnd(event) && event.transfer === transfer);
  assert(isEnd(event));
  return event;
}

/** The code with which a transfer fails; "done" where it does not. */
export async function failure(guest: Guest, transfer: number): Promise<string> {
  const end = await endOf(guest, transfer);
  return end.type === "done" ? "done" : end.code;
}

function isEnd(event: ServerEvent): event is EventOf<"done"> | EventOf<"failed"> {
  return event.type === "done" || event.type === "failed";
}

/** All bytes of a file from `offset` on, as they came; every chunk is acknowledged. */
export async function fetchFile(guest: Guest, file: number, offset = 0, room = "tea"): Promise<Uint8Array> {
  const { transfer, size } = await guest.ok("get", { room, file, offset });
  const bytes = new Uint8Array(Number(size) - offset);
  const { chunks } = guest.visitor;
  let end: EventOf<"done"> | EventOf<"failed"> | null = null;
  const over = endOf(guest, Number(transfer)).then((event) => end = event);
  let got = 0;
  while (end === null || chunks.length > 0) {
    for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
      assert(chunk.transfer === transfer && chunk.offset === offset + got, "chunks come in order");
      bytes.set(chunk.bytes, got);
      got += chunk.bytes.length;
      await guest.visitor.hand({ type: "received", transfer, offset: offset + got });
    }
    await turn();
  }
  const last: EventOf<"done"> | EventOf<"failed"> = await over;
  if (last.type === "failed") throw new Error(last.code);
  return bytes.subarray(0, got);
}

/** One turn of the loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits until nothing of the files of `room` is under way. */
export async function rest(house: TestHouse, room = "tea"): Promise<void> {
  const files = await house.rooms.get(room).files();
  while (files.busy) await turn();
}

/** Names of what the files of the room with that number hold. */
export function contents(disk: SimDisk, number = 1): string[] {
  const folder = `${FOLDER}/${number}`;
  return disk.names(folder).includes("files") ? disk.names(`${folder}/files`) : [];
}
