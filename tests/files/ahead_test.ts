/** How far a download runs ahead of its receiver: a link with a delay is only full while the window is. */

import { assertEquals } from "@std/assert";
import type { ReadFile } from "../../server/history/disk.ts";
import { Download } from "../../server/files/download.ts";
import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "../../server/protocol/limits.ts";

const zeros: ReadFile = {
  size: () => Promise.resolve(100 * CHUNK_BYTES_MAX),
  read: (into) => Promise.resolve(into.length),
  close: () => {},
};

Deno.test("A writer that takes each chunk at once has the whole window on its way", async () => {
  let taken = 0;
  const download = new Download({
    file: zeros,
    size: 100 * CHUNK_BYTES_MAX,
    offset: 0,
    transfer: 1,
    ready: () => queueMicrotask(() => download.take() !== null && taken++),
    failed: (error) => {
      throw error;
    },
  });
  download.start();
  await settled();
  assertEquals(taken, WINDOW_BYTES / CHUNK_BYTES_MAX);
  download.received(3 * CHUNK_BYTES_MAX);
  await settled();
  assertEquals(taken, WINDOW_BYTES / CHUNK_BYTES_MAX + 3);
  await download.close();
});

function settled(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}
