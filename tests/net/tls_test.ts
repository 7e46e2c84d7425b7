import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { Acceptor, Socket } from "../../server/net/socket.ts";
import { selfSigned } from "../../server/net/self_signed.ts";
import { type Identity, listenTls } from "../../server/net/tls.ts";
import {
  CERTIFICATE_NAME,
  certificateHash,
  certificateIn,
  showFingerprint,
} from "../../server/protocol/certificates.ts";
import { encodeMessage, FrameReader } from "../../server/protocol/frames.ts";
import { Folder, installed } from "../support/server.ts";
import { tlsIsOld } from "../../server/protocol/runtime.ts";

const IDENTITY = await selfSigned(["localhost", "127.0.0.1"], Date.now());
/** Where TLS does not run on sockets of ours, silent peers cannot be ended: see server/net/tls.ts. */
const FLAWED = tlsIsOld(Deno.version.deno);
const GREETING = encodeMessage({ type: "greeting", protocol: [1], server: "chat/test", nonce: "n" });
const HELLO = encodeMessage({ type: "hello", id: 1, protocol: 1, name: "Maya" });

/** A listener with TLS on a free port, and what it accepted; all of it goes with the scope. */
class Door implements Disposable {
  readonly acceptor: Acceptor;
  readonly #sockets: { close(): void }[] = [];

  constructor(identity: Identity = IDENTITY) {
    this.acceptor = listenTls({ hostname: "127.0.0.1", port: 0, identity });
  }

  get port(): number {
    return this.acceptor.addr.port;
  }

  async accept(): Promise<Socket> {
    return this.#keep(await this.acceptor.accept());
  }

  /** A client that says nothing, and the server's end of it. */
  async plain(): Promise<{ client: Deno.TcpConn; socket: Socket }> {
    const client = this.#keep(await Deno.connect({ port: this.port }));
    return { client, socket: await this.accept() };
  }

  /** Both ends of a connection that agreed on TLS. */
  async pair(): Promise<{ client: Deno.TlsConn; socket: Socket }> {
    const connecting = Deno.connectTls({ hostname: "localhost", port: this.port, caCerts: [IDENTITY.cert] });
    const socket = await this.accept();
    const client = this.#keep(await connecting);
    await Promise.all([client.handshake(), socket.handshake?.()]);
    return { client, socket };
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) {
      try {
        socket.close();
      } catch (error) {
        // Deno's own sockets close once.
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    }
    this.acceptor.close();
  }

  #keep<T extends { close(): void }>(socket: T): T {
    this.#sockets.push(socket);
    return socket;
  }
}

async function writeAll(to: Pick<Socket, "write">, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await to.write(bytes.subarray(done));
}

/** All that comes until the end. */
async function readAll(from: Pick<Socket, "read">): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const into = new Uint8Array(10_000);
  for (let length = await from.read(into); length !== null; length = await from.read(into)) {
    chunks.push(into.slice(0, length));
  }
  return new Uint8Array(await new Blob(chunks.map((chunk) => chunk.slice())).arrayBuffer());
}

/** The `hello` that comes after our greeting, as JSON, which is answered. */
async function openAsServer(socket: Socket): Promise<unknown> {
  await writeAll(socket, GREETING);
  const reader = new FrameReader();
  for (;;) {
    const frame = reader.next();
    if (frame !== null) {
      const hello: unknown = JSON.parse(new TextDecoder().decode(frame.body));
      await writeAll(socket, encodeMessage({ type: "ok", re: 1, name: "Maya" }));
      return hello;
    }
    const length = await socket.read(reader.space());
    if (length === null) throw new Error("it ended before a hello");
    reader.filled(length);
  }
}

Deno.test("bytes arrive whole and in order, both ways, and each side ends by itself", async () => {
  using door = new Door();
  const { client, socket } = await door.pair();
  const bytes = new Uint8Array(3_000_000).map((_, i) => i * 7);
  for (const [from, to] of [[client, socket], [socket, client]] as const) {
    const [, got] = await Promise.all([writeAll(from, bytes).then(() => from.closeWrite()), readAll(to)]);
    assertEquals(certificateHash(got), certificateHash(bytes));
  }
});

