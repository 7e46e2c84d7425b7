/** Ten of a hundred members do not read while 40,000 messages pass. */

import { assertEquals, assertLess } from "@std/assert";
import { EntryStream } from "../support/entry_stream.ts";
import { frames, Peer } from "../support/peer.ts";
import { Folder, residentBytes, ServeProcess } from "../support/server.ts";

const MEMBERS = 100;
const STALLED = 10;
const WRITERS = 4;
/** Messages that everybody reads first, so that the server is as large as it gets under load. */
const WARMING = 20_000;
const MESSAGES = 40_000;
/** How many messages a writer is ahead of its answers. */
const AHEAD = 50;
/** So long that what ten stalled sockets cannot swallow would show in the server's memory, were it kept there. */
const TEXT = "x".repeat(300);
const GROWTH_BYTES_MAX = 50 << 20;
const there = Deno.build.os === "linux";

async function waitForMembers(watcher: Peer, count: number): Promise<void> {
  let members: number | undefined = 0;
  while (members !== count) members = (await watcher.ask("rooms")).rooms[0]?.members;
}

/** Says lines, which are the requests `first` to `last` of the stream, some ahead of their answers. */
async function sayMany(stream: EntryStream, first: number, last: number): Promise<void> {
  for (let id = first; id <= last; id += AHEAD) {
    const says = Array.from({ length: Math.min(AHEAD, last + 1 - id) }, (_, i) => (
      { type: "say", id: id + i, room: "lobby", text: TEXT }
    ));
    await stream.answered(id - 1 - AHEAD);
    await stream.write(frames(says));
  }
}

/** The first few of `readers` say lines, in equal shares, from entry `from` to `head`; all of them read. */
async function pass(readers: readonly EntryStream[], from: number, head: number): Promise<void> {
  const writers = readers.slice(0, WRITERS);
  // Hello and join were the first two requests.
  const first = 2 + (from - 1) / WRITERS + 1;
  const granted = 2 + head / WRITERS;
  const [read] = await Promise.all([
    Promise.all(readers.map((reader, i) => reader.read(head, i < WRITERS ? granted : 0))),
    Promise.all(writers.map((writer) => sayMany(writer, first, granted))),
  ]);
  assertEquals(read, readers.map(() => true), "everybody who reads gets everything");
}

/** Reads up to entry `last`, over a new connection where the server has given up on the old one. */
async function catchUp(port: number, stream: EntryStream, last: number): Promise<void> {
  let current = stream;
  while (!await current.read(last)) {
    const after = current.seq;
    current.close();
    current = await EntryStream.join(port, "lobby", after);
  }
  current.close();
}

Deno.test(
  `ten members who do not read cost the server no memory and the others no time, and miss nothing${
    there ? "" : " (skipped: no /proc)"
  }`,
  { ignore: !there },
  async () => {
    await using folder = new Folder();
    const { child, port } = await ServeProcess.listening(folder.path);
    await using server = child;
    const watcher = await Peer.connect(port);
    await watcher.hello();
    const streams = [];
    for (let i = 0; i < MEMBERS; i++) streams.push(await EntryStream.join(port, "lobby", 0));
    await waitForMembers(watcher, MEMBERS);
    await pass(streams, 1, WARMING);
    const stalled = streams.slice(-STALLED);
    const readers = streams.slice(0, -STALLED);
    const before = await residentBytes(server.pid);
    await pass(readers, WARMING + 1, WARMING + MESSAGES);
    const grown = await residentBytes(server.pid) - before;
    assertLess(grown, GROWTH_BYTES_MAX, `the server grew by ${(grown / (1 << 20)).toFixed(1)} MiB`);
    assertEquals(stalled.map(({ seq }) => seq), stalled.map(() => WARMING));
    await Promise.all(stalled.map((stream) => catchUp(port, stream, WARMING + MESSAGES)));
    for (const reader of readers) reader.close();
    watcher.close();
  },
);
