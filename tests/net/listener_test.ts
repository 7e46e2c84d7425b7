/** The listener: accepts whatever happens, and owns what it accepted. */

import { assertEquals } from "@std/assert";
import { Listener } from "../../server/net/listener.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { FakeEndpoint, FakeSocket, settled } from "./support.ts";

/** A listening socket whose connections and failures a test makes. */
class FakeListener implements Deno.Listener<Deno.TcpConn> {
  readonly addr = { transport: "tcp" as const, hostname: "192.0.2.1", port: 1 };
  readonly #waiting: (Deno.TcpConn | Error)[] = [];
  #accepting: PromiseWithResolvers<Deno.TcpConn> | null = null;

  get accepting(): boolean {
    return this.#accepting !== null;
  }

  /** The next thing that happens to it. */
  async happens(what: Deno.TcpConn | Error): Promise<void> {
    this.#waiting.push(what);
    this.#pump();
    await settled();
  }

  accept(): Promise<Deno.TcpConn> {
    this.#accepting = Promise.withResolvers<Deno.TcpConn>();
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

  ref(): void {}
  unref(): void {}
  [Symbol.dispose](): void {
    this.close();
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<Deno.TcpConn> {
    while (true) yield await this.accept();
  }
}

function listening(openingMax = 100) {
  const socket = new FakeListener();
  const endpoints: FakeEndpoint[] = [];
  const refused: unknown[] = [];
  const pauses: (() => void)[] = [];
  const clock = { ms: 0 };
  const listener = new Listener(socket, {
    now: () => clock.ms,
    welcome: (wire) => {
      const endpoint = new FakeEndpoint(wire);
      endpoints.push(endpoint);
      return endpoint;
    },
    openingMax,
    refused: (error) => refused.push(error),
    sleep: () => new Promise((resolve) => pauses.push(resolve)),
  });
  return { socket, listener, endpoints, refused, pauses, clock, running: listener.run() };
}

async function end({ listener, running }: ReturnType<typeof listening>): Promise<void> {
  listener.stop();
  await running;
  listener.closeAll();
  await listener.ended();
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
  const all = listening(3);
  const { socket, endpoints } = all;
  const sockets = Array.from({ length: 8 }, () => new FakeSocket());
  for (const [i, one] of sockets.entries()) {
    await socket.happens(one);
    if (i % 2 === 0) await one.comes({ type: "hello" });
  }
  assertEquals(sockets.map(({ closes }) => closes), [0, 1, 0, 0, 0, 0, 0, 0], "1, 3, 5 and 7 said nothing");
  assertEquals(endpoints.length, 8);
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