Deno.test({
  name: "what nobody reads is not taken from the peer, and comes when it is asked for",
  ignore: FLAWED,
  fn: async () => {
    using door = new Door();
    const [unread, read] = [await door.pair(), await door.pair()];
    // More than the buffers of both ends hold; and the other connection is given as much, and more.
    const bytes = new Uint8Array(12_000_000).map((_, i) => i * 7);
    let sent = 0;
    const sending = (async () => {
      while (sent < bytes.length) sent += await unread.client.write(bytes.subarray(sent, sent + 10_000));
      await unread.client.closeWrite();
    })();
    for (let i = 0; i < 2; i++) {
      const chunk = new Uint8Array(100_000);
      let got = 0;
      const reading = async () => {
        while (got < bytes.length) got += await read.socket.read(chunk) ?? bytes.length;
      };
      await Promise.all([writeAll(read.client, bytes), reading()]);
    }
    assertLess(sent, 10_000_000);
    const [, got] = await Promise.all([sending, readAll(unread.socket)]);
    assertEquals(certificateHash(got), certificateHash(bytes));
  },
});

Deno.test("a connection is told not to wait with what is small, where it is there still", async () => {
  using door = new Door();
  const { socket } = await door.pair();
  socket.setNoDelay?.(true);
  socket.close();
  if (!FLAWED) assertThrows(() => socket.setNoDelay?.(true), Deno.errors.BadResource);
});

Deno.test("whoever is silent is waited for by nobody else", async () => {
  using door = new Door();
  await door.plain();
  const { client, socket } = await door.pair();
  await socket.write(GREETING);
  assertEquals(await client.read(new Uint8Array(1_000)), GREETING.length);
});

Deno.test("what is written before the handshake arrives after it", async () => {
  using door = new Door();
  const connecting = Deno.connectTls({ hostname: "localhost", port: door.port, caCerts: [IDENTITY.cert] });
  const socket = await door.accept();
  const writing = writeAll(socket, GREETING);
  using client = await connecting;
  assertEquals(await client.read(new Uint8Array(1_000)), GREETING.length);
  await writing;
});

Deno.test({
  name: "a silent connection that is closed is gone, for its peer too",
  ignore: FLAWED,
  fn: async () => {
    using door = new Door();
    const { client, socket } = await door.pair();
    const silent = await door.plain();
    const waiting = [
      silent.socket.read(new Uint8Array(9)),
      silent.socket.handshake?.(),
      silent.socket.write(GREETING),
    ];
    const settled = Promise.allSettled(waiting);
    silent.socket.close();
    assertEquals((await settled).map(({ status }) => status), ["rejected", "rejected", "rejected"]);
    assertEquals(await silent.client.read(new Uint8Array(9)), null);
    await socket.write(GREETING);
    assertEquals(await client.read(new Uint8Array(1_000)), GREETING.length);
  },
});

Deno.test({
  name: "a connection whose peer takes nothing is gone when it is closed",
  ignore: FLAWED,
  fn: async () => {
    using door = new Door();
    const { client, socket } = await door.pair();
    const megabyte = new Uint8Array(1 << 20);
    // More than the buffers of both ends hold.
    const writing = Promise.allSettled(Array.from({ length: 64 }, () => socket.write(megabyte)));
    socket.close();
    assertEquals((await writing).at(-1)?.status, "rejected");
    await assertRejects(() => readAll(client), Deno.errors.UnexpectedEof);
  },
});

const NO_HANDSHAKES: readonly [string, (client: Deno.TcpConn) => Promise<unknown>][] = [
  ["does not speak TLS", (client) => client.write(HELLO)],
  ["leaves at once", (client) => client.closeWrite()],
  [
    "leaves in the middle of its first message",
    async (client) => {
      await client.write(Uint8Array.of(22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3));
      await client.closeWrite();
    },
  ],
];

for (const [what, act] of NO_HANDSHAKES) {
  Deno.test(`of a peer that ${what} both handshake and reading fail`, async () => {
    using door = new Door();
    const { client, socket } = await door.plain();
    await act(client);
    await assertRejects(async () => await socket.handshake?.());
    await assertRejects(() => socket.read(new Uint8Array(9)));
    socket.close();
    while (await client.read(new Uint8Array(9)) !== null);
  });
}

Deno.test("whoever does not speak TLS is told so in the words of TLS", async () => {
  using door = new Door();
  const { client, socket } = await door.plain();
  await client.write(HELLO);
  await assertRejects(async () => await socket.handshake?.());
  const alert = new Uint8Array(100);
  assertEquals(await client.read(alert), 7);
  assertEquals([...alert.subarray(0, 2)], [0x15, 3]);
});

Deno.test("whoever trusts another certificate does not get in", async () => {
  using door = new Door(await selfSigned(["localhost"], Date.now()));
  await assertRejects(() => door.pair(), Deno.errors.InvalidData, "invalid peer certificate");
});

Deno.test("a listener that is closed accepts no more", async () => {
  const door = new Door();
  const accepting = assertRejects(() => door.accept(), Deno.errors.BadResource);
  door[Symbol.dispose]();
  await accepting;
});

/** Runs a program that connects, with what it reads from its standard input; what it wrote, and how it ended. */
async function run(program: string, args: readonly string[], input: Uint8Array<ArrayBuffer>) {
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(input);
  return { writer, child };
}

