/** The files of a room: stored once, whoever puts them; gone on with by the same person; removed with their bytes. */

import { assert, assertEquals } from "@std/assert";
import { FILES_MAX } from "../../server/files/contents.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { hold, refusal } from "../history/support.ts";
import {
  brokenDisk,
  bytesOf,
  CONTENT,
  contentNames,
  roomDisk,
  send,
  sha256Of,
  Shelf,
  turn,
} from "./support.ts";

const ABC = bytesOf(1, 200_000);
const BO = { from: "Bo" };
const DAY_MS = 86_400_000;

Deno.test("the same file is stored once, however often it is put, and whoever puts it; each has an entry", async () => {
  const shelf = await Shelf.open();
  assertEquals(await shelf.whole(ABC, { name: "one" }), 1);
  const { upload, ended } = await shelf.put(ABC, { name: "two", owner: "another" });
  assertEquals([upload, await ended], [null, { file: 2 }]);
  assertEquals([contentNames(shelf.disk), shelf.space.used], [[sha256Of(ABC)], ABC.length]);
  assertEquals([...shelf.files.list(1)].map(({ name, file }) => [name, file]), [["one", 1], ["two", 2]]);
  await shelf.assertTidy();
});

Deno.test("two people who put the same file at once both come to its end, and it is stored once", async () => {
  const shelf = await Shelf.open();
  const one = await shelf.put(ABC, { owner: "one" });
  const other = await shelf.put(ABC, { owner: "other" });
  assert(one.upload !== null && other.upload !== null);
  await Promise.all([send(one.upload, ABC), send(other.upload, ABC)]);
  const files = await Promise.all([one.ended, other.ended]);
  assertEquals(files.map((end) => "file" in end && end.file).toSorted(), [1, 2]);
  while (shelf.files.busy) await turn();
  assertEquals(contentNames(shelf.disk), [sha256Of(ABC)]);
  await shelf.assertTidy();
});

Deno.test("that somebody put a file is not told to those who may not see its entry: they send all of it", async () => {
  const shelf = await Shelf.open();
  assertEquals(await shelf.whole(ABC), 1);
  const late = await shelf.put(ABC, { owner: "late", first: 2 });
  assertEquals(late.upload?.offset, 0);
  assert(late.upload !== null);
  await send(late.upload, ABC);
  assertEquals(await late.ended, { file: 2 });
  while (shelf.files.busy) await turn();
  assertEquals(contentNames(shelf.disk), [sha256Of(ABC)]);
  const again = await shelf.put(ABC, { owner: "late", first: 2 });
  assertEquals([again.upload, await again.ended], [null, { file: 3 }], "it may see its own");
  await shelf.assertTidy();
});

Deno.test("a part is its owner's and its file's alone", async () => {
  const shelf = await Shelf.open();
  await shelf.part(ABC, 100_000, { owner: "bo" });
  for (const [owner, bytes] of [["zoe", ABC], ["bo", bytesOf(2, 200_000)]] as const) {
    const { upload } = await shelf.put(bytes, { owner });
    assertEquals(upload?.offset, 0);
    upload?.stop("left");
    await upload?.ended;
  }
  assertEquals((await shelf.put(ABC, { owner: "bo", name: "another" })).upload?.offset, 100_000);
  await shelf.files.close();
  await shelf.assertTidy();
});

Deno.test("who puts the same file again while it is on its way takes it over, with all that came", async () => {
  const shelf = await Shelf.open();
  const first = await shelf.put(ABC);
  const writing = hold(shelf.disk, "write");
  first.upload?.start();
  first.upload?.take(0, ABC.subarray(0, 1_000));
  await writing.reached;
  first.upload?.take(1_000, ABC.subarray(1_000, 5_000));
  const second = shelf.put(ABC);
  await turn();
  writing.release();
  const { upload, ended } = await second;
  const ending = await first.ended;
  assertEquals(["code" in ending && ending.code, first.endings.length], ["replaced", 1]);
  assertEquals(upload?.offset, 5_000);
  assert(upload !== null);
  await send(upload, ABC);
  assertEquals([await ended, first.endings.length], [{ file: 1 }, 1]);
  await shelf.assertTidy();
});

Deno.test("who takes a file over that was never started waits for nobody", async () => {
  const shelf = await Shelf.open();
  const first = await shelf.put(ABC);
  const second = await shelf.put(ABC);
  const ending = await first.ended;
  assertEquals(["code" in ending && ending.code, second.upload?.offset], ["replaced", 0]);
  await shelf.files.close();
  assertEquals(contentNames(shelf.disk), []);
  await shelf.assertTidy();
});

Deno.test("a file of which nothing came leaves nothing, and neither does one that there is no room for", async () => {
  const shelf = await Shelf.open({ space: { bytesMax: 150_000 } });
  assertEquals(await refusal(shelf.put(ABC)), "storage_full");
  assertEquals(contentNames(shelf.disk), []);
  const { upload } = await shelf.put(ABC.subarray(0, 150_000));
  assertEquals(contentNames(shelf.disk).length, 1);
  upload?.stop("left");
  await upload?.ended;
  while (shelf.files.busy) await turn();
  assertEquals(contentNames(shelf.disk), []);
  await shelf.assertTidy();
});

