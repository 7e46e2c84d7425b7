/** The listener with TLS against peers who do it wrong, or leave, in every place: nobody else notices. */

import { assertEquals, assertRejects } from "@std/assert";
import { selfSigned } from "../../server/net/self_signed.ts";
import type { Socket } from "../../server/net/socket.ts";
import { listenTls } from "../../server/net/tls.ts";
import { between, seeded } from "../protocol/random.ts";

const IDENTITY = await selfSigned(["localhost"], Date.now());
const GREETING = new TextEncoder().encode("greeting");
const SEED = 20_371;
const FUZZED = 3_000;
/** The record with which a client of TLS 1.3 says that there is no more. */
const NO_MORE_BYTES = 24;
/** Peers at a time. */
const CROWD = 50;
const LOCAL = { hostname: "127.0.0.1" };

/** A server that greets whoever comes, and reads until they are gone. What nobody catches fails the test. */
class Greeter implements AsyncDisposable {
  readonly #acceptor = listenTls({ ...LOCAL, port: 0, identity: IDENTITY });
  readonly #serving: Promise<void>[] = [];
  readonly #running = this.#run();
  /** How the connections ended. */
  readonly ends = { unsecured: 0, failed: 0, left: 0 };

  get port(): number {
    return this.#acceptor.addr.port;
  }

  async #run(): Promise<void> {
    for (;;) {
      let socket: Socket;
      try {
        socket = await this.#acceptor.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        continue; // It was gone before.
      }
      this.#serving.push(this.#serve(socket));
    }
  }

  async #serve(socket: Socket): Promise<void> {
    const into = new Uint8Array(1_000);
    let end: keyof Greeter["ends"] = "unsecured";
    try {
      await socket.handshake?.();
      end = "failed";
      await socket.write(GREETING);
      while (await socket.read(into) !== null);
      end = "left";
      await socket.closeWrite();
    } catch {
      // How it ended is counted.
    }
    socket.close();
    this.ends[end]++;
  }

  /** A client that does all of it right. */
  async client(port = this.port): Promise<Deno.TlsConn> {
    const client = await Deno.connectTls({ hostname: "localhost", port, caCerts: [IDENTITY.cert] });
    try {
      assertEquals(await client.read(new Uint8Array(100)), GREETING.length);
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  /** Resolves when everybody is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#acceptor.close();
    await this.#running;
    await Promise.all(this.#serving);
  }
}

/** What a client says first. */
async function clientHello(): Promise<Uint8Array> {
  using listener = Deno.listen({ ...LOCAL, port: 0 });
  const connecting = Deno.connectTls({ hostname: "localhost", port: listener.addr.port, caCerts: [] });
  using socket = await listener.accept();
  const bytes = new Uint8Array(10_000);
  const length = await socket.read(bytes);
  using client = await connecting;
  await socket.closeWrite();
  await assertRejects(() => client.handshake());
  return bytes.slice(0, length ?? 0);
}

/** Sends that, some time after each other, and hangs up; resolves when the other side has, too. */
async function say(port: number, ...pieces: readonly Uint8Array[]): Promise<void> {
  using socket = await Deno.connect({ ...LOCAL, port });
  socket.setNoDelay(true);
  try {
    for (const piece of pieces) {
      for (let done = 0; done < piece.length;) done += await socket.write(piece.subarray(done));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await socket.closeWrite();
    while (await socket.read(new Uint8Array(1_000)) !== null);
  } catch {
    // It was ended by the server.
  }
}

/** How a relay ends. */
interface Cut {
  /** It passes on so many bytes of the client's. */
  readonly at: number;
  /** And sends these, in the client's name, once that is greeted. */
  readonly last?: Uint8Array;
  /** Whether it goes altogether, so that whatever the server sends from then on is answered with a reset. */
  readonly resets?: boolean;
}

/** A client that says `said` through a relay which ends it; gives how many bytes were passed on, when all is over. */
async function cutOff(server: Greeter, said: Uint8Array, { at, last, resets }: Cut): Promise<number> {
  using listener = Deno.listen({ ...LOCAL, port: 0 });
  const greeted = server.client(listener.addr.port);
  const talking = greeted.then(async (client) => {
    using _ = client;
    await client.write(said);
    await client.closeWrite();
    while (await client.read(new Uint8Array(100)) !== null);
  }).catch(() => {
    // It finds its connection cut.
  });
  using client = await listener.accept();
  using socket = await Deno.connect({ ...LOCAL, port: server.port });
  const chunk = new Uint8Array(10_000);
  const back = async () => {
    const into = new Uint8Array(10_000);
    for (let n = await socket.read(into); n !== null; n = await socket.read(into)) {
      await client.write(into.subarray(0, n));
    }
  };
  const answering = back().catch(() => {
    // The server or the client ended it.
  });
  let passed = 0;
  while (passed < at) {
    const length = await client.read(chunk.subarray(0, at - passed));
    if (length === null) break;
    await socket.write(chunk.subarray(0, length));
    passed += length;
  }
  if (last !== undefined) {
    await greeted;
    await socket.write(last);
  }
  if (resets) socket.close();
  else await Promise.allSettled([socket.closeWrite()]);
  await answering;
  client.close();
  await talking;
  return passed;
}

/** Does it for all of them, some at a time. */
async function crowd<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += CROWD) await Promise.all(all.slice(at, at + CROWD).map(act));
}

function random(next: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => between(next, 0, 255));
}

