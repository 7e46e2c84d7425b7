/** Putting files: what who puts one is told, what the others see, and what is refused before a byte of it came. */

import { assertEquals } from "@std/assert";
import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "../../server/protocol/limits.ts";
import { TestKey } from "../support/keys.ts";
import {
  asked,
  begin,
  bytesOf,
  contents,
  endOf,
  failure,
  fetchFile,
  rest,
  sendPart,
  sha256Of,
} from "./file_people.ts";
import { Guest, memoryDisk, quickHouse, reopened } from "./guests.ts";
import type { TestHouseOptions } from "./support.ts";

const SIZES = [0, 1, CHUNK_BYTES_MAX, CHUNK_BYTES_MAX + 1, 2 * CHUNK_BYTES_MAX, WINDOW_BYTES + 1];

/** #tea with Bo and Kim in it. */
async function tea(options: TestHouseOptions = {}) {
  const disk = memoryDisk();
  const house = await quickHouse({ disk, ...options });
  const bo = await Guest.enter(house, "Bo", { key: new TestKey() });
  await bo.ok("create", { room: "tea" });
  const kim = await Guest.enter(house, "Kim", { rooms: ["tea"] });
  return { disk, house, bo, kim };
}

Deno.test("a file of any size is put, shown to everybody in the room, listed, and got as it was", async () => {
  const { house, bo, kim } = await tea();
  for (const [i, size] of SIZES.entries()) {
    const bytes = bytesOf(size, size);
    const answer = await bo.ok("put", asked(bytes));
    assertEquals([answer.transfer, answer.offset, answer.window], [i + 1, 0, WINDOW_BYTES]);
    assertEquals(await kim.events("entry"), [], "nothing is shown before all of it is there");
    assertEquals((await kim.ok("files", { room: "tea" })).files, await listed(kim, i));
    await sendPart(bo, i + 1, bytes, [0, size]);
    const seq = i + 1;
    assertEquals(await endOf(bo, i + 1), { type: "done", transfer: i + 1, room: "tea", file: seq, seq });
    for (const guest of [bo, kim]) {
      const [entry] = await guest.events("entry");
      assertEquals([
        entry?.kind,
        entry?.seq,
        entry?.file,
        entry?.name,
        entry?.size,
        entry?.sha256,
        entry?.from,
      ], [
        "file",
        seq,
        seq,
        "a.bin",
        size,
        sha256Of(bytes),
        "Bo",
      ]);
    }
    assertEquals(await fetchFile(kim, seq), bytes);
  }
  const { files } = await kim.ok("files", { room: "tea" });
  assertEquals(
    Array.isArray(files) && files.map(({ size, from }) => [size, from]),
    SIZES.map((size) => [size, "Bo"]),
  );
  await house.rooms.end();
});

/** The list as it is, which has `count` files. */
async function listed(guest: Guest, count: number): Promise<unknown> {
  const { files } = await guest.ok("files", { room: "tea" });
  assertEquals(Array.isArray(files) && files.length, count);
  return files;
}

Deno.test("a put that is repeated with its key is the same entry, and needs no bytes, also after a restart", async () => {
  const { disk, house, bo } = await tea();
  const bytes = bytesOf(1, 1_000);
  const file = await bo.put("tea", "a.bin", bytes, "k1");
  const repeat = async (guest: Guest) => {
    const { transfer, offset } = await begin(guest, bytes, { key: "k1" });
    const end = await endOf(guest, transfer);
    return [offset, end.type === "done" && [end.file, end.seq, end.room]];
  };
  assertEquals(await repeat(bo), [1_000, [file, file, "tea"]]);
  await bo.ok("remove", { room: "tea", file });
  assertEquals(await repeat(bo), [1_000, [file, file, "tea"]], "it was put, whatever became of it");
  const next = await reopened(house, disk);
  const kim = await Guest.enter(next, "Kim", { rooms: ["tea"] });
  assertEquals(await repeat(kim), [1_000, [file, file, "tea"]]);
  assertEquals(await next.rooms.get("tea").head(), 2);
  await next.rooms.end();
});