Deno.test("a part that there is no room to go on with stays", async () => {
  const shelf = await Shelf.open({ space: { bytesMax: 300_000 } });
  await shelf.part(ABC, 100_000);
  await shelf.whole(bytesOf(2, 200_000), { owner: "zoe" });
  assertEquals(await refusal(shelf.put(ABC)), "storage_full");
  await shelf.files.remove(1, BO);
  assertEquals((await shelf.put(ABC)).upload?.offset, 100_000);
  await shelf.files.close();
  await shelf.assertTidy();
});

Deno.test("what is removed is gone with its bytes, unless another file has the same", async () => {
  const shelf = await Shelf.open();
  for (const name of ["one", "two"]) await shelf.whole(ABC, { name });
  assertEquals((await shelf.files.remove(1, BO)).name, "one");
  assertEquals([shelf.listed, contentNames(shelf.disk)], [[2], [sha256Of(ABC)]]);
  await shelf.files.remove(2, BO);
  assertEquals([shelf.listed, contentNames(shelf.disk), shelf.space.used], [[], [], 0]);
  assertEquals(await refusal(shelf.files.remove(1, BO)), "no_such_file");
  const entries = await shelf.log.entries(1, 4);
  assertEquals(entries.map(({ kind, file, name, from }) => [kind, file, name, from]), [
    ["file", 1, "one", "Bo"],
    ["file", 2, "two", "Bo"],
    ["removed", 1, "one", "Bo"],
    ["removed", 2, "two", "Bo"],
  ]);
  assertEquals(await shelf.whole(ABC), 5, "and can be put again");
  await shelf.assertTidy();
});

Deno.test("two who remove a file at once are not both told that they did", async () => {
  const shelf = await Shelf.open();
  await shelf.whole(ABC);
  const outcomes = await Promise.allSettled([shelf.files.remove(1, BO), shelf.files.remove(1, BO)]);
  assertEquals(outcomes.map(({ status }) => status), ["fulfilled", "rejected"]);
  assertEquals(shelf.log.head, 2);
  await shelf.assertTidy();
});

Deno.test("bytes that are removed while another is about to name them are sent again", async () => {
  const shelf = await Shelf.open();
  await shelf.whole(ABC);
  const appending = hold(shelf.disk, "write", (path) => path.endsWith("jsonl"));
  const removing = shelf.files.remove(1, BO);
  await appending.reached;
  const putting = shelf.put(ABC);
  await turn();
  appending.release();
  await removing;
  const ending = await (await putting).ended;
  assertEquals("code" in ending && ending.code, "no_such_file");
  assertEquals([shelf.listed, contentNames(shelf.disk)], [[], []]);
  assertEquals(await shelf.whole(ABC), 3);
  await shelf.assertTidy();
});

Deno.test("a file whose removal is not on the disk stays, and one whose bytes cannot be removed is gone all the same", async () => {
  const shelf = await Shelf.open();
  await shelf.whole(ABC);
  shelf.disk.hook = (operation, path) =>
    operation === "write" && path.endsWith("jsonl") ? brokenDisk() : null;
  assertEquals(await refusal(shelf.files.remove(1, BO)), "storage_failed");
  assertEquals([shelf.listed, contentNames(shelf.disk).length], [[1], 1]);
  assertEquals(await shelf.bytes(1), ABC);
  shelf.disk.hook = (operation) => operation === "remove" ? brokenDisk() : null;
  await shelf.files.remove(1, BO);
  shelf.disk.hook = () => null;
  assertEquals([shelf.listed, contentNames(shelf.disk).length], [[], 1]);
  await shelf.files.tidy(DAY_MS - 1);
  assertEquals(contentNames(shelf.disk).length, 1);
  await shelf.files.tidy(DAY_MS);
  assertEquals([contentNames(shelf.disk), shelf.reports.length], [[], 2]);
  await shelf.assertTidy();
});

Deno.test("parts go after a day in which nothing came; files that are whole stay, and so does what is not ours", async () => {
  const shelf = await Shelf.open();
  await shelf.whole(bytesOf(2, 10));
  await shelf.part(ABC, 1_000);
  shelf.disk.now = DAY_MS - 1;
  await shelf.part(ABC, 2_000, { owner: "zoe" });
  shelf.disk.put(`${CONTENT}/notes.txt`, new Uint8Array());
  await shelf.files.tidy(DAY_MS - 1);
  assertEquals(contentNames(shelf.disk).length, 4);
  await shelf.files.tidy(DAY_MS);
  assertEquals(contentNames(shelf.disk).length, 3);
  assertEquals((await shelf.put(ABC)).upload?.offset, 0);
  assertEquals((await shelf.put(ABC, { owner: "zoe" })).upload?.offset, 2_000);
  await shelf.files.tidy(10 * DAY_MS);
  assertEquals(contentNames(shelf.disk).length, 4, "what is on its way is not touched");
  await shelf.files.close();
  await shelf.files.tidy(10 * DAY_MS);
  assertEquals(contentNames(shelf.disk), [sha256Of(bytesOf(2, 10)), "notes.txt"].toSorted());
  assertEquals(await shelf.bytes(1), bytesOf(2, 10));
  await shelf.assertTidy();
});

