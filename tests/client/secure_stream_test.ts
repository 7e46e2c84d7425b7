/** TLS by node's module, as a stream; an old Deno has to do without. */

import { assertEquals, assertRejects } from "@std/assert";
import { systemClock as clock } from "../../client/clock.ts";
import { tlsIsOld } from "../../server/protocol/runtime.ts";
import { secure, type SecureStream } from "../../client/secure_stream.ts";
import { ServerCertificate } from "../../client/server_certificate.ts";
import { CERTIFICATE_NAME as name, certificateIn } from "../../server/protocol/certificates.ts";
import { certificate as made } from "../support/certificates.ts";
import { hashOf, NOBODY as signal } from "./tls_support.ts";

const IDENTITY = await made({ names: [name] });
const MANY = 3_000_000;
/** More than what a system keeps of what was sent and not read. */
const BYTES_UNDER_WAY_MAX = 32 << 20;

/** Runs `run` with both ends of a connection. */
function connected(
  what: string,
  run: (client: SecureStream, server: Deno.TlsConn) => Promise<void>,
): void {
  Deno.test({
    name: what,
    ignore: tlsIsOld(Deno.version.deno),
    fn: async () => {
      using listener = Deno.listenTls({ ...IDENTITY, hostname: "127.0.0.1", port: 0 });
      const address = { hostname: "localhost", port: listener.addr.port };
      const certificate = new ServerCertificate(certificateIn(IDENTITY.cert) ?? new Uint8Array());
      const [server, client] = await Promise.all([
        listener.accept().then(async (connection) => {
          await connection.handshake();
          return connection;
        }),
        secure({ address, clock, signal }, { is: "pinned", certificate, name }),
      ]);
      using _server = server;
      try {
        await run(client, server);
      } finally {
        client.close();
      }
    },
  });
}

type Reader = Pick<SecureStream, "read">;
type Writer = Pick<SecureStream, "write">;

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31) % 251);
}

async function writeAll(writer: Writer, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await writer.write(bytes.subarray(done, done + 65_536));
}

async function readAll(reader: Reader, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const read = await reader.read(bytes.subarray(done));
    if (read === null) throw new Error(`the end after ${done} bytes`);
    done += read;
  }
  return bytes;
}

connected("what is sent arrives whole and in order, both ways at once", async (client, server) => {
  const bytes = pattern(MANY);
  const [there, back] = await Promise.all([
    readAll(server, MANY),
    readAll(client, MANY),
    writeAll(client, bytes),
    writeAll(server, bytes),
  ]);
  assertEquals(there, bytes);
  assertEquals(back, bytes);
});

connected("it is bound to the server's certificate", (client) => {
  assertEquals(client.binding, hashOf(IDENTITY));
  return Promise.resolve();
});

connected("what the server said before it left is read, then the end", async (client, server) => {
  await server.write(Uint8Array.of(1, 2, 3));
  await server.closeWrite();
  assertEquals(await readAll(client, 3), Uint8Array.of(1, 2, 3));
  assertEquals(await client.read(new Uint8Array(9)), null);
});

connected("closing ends a read and a write that wait for the server", async (client, server) => {
  const reading = assertRejects(() => client.read(new Uint8Array(9)), Deno.errors.UnexpectedEof);
  const writing = assertRejects(() => client.write(new Uint8Array(BYTES_UNDER_WAY_MAX)));
  // It is under way, and the rest of it will never be taken.
  await server.read(new Uint8Array(1));
  client.close();
  await Promise.all([reading, writing]);
  await assertRejects(() => client.write(new Uint8Array(1)), Deno.errors.UnexpectedEof);
});
