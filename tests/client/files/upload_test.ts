import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CHUNK_BYTES_MAX } from "../../../server/protocol/limits.ts";
import { entry, turn } from "../support.ts";
import { bytesOf, MemorySource, Scene, sha256 } from "./support.ts";

/** What a source is opened with, where it is in memory. */
function opening(source: MemorySource) {
  return () => Promise.resolve(source);
}

Deno.test("a file is announced with its name, size and hash, sent in order, and ends as an entry", async () => {
  await using scene = await Scene.open();
  const bytes = bytesOf(150_000);
  const source = new MemorySource(bytes);
  const transfer = scene.transfers.put("lobby", opening(source), "report.pdf");
  const put = await scene.takePut(7, 0, 8 * CHUNK_BYTES_MAX);
  assertEquals([put["room"], put["name"], put["size"], put["sha256"], put["key"]], [
    "lobby",
    "report.pdf",
    150_000,
    sha256(bytes),
    "k1",
  ]);
  assertEquals(await scene.takeBytes(7, 0, 150_000), bytes);
  await scene.peer.send({ type: "done", transfer: 7, room: "lobby", file: 12, seq: 12 });
  const { end, transfer: told } = await scene.events.until("transfer");
  assertEquals(end, { is: "put", room: "lobby", file: 12, seq: 12, name: "report.pdf" });
  assertEquals(await transfer.ended, end);
  assert(told === transfer);
  assertEquals([transfer.number, transfer.way, transfer.moved, transfer.stage], [1, "put", 150_000, "over"]);
  assertEquals([source.closed, scene.transfers.active], [1, []]);
});

Deno.test("no more than the window goes out ahead of what the server has received", async () => {
  await using scene = await Scene.open();
  const bytes = bytesOf(100_000);
  scene.transfers.put("lobby", opening(new MemorySource(bytes)), "report.pdf");
  await scene.takePut(1, 0, 30_000);
  assertEquals((await scene.peer.chunk()).bytes.length, 30_000);
  // A ping that is answered shows that nothing else went out before.
  await scene.peer.send({ type: "ping" });
  await scene.peer.expect("pong");
  await scene.peer.send({ type: "received", transfer: 1, offset: 10_000 });
  const next = await scene.peer.chunk();
  assertEquals([next.offset, next.bytes.length], [30_000, 10_000]);
  await scene.peer.send({ type: "ping" });
  await scene.peer.expect("pong");
  await scene.peer.send({ type: "received", transfer: 1, offset: 40_000 });
  assertEquals((await scene.peer.chunk()).bytes.length, 30_000);
  await scene.peer.send({ type: "done", transfer: 1, room: "lobby", file: 1, seq: 1 });
  await scene.events.until("transfer");
});

Deno.test("a server that says what it has only now and then is sent the whole window after a while", async () => {
  await using scene = await Scene.open();
  const bytes = bytesOf(12 * CHUNK_BYTES_MAX);
  scene.transfers.put("lobby", opening(new MemorySource(bytes)), "report.pdf");
  await scene.takePut(1, 0, 12 * CHUNK_BYTES_MAX);
  for (let chunk = 0; chunk < 4; chunk++) {
    assertEquals((await scene.peer.chunk()).offset, chunk * CHUNK_BYTES_MAX);
  }
  // A ping that is answered shows that nothing else went out before.
  await scene.peer.send({ type: "ping" });
  await scene.peer.expect("pong");
  await turn();
  scene.clock.advance(2_000);
  for (let chunk = 4; chunk < 12; chunk++) {
    assertEquals((await scene.peer.chunk()).offset, chunk * CHUNK_BYTES_MAX);
  }
  await scene.peer.send({ type: "done", transfer: 1, room: "lobby", file: 1, seq: 1 });
  await scene.events.until("transfer");
});

Deno.test("an empty file needs no chunk", async () => {
  await using scene = await Scene.open();
  scene.transfers.put("lobby", opening(new MemorySource(new Uint8Array())), "empty");
  assertEquals((await scene.takePut(1, 0, 10))["size"], 0);
  await scene.peer.send({ type: "done", transfer: 1, room: "lobby", file: 1, seq: 1 });
  assertEquals((await scene.events.until("transfer")).end.is, "put");
});

Deno.test("a put that the server has already is done without a byte", async () => {
  await using scene = await Scene.open();
  scene.transfers.put("lobby", opening(new MemorySource(bytesOf(10))), "report.pdf");
  const put = await scene.peer.expect("put");
  await scene.peer.send(
    { type: "ok", re: put["id"], transfer: 1, offset: 10, window: 10 },
    { type: "done", transfer: 1, room: "lobby", file: 3, seq: 3 },
  );
  assertEquals((await scene.events.until("transfer")).end.is, "put");
});

