/** The listener: accepts whatever happens, and owns what it accepted. */

import { assertEquals, assertGreater, assertLess, assertNotEquals } from "@std/assert";
import { Admission, type Limit } from "../../server/net/admission.ts";
import { Listener } from "../../server/net/listener.ts";
import type { Acceptor, Socket } from "../../server/net/socket.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { FRAME_BYTES_MAX } from "../../server/protocol/limits.ts";
import { messagesIn } from "../chat/support.ts";
import { FakeEndpoint, FakeSocket, FakeTlsSocket, settled } from "./support.ts";

/** More turns of the loop than a thousand connections need to write one after the other. */
const TURNS_MAX = 16;

/** A listening socket whose connections and failures a test makes. */
class FakeListener implements Acceptor {
  readonly addr = { transport: "tcp" as const, hostname: "192.0.2.1", port: 1 };
  readonly #waiting: (Socket | Error)[] = [];
  #accepting: PromiseWithResolvers<Socket> | null = null;

  get accepting(): boolean {
    return this.#accepting !== null;
  }

  /** The next things that happen to it. */
  async happens(...what: (Socket | Error)[]): Promise<void> {
    this.#waiting.push(...what);
    this.#pump();
    await settled();
  }

  /** Waits until all that happened was taken, and more is waited for. */
  async taken(): Promise<void> {
    while (!this.accepting) await settled();
  }

  accept(): Promise<Socket> {
    this.#accepting = Promise.withResolvers<Socket>();
    const { promise } = this.#accepting;
    this.#pump();
    return promise;
  }

  #pump(): void {
    const [what] = this.#accepting === null ? [] : this.#waiting.splice(0, 1);
    if (what === undefined) return;
    if (what instanceof Error) this.#accepting?.reject(what);
    else this.#accepting?.resolve(what);
    this.#accepting = null;
  }

  close(): void {
    this.#waiting.push(new Deno.errors.BadResource("closed"));
    this.#pump();
  }
}

function listening({ openingMax = 100, perAddressMax = 2_000, barred = "" } = {}) {
  const socket = new FakeListener();
  const endpoints: FakeEndpoint[] = [];
  const refused: unknown[] = [];
  const pauses: (() => void)[] = [];
  const limits: Limit[] = [];
  const limited = (limit: Limit) => limits.push(limit);
  const clock = { ms: 0 };
  const now = () => clock.ms;
  const admission = new Admission({
    now,
    perAddressMax,
    newPerAddressMax: 2_000,
    limitPrivate: false,
    barred: (network) => network === barred ? "You are banned." : null,
    limited,
  });
  const listener = new Listener(socket, {
    now,
    welcome: (wire) => {
      const endpoint = new FakeEndpoint(wire);
      endpoints.push(endpoint);
      return endpoint;
    },
    admission,
    openingMax,
    frameBytesMax: FRAME_BYTES_MAX,
    limited,
    refused: (error) => refused.push(error),
    sleep: () => new Promise((resolve) => pauses.push(resolve)),
  });
  return { socket, listener, endpoints, refused, pauses, limits, clock, running: listener.run() };
}

async function end({ listener, running }: ReturnType<typeof listening>): Promise<void> {
  listener.stop();
  await running;
  listener.closeAll();
  await listener.ended();
  // Whose turn to write had not come is let go in the next turns of the loop, which must not outlive the test.
  for (let turn = 0; turn < TURNS_MAX; turn++) await settled();
}

Deno.test("too many open files are told once, and it is tried again after a pause, until there are sockets again", async () => {
  const all = listening();
  const { socket, endpoints, refused, pauses } = all;
  const tooMany = () => new Error("Too many open files (os error 24)");
  for (let round = 1; round <= 3; round++) {
    await socket.happens(tooMany());
    assertEquals([pauses.length, socket.accepting], [round, false], "no try before the pause is over");
    pauses[round - 1]?.();
    await settled();
    assertEquals([refused.length, socket.accepting], [1, true]);
  }
  await socket.happens(new FakeSocket());
  assertEquals(endpoints.length, 1);
  await socket.happens(tooMany());
  assertEquals(refused.length, 2);
  pauses.at(-1)?.();
  await socket.happens(new FakeSocket());
  assertEquals(endpoints.length, 2);
  await end(all);
  assertEquals(endpoints.map(({ closes }) => closes), [1, 1]);
});