/** A record of the handshake that claims a length, with a body of another. */
function record(version: number, claims: number, body: Uint8Array): Uint8Array {
  return Uint8Array.of(0x16, version >> 8, version, claims >> 8, claims, ...body);
}

/** Something like a first message, but wrong somewhere. */
function wrong(next: () => number, hello: Uint8Array): Uint8Array {
  const kind = between(next, 0, 5);
  if (kind === 0) return Uint8Array.of(0x16, ...random(next, between(next, 0, 40)));
  if (kind === 1) {
    return record(0x0300 + between(next, 0, 4), between(next, 0, 300), random(next, between(next, 0, 300)));
  }
  if (kind === 2) {
    const body = random(next, between(next, 4, 2_000));
    body.set([1, 0, body.length - 4 >> 8, body.length - 4]);
    return record(0x0301, body.length, body);
  }
  const changed = hello.slice(0, kind === 3 ? between(next, 1, hello.length) : hello.length);
  // Where most of it is judged.
  const span = Math.min(changed.length, kind === 5 ? 120 : changed.length);
  for (let i = between(next, 1, 6); i > 0; i--) changed[between(next, 1, span - 1)] = between(next, 0, 255);
  return kind === 4 ? Uint8Array.of(...changed, ...random(next, between(next, 0, 2_000))) : changed;
}

const WRONG: readonly [string, Uint8Array][] = [
  ["an empty record", record(0x0301, 0, new Uint8Array())],
  ["a version that there is not", record(0xffff, 5, GREETING)],
  ["a message longer than any", record(0x0301, 4, Uint8Array.of(255, 255, 255, 255))],
  ["a record longer than any", record(0x0301, 0xffff, new Uint8Array(100))],
  ["HTTP behind a byte of TLS", new TextEncoder().encode("\x16GET / HTTP/1.1\r\n\r\n")],
  ["nothing behind a byte of TLS", Uint8Array.of(0x16)],
];

for (const [what, bytes] of WRONG) {
  Deno.test(`${what} ends its connection, and nothing else`, async () => {
    await using server = new Greeter();
    await say(server.port, bytes);
    (await server.client()).close();
    assertEquals(server.ends.unsecured, 1);
  });
}

Deno.test(`whatever comes first ends at most its connection: ${FUZZED} of seed ${SEED}`, async () => {
  const next = seeded(SEED);
  const hello = await clientHello();
  await using server = new Greeter();
  const all = Array.from({ length: FUZZED }, () => wrong(next, hello));
  await crowd(all, (bytes) => say(server.port, bytes));
  (await server.client()).close();
  assertEquals(server.ends.unsecured, FUZZED);
});

Deno.test("a first message may be cut in every place, and end there", async () => {
  const hello = await clientHello();
  await using server = new Greeter();
  const cuts = Array.from(hello, (_, cut) => cut);
  await crowd(cuts, (cut) => say(server.port, hello.subarray(0, cut)));
  await crowd(cuts.slice(1), (cut) => say(server.port, hello.subarray(0, cut), hello.subarray(cut)));
  (await server.client()).close();
  assertEquals(server.ends.unsecured, 2 * hello.length - 1);
});

Deno.test("a peer may leave in every place of the handshake and after it, in order or at once", async () => {
  const hello = await clientHello();
  await using server = new Greeter();
  // What comes after the first message, and a word, has less than 300 bytes.
  const cuts = Array.from({ length: (hello.length + 300) / 4 }, (_, i) => i * 4);
  for (const resets of [false, true]) {
    await crowd(cuts, async (at) => {
      await cutOff(server, GREETING, { at, resets });
    });
  }
  (await server.client()).close();
});

Deno.test("of a record that is wrong after the handshake the connection ends, and reading fails", async () => {
  const next = seeded(SEED);
  await using server = new Greeter();
  // All but the last, which says that there is no more.
  const at = await cutOff(server, new Uint8Array(), { at: Infinity }) - NO_MORE_BYTES;
  const lasts = [
    Uint8Array.of(0x17, 3, 3, 0, 64, ...random(next, 64)),
    record(0x0303, 4, Uint8Array.of(0, 0, 0, 0)),
    Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40),
    random(next, 1_000),
  ];
  await crowd(lasts, async (last) => {
    await cutOff(server, GREETING, { at, last });
  });
  (await server.client()).close();
  assertEquals(server.ends.failed, lasts.length);
});