Deno.test("after a drop it is put again with its key, and goes on where the server says", async () => {
  await using scene = await Scene.open();
  const bytes = bytesOf(90_000);
  const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytes)), "report.pdf");
  const first = await scene.takePut(1, 0, 50_000);
  await scene.peer.chunk();
  await scene.reconnect();
  const again = await scene.takePut(1, 20_000, 50_000);
  assertEquals([again["key"], again["sha256"]], [first["key"], first["sha256"]]);
  assertEquals(await scene.takeBytes(1, 20_000, 90_000), bytes.subarray(20_000));
  await scene.peer.send({ type: "done", transfer: 1, room: "lobby", file: 1, seq: 1 });
  assertEquals((await transfer.ended).is, "put");
});

Deno.test("a put whose answer was lost with its connection is asked again", async () => {
  await using scene = await Scene.open();
  const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(5))), "report.pdf");
  const first = await scene.peer.expect("put");
  await scene.reconnect();
  const again = await scene.takePut(4, 0, 50_000);
  assertEquals(again["key"], first["key"]);
  await scene.takeBytes(4, 0, 5);
  await scene.peer.send({ type: "done", transfer: 4, room: "lobby", file: 1, seq: 1 });
  assertEquals((await transfer.ended).is, "put");
});

Deno.test("after a reconnect a put waits for its room, which does not take us back yet", async () => {
  await using scene = await Scene.open();
  const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(5))), "report.pdf");
  await scene.takePut(1, 0, 50_000);
  scene.peer.close();
  await scene.events.until("waiting");
  scene.clock.advance(10_000);
  const { peer } = await scene.server.welcome({ resumed: true });
  scene.peer = peer;
  await peer.refuse(await peer.expect("join"), "storage_failed", "Later.", { retry_ms: 2_000 });
  await scene.events.until("delayed");
  await peer.send({ type: "ping" });
  await peer.expect("pong");
  scene.clock.advance(5_000);
  await peer.admit(0);
  await scene.takePut(1, 0, 50_000);
  await scene.takeBytes(1, 0, 5);
  await peer.send({ type: "done", transfer: 1, room: "lobby", file: 1, seq: 1 });
  assertEquals((await transfer.ended).is, "put");
});

Deno.test("a refusal that passes is asked again after the time that the server says", async () => {
  await using scene = await Scene.open();
  const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(5))), "report.pdf");
  await scene.peer.refuse(await scene.peer.expect("put"), "rate_limited", "Slower.", { retry_ms: 3_000 });
  await scene.peer.send(entry(1));
  await scene.events.until("entry");
  await turn();
  scene.clock.advance(2_999);
  await scene.peer.send({ type: "ping" });
  await scene.peer.expect("pong");
  scene.clock.advance(1);
  await scene.takePut(1, 0, 100);
  await scene.takeBytes(1, 0, 5);
  await scene.peer.send({ type: "done", transfer: 1, room: "lobby", file: 2, seq: 2 });
  await scene.peer.send({ ...entry(2) });
  assertEquals((await transfer.ended).is, "put");
});

Deno.test("a refusal that passes is asked again ten times and no more", async () => {
  await using scene = await Scene.open();
  const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(5))), "report.pdf");
  for (let i = 1; i <= 10; i++) {
    await scene.peer.refuse(await scene.peer.expect("put"), "storage_failed", `No ${i}.`);
    // What is read after it shows that the refusal was.
    await scene.peer.send(entry(i));
    await scene.events.until("entry");
    await turn();
    scene.clock.advance(10_000);
  }
  const end = await transfer.ended;
  assert(end.is === "failed");
  assertEquals([end.error.code, end.error.message], ["storage_failed", "No 10."]);
});

Deno.test("a refusal that does not pass ends the transfer with the server's sentence", async () => {
  await using scene = await Scene.open();
  const source = new MemorySource(bytesOf(5));
  const transfer = scene.transfers.put("lobby", opening(source), "report.pdf");
  await scene.peer.refuse(await scene.peer.expect("put"), "not_a_member", "You are not in it.");
  const end = await transfer.ended;
  assert(end.is === "failed");
  assertEquals([end.error.code, end.error.message, source.closed], ["not_a_member", "You are not in it.", 1]);
});

