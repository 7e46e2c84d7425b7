/** Getting files: from any offset, as fast as the receiver says, and never in the way of what people say. */

import { assert, assertEquals } from "@std/assert";
import type { FromServer } from "../../server/protocol/decoding.ts";
import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "../../server/protocol/limits.ts";
import { brokenDisk } from "../files/support.ts";
import { TestKey } from "../support/keys.ts";
import { bytesOf, contents, failure, fetchFile, rest, turn } from "./file_people.ts";
import { FOLDER, Guest, memoryDisk, quickHouse } from "./guests.ts";
import { type ChunkCopy, messagesIn } from "./support.ts";

/** #tea, in which Bo has put these files; Kim is in it, too. */
async function tea(...files: readonly Uint8Array[]) {
  const disk = memoryDisk();
  const reports: string[] = [];
  const house = await quickHouse({ disk, report: (tag, text) => void reports.push(`${tag} ${text}`) });
  const bo = await Guest.enter(house, "Bo", { key: new TestKey() });
  await bo.ok("create", { room: "tea" });
  for (const [i, bytes] of files.entries()) await bo.put("tea", `${i}.bin`, bytes);
  const kim = await Guest.enter(house, "Kim", { rooms: ["tea"] });
  return { disk, house, bo, kim, reports };
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await turn();
}

Deno.test("a file is got from its beginning, its middle, its end, and not from beyond", async () => {
  const bytes = bytesOf(1, 2 * CHUNK_BYTES_MAX + 9);
  const { disk, house, kim } = await tea(bytes);
  for (const offset of [0, 1, CHUNK_BYTES_MAX, CHUNK_BYTES_MAX + 1, bytes.length - 1, bytes.length]) {
    assertEquals(await fetchFile(kim, 1, offset), bytes.slice(offset), `from ${offset}`);
  }
  for (const offset of [bytes.length + 1, 2 ** 52, -1, 0.5]) {
    assertEquals(await kim.outcome("get", { room: "tea", file: 1, offset }), "bad_request", `from ${offset}`);
  }
  for (const file of [2, 99, Number.MAX_SAFE_INTEGER]) {
    assertEquals(await kim.outcome("get", { room: "tea", file }), "no_such_file");
  }
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});

Deno.test("a message waits behind one chunk at most, and a chunk behind one round of messages", async () => {
  const { house, bo, kim } = await tea(bytesOf(1, 7 * CHUNK_BYTES_MAX));
  const { client } = kim.visitor;
  const { transfer } = await kim.ok("get", { room: "tea", file: 1 });
  const order: string[] = [];
  for (let round = 0; round < 6; round++) {
    await bo.ok("say", { room: "tea", text: `${round}` });
    await settle();
    // Two writes a round: there is a chunk and a message for each.
    for (let write = 0; write < 2; write++) {
      const chunks: ChunkCopy[] = [];
      const messages: FromServer[] = messagesIn(await client.take() ?? new Uint8Array(), chunks);
      assert(chunks.length + messages.length > 0 && !(chunks.length > 0 && messages.length > 0));
      order.push(chunks.length > 0 ? "chunk" : "message");
      assert(chunks.length <= 1, "one chunk a write");
      for (const { offset, bytes } of chunks) {
        await kim.visitor.hand({ type: "received", transfer, offset: offset + bytes.length });
      }
      await settle();
    }
  }
  assertEquals(order.filter((what) => what === "chunk").length, 6);
  const pairs = order.map((what, i) => what === order[i + 1] && what === order[i + 2]);
  assertEquals(pairs.includes(true), false, order.join(" "));
  await house.rooms.end();
});

