/** The listener with TLS on real sockets: who does not speak it, and who does not speak at all. */

import { assertEquals } from "@std/assert";
import { Admission, type Limit } from "../../server/net/admission.ts";
import { Listener } from "../../server/net/listener.ts";
import { selfSigned } from "../../server/net/self_signed.ts";
import { listenTls } from "../../server/net/tls.ts";
import { encodeMessage } from "../../server/protocol/frames.ts";
import { FRAME_BYTES_MAX } from "../../server/protocol/limits.ts";
import { messagesIn } from "../chat/support.ts";
import { FakeEndpoint } from "./support.ts";
import { tlsIsOld } from "../../server/protocol/runtime.ts";

const IDENTITY = await selfSigned(["localhost"], Date.now());
const GREETING = encodeMessage({ type: "greeting", protocol: [1], server: "chat/test", nonce: "n" });
const HELLO = encodeMessage({ type: "hello", id: 1, protocol: 1 });
/** There a silent peer cannot be ended before the handshake: see server/net/tls.ts. */
const FLAWED = tlsIsOld(Deno.version.deno);

/** A listener with TLS on a free port that greets; all of it ends with the scope. */
class Door implements AsyncDisposable {
  readonly limits: Limit[] = [];
  readonly #acceptor = listenTls({ hostname: "127.0.0.1", port: 0, identity: IDENTITY });
  readonly #listener: Listener;
  readonly #running: Promise<void>;

  constructor({ openingMax = 100, ban = null }: { openingMax?: number; ban?: string | null } = {}) {
    const now = () => 0;
    const limited = (limit: Limit) => this.limits.push(limit);
    this.#listener = new Listener(this.#acceptor, {
      now,
      welcome: (wire) => {
        const endpoint = new FakeEndpoint(wire);
        endpoint.say(GREETING);
        return endpoint;
      },
      admission: new Admission({
        now,
        perAddressMax: 100,
        newPerAddressMax: 100,
        limitPrivate: false,
        barred: () => ban,
        limited,
      }),
      openingMax,
      frameBytesMax: FRAME_BYTES_MAX,
      limited,
      refused: (error) => {
        throw error;
      },
      sleep: () => Promise.resolve(),
    });
    this.#running = this.#listener.run();
  }

  get port(): number {
    return this.#acceptor.addr.port;
  }

  /** A client that trusts the door. */
  async client(): Promise<Deno.TlsConn> {
    const caCerts = [IDENTITY.cert];
    const client = await Deno.connectTls({ hostname: "localhost", port: this.port, caCerts });
    await client.handshake();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.stop();
    await this.#running;
    this.#listener.closeAll();
    await this.#listener.ended();
  }
}

/** Reads to the end of the stream, however that comes; gives all there was. */
async function rest(socket: Deno.Conn): Promise<Uint8Array> {
  const bytes: number[] = [];
  const buffer = new Uint8Array(1_024);
  const read = () => socket.read(buffer).catch(() => null);
  for (let n = await read(); n !== null; n = await read()) bytes.push(...buffer.subarray(0, n));
  return new Uint8Array(bytes);
}

Deno.test("a plain client at a TLS port is ended at once and counted, and nobody waits for it", async () => {
  await using door = new Door();
  using plain = await Deno.connect({ hostname: "127.0.0.1", port: door.port });
  await plain.write(HELLO);
  await rest(plain);
  assertEquals(door.limits, ["no TLS handshake"]);
  using client = await door.client();
  const greeting = new Uint8Array(GREETING.length);
  assertEquals(await client.read(greeting), greeting.length);
  assertEquals([greeting, door.limits.length], [GREETING, 1]);
});

Deno.test(
  "of those who never begin with TLS the oldest makes room, and its connection ends",
  { ignore: FLAWED },
  async () => {
    await using door = new Door({ openingMax: 2 });
    const silent: Deno.TcpConn[] = [];
    for (let i = 0; i < 5; i++) silent.push(await Deno.connect({ hostname: "127.0.0.1", port: door.port }));
    for (const socket of silent.slice(0, 3)) assertEquals(await rest(socket), new Uint8Array());
    assertEquals(door.limits, Array(3).fill("connections before hello"));
    using client = await door.client();
    assertEquals(await client.read(new Uint8Array(1)), 1);
    for (const socket of silent) socket.close();
  },
);

Deno.test("who is banned hears it over TLS", async () => {
  await using door = new Door({ ban: "You are banned from this server." });
  using client = await door.client();
  const [message] = messagesIn(await rest(client));
  assertEquals(message?.is === "ending" && message.error.message, "You are banned from this server.");
  assertEquals(door.limits, ["banned addresses"]);
});