Deno.test("of connections that have not said hello the oldest makes room, and only of those", async () => {
  const all = listening({ openingMax: 3 });
  const { socket, endpoints, limits } = all;
  const sockets = Array.from({ length: 8 }, () => new FakeSocket());
  for (const [i, one] of sockets.entries()) {
    await socket.happens(one);
    if (i % 2 === 0) await one.comes({ type: "hello" });
  }
  assertEquals(sockets.map(({ closes }) => closes), [0, 1, 0, 0, 0, 0, 0, 0], "1, 3, 5 and 7 said nothing");
  assertEquals([endpoints.length, limits], [8, ["connections before hello"]]);
  await end(all);
});

Deno.test("every connection is looked at for its times, told of the end, and waited for", async () => {
  const all = listening();
  const { socket, listener, endpoints, clock } = all;
  const [silent, lively] = [new FakeSocket(), new FakeSocket()];
  await socket.happens(silent);
  await socket.happens(lively);
  await lively.comes({ type: "hello" });
  clock.ms = 11_000;
  listener.check();
  await settled();
  assertEquals([silent.closes, lively.closes], [1, 0]);
  listener.dismissAll(new ProtocolError("shutting_down", "The end."));
  await listener.ended();
  assertEquals(endpoints.map(({ errors }) => errors.map(({ code }) => code)), [["timeout"], [
    "shutting_down",
  ]]);
  await end(all);
  assertEquals([silent.closes, lively.closes], [1, 1]);
});

Deno.test("silent connections of one address do not drive out those of others", async () => {
  const all = listening({ openingMax: 4 });
  const { socket } = all;
  const other = new FakeSocket("2001:db8::1");
  await socket.happens(other);
  const many = Array.from({ length: 15 }, () => new FakeSocket());
  for (const one of many) await socket.happens(one);
  assertEquals([other.closes, many.reduce((sum, { closes }) => sum + closes, 0)], [0, 12]);
  await end(all);
});

Deno.test("who is turned away hears why, is not welcomed, and is gone as soon as they hang up", async () => {
  const all = listening({ barred: "192.0.2.7" });
  const { socket, endpoints, limits } = all;
  const banned = new FakeSocket();
  await socket.happens(banned);
  await banned.comes({ type: "hello" });
  const [message] = messagesIn(new Uint8Array(banned.got));
  assertEquals([message?.is === "ending" && message.error.code, banned.closes], ["banned", 1]);
  assertEquals([endpoints.length, limits], [0, ["banned addresses"]]);
  await end(all);
});

Deno.test("who hangs up makes room for another one of the same address, and is not on its way out any more", async () => {
  const all = listening({ perAddressMax: 1 });
  const { socket, endpoints, limits } = all;
  for (let i = 1; i <= 600; i++) {
    const [one, other] = [new FakeSocket(), new FakeSocket()];
    await socket.happens(one, other);
    await socket.taken();
    endpoints.at(-1)?.wire.finish();
    await settled();
    assertEquals([endpoints.length, one.closes, other.closes], [i, 1, 1]);
  }
  assertEquals(new Set(limits), new Set<Limit>(["max-per-address"]));
  await end(all);
});

Deno.test("who is turned away and neither reads nor hangs up is closed after five seconds", async () => {
  const all = listening({ barred: "192.0.2.7" });
  const { socket, listener, clock } = all;
  const [deaf, stuck] = [new FakeSocket(), new FakeSocket()];
  deaf.deaf = true;
  stuck.greedy = false;
  await socket.happens(deaf);
  await socket.happens(stuck);
  clock.ms = 5_000;
  listener.check();
  assertEquals([deaf.closes, stuck.closes], [0, 0]);
  clock.ms = 5_001;
  listener.check();
  assertEquals([deaf.closes, stuck.closes], [1, 1]);
  await end(all);
});

