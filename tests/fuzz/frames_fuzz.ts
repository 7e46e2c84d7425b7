/**
 * Fuzzes a running server: several lanes side by side open connection after connection. Each says hello, mostly,
 * sends up to 120 requests with members of all sorts (written together, or in pieces), JSON that is deep or long,
 * perhaps something that is no frame at all, and ends: by waiting for the server, or by going without a word,
 * with or without having read. All the while a bystander in a room of its own makes round trips that must be right.
 *
 * Same seed, same bytes from each lane; how the lanes interleave is the machine's.
 *
 *     deno run -A tests/fuzz/frames_fuzz.ts --frames 100000 --seed 7
 */

import { assert, assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { encodeMessage } from "../../server/protocol/frames.ts";
import { between, seeded } from "../protocol/random.ts";
import { Peer } from "../support/peer.ts";
import { Folder, ServeProcess } from "../support/server.ts";
import { heavy, poison, type Random, request } from "./hostile.ts";
import { INSPECTED, Inspector, type Memory } from "./live_memory.ts";

const LANES = 8;
const REQUESTS_MAX = 120;
/** The room of the bystander. */
const QUIET = "quiet-corner";

export interface Outcome {
  readonly frames: number;
  readonly connections: number;
  /** Round trips of the bystander. */
  readonly rounds: number;
  /** How much more than after the first third the server held at the end, its garbage collected. */
  readonly grownBytes: Memory;
}

/** Counts what the lanes do, and how much is left to do. */
interface Work {
  left: number;
  connections: number;
}

/** Everything that one connection sends, in pieces, and how many frames that is. */
function plan(random: Random): { pieces: Uint8Array[]; frames: number } {
  const pieces: Uint8Array[] = [];
  if (random() < 0.95) pieces.push(encodeMessage({ type: "hello", id: 1, protocol: 1 }));
  if (random() < 0.7) {
    pieces.push(encodeMessage({ type: "join", id: 2, room: "lobby", last: between(random, 0, 60) }));
  }
  const count = between(random, 0, REQUESTS_MAX);
  for (let id = 3; id < count + 3; id++) {
    pieces.push(random() < 0.01 ? heavy(random) : encodeMessage(request(random, id)));
  }
  if (random() < 0.7) pieces.push(poison(random));
  return { pieces, frames: pieces.length };
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
  const { pieces, frames } = plan(random);
  const reads = random() < 0.9;
  const waits = reads && random() < 0.8;
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
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
  return frames;
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

async function lane(port: number, random: Random, work: Work): Promise<void> {
  while (work.left > 0) {
    work.connections++;
    const sent = await attack(port, random);
    work.left -= sent;
  }
}

/** Round trips that must be right, as long as there is work left; gives how many. */
async function stand(peer: Peer, work: Work): Promise<number> {
  const room = QUIET;
  let rounds = 0;
  while (work.left > 0) {
    const text = `round ${++rounds}`;
    const { seq } = await peer.ask("say", { room, text, key: text });
    assertEquals(seq, rounds);
    const entry = await peer.event("entry");
    assertEquals([entry.room, entry.seq, entry.text], [room, rounds, text]);
    await peer.ask("ping");
    if (rounds % 100 === 0) {
      const { entries } = await peer.ask("history", { room, limit: 1 });
      assertEquals(entries.map(({ text }) => text), [text]);
    }
  }
  return rounds;
}

/** Sends `frames` frames, and half as many before it measures, to a server of its own. Throws where the server does anything wrong. */
export async function fuzz(frames: number, seed: number): Promise<Outcome> {
  await using folder = new Folder();
  const { child, port } = await ServeProcess.listening(folder.path, [], { rights: INSPECTED });
  await using server = child;
  using inspector = await Inspector.attach(server);
  const bystander = await Peer.connect(port);
  await bystander.hello("Bystander");
  await bystander.ask("create", { room: QUIET, password: "nobody guesses this" });
  const lanes = (work: Work, salt: number) =>
    Array.from({ length: LANES }, (_, i) => lane(port, seeded(seed * 1_000 + salt + i), work));

  const warming: Work = { left: frames / 2, connections: 0 };
  await Promise.all(lanes(warming, 0));
  await passwordsTried(port);
  const before = await inspector.memory();
  const work: Work = { left: frames, connections: 0 };
  const [rounds] = await Promise.all([stand(bystander, work), ...lanes(work, LANES)]);
  await passwordsTried(port);
  const grownBytes = growth(before, await inspector.memory());
  inspector[Symbol.dispose]();

  const newcomer = await Peer.connect(port);
  await newcomer.hello("Newcomer");
  await newcomer.ask("join", { room: "lobby", last: 0 });
  const { seq } = await newcomer.ask("say", { room: "lobby", text: "all quiet" });
  assertEquals((await newcomer.event("entry")).seq, seq);
  newcomer.close();
  bystander.close();
  server.kill("SIGTERM");
  assertEquals(await server.ended(), 0);
  const wrong = server.lines.filter((line) => /\[ERROR\]|\ba bug\b/.test(line));
  assertEquals(wrong, []);
  const connections = warming.connections + work.connections;
  return { frames: frames * 3 / 2 - warming.left - work.left, connections, rounds, grownBytes };
}

/** Waits until no password that came before is being hashed: each takes 32 MiB meanwhile. */
async function passwordsTried(port: number): Promise<void> {
  const peer = await Peer.connect(port);
  await peer.hello();
  assertEquals(await peer.refusal("join", { room: QUIET, password: "a guess" }), "wrong_password");
  peer.close();
}

function growth(before: Memory, after: Memory): Memory {
  const resident = before.resident === null || after.resident === null
    ? null
    : after.resident - before.resident;
  return { live: after.live - before.live, resident };
}

/** The outcome in one line. */
export function describe({ frames, connections, rounds, grownBytes: { live, resident } }: Outcome): string {
  const all = resident === null ? "" : ` (${mebibytes(resident)} of the machine's)`;
  const grown = `the server's memory grew by ${mebibytes(live)}${all}`;
  return `${frames} frames over ${connections} connections, ${rounds} round trips of the bystander, ${grown}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

if (import.meta.main) {
  const flags = parseArgs(Deno.args, { string: ["frames", "seed"] });
  const frames = Number(flags["frames"] ?? 100_000);
  const seed = Number(flags["seed"] ?? Math.floor(Math.random() * 2 ** 31));
  assert(Number.isInteger(frames) && frames > 0 && Number.isInteger(seed), "usage: --frames N --seed N");
  console.log(`seed ${seed}`);
  console.log(describe(await fuzz(frames, seed)));
}
