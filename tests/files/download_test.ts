/** Downloads: one chunk is read ahead, as much goes out as the receiver lets it, and what the disk cannot give is told. */

import { assert, assertEquals, assertGreater, assertLessOrEqual, assertStrictEquals } from "@std/assert";
import { Download } from "../../server/files/download.ts";
import type { ReadFile } from "../../server/history/disk.ts";
import { readChunk } from "../../server/protocol/chunks.ts";
import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "../../server/protocol/limits.ts";
import { FIRST_BYTES } from "../../server/protocol/pace.ts";
import { brokenDisk, bytesOf, roomDisk, turn } from "./support.ts";

const PATH = "rooms/1/files/x";

interface Opened {
  readonly download: Download;
  /** What its clock shows. */
  readonly clock: { ms: number };
  readonly failures: unknown[];
  /** How often a chunk was ready. */
  readonly ready: () => number;
  /** Bytes that were read. */
  readonly read: () => number;
  /** Chunks that were taken, copied, up to what there is now. */
  readonly drain: () => Promise<{ readonly offset: number; readonly bytes: Uint8Array }[]>;
  readonly openFiles: () => number;
  /** From now on every read fails. */
  readonly breakDisk: () => void;
}

async function open(content: Uint8Array, size = content.length, offset = 0): Promise<Opened> {
  const disk = roomDisk();
  disk.put(PATH, content);
  const failures: unknown[] = [];
  let [ready, read] = [0, 0];
  const clock = { ms: 0 };
  let fault: Error | null = null;
  const inner = await disk.open(PATH);
  const file: ReadFile = {
    size: () => inner.size(),
    async read(into, position) {
      read += into.length;
      if (fault !== null) throw fault;
      return await inner.read(into, position);
    },
    close: () => inner.close(),
  };
  const download: Download = new Download({
    file,
    size,
    offset,
    transfer: 7,
    now: () => clock.ms,
    ready: () => ready++,
    failed: (error) => {
      failures.push(error);
      download.close();
    },
  });
  const settle = async () => {
    for (let turns = 0; turns < 10; turns++) await turn();
  };
  const drain = async () => {
    const chunks = [];
    for (await settle();; await settle()) {
      const frame = download.take();
      if (frame === null) return chunks;
      const { transfer, offset, bytes } = readChunk(frame.subarray(5));
      assertEquals([transfer, new DataView(frame.buffer).getUint32(0)], [7, frame.length - 4]);
      chunks.push({ offset, bytes: bytes.slice() });
    }
  };
  return {
    download,
    clock,
    failures,
    ready: () => ready,
    read: () => read,
    drain,
    openFiles: () => disk.openFiles,
    breakDisk: () => fault = brokenDisk(),
  };
}

Deno.test("a file goes out in chunks, in order, each where the one before ended, the last as long as it is", async () => {
  for (const size of [1, CHUNK_BYTES_MAX, CHUNK_BYTES_MAX + 1, 3 * CHUNK_BYTES_MAX]) {
    const content = bytesOf(size, size);
    for (const offset of [0, 1, size - 1]) {
      const { download, drain, openFiles } = await open(content, size, offset);
      download.start();
      const chunks = await drain();
      let at = offset;
      for (const chunk of chunks) {
        assertEquals(chunk.offset, at);
        assertEquals(chunk.bytes, content.slice(at, at + CHUNK_BYTES_MAX));
        at += chunk.bytes.length;
      }
      assertEquals([at, download.through], [size, true]);
      await download.close();
      assertEquals(openFiles(), 0);
    }
  }
});

Deno.test("nothing is read before it starts, and three chunks ahead of what was taken after that", async () => {
  const { download, read, ready } = await open(bytesOf(1, 6 * CHUNK_BYTES_MAX));
  for (let turns = 0; turns < 10; turns++) await turn();
  assertEquals([read(), download.take()], [0, null]);
  download.start();
  for (let taken = 0; taken <= 2; taken++) {
    for (let turns = 0; turns < 30; turns++) await turn();
    assertEquals([read(), ready()], [(taken + 3) * CHUNK_BYTES_MAX, taken + 1]);
    assert(download.take() !== null);
  }
  await download.close();
});

Deno.test("who takes a chunk the moment it is ready gets the next one all the same", async () => {
  const disk = roomDisk();
  disk.put(PATH, bytesOf(1, 4 * CHUNK_BYTES_MAX));
  for (const later of [false, true]) {
    let taken = 0;
    const take = () => void (download.take() !== null && taken++);
    const download: Download = new Download({
      file: await disk.open(PATH),
      size: 4 * CHUNK_BYTES_MAX,
      offset: 0,
      transfer: 7,
      now: () => 0,
      ready: () => later ? queueMicrotask(take) : take(),
      failed: () => {},
    });
    download.start();
    for (let turns = 0; turns < 30; turns++) await turn();
    assertEquals([taken, download.through], [4, true]);
    await download.close();
  }
});