Deno.test("what comes while a file is got is not late: entries and replies go out with the next write or the one after", async () => {
  const { house, bo, kim } = await tea(bytesOf(1, 7 * CHUNK_BYTES_MAX));
  await kim.ok("get", { room: "tea", file: 1 });
  await settle();
  for (let round = 0; round < 3; round++) {
    await bo.ok("say", { room: "tea", text: "now" });
    const taken = [await kim.visitor.client.take(), await kim.visitor.client.take()];
    const texts = taken.flatMap((bytes) => messagesIn(bytes ?? new Uint8Array())).flatMap((message) =>
      message.is === "event" && message.event.type === "entry" ? message.event.text : []
    );
    assertEquals(texts, ["now"], `round ${round}`);
    await settle();
  }
  await house.rooms.end();
});

Deno.test("two files that are got at once share the connection, a chunk each in turn", async () => {
  const one = bytesOf(1, 6 * CHUNK_BYTES_MAX);
  const { house, kim } = await tea(one, bytesOf(2, 6 * CHUNK_BYTES_MAX));
  for (const file of [1, 2]) await kim.post({ type: "get", room: "tea", file }).taken;
  const transfers: number[] = [];
  while (transfers.length < 10) {
    const bytes = await kim.visitor.client.take();
    const chunks: ChunkCopy[] = [];
    messagesIn(bytes ?? new Uint8Array(), chunks);
    for (const { transfer, offset, bytes } of chunks) {
      transfers.push(transfer);
      await kim.visitor.hand({ type: "received", transfer, offset: offset + bytes.length });
    }
    await settle();
  }
  assertEquals(
    transfers.some((transfer, i) => i > 1 && transfer === transfers[i - 1]),
    false,
    transfers.join(),
  );
  await house.rooms.end();
});

Deno.test("who says nothing of what came is sent a part of the window; a lie about it moves nothing, and a get goes on after it", async () => {
  const bytes = bytesOf(1, 2 * WINDOW_BYTES);
  const { house, kim } = await tea(bytes);
  const { transfer } = await kim.ok("get", { room: "tea", file: 1 });
  const count = async () => {
    await settle();
    await kim.events("notice");
    for (let turns = 0; turns < 40; turns++) {
      await turn();
      await kim.events("notice");
    }
    return kim.visitor.chunks.length;
  };
  assertEquals(await count(), 4);
  const lies = [
    { transfer, offset: WINDOW_BYTES + 1 },
    { transfer, offset: bytes.length },
    { transfer, offset: 0 },
    { transfer: 99, offset: 10 },
    { transfer: 0, offset: 10 },
  ];
  for (const lie of lies) await kim.visitor.hand({ type: "received", ...lie });
  // Not even one that the protocol does not know ends anything.
  await kim.visitor.hand({ type: "received", transfer, offset: -1 });
  await kim.visitor.hand({ type: "received" });
  assertEquals([await count(), kim.visitor.finished], [4, false]);
  for (let chunks = 4; chunks < 16; chunks = await count()) {
    await kim.visitor.hand({ type: "received", transfer, offset: chunks * CHUNK_BYTES_MAX });
  }
  assertEquals(await failure(kim, Number(transfer)), "done");
  const got = kim.visitor.chunks.flatMap(({ bytes }) => [...bytes]);
  assertEquals(new Uint8Array(got), bytes);
  await house.rooms.end();
});

Deno.test("received about somebody else's get moves nothing of it", async () => {
  const { house, bo, kim } = await tea(bytesOf(1, 2 * WINDOW_BYTES));
  const { transfer } = await kim.ok("get", { room: "tea", file: 1 });
  const take = async () => {
    for (let turns = 0; turns < 60; turns++) {
      await turn();
      await kim.events("notice");
    }
  };
  await take();
  const before = kim.visitor.chunks.length;
  await bo.visitor.hand({ type: "received", transfer, offset: WINDOW_BYTES });
  await take();
  assertEquals([before, kim.visitor.chunks.length], [4, 4]);
  await house.rooms.end();
});

