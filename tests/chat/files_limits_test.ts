/** How many transfers there are at once, how long they may stand still, and what is charged of what comes. */

import { assertEquals } from "@std/assert";
import {
  CHUNK_BYTES_MAX,
  TRANSFER_IDLE_MS_MAX,
  TRANSFERS_MAX,
  WINDOW_BYTES,
} from "../../server/protocol/limits.ts";
import { asked, begin, bytesOf, contents, endOf, failure, rest, sendPart, turn } from "./file_people.ts";
import { Guest, memoryDisk, quickHouse } from "./guests.ts";
import { NO_RATES } from "../support/no_limits.ts";
import type { TestHouseOptions } from "./support.ts";

async function tea(options: TestHouseOptions = {}) {
  const disk = memoryDisk();
  const house = await quickHouse({ disk, ...options });
  const bo = await Guest.enter(house, "Bo");
  await bo.ok("create", { room: "tea" });
  return { disk, house, bo };
}

Deno.test("so many files are on their way at once and no more, whichever way; one that ends makes room for another", async () => {
  const { disk, house, bo } = await tea();
  await bo.put("tea", "large", bytesOf(0, 2 * WINDOW_BYTES));
  const transfers: unknown[] = [];
  for (let i = 0; i < TRANSFERS_MAX; i++) {
    const answer = i % 2 === 0
      ? await bo.ok("put", asked(bytesOf(i + 1, 100)))
      : await bo.ok("get", { room: "tea", file: 1 });
    transfers.push(answer.transfer);
  }
  assertEquals(transfers, [2, 3, 4, 5, 6, 7, 8, 9]);
  const reply = await bo.ask("put", asked(bytesOf(99, 100)));
  assertEquals(reply.is === "refused" && [reply.error.code, reply.error.retryMs], ["rate_limited", 2_000]);
  assertEquals(await bo.outcome("get", { room: "tea", file: 1 }), "rate_limited");
  const kim = await Guest.enter(house, "Kim", { rooms: ["tea"] });
  assertEquals(await kim.outcome("get", { room: "tea", file: 1 }), "ok", "others have their own");
  await bo.ok("cancel", { transfer: 2 });
  assertEquals(await bo.outcome("put", asked(bytesOf(99, 100))), "ok");
  await bo.ok("cancel", { transfer: 3 });
  assertEquals(await bo.outcome("get", { room: "tea", file: 1 }), "ok");
  for (const guest of [bo, kim]) guest.drop();
  await rest(house);
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});

Deno.test("a transfer that stands still for five minutes ends with timeout, and can be gone on with", async () => {
  const { disk, house, bo } = await tea();
  const { client } = bo.visitor;
  await bo.put("tea", "large", bytesOf(0, 2 * WINDOW_BYTES));
  const bytes = bytesOf(1, 1_000);
  const put = await begin(bo, bytes);
  const { transfer: get } = await bo.ok("get", { room: "tea", file: 1 });
  house.time.ms += TRANSFER_IDLE_MS_MAX;
  await sendPart(bo, put.transfer, bytes, [0, 500]);
  client.checkTransfers();
  await bo.visitor.hand({ type: "received", transfer: get, offset: 1 });
  house.time.ms += TRANSFER_IDLE_MS_MAX;
  client.checkTransfers();
  assertEquals(await bo.outcome("ping"), "ok");
  house.time.ms += 1;
  client.checkTransfers();
  assertEquals(await failure(bo, put.transfer), "timeout");
  assertEquals(await failure(bo, Number(get)), "timeout");
  await rest(house);
  assertEquals((await begin(bo, bytes)).offset, 500);
  assertEquals(bo.visitor.finished, false);
  bo.drop();
  await rest(house);
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});

Deno.test("what moves nothing keeps no transfer alive: chunks of nothing, and a received that is no news", async () => {
  const { house, bo } = await tea();
  await bo.put("tea", "large", bytesOf(0, 2 * WINDOW_BYTES));
  const { transfer: get } = await bo.ok("get", { room: "tea", file: 1 });
  const put = await begin(bo, bytesOf(1, 1_000));
  await bo.visitor.handChunk(put.transfer, 0, new Uint8Array());
  assertEquals(await failure(bo, put.transfer), "bad_request");
  house.time.ms += TRANSFER_IDLE_MS_MAX;
  await bo.visitor.hand({ type: "received", transfer: get, offset: 0 });
  house.time.ms += 1;
  bo.visitor.client.checkTransfers();
  assertEquals(await failure(bo, Number(get)), "timeout");
  await house.rooms.end();
});

/** Bo has used two of ten requests, which are not given back. */
const RATES = { ...NO_RATES, requests: { perSecond: 0.001, burst: 10 } };

