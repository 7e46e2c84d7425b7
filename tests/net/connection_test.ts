/** One connection: its times, its writer, its end. */

import { assertEquals, assertLess } from "@std/assert";
import { encodeMessage } from "../../server/protocol/frames.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { messagesIn } from "../chat/support.ts";
import { Bench, FakeSocket, FakeTlsSocket, settled } from "./support.ts";

const HELLO = { type: "hello", id: 1, protocol: 1 };

/** A connection that has said hello. */
async function greeted(): Promise<Bench> {
  const bench = new Bench(new FakeSocket());
  await bench.socket.comes(HELLO);
  return bench;
}

function typesIn(bytes: readonly number[]): string[] {
  return messagesIn(new Uint8Array(bytes)).map((message) =>
    message.is === "event" ? message.event.type : message.is === "ending" ? message.error.code : message.is
  );
}

Deno.test("without a hello within 10 seconds a connection gets timeout and is closed", async () => {
  const bench = new Bench(new FakeSocket());
  await bench.passes(10_000);
  assertEquals([bench.endpoint.errors.length, bench.socket.closes], [0, 0]);
  await bench.passes(1_000);
  await bench.running;
  assertEquals([typesIn(bench.socket.got), bench.socket.closes], [["timeout"], 1]);
});

Deno.test("after 30 seconds of silence a sign of life is asked for, once, and 90 without one end it with timeout", async () => {
  const bench = await greeted();
  await bench.passes(30_000);
  assertEquals(bench.socket.got, []);
  await bench.passes(1_000);
  assertEquals(typesIn(bench.socket.got), ["ping"]);
  await bench.passes(59_000);
  assertEquals(typesIn(bench.socket.got), ["ping"]);
  await bench.passes(2_000);
  await bench.running;
  assertEquals(typesIn(bench.socket.got), ["ping", "timeout"]);
});

Deno.test("whatever comes is life, and the next silence is asked about again", async () => {
  const bench = await greeted();
  for (let i = 0; i < 10; i++) {
    await bench.passes(31_000);
    assertEquals(typesIn(bench.socket.got).length, i + 1);
    await bench.socket.comes({ type: "pong" });
  }
  assertEquals([bench.socket.closes, bench.endpoint.errors], [0, []]);
  bench.connection.close();
  await bench.running;
});

Deno.test("a peer whose requests are held is not silent, hears that we are there, and may be silent again after that", async () => {
  const bench = await greeted();
  const held = Promise.withResolvers<void>();
  bench.endpoint.hold = held.promise;
  await bench.socket.comes({ type: "search" });
  await bench.passes(310_000);
  assertEquals([bench.socket.closes, bench.endpoint.errors], [0, []]);
  assertEquals(typesIn(bench.socket.got), Array(10).fill("ping"));
  held.resolve();
  await settled();
  await bench.passes(90_000);
  assertEquals([bench.socket.closes, bench.endpoint.errors], [0, []]);
  await bench.passes(1_000);
  await bench.running;
  assertEquals(typesIn(bench.socket.got).slice(10), ["ping", "timeout"]);
});

Deno.test("bytes that a slow reader takes are life, however few", async () => {
  const bench = await greeted();
  bench.socket.greedy = false;
  bench.endpoint.say(new Uint8Array(100));
  await settled();
  for (let i = 0; i < 10; i++) {
    await bench.passes(29_000);
    await bench.socket.takes(1);
  }
  assertEquals(bench.socket.closes, 0);
  bench.connection.close();
  await bench.running;
});

Deno.test("a connection that takes nothing of what waits for 30 seconds is closed", async () => {
  const bench = await greeted();
  bench.socket.greedy = false;
  bench.endpoint.say(new Uint8Array(100));
  await settled();
  await bench.passes(20_000);
  await bench.socket.takes(99);
  await bench.passes(30_000);
  assertEquals(bench.socket.closes, 0);
  await bench.passes(1_000);
  await bench.running;
  assertEquals([bench.socket.closes, bench.endpoint.closes], [1, 1]);
});

Deno.test("what the peer sends meanwhile does not excuse it from taking what waits", async () => {
  const bench = await greeted();
  bench.socket.greedy = false;
  bench.endpoint.say(new Uint8Array(100));
  await settled();
  for (let i = 0; i < 3; i++) {
    await bench.passes(10_500);
    await bench.socket.comes({ type: "pong" });
  }
  assertEquals(bench.socket.closes, 1);
  await bench.running;
});