Deno.test("a mismatch after going on is put once more from the start, a second one means that the file changed", async () => {
  await using scene = await Scene.open();
  const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(50))), "report.pdf");
  await scene.takePut(1, 20, 100);
  await scene.takeBytes(1, 20, 50);
  await scene.peer.send({ type: "failed", transfer: 1, code: "file_mismatch", message: "Another." });
  await scene.takePut(2, 0, 100);
  await scene.takeBytes(2, 0, 50);
  await scene.peer.send({ type: "failed", transfer: 2, code: "file_mismatch", message: "Another." });
  const end = await transfer.ended;
  assert(end.is === "failed");
  assertEquals(end.error.code, "file_mismatch");
  assertStringIncludes(end.error.message, "changed while it was sent");
});

Deno.test("a mismatch of a file that has changed is not tried again", async () => {
  await using scene = await Scene.open();
  const source = new MemorySource(bytesOf(50));
  const transfer = scene.transfers.put("lobby", opening(source), "report.pdf");
  source.other = true;
  await scene.takePut(1, 20, 100);
  await scene.takeBytes(1, 20, 50);
  await scene.peer.send({ type: "failed", transfer: 1, code: "file_mismatch", message: "Another." });
  const end = await transfer.ended;
  assert(end.is === "failed");
  assertStringIncludes(end.error.message, "changed while it was sent");
});

Deno.test("a file that became shorter while it is sent is cancelled, and the sentence says why", async () => {
  await using scene = await Scene.open();
  const source = new MemorySource(bytesOf(100_000));
  const transfer = scene.transfers.put("lobby", opening(source), "report.pdf");
  source.end = 70_000;
  await scene.takePut(1, 0, 500_000);
  await scene.peer.chunk();
  await scene.takeCancel(1);
  const end = await transfer.ended;
  assert(end.is === "failed");
  assertStringIncludes(end.error.message, "changed while it was sent");
});

for (
  const [what, breach] of [
    ["acknowledges bytes that were not sent", { type: "received", transfer: 1, offset: 21 }],
    ["names no entry when all is done", { type: "done", transfer: 1 }],
  ] as const
) {
  Deno.test(`a server that ${what} fails that transfer, and the connection goes on`, async () => {
    await using scene = await Scene.open();
    const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(40))), "report.pdf");
    await scene.takePut(1, 0, 20);
    await scene.peer.chunk();
    await scene.peer.send(breach);
    if (breach.type === "received") await scene.takeCancel(1);
    const end = await transfer.ended;
    assert(end.is === "failed");
    assertEquals(end.error.code, "bad_frame");
    await scene.peer.send(entry(1));
    await scene.events.until("entry");
  });
}

for (const answer of [{ offset: 41, window: 100 }, { offset: 0, window: 0 }]) {
  Deno.test(`an impossible answer to a put is cancelled: ${JSON.stringify(answer)}`, async () => {
    await using scene = await Scene.open();
    const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(40))), "report.pdf");
    await scene.takePut(1, answer.offset, answer.window);
    await scene.takeCancel(1);
    const end = await transfer.ended;
    assertEquals(end.is === "failed" && end.error.code, "bad_frame");
  });
}

Deno.test("a second transfer under the number of the first fails, and the first goes on", async () => {
  await using scene = await Scene.open();
  const first = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(40))), "one");
  await scene.takePut(1, 0, 20);
  await scene.peer.chunk();
  const second = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(41))), "two");
  await scene.takePut(1, 0, 20);
  const end = await second.ended;
  assertEquals(end.is === "failed" && end.error.code, "bad_frame");
  await scene.peer.send({ type: "received", transfer: 1, offset: 20 });
  await scene.peer.chunk();
  await scene.peer.send({ type: "done", transfer: 1, room: "lobby", file: 1, seq: 1 });
  assertEquals((await first.ended).is, "put");
});

Deno.test("words about transfers that there are not are passed over", async () => {
  await using scene = await Scene.open();
  await scene.peer.send(
    { type: "received", transfer: 9, offset: 4 },
    { type: "done", transfer: 9, room: "lobby", file: 1, seq: 1 },
    { type: "failed", transfer: 9, code: "storage_failed", message: "No." },
    entry(1),
  );
  assertEquals((await scene.events.until("entry")).event.seq, 1);
});

Deno.test("the same file into the same room a second time is refused while the first is on its way", async () => {
  await using scene = await Scene.open();
  const first = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(5))), "report.pdf");
  const put = await scene.peer.expect("put");
  const copy = new MemorySource(bytesOf(5));
  const second = await scene.transfers.put("lobby", opening(copy), "report.pdf").ended;
  assert(second.is === "failed");
  assertEquals([second.error.code, copy.closed], ["bad_request", 1]);
  await scene.peer.ok(put, { transfer: 1, offset: 5, window: 9 });
  await scene.peer.send({ type: "done", transfer: 1, room: "lobby", file: 1, seq: 1 });
  assertEquals((await first.ended).is, "put");
});

