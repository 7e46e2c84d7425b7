import { assert, assertEquals } from "@std/assert";
import { Proxy } from "../../scripts/support/proxy.ts";
import { HOST } from "../../scripts/support/server_process.ts";

const TEXT = new TextEncoder().encode("over the line");

/** Gives `use` a line, what its client has of it, and what its server has. */
async function withLine(
  use: (proxy: Proxy, client: Deno.TcpConn, server: Deno.TcpConn) => Promise<void>,
): Promise<void> {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  const proxy = new Proxy(listener.addr.port, Infinity);
  using client = await Deno.connect({ hostname: HOST, port: proxy.port });
  using server = await listener.accept();
  await use(proxy, client, server);
  await proxy.close();
}

async function readAll(connection: Deno.TcpConn, bytes: number): Promise<string> {
  const into = new Uint8Array(bytes);
  for (let done = 0; done < bytes;) {
    const some = await connection.read(into.subarray(done));
    if (some === null) break;
    done += some;
  }
  return new TextDecoder().decode(into);
}

/** Whether the other end has ended the connection, in whatever way. */
async function isOver(connection: Deno.TcpConn): Promise<boolean> {
  try {
    return await connection.read(new Uint8Array(1)) === null;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionReset;
  }
}

Deno.test("a line carries bytes both ways and counts them", () =>
  withLine(async (proxy, client, server) => {
    await client.write(TEXT);
    assertEquals(await readAll(server, TEXT.length), "over the line");
    await server.write(TEXT.subarray(0, 4));
    assertEquals(await readAll(client, 4), "over");
    assertEquals([proxy.sent("up"), proxy.sent("down")], [TEXT.length, 4]);
  }));

Deno.test("a cut ends both sides of a line, and the next connection is carried", async () => {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  const proxy = new Proxy(listener.addr.port, Infinity);
  {
    using client = await Deno.connect({ hostname: HOST, port: proxy.port });
    using server = await listener.accept();
    await client.write(TEXT);
    await readAll(server, TEXT.length);
    proxy.cut();
    assert(await isOver(client));
    assert(await isOver(server));
  }
  using client = await Deno.connect({ hostname: HOST, port: proxy.port });
  using server = await listener.accept();
  await client.write(TEXT);
  assertEquals(await readAll(server, TEXT.length), "over the line");
  assertEquals(proxy.sent("up"), 2 * TEXT.length);
  await proxy.close();
});

Deno.test("what is sent while a line stands still is counted, and lost with the cut", () =>
  withLine(async (proxy, client, server) => {
    proxy.stall();
    await client.write(TEXT);
    while (proxy.sent("up") < TEXT.length) await new Promise((resolve) => setTimeout(resolve, 1));
    proxy.cut();
    assert(await isOver(server));
    assert(await isOver(client));
  }));

Deno.test("a line to nobody ends at once", async () => {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  listener.close();
  const proxy = new Proxy(listener.addr.port, Infinity);
  using client = await Deno.connect({ hostname: HOST, port: proxy.port });
  assert(await isOver(client));
  await proxy.close();
});
