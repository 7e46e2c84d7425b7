/** Uploads: bytes come in order, within the window, and are what they were to be; the disk may fail at any of it. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Upload } from "../../server/files/upload.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "../../server/protocol/limits.ts";
import { hold } from "../history/support.ts";
import type { Operation } from "../support/sim_disk.ts";
import {
  brokenDisk,
  bytesOf,
  CONTENT,
  contentNames,
  fullDisk,
  send,
  sha256Of,
  Shelf,
  turn,
} from "./support.ts";

const ABC = bytesOf(1, 3 * CHUNK_BYTES_MAX + 5);

function refusal(take: () => void): string {
  return assertThrows(take, ProtocolError).code;
}

async function begun(shelf: Shelf, bytes: Uint8Array): Promise<Upload> {
  const { upload } = await shelf.put(bytes);
  assert(upload !== null);
  return upload;
}

Deno.test("a file of any size comes whole: none, one byte, exactly a chunk, several, and one byte more", async () => {
  const shelf = await Shelf.open();
  const sizes = [
    0,
    1,
    CHUNK_BYTES_MAX - 1,
    CHUNK_BYTES_MAX,
    CHUNK_BYTES_MAX + 1,
    2 * CHUNK_BYTES_MAX,
    500_000,
  ];
  for (const [i, size] of sizes.entries()) {
    const bytes = bytesOf(i, size);
    assertEquals(await shelf.whole(bytes), i + 1, `${size} bytes`);
    assertEquals(await shelf.bytes(i + 1), bytes);
  }
  assertEquals(contentNames(shelf.disk), sizes.map((size, i) => sha256Of(bytesOf(i, size))).toSorted());
  await shelf.assertTidy();
});

Deno.test("what came is told in order, up to the last byte, and the end after it, once", async () => {
  const shelf = await Shelf.open();
  const putting = await shelf.put(ABC);
  assert(putting.upload !== null);
  await send(putting.upload, ABC);
  await putting.ended;
  const { received, endings } = putting;
  assertEquals(received, received.toSorted((one, other) => one - other));
  assertEquals([received.at(-1), new Set(received).size], [ABC.length, received.length]);
  assertEquals(endings, [{ file: 1 }]);
  await shelf.assertTidy();
});

Deno.test("as much as the window may go ahead of received, and not a byte more, however the disk is getting on", async () => {
  const shelf = await Shelf.open();
  const bytes = bytesOf(2, 3 * WINDOW_BYTES);
  const upload = await begun(shelf, bytes);
  const writing = hold(shelf.disk, "write");
  upload.start();
  upload.take(0, bytes.subarray(0, CHUNK_BYTES_MAX));
  // From here on what comes gathers while the first of it is being written.
  await writing.reached;
  for (let at = CHUNK_BYTES_MAX; at < WINDOW_BYTES; at += CHUNK_BYTES_MAX) {
    upload.take(at, bytes.subarray(at, at + CHUNK_BYTES_MAX));
  }
  const over = bytes.subarray(WINDOW_BYTES, WINDOW_BYTES + 1);
  assertEquals(refusal(() => upload.take(WINDOW_BYTES, over)), "bad_request");
  writing.release();
  while (upload.written < WINDOW_BYTES) await turn();
  upload.take(WINDOW_BYTES, over);
  upload.stop("left");
  assertEquals([await upload.ended, upload.written], ["left", WINDOW_BYTES + 1]);
  await shelf.assertTidy();
});

Deno.test("a chunk that is not the next one is refused: a gap, a repetition, an overlap, an empty one", async () => {
  const shelf = await Shelf.open();
  const upload = await begun(shelf, ABC);
  upload.start();
  upload.take(0, ABC.subarray(0, 10));
  for (const [offset, bytes] of [[11, 5], [0, 10], [5, 10], [9, 1], [10, 0], [ABC.length, 0], [2 ** 52, 1]]) {
    const chunk = new Uint8Array(bytes ?? 0);
    assertEquals(
      refusal(() => upload.take(offset ?? 0, chunk)),
      "bad_request",
      `${bytes} bytes at ${offset}`,
    );
  }
  upload.take(10, ABC.subarray(10, 20));
  upload.stop("left");
  await upload.ended;
  assertEquals(shelf.disk.bytes(`${CONTENT}/${contentNames(shelf.disk)[0]}`), ABC.slice(0, 20));
  await shelf.assertTidy();
});

Deno.test("a file that has more bytes than were said is not the file, nor is one whose hash lies", async () => {
  const shelf = await Shelf.open();
  const upload = await begun(shelf, ABC.subarray(0, 10));
  upload.start();
  assertEquals(refusal(() => upload.take(0, ABC.subarray(0, 11))), "file_mismatch");
  upload.stop("spoiled");
  await upload.ended;
  assertEquals(await shelf.whole(ABC, { sha256: sha256Of(bytesOf(9, 1)) }), "file_mismatch");
  assertEquals(await shelf.whole(new Uint8Array(), { sha256: sha256Of(bytesOf(9, 1)) }), "file_mismatch");
  const shorter = { size: ABC.length - 1, sha256: sha256Of(ABC) };
  assertEquals(await shelf.whole(ABC.subarray(0, -1), shorter), "file_mismatch");
  while (shelf.files.busy) await turn();
  assertEquals([contentNames(shelf.disk), shelf.listed, shelf.log.head], [[], [], 0]);
  await shelf.assertTidy();
});

Deno.test("a file of which fewer bytes come than were said waits for them, and is never listed", async () => {
  const shelf = await Shelf.open();
  assertEquals(await shelf.part(ABC, 100, { size: ABC.length + 1 }), 100);
  assertEquals([shelf.listed, contentNames(shelf.disk).length], [[], 1]);
  await shelf.assertTidy();
});

Deno.test("what broke off goes on where the disk stands, and the hash is that of the whole", async () => {
  const shelf = await Shelf.open();
  assertEquals(await shelf.part(ABC, 70_000), 70_000);
  assertEquals(await shelf.part(ABC, 150_000), 150_000);
  const upload = await begun(shelf, ABC);
  assertEquals(upload.offset, 150_000);
  await send(upload, ABC);
  assertEquals([await upload.ended, shelf.listed], ["kept", [1]]);
  assertEquals(await shelf.bytes(1), ABC);
  await shelf.assertTidy();
});

Deno.test("a part that has all its bytes needs no more of them, and one that was damaged is thrown away", async () => {
  const shelf = await Shelf.open();
  const left = await begun(shelf, ABC);
  left.start();
  for (let at = 0; at < ABC.length; at += CHUNK_BYTES_MAX) {
    left.take(at, ABC.subarray(at, at + CHUNK_BYTES_MAX));
  }
  left.stop("left");
  assertEquals([await left.ended, left.written, shelf.listed], ["left", ABC.length, []]);
  const upload = await begun(shelf, ABC);
  assertEquals(upload.offset, ABC.length);
  upload.start();
  assertEquals([await upload.ended, shelf.listed], ["kept", [1]]);
  await shelf.part(bytesOf(3, 1_000), 600);
  const name = contentNames(shelf.disk).find((name) => name.endsWith(".part"));
  shelf.disk.put(`${CONTENT}/${name}`, new Uint8Array(600));
  assertEquals(await shelf.whole(bytesOf(3, 1_000)), "file_mismatch");
  assertEquals(await shelf.whole(bytesOf(3, 1_000)), 2);
  await shelf.assertTidy();
});

Deno.test("a part that is longer than the file is begun anew", async () => {
  const shelf = await Shelf.open();
  await shelf.part(ABC, 1_000, { size: 2_000 });
  const { upload, ended } = await shelf.put(ABC, { size: 500 });
  assertEquals([upload?.offset, shelf.space.used], [0, 0]);
  upload?.stop("left");
  await upload?.ended;
  assertEquals(shelf.reports, []);
  void ended;
  await shelf.assertTidy();
});

/** What goes wrong at which operation on what path, and whether what came before counts. */
const FAULTS: readonly (readonly [Operation, RegExp, "goes on" | "begins anew"])[] = [
  ["write", /\.part$/, "goes on"],
  ["truncate", /\.part$/, "begins anew"],
  ["sync", /\.part$/, "begins anew"],
  ["rename", /\.part$/, "goes on"],
  ["syncFolder", /files$/, "goes on"],
  ["open", /\.part$/, "goes on"],
  ["read", /\.part$/, "goes on"],
  ["write", /jsonl$/, "goes on"],
];