Deno.test("eight files move at a time, and the ninth when one of them has ended", async () => {
  await using scene = await Scene.open();
  const all = Array.from(
    { length: 9 },
    (_, i) => scene.transfers.put("lobby", opening(new MemorySource(bytesOf(10 + i))), `file ${i}`),
  );
  for (let i = 1; i <= 8; i++) await scene.takePut(i, 0, 5);
  for (let i = 1; i <= 8; i++) await scene.peer.chunk();
  assertEquals([all[8]?.stage, scene.transfers.active.length], ["waiting", 9]);
  await scene.peer.send({ type: "failed", transfer: 3, code: "storage_full", message: "Full." });
  assertEquals((await scene.takePut(9, 18, 5))["name"], "report.pdf");
  await scene.peer.send({ type: "done", transfer: 9, room: "lobby", file: 1, seq: 1 });
  assertEquals((await all[8]?.ended)?.is, "put");
  scene.transfers.cancelAll();
  for (let i = 0; i < 7; i++) {
    const cancel = await scene.peer.expect("cancel");
    await scene.peer.ok(cancel, { transfer: cancel["transfer"] });
  }
  await scene.transfers.settled();
  assertEquals(
    (await Promise.all(all.map((one) => one.ended))).map((end) => end.is),
    [..."ccfcccccp"].map((c) => ({ c: "cancelled", f: "failed", p: "put" })[c]),
  );
});

Deno.test("a put that is cancelled while it is read, waits, or moves is over, and the server hears of the last", async () => {
  await using scene = await Scene.open();
  const reading = scene.transfers.put("lobby", ({ signal }) =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
    }), "slow");
  assertEquals(reading.stage, "reading");
  reading.cancel();
  assertEquals(await reading.ended, { is: "cancelled" });

  const asked = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(9))), "asked");
  const put = await scene.peer.expect("put");
  asked.cancel();
  assertEquals(await asked.ended, { is: "cancelled" });
  // The answer comes too late, and is answered with a cancel.
  await scene.peer.ok(put, { transfer: 3, offset: 0, window: 100 });
  await scene.takeCancel(3);

  const source = new MemorySource(bytesOf(8));
  const moving = scene.transfers.put("lobby", opening(source), "moving");
  await scene.takePut(4, 0, 4);
  await scene.peer.chunk();
  assertEquals(moving.stage, "moving");
  moving.cancel();
  await scene.takeCancel(4);
  assertEquals([await moving.ended, source.closed], [{ is: "cancelled" }, 1]);
});

Deno.test("a put that was done before its cancel was heard is done", async () => {
  await using scene = await Scene.open();
  const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(8))), "late");
  await scene.takePut(4, 0, 100);
  await scene.peer.chunk();
  transfer.cancel();
  const cancel = await scene.peer.expect("cancel");
  await scene.peer.send({ type: "done", transfer: 4, room: "lobby", file: 5, seq: 5 });
  await scene.peer.refuse(cancel, "no_such_transfer");
  await scene.peer.send(entry(5));
  assertEquals((await transfer.ended).is, "put");
});

Deno.test("the end of the session fails what is on its way, and what is begun later", async () => {
  const scene = await Scene.open();
  const source = new MemorySource(bytesOf(8));
  const transfer = scene.transfers.put("lobby", opening(source), "report.pdf");
  await scene.takePut(4, 0, 4);
  await scene.peer.chunk();
  await scene[Symbol.asyncDispose]();
  const end = await transfer.ended;
  assertEquals([end.is === "failed" && end.error.message, source.closed], ["The session has ended.", 1]);
  const late = await scene.transfers.put("lobby", opening(source), "report.pdf").ended;
  assertEquals(late.is === "failed" && late.error.message, "The session has ended.");
  assertEquals((await scene.events.rest()).map(({ is }) => is).slice(-2), ["transfer", "ended"]);
  assertEquals(scene.clock.pending, 0);
});

Deno.test("a put that is cancelled while there is no connection never goes out, and nobody waits for it", async () => {
  await using scene = await Scene.open();
  scene.peer.close();
  await scene.events.until("waiting");
  const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(8))), "report.pdf");
  await turn();
  transfer.cancel();
  assertEquals(await transfer.ended, { is: "cancelled" });
  await scene.session.drained();
  scene.clock.advance(10_000);
  const { peer } = await scene.server.welcome({ resumed: true });
  scene.peer = peer;
  await peer.admit(0);
  const said = scene.session.say("lobby", "hello");
  // What would have been sent before that was not.
  assertEquals((await peer.store(1))["text"], "hello");
  await said;
  await peer.send(entry(1));
});