Deno.test("an old part that is just being gone on with is not thrown away under its owner", async () => {
  const shelf = await Shelf.open();
  await shelf.part(ABC, 1_000);
  const opening = hold(shelf.disk, "size", (path) => path.endsWith(".part"));
  const putting = shelf.put(ABC);
  await opening.reached;
  const tidying = shelf.files.tidy(10 * DAY_MS);
  for (let turns = 0; turns < 20; turns++) await turn();
  opening.release();
  const { upload, ended } = await putting;
  await tidying;
  assert(upload !== null);
  await send(upload, ABC);
  assertEquals([upload.offset, await ended], [1_000, { file: 1 }]);
  await shelf.assertTidy();
});

Deno.test("who closes the files waits for what is being begun, written and stored; a part stays to be gone on with", async () => {
  const shelf = await Shelf.open();
  const running = await shelf.put(ABC);
  running.upload?.start();
  running.upload?.take(0, ABC.subarray(0, 5_000));
  const opening = hold(shelf.disk, "append", (path) => path.endsWith(".part"));
  const beginning = shelf.put(bytesOf(2, 1_000));
  await opening.reached;
  let closed = false;
  const closing = shelf.close().then(() => closed = true);
  for (let turns = 0; turns < 20; turns++) await turn();
  assertEquals(closed, false);
  opening.release();
  await Promise.all([beginning, closing]);
  assertEquals([shelf.disk.openFiles, running.endings], [0, []]);
  const next = await Shelf.open({ disk: shelf.disk });
  assertEquals([(await next.put(ABC)).upload?.offset, next.space.used], [5_000, 5_000]);
  await next.close();
});

Deno.test("who may not any more when all bytes are there has put nothing, and who may again needs not send them twice", async () => {
  const shelf = await Shelf.open();
  let may = true;
  const approve = () => {
    if (!may) throw new ProtocolError("muted", "You are muted.");
  };
  const { upload, ended } = await shelf.put(ABC, { approve });
  may = false;
  assert(upload !== null);
  await send(upload, ABC);
  const ending = await ended;
  assertEquals(["code" in ending && ending.code, shelf.listed, shelf.log.head], ["muted", [], 0]);
  may = true;
  const again = await shelf.put(ABC, { approve });
  assertEquals(again.upload?.offset, ABC.length);
  again.upload?.start();
  assertEquals(await again.ended, { file: 1 });
  await shelf.assertTidy();
});

Deno.test("bytes without an entry, as a crash leaves them, become a file when they are put, or go after a day", async () => {
  const disk = roomDisk();
  for (const bytes of [ABC, bytesOf(2, 10)]) disk.put(`${CONTENT}/${sha256Of(bytes)}`, bytes);
  const shelf = await Shelf.open({ disk });
  assertEquals([shelf.listed, shelf.space.used], [[], ABC.length + 10]);
  const { upload, ended } = await shelf.put(ABC);
  assertEquals([upload, await ended], [null, { file: 1 }]);
  await shelf.files.tidy(DAY_MS);
  assertEquals([contentNames(disk), await shelf.bytes(1)], [[sha256Of(ABC)], ABC]);
  await shelf.assertTidy();
});

Deno.test("a file that lost its end on the disk is whole again when somebody puts it", async () => {
  const disk = roomDisk();
  const first = await Shelf.open({ disk });
  await first.whole(ABC);
  await first.close();
  disk.put(`${CONTENT}/${sha256Of(ABC)}`, ABC.slice(0, 1_000));
  const shelf = await Shelf.open({ disk });
  assertEquals(await shelf.whole(ABC), 2);
  assertEquals(await shelf.bytes(1), ABC);
  await shelf.assertTidy();
});

Deno.test("a room has so many files and no more, however small they are", async () => {
  const disk = roomDisk();
  for (let i = 0; i < FILES_MAX - 1; i++) {
    disk.put(`${CONTENT}/${String(i).padStart(64, "0")}`, new Uint8Array());
  }
  const shelf = await Shelf.open({ disk });
  const last = await shelf.put(ABC);
  assertEquals(await refusal(shelf.put(bytesOf(2, 10))), "storage_full");
  last.upload?.stop("spoiled");
  await last.upload?.ended;
  while (shelf.files.busy) await turn();
  assertEquals(await shelf.whole(bytesOf(2, 10)), 1);
  assertEquals(await refusal(shelf.put(ABC)), "storage_full");
  await shelf.close();
});

Deno.test("files of which one is just being begun are busy: nobody lets go of them under it", async () => {
  const shelf = await Shelf.open();
  assertEquals(shelf.files.busy, false);
  const putting = shelf.put(ABC);
  assertEquals(shelf.files.busy, true);
  (await putting).upload?.stop("left");
  await shelf.assertTidy();
});