Deno.test("of those who were told of their end and stay, the oldest has to go, but for the end of all", async () => {
  const all = listening({ openingMax: 1_000 });
  const { socket, listener, endpoints, limits } = all;
  const sockets = Array.from({ length: 516 }, () => new FakeSocket());
  const closes = () => sockets.reduce((sum, { closes }) => sum + closes, 0);
  for (const one of sockets) {
    one.deaf = true;
    await socket.happens(one);
    await socket.taken();
  }
  const bad = new ProtocolError("bad_frame", "There is no frame of kind 7.");
  for (const endpoint of endpoints.slice(0, 513)) endpoint.broken(bad);
  assertEquals([closes(), sockets[0]?.closes, limits], [1, 1, ["connections on their way out"]]);
  listener.stop();
  listener.dismissAll(new ProtocolError("shutting_down", "The end."));
  assertEquals(closes(), 1);
  await end(all);
  assertEquals(closes(), 516);
});

Deno.test("many who come at once do not keep the others from being heard", async () => {
  const all = listening({ openingMax: 2_000 });
  const { socket, endpoints } = all;
  const sockets = Array.from({ length: 1_000 }, () => new FakeSocket());
  await socket.happens(...sockets);
  let turns = 0;
  for (; endpoints.length < sockets.length; turns++) {
    const accepted = endpoints.length;
    await sockets[accepted - 1]?.comes({ type: "hello" });
    assertNotEquals(endpoints[accepted - 1]?.frames, []);
    assertLess(endpoints.length - accepted, 100, "accepted while one was heard");
  }
  assertGreater(turns, 10);
  await end(all);
});

Deno.test("a message never waits for others to be sent with", async () => {
  const all = listening();
  const [plain, secure] = [new FakeSocket(), new FakeTlsSocket()];
  await all.socket.happens(plain);
  await all.socket.happens(secure);
  await secure.agrees();
  assertEquals([plain.delays, all.endpoints.length], [false, 2]);
  await end(all);
});

Deno.test("those who are gone before they are accepted are no reason to pause", async () => {
  const all = listening();
  const { ConnectionAborted, ConnectionReset, NotConnected } = Deno.errors;
  const gone = [NotConnected, ConnectionAborted, ConnectionReset].map((Gone) => new Gone("not connected"));
  await all.socket.happens(...gone, new FakeSocket());
  assertEquals([all.pauses.length, all.refused, all.endpoints.length], [0, [], 1]);
  await end(all);
});

Deno.test("many who are gone before they are accepted do not keep the others from being heard", async () => {
  const all = listening();
  const timer = new Promise((resolve) => setTimeout(() => resolve(all.socket.accepting), 0));
  await all.socket.happens(...Array.from({ length: 1_000 }, () => new Deno.errors.NotConnected()));
  assertEquals(await timer, false, "the loop turned before the last of them");
  assertEquals(all.pauses.length, 0);
  await all.socket.taken();
  await end(all);
});

Deno.test("who is gone when they are accepted is closed, and not counted", async () => {
  const all = listening({ perAddressMax: 1 });
  const gone = new FakeTlsSocket();
  gone.setNoDelay = () => {
    throw new Deno.errors.InvalidData("Invalid argument (os error 22)");
  };
  const next = new FakeSocket();
  await all.socket.happens(gone, next);
  assertEquals([gone.closes, next.closes, all.endpoints.length, all.limits], [1, 0, 1, []]);
  await end(all);
});

Deno.test("of those who come over TLS and are turned away, twenty in a second hear why, and the others are closed at once", async () => {
  const all = listening({ perAddressMax: 1 });
  const { socket, clock, limits } = all;
  const come = async (count: number) => {
    const sockets = Array.from({ length: count }, () => new FakeTlsSocket());
    for (const one of sockets) await socket.happens(one);
    await socket.taken();
    for (const one of sockets) await one.agrees();
    return sockets.map(({ got, closes }) => [got.length > 0, closes]);
  };
  const first = new FakeSocket();
  await socket.happens(first);
  const closedAtOnce = Array(3).fill([false, 1]);
  assertEquals(await come(23), [...Array(20).fill([true, 1]), ...closedAtOnce]);
  clock.ms = 999;
  assertEquals(await come(3), closedAtOnce);
  const plain = new FakeSocket();
  await socket.happens(plain);
  assertNotEquals(plain.got, [], "without TLS it costs nothing");
  clock.ms = 1_000;
  assertEquals(await come(21), [...Array(20).fill([true, 1]), [false, 1]]);
  assertEquals(limits.length, 48);

  all.endpoints[0]?.wire.finish();
  await settled();
  await socket.happens(new FakeSocket());
  assertEquals(all.endpoints.length, 2, "none of them counts any more");
  await end(all);
});