Deno.test("a receiver that says nothing is sent a part of the window, and never more than that ahead", async () => {
  const { download, drain } = await open(bytesOf(1, 4 * WINDOW_BYTES));
  download.start();
  const bytes = async () => (await drain()).reduce((sum, { bytes }) => sum + bytes.length, 0);
  assertEquals(await bytes(), FIRST_BYTES);
  assertEquals(download.received(CHUNK_BYTES_MAX - 1), true);
  assertEquals(await bytes(), 0, "a chunk has to fit");
  download.received(CHUNK_BYTES_MAX);
  assertEquals(await bytes(), 2 * CHUNK_BYTES_MAX, "the line is fast");
  let sent = FIRST_BYTES + 2 * CHUNK_BYTES_MAX;
  const ahead: number[] = [];
  while (!download.through) {
    download.received(sent);
    ahead.push(await bytes());
    sent += ahead.at(-1) ?? 0;
  }
  assertEquals([sent, Math.max(...ahead)], [4 * WINDOW_BYTES, WINDOW_BYTES]);
  await download.close();
});

Deno.test("a receiver that says what it has only now and then is sent the whole window after a while", async () => {
  const { download, drain, clock } = await open(bytesOf(1, 4 * WINDOW_BYTES));
  download.start();
  const bytes = async () => (await drain()).reduce((sum, { bytes }) => sum + bytes.length, 0);
  assertEquals(await bytes(), FIRST_BYTES);
  clock.ms += 1_000;
  download.check();
  assertEquals(await bytes(), 0);
  clock.ms += 1_000;
  download.check();
  assertEquals(await bytes(), WINDOW_BYTES - FIRST_BYTES);
  for (let window = 1; window < 4; window++) {
    download.received(window * WINDOW_BYTES);
    assertEquals(await bytes(), WINDOW_BYTES);
  }
  assertEquals(download.through, true);
  await download.close();
});

Deno.test("a received that lies is no news: beyond what was sent, backwards, the same again", async () => {
  const { download, drain } = await open(bytesOf(1, 4 * WINDOW_BYTES));
  download.start();
  assertEquals(download.received(1), false, "nothing was sent");
  await drain();
  for (const offset of [WINDOW_BYTES + 1, 4 * WINDOW_BYTES, Number.MAX_SAFE_INTEGER, 0]) {
    assertEquals(download.received(offset), false, `${offset}`);
  }
  assertEquals(await drain(), []);
  assertEquals([download.received(100_000), download.received(100_000), download.received(99_999)], [
    true,
    false,
    false,
  ]);
  assertEquals((await drain()).length, 2);
  await download.close();
});

Deno.test("frames are used again, and never the one that is being written", async () => {
  const { download } = await open(bytesOf(1, 12 * CHUNK_BYTES_MAX));
  download.start();
  const frames: Uint8Array[] = [];
  let before: { readonly frame: Uint8Array; readonly copy: Uint8Array } | null = null;
  for (let i = 0; i < 8; i++) {
    for (let turns = 0; turns < 30; turns++) await turn();
    if (before !== null) assertEquals(before.frame, before.copy, `chunk ${i} while others were read`);
    const frame = download.take();
    assert(frame !== null);
    before = { frame, copy: frame.slice() };
    frames.push(frame);
    download.received((i + 1) * CHUNK_BYTES_MAX);
  }
  assertStrictEquals(frames[0]?.buffer, frames[5]?.buffer);
  assertEquals(new Set(frames.map(({ buffer }) => buffer)).size, 5);
  await download.close();
});

Deno.test("a disk that fails, or has less than it should, is told once, and nothing more is read", async () => {
  for (const kept of [0, 1, CHUNK_BYTES_MAX, 2 * CHUNK_BYTES_MAX - 1]) {
    const { download, drain, failures, openFiles } = await open(bytesOf(1, kept), 2 * CHUNK_BYTES_MAX);
    download.start();
    const chunks = await drain();
    // What lay ready is not given any more: it would be of no use.
    assertLessOrEqual(chunks.length, Math.floor(kept / CHUNK_BYTES_MAX), `${kept} bytes are left`);
    assertEquals([failures.length, download.through, openFiles()], [1, false, 0]);
    download.received(1);
    assertEquals((await drain()).length, 0);
  }
  const { download, drain, failures, read, openFiles, breakDisk } = await open(
    bytesOf(1, 6 * CHUNK_BYTES_MAX),
  );
  download.start();
  for (let turns = 0; turns < 10; turns++) await turn();
  const before = read();
  breakDisk();
  const chunks = await drain();
  assertEquals([chunks.length <= 1, failures.length, openFiles()], [true, 1, 0]);
  assertGreater(read(), before);
  assertEquals((await drain()).length, 0);
});

Deno.test("who closes it while a chunk is being read waits for the read, and is given nothing of it", async () => {
  const { download, ready, openFiles } = await open(bytesOf(1, 2 * CHUNK_BYTES_MAX));
  download.start();
  const closing = download.close();
  await Promise.all([closing, download.close()]);
  assertEquals([download.take(), ready(), openFiles()], [null, 0, 0]);
  download.received(1);
  download.start();
  assertEquals([download.take(), openFiles()], [null, 0]);
});
