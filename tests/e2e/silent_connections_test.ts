/** Thousands of connections that say nothing, or a byte a second, while ten people chat and others come. */

import { assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { Strangers } from "../../scripts/support/strangers.ts";
import { Peer } from "../support/peer.ts";
import { Folder, ServeProcess } from "../support/server.ts";

const SILENT = 10_000;
const SLOW = 500;
const OPENING_MAX = 512;
const PEOPLE = 10;
/** A byte goes out on each slow connection once in so many milliseconds; so many do while the talk goes on. */
const BYTE_EVERY_MS = 1_000;
const BYTES = 3;
/** Rounds of talk after which what the strangers took has to be back. */
const ROUNDS_MAX = 3_000;
/** A second is what `deno task bench silent` holds it to; tests run beside each other. */
const NEWCOMER_MS_MAX = 5_000;
/** People who are connected when the server ends; and how long that may take, of which they are given two seconds. */
const CONNECTED = 2_000;
const END_MS_MAX = 10_000;
/** Descriptors of the test's own: every connection of a stranger, and what runs beside. */
const DESCRIPTORS = SILENT + SLOW + 500;
const there = Deno.build.os === "linux" && descriptorsMax() >= DESCRIPTORS;

function descriptorsMax(): number {
  const [, max] = /^Max open files\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits")) ?? [];
  return Number(max);
}

function descriptors(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** Everybody says a line, and reads everybody's. */
async function round(people: readonly Peer[]): Promise<void> {
  const said = people.map((peer, i) => peer.ask("say", { room: "lobby", text: `line of ${i}` }));
  const seqs = (await Promise.all(said)).map(({ seq }) => seq).sort((a, b) => a - b);
  for (const peer of people) {
    const seen = await peer.entries(people.length);
    assertEquals(seen.map(({ seq }) => seq), seqs, "everybody sees every line");
  }
}

/** Somebody comes, is let in, and goes; gives the milliseconds until they were in. */
async function visit(port: number): Promise<number> {
  const began = performance.now();
  const peer = await entered(port, began);
  const ms = performance.now() - began;
  await peer.ask("bye");
  peer.close();
  return ms;
}

/**
 * Somebody who is let in. Whoever comes from where thousands of strangers come from, and is slow to say hello as tests
 * beside each other are, may be closed to make room; they come again, as our client does, for as long as may be.
 */
async function entered(port: number, began: number): Promise<Peer> {
  for (;;) {
    const peer = await Peer.connect(port);
    try {
      await peer.hello();
      return peer;
    } catch (error) {
      peer.close();
      if (performance.now() - began > NEWCOMER_MS_MAX) throw error;
    }
  }
}

/** Talks until `done`, which it looks at after every round; gives how long the newcomers of meanwhile took. */
async function talk(people: readonly Peer[], port: number, done: () => boolean): Promise<number[]> {
  const newcomers: number[] = [];
  while (!done()) {
    await round(people);
    newcomers.push(await visit(port));
  }
  return newcomers;
}

Deno.test(
  `10,000 silent connections and 500 slow ones keep nobody from talking or coming in, and leave nothing behind${
    there ? "" : " (skipped: it needs /proc and 11,000 descriptors)"
  }`,
  { ignore: !there },
  async () => {
    await using folder = new Folder();
    const { child, port } = await ServeProcess.listening(folder.path);
    await using server = child;
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => Peer.connect(port)));
    for (const [i, peer] of people.entries()) {
      await peer.hello(`person-${i}`);
      await peer.ask("join", { room: "lobby", last: 0 });
    }
    await round(people);
    await visit(port);
    const before = descriptors(server.pid);

    const strangers = new Strangers({ hostname: "127.0.0.1", port });
    let coming = true;
    const come = strangers.beSilent(SILENT).then(() => strangers.beSlow(SLOW)).finally(() => coming = false);
    const [newcomers] = await Promise.all([talk(people, port, () => !coming), come]);
    for (let sent = 0; sent < BYTES; sent++) {
      await strangers.drip();
      const sentAt = performance.now();
      newcomers.push(...await talk(people, port, () => performance.now() - sentAt >= BYTE_EVERY_MS));
    }
    assertLess(Math.max(...newcomers), NEWCOMER_MS_MAX);
    assertLess(descriptors(server.pid), before + 2 * OPENING_MAX, "those who say nothing make room");
    strangers.close();
    for (let i = 0; i < ROUNDS_MAX && descriptors(server.pid) > before; i++) await round(people);
    assertLessOrEqual(descriptors(server.pid), before);
    for (const peer of people) peer.close();
  },
);

Deno.test(
  `a server ends in order, and soon, while thousands are connected who do not hang up${
    there ? "" : " (skipped: it needs /proc and 11,000 descriptors)"
  }`,
  { ignore: !there },
  async () => {
    await using folder = new Folder();
    const { child, port } = await ServeProcess.listening(folder.path, ["--max-clients", String(CONNECTED)]);
    await using server = child;
    const people: Peer[] = [];
    while (people.length < CONNECTED) {
      const next = await Promise.all(Array.from({ length: 100 }, () => Peer.connect(port)));
      await Promise.all(next.map((peer) => peer.hello()));
      people.push(...next);
    }
    const strangers = new Strangers({ hostname: "127.0.0.1", port });
    await strangers.beSilent(OPENING_MAX);
    const began = performance.now();
    server.kill("SIGTERM");
    assertEquals(await server.ended(), 0);
    assertLess(performance.now() - began, END_MS_MAX);
    for (const peer of people) {
      assertEquals(await peer.ending(), "shutting_down");
      peer.close();
    }
    strangers.close();
  },
);
