/** Files in JSON mode. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { bytesOf, chunkFrame, described, inFolder, namesIn } from "./files/support.ts";
import { Lines, play } from "./play.ts";
import { entry } from "./support.ts";

function parsed(lines: readonly string[]): unknown[] {
  return lines.map((line): unknown => JSON.parse(line));
}

Deno.test("in JSON a put names a path, is told about once a second, and done; the end of the input waits for it", async () => {
  await inFolder(async (folder) => {
    const bytes = bytesOf(1_000);
    await Deno.writeFile(`${folder}/report.pdf`, bytes);
    const out = new Lines();
    const input = [JSON.stringify({ type: "put", id: 4, room: "lobby", path: `${folder}/report.pdf` })];
    const { code } = await play({ input, json: true, out }, async (peer, _stop, clock) => {
      await peer.admit(0);
      const put = await peer.expect("put");
      assertEquals([put["name"], put["size"], put["sha256"], put["path"]], [
        "report.pdf",
        1_000,
        described(bytes).sha256,
        undefined,
      ]);
      await peer.ok(put, { transfer: 77, offset: 0, window: 600 });
      await peer.chunk();
      await peer.send({ type: "received", transfer: 77, offset: 600 });
      await peer.chunk();
      clock.advance(1_000);
      // Nothing has moved since.
      clock.advance(1_000);
      await peer.send({ type: "done", transfer: 77, room: "lobby", file: 9, seq: 9 });
      await out.until(3);
      // The end waits for the entry, too.
      await peer.send(entry(9));
      await peer.farewell();
    });
    assertEquals(code, 0);
    assertEquals(parsed(out.all), [
      { type: "ok", re: 4, transfer: 1 },
      { type: "received", transfer: 1, offset: 600 },
      { type: "done", transfer: 1, room: "lobby", file: 9, seq: 9 },
      entry(9),
    ]);
  });
});

Deno.test("in JSON a get goes to the downloads or to a path, and a failed one makes the exit code 1", async () => {
  await inFolder(async (data) => {
    const bytes = bytesOf(10);
    const out = new Lines();
    const input = [
      '{"type":"get","id":1,"room":"lobby","file":5}',
      JSON.stringify({ type: "get", id: 2, room: "lobby", file: 5, path: `${data}/here` }),
      '{"type":"get","id":3,"room":"lobby","file":6}',
    ];
    const { code, err } = await play({ input, json: true, out, data }, async (peer) => {
      await peer.admit(0);
      for (const transfer of [1, 2]) {
        await peer.ok(await peer.expect("get"), { transfer, ...described(bytes), window: 100 });
      }
      await peer.refuse(await peer.expect("get"), "no_such_file", "There is no file 6.");
      for (const transfer of [1, 2]) {
        await peer.raw(chunkFrame(transfer, 0, bytes));
        await peer.expect("received");
      }
      await peer.farewell();
    });
    assertEquals(code, 1);
    assertEquals(
      parsed(out.all.toSorted()),
      [
        { type: "done", transfer: 1, path: `${data}/client/downloads/report.pdf` },
        { type: "done", transfer: 2, path: `${data}/here` },
        { type: "failed", transfer: 3, code: "no_such_file", message: "There is no file 6." },
        { type: "ok", re: 1, transfer: 1 },
        { type: "ok", re: 2, transfer: 2 },
        { type: "ok", re: 3, transfer: 3 },
      ].toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1),
    );
    assertStringIncludes(err.join("\n"), "There is no file 6.");
    assertEquals(await Deno.readFile(`${data}/here`), bytes);
  });
});

Deno.test("in JSON a transfer is cancelled by its number here, not by the server's", async () => {
  await inFolder(async (data) => {
    const out = new Lines();
    let send: (line: string) => void = () => {};
    let end: () => void = () => {};
    const input = new ReadableStream<string>({
      start: (controller) => {
        send = (line) => controller.enqueue(line);
        end = () => controller.close();
      },
    });
    send('{"type":"get","id":1,"room":"lobby","file":5}');
    await play({ input, json: true, out, data }, async (peer) => {
      await peer.admit(0);
      const get = await peer.expect("get");
      await peer.ok(get, { transfer: 70, ...described(bytesOf(10)), window: 100 });
      await peer.raw(chunkFrame(70, 0, bytesOf(4)));
      await peer.expect("received");
      send('{"type":"cancel","id":2,"transfer":70}');
      send('{"type":"cancel","id":3,"transfer":1}');
      const cancel = await peer.expect("cancel");
      assertEquals(cancel["transfer"], 70);
      await peer.ok(cancel, { transfer: 70 });
      end();
      await peer.farewell();
    });
    assertEquals(parsed(out.all), [
      { type: "ok", re: 1, transfer: 1 },
      { type: "error", re: 2, code: "no_such_transfer", message: "There is no transfer 70 any more." },
      { type: "ok", re: 3, transfer: 1 },
      { type: "cancelled", transfer: 1 },
    ]);
    assertEquals((await namesIn(`${data}/client/receiving`)).length, 1);
  });
});

Deno.test("in JSON a put as on the wire is told that it wants a path", async () => {
  const sha256 = "0".repeat(64);
  const input = [
    JSON.stringify({ type: "put", id: 1, room: "lobby", name: "a", size: 1, sha256 }),
    '{"type":"get","id":2,"room":"lobby","file":"report.pdf"}',
    '{"type":"cancel","id":3}',
  ];
  const { out } = await play({ input, json: true }, async (peer) => {
    await peer.admit(0);
    await peer.farewell();
  });
  assertEquals(out.map((line) => /"re":(\d),"code":"bad_request"/.exec(line)?.[1]), ["1", "2", "3"]);
  assertStringIncludes(out[0] ?? "", "the path of the file that is to be sent");
});

Deno.test("in JSON a path without the right to it is refused at once, with what to do instead", {
  permissions: { net: true, read: false, write: false },
}, async () => {
  const input = [
    '{"type":"put","id":1,"room":"lobby","path":"/home/maya/report.pdf"}',
    '{"type":"get","id":2,"room":"lobby","file":1,"path":"/home/maya/report.pdf"}',
  ];
  const { out } = await play({ input, json: true }, async (peer) => {
    await peer.admit(0);
    await peer.farewell();
  });
  assertEquals(out.map((line) => /"re":(\d),"code":"not_allowed"/.exec(line)?.[1]), ["1", "2"]);
  assertStringIncludes(out[0] ?? "", "chat-data/client/outbox/");
});