Deno.test("a write that is taken in part goes on where it stopped, and nothing is written beside it", async () => {
  const bench = await greeted();
  const { socket, endpoint } = bench;
  socket.greedy = false;
  endpoint.say(new Uint8Array([1, 2, 3, 4, 5]));
  await settled();
  endpoint.say(new Uint8Array([6, 7]));
  await settled();
  assertEquals(socket.writing, 1);
  await socket.takes(2);
  await socket.takes(1);
  assertEquals(socket.writing, 1);
  await socket.takes(2);
  await socket.takes(2);
  assertEquals([socket.got, socket.asked], [[1, 2, 3, 4, 5, 6, 7], [5, 3, 2, 2]]);
  bench.connection.close();
  await bench.running;
});

Deno.test("waking a connection often lets it write once", async () => {
  const bench = await greeted();
  for (let i = 0; i < 100; i++) bench.connection.wake();
  bench.endpoint.say(new Uint8Array([1]));
  await settled();
  assertEquals(bench.socket.asked, [1]);
  bench.connection.close();
  await bench.running;
});

Deno.test("a connection that finishes sends what waits first, takes nothing more, and closes", async () => {
  const bench = await greeted();
  const { socket, endpoint, connection } = bench;
  socket.greedy = false;
  endpoint.say(new Uint8Array([1]));
  endpoint.say(new Uint8Array([2]));
  connection.finish();
  await socket.comes({ type: "late" });
  await socket.takes(1);
  assertEquals(socket.closes, 0);
  await socket.takes(1);
  await bench.running;
  assertEquals([socket.got, socket.closes, endpoint.frames.length], [[1, 2], 1, 1]);
});

Deno.test("a peer that does not take its last bytes is closed on after 5 seconds", async () => {
  const bench = await greeted();
  bench.socket.greedy = false;
  bench.endpoint.say(new Uint8Array([1]));
  bench.connection.finish();
  await settled();
  await bench.passes(5_000);
  assertEquals(bench.socket.closes, 0);
  await bench.passes(1_000);
  await bench.running;
  assertEquals(bench.socket.closes, 1);
});

Deno.test("our side is closed first, and a peer that stays is closed on after 5 seconds", async () => {
  const bench = await greeted();
  const { socket, connection } = bench;
  socket.deaf = true;
  connection.finish();
  await settled();
  await socket.comes({ type: "late" });
  await bench.passes(5_000);
  assertEquals([socket.hangUps, socket.closes], [1, 0]);
  await bench.passes(1_000);
  await bench.running;
  assertEquals([socket.hangUps, socket.closes], [1, 1]);
});

Deno.test("a close is a close, however often: the socket is closed and the endpoint told once", async () => {
  const bench = await greeted();
  const { socket, endpoint, connection } = bench;
  socket.greedy = false;
  endpoint.say(new Uint8Array([1]));
  await settled();
  connection.close();
  connection.close();
  connection.finish();
  connection.wake();
  connection.check(1_000_000);
  await bench.running;
  connection.close();
  assertEquals([socket.closes, endpoint.closes, endpoint.errors], [1, 1, []]);
});

Deno.test("a write that fails, and a read that fails, are the peer's end and nothing else", async () => {
  const writing = await greeted();
  writing.socket.greedy = false;
  writing.endpoint.say(new Uint8Array([1]));
  await settled();
  writing.socket.write = () => Promise.reject(new Deno.errors.BrokenPipe());
  await writing.socket.takes(0);
  await writing.running;
  assertEquals([writing.socket.closes, writing.endpoint.closes], [1, 1]);

  const reading = await greeted();
  reading.socket.read = () => Promise.reject(new Deno.errors.ConnectionReset());
  await reading.socket.comes({ type: "pong" });
  await reading.running;
  assertEquals([reading.socket.closes, reading.endpoint.closes], [1, 1]);
});

Deno.test("frames are handed on in their order, and a broken stream ends with what is wrong", async () => {
  const bench = await greeted();
  const { endpoint, socket } = bench;
  const sent = [HELLO, { type: "a" }, { type: "bb" }, { type: "x".repeat(400) }];
  for (const message of sent.slice(1)) await socket.comes(message);
  // Views into the reader's buffer are good for the newest alone: of the others their lengths are.
  const lengths = sent.map((message) => JSON.stringify(message).length);
  assertEquals(endpoint.frames.map(({ body }) => body.length), lengths);
  socket.read = (into) => {
    into.set([0, 0, 0, 0]);
    socket.read = () => Promise.resolve(null);
    return Promise.resolve(4);
  };
  await socket.comes({ type: "pong" });
  await bench.running;
  assertEquals(endpoint.errors.map(({ code }) => code), ["bad_frame"]);
});

