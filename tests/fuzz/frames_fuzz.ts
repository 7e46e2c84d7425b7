/**
 * Fuzzes a running server: several lanes side by side open connection after connection. Each says hello, mostly, some
 * with a key and some with lies about it, sends up to 120 requests with members of all sorts (written together, or in
 * pieces), JSON that is deep or long, perhaps something that is no frame at all, may be cut anywhere, and ends: by
 * waiting for the server, or by going without a word, with or without having read. All the while a bystander in a
 * room of its own makes round trips that must be right.
 *
 * Same seed, same bytes from each lane, but for keys and signatures, which are new in every run; how the lanes
 * interleave is the machine's.
 */

import { assertEquals } from "@std/assert";
import { seeded } from "../protocol/random.ts";
import { Peer } from "../support/peer.ts";
import { Folder, ServeProcess } from "../support/server.ts";
import { lane, type Work } from "./attack.ts";
import { INSPECTED, Inspector, type Memory } from "./live_memory.ts";

const LANES = 8;
/** Nothing slows the lanes down, so that more of what they send is looked at. */
const UNLIMITED = ["rate", "rate-joins", "rate-creates", "rate-searches", "rate-reads"].flatMap((
  name,
) => [`--${name}`, "off"]);
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
  const { child, port } = await ServeProcess.listening(folder.path, UNLIMITED, { rights: INSPECTED });
  await using server = child;
  using inspector = await Inspector.attach(server);
  const bystander = await Peer.connect(port);
  await bystander.hello("Bystander");
  await bystander.ask("create", { room: QUIET, password: "nobody guesses this" });
  const lanes = (work: Work, salt: number) =>
    Array.from({ length: LANES }, (_, i) => lane(port, seeded(seed * 1_000 + salt + i), work));

  const warming: Work = { left: frames / 2, connections: 0 };
  await Promise.all(lanes(warming, 0));
  await passwordsHashed(port);
  const before = await inspector.memory();
  const work: Work = { left: frames, connections: 0 };
  const [rounds] = await Promise.all([stand(bystander, work), ...lanes(work, LANES)]);
  await passwordsHashed(port);
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

/**
 * Waits until no password that came before is being hashed: each takes 32 MiB meanwhile. One address has five that
 * wait at most, and whoever makes a room lets one of them go first.
 */
async function passwordsHashed(port: number): Promise<void> {
  const peer = await Peer.connect(port);
  await peer.hello();
  for (let i = 0; i < 6; i++) await peer.ask("create", { password: "to wait for" });
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
