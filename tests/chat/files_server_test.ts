/** Files over sockets: with a server that stops in order in the middle, or loses a connection there. */

import { assertEquals } from "@std/assert";
import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "../../server/protocol/limits.ts";
import { TestKey } from "../support/keys.ts";
import type { Peer } from "../support/peer.ts";
import { House } from "../support/server.ts";
import { asked, bytesOf, sha256Of } from "./file_people.ts";

const BYTES = bytesOf(1, WINDOW_BYTES + 3 * CHUNK_BYTES_MAX + 5);
const BO = new TestKey();

/** Sends what is missing up to `to`, as far ahead of `received` as may be. */
async function send(peer: Peer, transfer: number, [from, to]: readonly [number, number]): Promise<void> {
  let received = from;
  for (let at = from; at < to;) {
    if (at - received + CHUNK_BYTES_MAX <= WINDOW_BYTES) {
      const end = Math.min(to, at + CHUNK_BYTES_MAX);
      await peer.chunk(transfer, at, BYTES.subarray(at, end));
      at = end;
    } else received = (await peer.event("received")).offset;
  }
  while (received < to) received = (await peer.event("received")).offset;
}

/** Gets all of a file. */
async function fetchAll(peer: Peer, file: number): Promise<Uint8Array> {
  const { transfer, size } = await peer.ask("get", { room: "tea", file });
  const bytes = new Uint8Array(size);
  for (let got = 0; got < size;) {
    // Whatever is asked, the chunks that came before its answer are there then.
    await peer.upToNow();
    for (let chunk = peer.chunks.shift(); chunk !== undefined; chunk = peer.chunks.shift()) {
      bytes.set(chunk, got);
      got += chunk.length;
    }
    await peer.send({ type: "received", transfer, offset: got });
  }
  return bytes;
}

/** Ends the server in order; gives the code with which a peer is told. */
async function endWith(house: House, peer: Peer): Promise<string> {
  const closing = house.close();
  const code = await peer.ending();
  peer.close();
  await closing;
  return code;
}

Deno.test("a put goes on over sockets after its connection is lost, and after the server stopped in order", async () => {
  await using house = await House.start();
  const bo = await house.member("Bo", "lobby", BO);
  await bo.ask("create", { room: "tea" });
  const begun = await bo.ask("put", asked(BYTES));
  assertEquals([begun.offset, begun.window], [0, WINDOW_BYTES]);
  await send(bo, begun.transfer, [0, 100_000]);
  bo.close();
  const back = await house.member("Bo", "tea", BO);
  const second = await back.ask("put", asked(BYTES));
  assertEquals(second.offset, 100_000);
  await send(back, second.transfer, [100_000, WINDOW_BYTES]);
  assertEquals(await endWith(house, back), "shutting_down");
  assertEquals([...Deno.readDirSync(`${house.room(1)}/files`)].map(({ name }) => name.slice(64).length), [
    22,
  ]);
  await house.open();
  const again = await house.member("Bo", "tea", BO);
  const third = await again.ask("put", asked(BYTES));
  assertEquals(third.offset, WINDOW_BYTES);
  await send(again, third.transfer, [WINDOW_BYTES, BYTES.length]);
  const { file = 0, room } = await again.event("done");
  assertEquals([file, room], [1, "tea"]);
  const entry = await again.event("entry");
  assertEquals([entry.file, entry.size, entry.sha256], [1, BYTES.length, sha256Of(BYTES)]);
  assertEquals(await fetchAll(again, file), BYTES);
  assertEquals(house.lines.filter((line) => line.includes("[FILE]")).length, 1);
});

Deno.test("messages are answered while files go both ways, and a server stops in order in the middle of both", async () => {
  await using house = await House.start();
  const bo = await house.member("Bo", "lobby", BO);
  await bo.ask("create", { room: "tea" });
  const first = await bo.ask("put", asked(BYTES));
  await send(bo, first.transfer, [0, BYTES.length]);
  await bo.event("done");
  bo.close();
  const kim = await house.member("Kim", "tea");
  const get = await kim.ask("get", { room: "tea", file: 1 });
  const other = bytesOf(2, 1_000);
  const put = await kim.ask("put", asked(other));
  await kim.chunk(put.transfer, 0, other.subarray(0, 500));
  assertEquals((await kim.ask("say", { room: "tea", text: "hi" })).seq, 2);
  assertEquals((await kim.event("received")).offset, 500);
  while (kim.chunks.length < 4) await kim.upToNow();
  await kim.upToNow();
  assertEquals(kim.chunks.length, 4, "of which nothing was said");
  await kim.send({ type: "received", transfer: get.transfer, offset: 4 * CHUNK_BYTES_MAX });
  while (kim.chunks.length < 5) await kim.upToNow();
  assertEquals(await endWith(house, kim), "shutting_down");
  await house.open();
  const back = await house.member("Kim", "tea");
  assertEquals((await back.ask("put", asked(other))).offset, 500);
});

Deno.test("what a server takes is said in its hello, and what is larger is refused", async () => {
  await using house = await House.start({ fileBytesMax: 1_000, filesBytesMax: 1_500 });
  const bo = await house.connect();
  assertEquals((await bo.hello("Bo")).limits.file, 1_000);
  await bo.ask("create", { room: "tea" });
  assertEquals(await bo.refusal("put", asked(bytesOf(1, 1_001))), "file_too_large");
  const { transfer } = await bo.ask("put", asked(bytesOf(1, 1_000)));
  await bo.chunk(transfer, 0, bytesOf(1, 1_000));
  await bo.event("done");
  assertEquals(await bo.refusal("put", asked(bytesOf(2, 501))), "storage_full");
});

Deno.test("a server that starts removes what has been kept for long enough: it may never run for an hour", async () => {
  await using house = await House.start({ keepFilesMs: 1 });
  const bo = await house.member("Bo", "lobby", BO);
  await bo.ask("create", { room: "tea" });
  const { transfer } = await bo.ask("put", asked(BYTES));
  await send(bo, transfer, [0, BYTES.length]);
  await bo.event("done");
  bo.close();
  await house.close();
  await house.open();
  const back = await house.member("Bo", "lobby", BO);
  await back.ask("join", { room: "tea", after: 0 });
  const entries = await back.entries(2);
  assertEquals(entries.map(({ kind, file, from }) => [kind, file, from]), [
    ["file", 1, "Bo"],
    ["removed", 1, "server"],
  ]);
  assertEquals((await back.ask("files", { room: "tea" })).files, []);
});
