/** One hostile connection after another. */

import { encodeMessage, FrameReader } from "../../server/protocol/frames.ts";
import { decodeFromServer } from "../../server/protocol/decoding.ts";
import { between } from "../protocol/random.ts";
import { opening } from "./hello.ts";
import { filePiece, heavy, poison, type Random, request } from "./hostile.ts";

const REQUESTS_MAX = 120;

/** Counts what the lanes do, and how much is left to do. */
export interface Work {
  left: number;
  connections: number;
}

/** Everything that one connection sends after a greeting with `nonce`, in pieces: a frame each, the last perhaps cut. */
function plan(random: Random, nonce: string): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const { hello, home } = opening(random, nonce);
  if (random() < 0.95) pieces.push(encodeMessage(hello));
  if (random() < 0.1) pieces.push(encodeMessage({ type: "create", id: 3, room: home }));
  if (random() < 0.7) {
    pieces.push(encodeMessage({ type: "join", id: 2, room: home, last: between(random, 0, 60) }));
  }
  const count = between(random, 0, REQUESTS_MAX);
  for (let id = 4; id < count + 4; id++) {
    if (random() < 0.15) pieces.push(filePiece(random));
    else pieces.push(random() < 0.01 ? heavy(random) : encodeMessage(request(random, id, home)));
  }
  if (random() < 0.7) pieces.push(poison(random));
  if (random() < 0.1) pieces.length = between(random, 0, pieces.length);
  const last = pieces.pop();
  if (last !== undefined) {
    pieces.push(random() < 0.2 ? last.subarray(0, between(random, 1, last.length)) : last);
  }
  return pieces;
}

/** Some pieces end to end, some cut where no frame ends. */
function* writes(random: Random, pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const piece of pieces) {
    all.set(piece, end);
    end += piece.length;
  }
  for (let at = 0; at < end;) {
    const size = random() < 0.3 ? between(random, 1, 50) : between(random, 1_000, 100_000);
    yield all.subarray(at, at + size);
    at += size;
  }
}

/** Opens a connection, sends what is planned, and ends it in some way. */
async function attack(port: number, random: Random): Promise<number> {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const pieces = plan(random, random() < 0.7 ? await greetingOf(socket) : "");
  const reads = random() < 0.9;
  const waits = reads && random() < 0.8;
  const reading = reads ? drain(socket) : Promise.resolve();
  try {
    for (const bytes of writes(random, pieces)) {
      for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
    }
    if (waits) {
      await socket.closeWrite();
      await reading;
    }
  } catch (error) {
    if (!isEnd(error)) throw error;
  }
  socket.close();
  await reading;
  return pieces.length;
}

/** The nonce that the server greets with; empty where it does not. */
async function greetingOf(socket: Deno.TcpConn): Promise<string> {
  const reader = new FrameReader();
  while (true) {
    const bytes = await socket.read(reader.space());
    if (bytes === null) return "";
    reader.filled(bytes);
    const frame = reader.next();
    if (frame === null) continue;
    const message = decodeFromServer(frame.body);
    return message.is === "event" && message.event.type === "greeting" ? message.event.nonce : "";
  }
}

async function drain(socket: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(16_384);
  try {
    while (await socket.read(buffer) !== null);
  } catch (error) {
    if (!isEnd(error)) throw error;
  }
}

/** What a socket throws when the server has closed on it, or we have. */
function isEnd(error: unknown): boolean {
  const { BrokenPipe, ConnectionReset, BadResource, Interrupted, NotConnected } = Deno.errors;
  return [BrokenPipe, ConnectionReset, BadResource, Interrupted, NotConnected].some((end) =>
    error instanceof end
  );
}

/** Attacks until nothing is left to do. */
export async function lane(port: number, random: Random, work: Work): Promise<void> {
  while (work.left > 0) {
    work.connections++;
    const sent = await attack(port, random);
    work.left -= sent;
  }
}