Deno.test("a file that is removed while it is got ends with no_such_file, and so for who stands still", async () => {
  const { disk, house, bo, kim } = await tea(bytesOf(1, 2 * WINDOW_BYTES));
  const one = await kim.ok("get", { room: "tea", file: 1 });
  await bo.ok("remove", { room: "tea", file: 1 });
  assertEquals(await failure(kim, Number(one.transfer)), "no_such_file");
  assertEquals([kim.visitor.finished, contents(disk)], [false, []]);
  await bo.put("tea", "b", bytesOf(2, 2 * WINDOW_BYTES));
  const two = await kim.ok("get", { room: "tea", file: 3 });
  for (let turns = 0; turns < 60; turns++) {
    await turn();
    await kim.events("notice");
  }
  await bo.ok("remove", { room: "tea", file: 3 });
  kim.visitor.client.checkTransfers();
  assertEquals(await failure(kim, Number(two.transfer)), "no_such_file");
  await turn();
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});

Deno.test("content that cannot be opened, read, or is cut short is told to who gets it and to the operator; the rest goes on", async () => {
  const bytes = bytesOf(1, 3 * CHUNK_BYTES_MAX);
  const { disk, house, kim, reports } = await tea(bytes);
  const path = `${FOLDER}/1/files/${contents(disk)[0]}`;
  for (const failing of ["open", "read"] as const) {
    disk.hook = (operation, where) => operation === failing && where === path ? brokenDisk() : null;
    if (failing === "open") {
      assertEquals(await kim.outcome("get", { room: "tea", file: 1 }), "storage_failed");
    } else {
      const { transfer } = await kim.ok("get", { room: "tea", file: 1 });
      assertEquals(await failure(kim, Number(transfer)), "storage_failed");
    }
    assertEquals(reports.pop(), "ERROR room tea: file 1 cannot be read: Input/output error (os error 5)");
  }
  disk.hook = () => null;
  assertEquals(await fetchFile(kim, 1), bytes, "once it can be read again");
  disk.put(path, bytes.slice(0, -1));
  const { transfer } = await kim.ok("get", { room: "tea", file: 1 });
  assertEquals(await failure(kim, Number(transfer)), "storage_failed");
  assertEquals(
    reports.pop(),
    `ERROR room tea: file 1 cannot be read: a file ends at ${bytes.length - 1}, before its end`,
  );
  assertEquals(await kim.outcome("say", { room: "tea", text: "hi" }), "ok");
  await rest(house);
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});

Deno.test("a get that is cancelled, or whose connection goes, at any time leaves no file open and sends nothing more", async () => {
  for (let stage = 0; stage < 12; stage++) {
    for (const how of ["cancel", "drop"] as const) {
      const { disk, house, kim } = await tea(bytesOf(1, 4 * CHUNK_BYTES_MAX));
      const open = disk.openFiles;
      const { transfer } = await kim.ok("get", { room: "tea", file: 1 });
      for (let step = 0; step < stage; step++) {
        if (step % 3 === 2) await kim.events("notice");
        await turn();
      }
      if (how === "cancel") await kim.outcome("cancel", { transfer });
      else kim.drop();
      const before = kim.visitor.chunks.length;
      for (let turns = 0; turns < 20; turns++) {
        await turn();
        await kim.events("notice");
      }
      assertEquals(kim.visitor.chunks.length, before, `${how} at ${stage}`);
      assertEquals(disk.openFiles, open);
      await house.rooms.end();
    }
  }
});

Deno.test("who says what came only when the window is full is sent all of it, after a moment the first time", async () => {
  const { house, kim } = await tea(bytesOf(1, 2 * WINDOW_BYTES));
  const { transfer } = await kim.ok("get", { room: "tea", file: 1 });
  const count = async () => {
    for (let turns = 0; turns < 60; turns++) {
      await turn();
      await kim.events("notice");
    }
    return kim.visitor.chunks.length;
  };
  assertEquals(await count(), 4);
  house.time.ms += 2_000;
  kim.visitor.client.checkTransfers();
  assertEquals(await count(), 8);
  await kim.visitor.hand({ type: "received", transfer, offset: WINDOW_BYTES });
  assertEquals(await count(), 16);
  assertEquals(await failure(kim, Number(transfer)), "done");
  await house.rooms.end();
});
