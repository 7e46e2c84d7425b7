/**
 * What a machine and Deno do at most, to hold the server against: a process that says `[LISTENING]` and then either
 *
 *     echo         writes what it reads to a file, syncs it, and sends it back
 *     pour BYTES   sends everybody that many bytes, from the moment that they send one
 */

import type { Address } from "../../client/address.ts";
import { HOST, inTemporaryFolder, ServerProcess } from "./server_process.ts";

const CHUNK_BYTES = 65_536;

/** Gives `use` the address of a bare server. */
export function withBareServer<T>(mode: string[], use: (address: Address) => Promise<T>): Promise<T> {
  return inTemporaryFolder(async (folder) => {
    const instead = ["run", "-A", import.meta.url, ...mode];
    const { server, port } = await ServerProcess.start({ folder, port: 0, instead });
    try {
      return await use({ hostname: HOST, port });
    } finally {
      await server.kill();
    }
  });
}

/** Seconds until each of `readers` connections got its `bytes` bytes, which are sent to all at once. */
export function pour(bytes: number, readers: number): Promise<number> {
  return withBareServer(["pour", String(bytes)], async (address) => {
    const connections = await Promise.all(Array.from({ length: readers }, () => Deno.connect(address)));
    const began = performance.now();
    await Promise.all(connections.map(async (connection) => {
      await connection.write(new Uint8Array(1));
      const buffer = new Uint8Array(CHUNK_BYTES);
      for (let left = bytes; left > 0;) left -= await connection.read(buffer) ?? left;
      connection.close();
    }));
    return (performance.now() - began) / 1_000;
  });
}

async function echo(connection: Deno.TcpConn, file: Deno.FsFile): Promise<void> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
    await writeAll(file, buffer.subarray(0, n));
    await file.syncData();
    await writeAll(connection, buffer.subarray(0, n));
  }
}

async function pourOut(connection: Deno.TcpConn, bytes: number): Promise<void> {
  await connection.read(new Uint8Array(1));
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
    await writeAll(connection, chunk.subarray(0, Math.min(left, CHUNK_BYTES)));
  }
}

async function writeAll(
  to: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await to.write(bytes.subarray(done));
}

/** Runs until it is killed. */
async function main([mode, bytes]: readonly string[]): Promise<void> {
  const file = await Deno.open("echoed", { append: true, create: true });
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  console.log(`[LISTENING] on ${HOST}:${listener.addr.port}`);
  for await (const connection of listener) {
    connection.setNoDelay(true);
    const served = mode === "echo" ? echo(connection, file) : pourOut(connection, Number(bytes));
    // Whoever goes away has got what they came for.
    served.catch(() => connection.close());
  }
}

if (import.meta.main) await main(Deno.args);