Deno.test("a key that was used for something else is refused, for a put and for a say, also after a restart", async () => {
  const { disk, house, bo, kim } = await tea();
  await bo.put("tea", "a.bin", bytesOf(1, 1_000), "file");
  await bo.ok("say", { room: "tea", text: "hi", key: "say" });
  for (const guest of [bo, kim, null]) {
    const who = guest ?? await Guest.enter(await reopened(house, disk), "Zoe", { rooms: ["tea"] });
    const same = bytesOf(1, 1_000);
    const outcomes = [
      await who.outcome("put", asked(bytesOf(2, 1_000), { key: "file" })),
      await who.outcome("put", asked(same, { key: "file", name: "b.bin" })),
      await who.outcome("put", asked(same, { key: "file", size: 999 })),
      await who.outcome("put", asked(same, { key: "say" })),
      await who.outcome("say", { room: "tea", text: "a.bin", key: "file" }),
      await who.outcome("say", { room: "tea", text: "", key: "file" }),
    ];
    assertEquals(outcomes, [...Array.from({ length: 5 }, () => "key_reused"), "text_empty"]);
  }
  assertEquals(contents(disk).length, 1);
});

Deno.test("two puts with one key at once, of one person and of two, are one entry", async () => {
  const { house, bo, kim } = await tea();
  const bytes = bytesOf(1, 1_000);
  const one = await begin(bo, bytes, { key: "k" });
  const other = await begin(kim, bytes, { key: "k" });
  await sendPart(bo, one.transfer, bytes, [0, 1_000]);
  await sendPart(kim, other.transfer, bytes, [0, 1_000]);
  const ends = [await endOf(bo, one.transfer), await endOf(kim, other.transfer)];
  assertEquals(ends.map((end) => end.type === "done" && end.file), [1, 1]);
  assertEquals(await house.rooms.get("tea").head(), 1);
  await house.rooms.end();
});

Deno.test("a put is refused before a byte of it came: too large, without a name, without a hash, where nobody is", async () => {
  const { disk, house, bo } = await tea({ fileBytesMax: 1_000 });
  const bytes = bytesOf(1, 1_000);
  const cases: readonly (readonly [string, object])[] = [
    ["file_too_large", { size: 1_001 }],
    ["file_too_large", { size: Number.MAX_SAFE_INTEGER }],
    ["bad_request", { size: 2 ** 53 }],
    ["bad_request", { size: -1 }],
    ["bad_request", { size: 1.5 }],
    ["bad_request", { size: "1" }],
    ["bad_request", { name: "" }],
    ["bad_request", { name: "../.." }],
    ["bad_request", { name: "\0\u202e" }],
    ["bad_request", { name: 7 }],
    ["bad_request", { sha256: "0".repeat(63) }],
    ["bad_request", { sha256: "g".repeat(64) }],
    ["bad_request", { sha256: "../../../../../../../../../../../../../../../../../../../../../../x" }],
    ["bad_request", { key: "" }],
    ["bad_request", { key: "k".repeat(65) }],
    ["no_such_room", { room: "milk" }],
    ["not_a_member", { room: "lobby" }],
  ];
  for (const [code, members] of cases) {
    assertEquals(await bo.outcome("put", asked(bytes, members)), code, JSON.stringify(members));
  }
  assertEquals(disk.names("rooms/1"), ["history", "room.json"]);
  assertEquals(await bo.put("tea", "a.bin", bytes), 1, "as large as it may be");
  await house.rooms.end();
});

Deno.test("a server that takes no files takes no empty ones either", async () => {
  const { house, bo } = await tea({ fileBytesMax: 0 });
  for (const size of [0, 1]) {
    assertEquals(await bo.outcome("put", asked(bytesOf(1, size))), "file_too_large");
  }
  await house.rooms.end();
});

Deno.test("a hash in capitals is the same hash", async () => {
  const { disk, house, bo } = await tea();
  const bytes = bytesOf(1, 100);
  const { transfer } = await begin(bo, bytes, { sha256: sha256Of(bytes).toUpperCase() });
  await sendPart(bo, transfer, bytes, [0, 100]);
  assertEquals((await endOf(bo, transfer)).type, "done");
  assertEquals([contents(disk), (await bo.events("entry"))[0]?.sha256], [[sha256Of(bytes)], sha256Of(bytes)]);
  await house.rooms.end();
});