for (const [error, code] of [[fullDisk, "storage_full"], [brokenDisk, "storage_failed"]] as const) {
  Deno.test(`a disk that fails with ${code} at any operation is told so, and the file comes whole once it is well`, async () => {
    for (const [operation, path, then] of FAULTS) {
      const shelf = await Shelf.open();
      const what = `${operation} of ${path}`;
      const begin = 100_000;
      await shelf.part(ABC, begin);
      shelf.disk.hook = (which, where) => {
        if (!path.test(where)) return null;
        // There is nothing to cut back unless a write failed before.
        return which === operation || (operation === "truncate" && which === "write") ? error() : null;
      };
      const told = path.test("a.jsonl") ? "storage_failed" : code;
      assertEquals(await shelf.whole(ABC), told, what);
      while (shelf.files.busy) await turn();
      shelf.disk.hook = () => null;
      assertEquals([shelf.listed, shelf.log.head], [[], 0], what);
      assertEquals(shelf.reports.length, 1, what);
      const again = await shelf.put(ABC);
      // Where only the entry was missing, nothing is asked for.
      if (again.upload !== null) {
        assertEquals(again.upload.offset >= begin, then === "goes on", `${what}: ${again.upload.offset}`);
        await send(again.upload, ABC);
      }
      assertEquals(await again.ended, { file: 1 }, what);
      assertEquals(await shelf.bytes(1), ABC, what);
      assertEquals(contentNames(shelf.disk), [sha256Of(ABC)]);
      await shelf.assertTidy(what);
    }
  });
}