/** The program may have ended before its input did. */
async function left(writer: WritableStreamDefaultWriter): Promise<void> {
  await Promise.allSettled([writer.close()]);
}

const openssl = installed("openssl", ["version"]);
const python = installed("python3", ["-c", "import ssl"]);

function opensslArgs(port: number, ca: string): string[] {
  const target = ["-connect", `127.0.0.1:${port}`, "-servername", CERTIFICATE_NAME];
  const trust = ["-CAfile", ca, "-verify_return_error", "-verify_hostname", CERTIFICATE_NAME];
  return ["s_client", ...target, ...trust, "-quiet", "-no_ign_eof"];
}

for (const version of ["-tls1_2", "-tls1_3"]) {
  Deno.test({
    name: `openssl with the certificate alone speaks frames: ${version}${
      openssl ? "" : " (skipped: no openssl)"
    }`,
    ignore: !openssl,
    fn: async () => {
      await using folder = new Folder();
      const ca = `${folder.path}/cert.pem`;
      await Deno.writeTextFile(ca, IDENTITY.cert);
      using door = new Door();
      const { writer, child } = await run("openssl", [...opensslArgs(door.port, ca), version], HELLO);
      const socket = await door.accept();
      assertEquals(await openAsServer(socket), { type: "hello", id: 1, protocol: 1, name: "Maya" });
      await socket.closeWrite();
      const { stdout } = await child.output();
      await left(writer);
      assertStringIncludes(new TextDecoder().decode(stdout), '{"type":"ok","re":1,"name":"Maya"}');
    },
  });
}

Deno.test({
  name: `openssl with another certificate is not let through by itself${
    openssl ? "" : " (skipped: no openssl)"
  }`,
  ignore: !openssl,
  fn: async () => {
    await using folder = new Folder();
    const ca = `${folder.path}/cert.pem`;
    await Deno.writeTextFile(ca, (await selfSigned(["localhost"], Date.now())).cert);
    using door = new Door();
    const { writer, child } = await run("openssl", opensslArgs(door.port, ca), HELLO);
    const socket = await door.accept();
    await assertRejects(() => openAsServer(socket));
    const { success, stderr } = await child.output();
    await left(writer);
    assertEquals(success, false);
    assertStringIncludes(new TextDecoder().decode(stderr), "certificate verify failed");
  },
});

const PYTHON = `
import hashlib, socket, ssl, struct, sys
context = ssl.create_default_context(cafile=sys.argv[2])
plain = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
with context.wrap_socket(plain, server_hostname="${CERTIFICATE_NAME}") as stream:
    frames = stream.makefile("rwb")
    def read():
        return frames.read(struct.unpack(">I", frames.read(4))[0])
    print(hashlib.sha256(stream.getpeercert(True)).hexdigest())
    print(read()[1:].decode())
    frames.write(sys.stdin.buffer.read())
    frames.flush()
    print(read()[1:].decode())
`;

Deno.test({
  name: `Python with the certificate alone speaks frames, and sees its fingerprint${
    python ? "" : " (skipped: no python3)"
  }`,
  ignore: !python,
  fn: async () => {
    await using folder = new Folder();
    const ca = `${folder.path}/cert.pem`;
    await Deno.writeTextFile(ca, IDENTITY.cert);
    using door = new Door();
    const { writer, child } = await run("python3", ["-c", PYTHON, String(door.port), ca], HELLO);
    await writer.close();
    const socket = await door.accept();
    assertEquals(await openAsServer(socket), { type: "hello", id: 1, protocol: 1, name: "Maya" });
    const { stdout, stderr } = await child.output();
    const der = certificateIn(IDENTITY.cert);
    assert(der !== null);
    assertEquals(new TextDecoder().decode(stdout).trim().split("\n"), [
      certificateHash(der),
      '{"type":"greeting","protocol":[1],"server":"chat/test","nonce":"n"}',
      '{"type":"ok","re":1,"name":"Maya"}',
    ], new TextDecoder().decode(stderr));
  },
});

Deno.test({
  name: `openssl shows the fingerprint as we do${openssl ? "" : " (skipped: no openssl)"}`,
  ignore: !openssl,
  fn: async () => {
    const { writer, child } = await run(
      "openssl",
      ["x509", "-noout", "-fingerprint", "-sha256"],
      new TextEncoder().encode(IDENTITY.cert),
    );
    await writer.close();
    const { stdout } = await child.output();
    const der = certificateIn(IDENTITY.cert);
    assert(der !== null);
    assertStringIncludes(new TextDecoder().decode(stdout), `=${showFingerprint(certificateHash(der))}\n`);
  },
});