Deno.test("a connection knows where it comes from, and from which network", () => {
  const peers = ["192.0.2.7", "2001:db8:0:1::7", "::ffff:192.0.2.7"].map((hostname) => {
    const { connection } = new Bench(new FakeSocket(hostname));
    connection.close();
    return [connection.address, connection.network];
  });
  assertEquals(peers, [
    ["192.0.2.7:1", "192.0.2.7"],
    ["[2001:db8:0:1::7]:1", "2001:db8:0:1::/64"],
    ["[::ffff:192.0.2.7]:1", "192.0.2.7"],
  ]);
});

Deno.test("a frame over the limit of the server ends the connection with bad_frame", async () => {
  const bench = new Bench(new FakeSocket(), 100);
  await bench.socket.comes({ type: "hello", name: "x".repeat(50) });
  assertEquals([bench.endpoint.frames.length, bench.endpoint.errors.length], [1, 0]);
  await bench.socket.comes({ type: "hello", name: "x".repeat(100) });
  await bench.running;
  assertEquals(bench.endpoint.errors.map(({ code }) => code), ["bad_frame"]);
});

Deno.test("nothing is said before TLS is agreed on, and what waits is said then", async () => {
  const bench = new Bench(new FakeTlsSocket());
  bench.endpoint.say(new Uint8Array([1, 2, 3]));
  await settled();
  assertEquals([bench.socket.asked, bench.connection.opening], [[], true]);
  await bench.socket.agrees();
  assertEquals([bench.socket.got, bench.connection.opening], [[1, 2, 3], true]);
  await bench.socket.comes(HELLO);
  assertEquals([bench.endpoint.frames.length, bench.connection.opening], [1, false]);
  bench.connection.close();
  await bench.running;
  assertEquals(bench.unsecured, 0);
});

Deno.test("the time for TLS is part of that for the hello", async () => {
  const [silent, slow] = [new Bench(new FakeTlsSocket()), new Bench(new FakeTlsSocket())];
  await Promise.all([silent, slow].map((bench) => bench.passes(9_000)));
  await slow.socket.agrees();
  await Promise.all([silent, slow].map((bench) => bench.passes(2_000)));
  await Promise.all([silent.running, slow.running]);
  assertEquals([typesIn(silent.socket.got), typesIn(slow.socket.got)], [[], ["timeout"]]);
  assertEquals([silent.socket.closes, slow.socket.closes], [1, 1]);
  assertEquals(
    [silent.endpoint.closes, silent.unsecured],
    [1, 0],
    "whoever says nothing speaks nothing wrong",
  );
});

Deno.test("a peer that does not speak TLS is closed at once, and told of", async () => {
  const bench = new Bench(new FakeTlsSocket());
  bench.endpoint.say(new Uint8Array([1, 2, 3]));
  await bench.socket.babbles();
  await bench.running;
  assertEquals([bench.socket.closes, bench.endpoint.closes, bench.unsecured], [1, 1, 1]);
  assertEquals(bench.socket.asked, []);
});

Deno.test("an end that comes before TLS is agreed on is one without words", async () => {
  const bench = new Bench(new FakeTlsSocket());
  bench.connection.dismiss(new ProtocolError("shutting_down", "The end."));
  await bench.running;
  assertEquals([bench.socket.closes, bench.socket.asked, bench.unsecured], [1, [], 0]);
});

Deno.test("whoever is dismissed while a request of theirs is handled is not found fault with for what stands behind it", async () => {
  const bench = await greeted();
  const held = Promise.withResolvers<void>();
  bench.endpoint.hold = held.promise;
  const noFrame = Uint8Array.of(0, 0, 0, 1, 7);
  await bench.socket.arrives(Uint8Array.of(...encodeMessage({ type: "search" }), ...noFrame));
  bench.connection.dismiss(new ProtocolError("shutting_down", "The end."));
  held.resolve();
  await bench.running;
  assertEquals(bench.endpoint.errors.map(({ code }) => code), ["shutting_down"]);
});

/** A peer that sends on and on, as fast as it is read. */
class Flood extends FakeSocket {
  reads = 0;
  /** After so many reads it hangs up. */
  readonly readsMax = 10_000;
  onRead = () => {};

  override read(into: Uint8Array): Promise<number | null> {
    this.onRead();
    return Promise.resolve(++this.reads < this.readsMax ? into.length : null);
  }
}

Deno.test("what comes without end after the end does not keep everybody else from the loop", async () => {
  const socket = new Flood();
  socket.deaf = true;
  const bench = new Bench(socket);
  socket.onRead = () => bench.ms += 0.05;
  const [turned] = await Promise.all([
    new Promise<number>((resolve) => setTimeout(() => resolve(socket.reads), 0)),
    bench.running,
  ]);
  assertEquals([bench.endpoint.errors.length, socket.reads], [1, socket.readsMax]);
  assertLess(turned, 200);
});