Deno.test("chunks of a file that is on its way cost no requests; others do, and crumbs, and wait when there are too many", async () => {
  const { house, bo } = await tea({ rates: RATES });
  const bytes = bytesOf(1, 50 * 4_000);
  const { transfer } = await begin(bo, bytes);
  for (let at = 0; at < bytes.length; at += 4_000) {
    await bo.visitor.handChunk(transfer, at, bytes.subarray(at, at + 4_000));
  }
  assertEquals([await failure(bo, transfer), bo.visitor.pauses.length], ["done", 0]);
  for (let i = 0; i < 6; i++) await bo.visitor.handChunk(transfer, 0, bytes.subarray(0, 4_000));
  const next = await begin(bo, bytesOf(2, 9_000));
  await bo.visitor.handChunk(next.transfer, 0, bytesOf(2, 9_000).subarray(0, 3_999));
  assertEquals(bo.visitor.pauses.length, 0);
  const waiting = Promise.resolve(bo.visitor.handChunk(99, 0, new Uint8Array(1)));
  await bo.visitor.paused(1);
  const ends: unknown[] = (await bo.events("failed")).map(({ code }) => code);
  assertEquals(ends, Array.from({ length: 6 }, () => "no_such_transfer"));
  house.time.ms += 10_000_000;
  bo.visitor.pauses[0]?.then();
  await waiting;
  assertEquals((await bo.events("failed")).map(({ transfer }) => transfer), [99]);
  await house.rooms.end();
});

Deno.test("a received that moves a file on costs no request; one that is no news does", async () => {
  const { house, bo } = await tea({ rates: { ...RATES, requests: { perSecond: 0.001, burst: 12 } } });
  await bo.put("tea", "large", bytesOf(0, 3 * WINDOW_BYTES));
  const { transfer } = await bo.ok("get", { room: "tea", file: 1 });
  for (let turns = 0; turns < 60; turns++) {
    await turn();
    await bo.events("notice");
  }
  for (let i = 1; i <= 60; i++) await bo.visitor.hand({ type: "received", transfer, offset: i * 4_000 });
  assertEquals(bo.visitor.pauses.length, 0);
  for (let i = 0; i < 4; i++) await bo.visitor.hand({ type: "received", transfer, offset: 0 });
  for (let i = 1; i <= 5; i++) await bo.visitor.hand({ type: "received", transfer, offset: 240_000 + i });
  assertEquals(bo.visitor.pauses.length, 0);
  const waiting = Promise.resolve(bo.visitor.hand({ type: "received", transfer: 99, offset: 1 }));
  await bo.visitor.paused(1);
  bo.drop();
  bo.visitor.pauses[0]?.then();
  await waiting;
  await house.rooms.end();
});

Deno.test("who does not take what it is sent has no more chunks read: the outbox does not grow", async () => {
  const { house, bo } = await tea();
  const junk = new Uint8Array(1);
  let held = 0;
  for (let i = 0; i < 5_000 && held === 0; i++) {
    if (bo.visitor.handChunk(99, 0, junk) !== undefined) held = i;
  }
  assertEquals(held > 100 && held < 2_000, true, `${held} answers wait`);
  await house.rooms.end();
});

Deno.test("cancel takes back a put and what came of it, or a get, once, and of nobody else", async () => {
  const { disk, house, bo } = await tea();
  const kim = await Guest.enter(house, "Kim", { rooms: ["tea"] });
  const bytes = bytesOf(1, 2 * CHUNK_BYTES_MAX);
  const { transfer } = await begin(bo, bytes);
  await sendPart(bo, transfer, bytes, [0, CHUNK_BYTES_MAX]);
  await bo.visitor.handChunk(transfer, CHUNK_BYTES_MAX, bytes.subarray(CHUNK_BYTES_MAX, CHUNK_BYTES_MAX + 9));
  assertEquals(await kim.outcome("cancel", { transfer }), "no_such_transfer");
  assertEquals(contents(disk).length, 1);
  assertEquals((await bo.ok("cancel", { transfer })).transfer, transfer);
  await rest(house);
  assertEquals([contents(disk), await bo.events("done"), await bo.events("failed")], [[], [], []]);
  for (const number of [transfer, 0, 99]) {
    assertEquals(await bo.outcome("cancel", { transfer: number }), "no_such_transfer");
  }
  await bo.visitor.handChunk(transfer, CHUNK_BYTES_MAX, bytes.subarray(CHUNK_BYTES_MAX));
  assertEquals(await failure(bo, transfer), "no_such_transfer");
  assertEquals((await begin(bo, bytes)).offset, 0);
  const none = await begin(bo, new Uint8Array());
  assertEquals((await endOf(bo, none.transfer)).type, "done");
  assertEquals(await bo.outcome("cancel", { transfer: none.transfer }), "no_such_transfer");
  bo.drop();
  await rest(house);
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});