Deno.test("a room that has no more room for files says so, for all rooms together, and what was removed makes some", async () => {
  const space = { bytesMax: 1_500, floorBytes: 0, free: () => Promise.resolve(Infinity), low: () => {} };
  const { disk, house, bo, kim } = await tea({ space });
  await bo.ok("create", { room: "milk" });
  assertEquals(await bo.put("tea", "a", bytesOf(1, 1_000)), 1);
  assertEquals(await bo.outcome("put", asked(bytesOf(2, 501), { room: "milk" })), "storage_full");
  const half = await begin(bo, bytesOf(2, 500), { room: "milk" });
  assertEquals(
    await kim.outcome("put", asked(bytesOf(3, 1))),
    "ok",
    "what may come keeps nothing from others",
  );
  await bo.ok("cancel", { transfer: half.transfer });
  await rest(house, "milk");
  await bo.ok("remove", { room: "tea", file: 1 });
  assertEquals(await bo.put("milk", "b", bytesOf(2, 1_500)), 1);
  await house.rooms.end();
  const next = await quickHouse({ disk, space });
  const zoe = await Guest.enter(next, "Zoe", { rooms: ["tea"] });
  assertEquals(await zoe.outcome("put", asked(bytesOf(3, 1))), "storage_full", "also after a restart");
  await next.rooms.end();
});

Deno.test("closing a room makes room for files elsewhere", async () => {
  const space = { bytesMax: 1_000, floorBytes: 0, free: () => Promise.resolve(Infinity), low: () => {} };
  const { disk, house, bo } = await tea({ space });
  await bo.ok("create", { room: "milk" });
  await bo.put("tea", "a", bytesOf(1, 600));
  const begun = await begin(bo, bytesOf(2, 400));
  await sendPart(bo, begun.transfer, bytesOf(2, 400), [0, 300]);
  await bo.ok("close", { room: "tea" });
  assertEquals(contents(disk), []);
  assertEquals(await bo.put("milk", "b", bytesOf(3, 1_000)), 1);
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});

Deno.test("a disk that is nearly full takes no files, and messages still", async () => {
  const space = { bytesMax: Infinity, floorBytes: 1_000, free: () => Promise.resolve(1_500), low: () => {} };
  const { house, bo } = await tea({ space });
  assertEquals(await bo.outcome("put", asked(bytesOf(1, 501))), "storage_full");
  assertEquals(await bo.put("tea", "a", bytesOf(1, 500)), 1);
  await bo.ok("say", { room: "tea", text: "hi" });
  await house.rooms.end();
});

Deno.test("who puts a file is told of in the journal, with its name in quotes", async () => {
  const told: string[] = [];
  const { house, bo } = await tea({ report: (tag, text) => void told.push(`${tag} ${text}`) });
  await bo.put("tea", 'a"b.txt', bytesOf(1, 10));
  assertEquals(told.filter((line) => line.startsWith("FILE")), ['FILE "a_b.txt", 10 bytes, in tea by Bo']);
  await house.rooms.end();
});

Deno.test("a list that is longer than a frame has pages, oldest first", async () => {
  const { house, bo } = await tea();
  for (let i = 0; i < 400; i++) await bo.put("tea", `${"x".repeat(150)}${i}`, bytesOf(1, 10));
  const seen: number[] = [];
  let pages = 0;
  for (let page: unknown = undefined, more: unknown = true; more === true; pages++) {
    const answer = await bo.ok("files", { room: "tea", page });
    if (Array.isArray(answer.files)) seen.push(...answer.files.map(({ file }) => Number(file)));
    ({ more, next: page } = answer);
  }
  assertEquals(seen, Array.from({ length: 400 }, (_, i) => i + 1));
  assertEquals(pages > 1, true);
  await house.rooms.end();
});

Deno.test("a file that is being stored has one end: nothing that comes meanwhile changes it", async () => {
  const { disk, house, bo } = await tea();
  const bytes = bytesOf(1, 100);
  const [storing, stored] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  disk.hook = async (operation, path) => {
    if (operation !== "rename" || !path.endsWith(".part")) return null;
    storing.resolve();
    await stored.promise;
    return null;
  };
  const { transfer } = await begin(bo, bytes);
  await bo.visitor.handChunk(transfer, 0, bytes);
  await storing.promise;
  await bo.visitor.handChunk(transfer, 100, bytes);
  assertEquals(await bo.outcome("cancel", { transfer }), "no_such_transfer");
  house.time.ms += 10 * 60_000;
  bo.visitor.client.checkTransfers();
  const again = bo.post({ type: "put", ...asked(bytes) });
  stored.resolve();
  await again.taken;
  const reply = await bo.reply(again.id);
  assertEquals(reply.is === "ok" && reply.body["offset"], 100, "what is there need not be sent");
  assertEquals([await failure(bo, transfer), await failure(bo, transfer + 1)], ["done", "done"]);
  assertEquals(await bo.events("failed"), []);
  await house.rooms.end();
});