Deno.test("a folder for files that could not be synced is tried again", async () => {
  const shelf = await Shelf.open();
  shelf.disk.hook = (operation) => operation === "syncFolder" ? brokenDisk() : null;
  await shelf.put(ABC).then(() => assert(false), (error) => assertEquals(error.code, "storage_failed"));
  shelf.disk.hook = () => null;
  assertEquals(await shelf.whole(ABC), 1);
  await shelf.assertTidy();
});

Deno.test("what comes is synced every 4 MiB, and a sync that fails there throws the part away", async () => {
  const shelf = await Shelf.open();
  const bytes = new Uint8Array(5 << 20);
  let syncs = 0;
  shelf.disk.hook = (operation, path) => {
    if (operation === "sync" && path.endsWith(".part")) syncs++;
    return operation === "sync" && syncs > 0 ? fullDisk() : null;
  };
  const { upload, ended } = await shelf.put(bytes);
  assert(upload !== null);
  await send(upload, bytes);
  const ending = await ended;
  assertEquals("code" in ending && ending.code, "storage_full");
  while (shelf.files.busy) await turn();
  assertEquals([syncs, contentNames(shelf.disk), upload.written >> 20], [1, [], 4]);
  await shelf.assertTidy();
});

Deno.test("an upload that is stopped writes what came, tells nothing more, and closes its part", async () => {
  const shelf = await Shelf.open();
  const putting = await shelf.put(ABC);
  const writing = hold(shelf.disk, "write");
  putting.upload?.start();
  putting.upload?.take(0, ABC.subarray(0, 1_000));
  await writing.reached;
  putting.upload?.take(1_000, ABC.subarray(1_000, 3_000));
  putting.upload?.stop("left");
  putting.upload?.take(3_000, ABC.subarray(3_000, 4_000));
  writing.release();
  assertEquals(await putting.upload?.ended, "left");
  assertEquals([putting.upload?.written, putting.received, putting.endings], [3_000, [], []]);
  await shelf.assertTidy();
});
