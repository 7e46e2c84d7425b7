import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../../server/protocol/errors.ts";
import { openSource, READ_BYTES, spoolSource } from "../../../client/files/source.ts";
import { bytesOf, inFolder, namesIn, sha256 } from "./support.ts";

Deno.test("a file is read once for its hash, telling how far, and then at any place", async () => {
  await inFolder(async (folder) => {
    const bytes = bytesOf(READ_BYTES + 1_000);
    await Deno.writeFile(`${folder}/data.bin`, bytes);
    const told: (readonly [number, number | null])[] = [];
    const source = await openSource(`${folder}/data.bin`, "data.bin", folder, {
      progress: (read, size) => told.push([read, size]),
    });
    assertEquals([source.name, source.size, source.sha256], ["data.bin", bytes.length, sha256(bytes)]);
    assertEquals(told, [[READ_BYTES, bytes.length], [bytes.length, bytes.length]]);
    const some = new Uint8Array(100);
    for (const at of [200_000, 0, 100, 263_000]) {
      assert(await source.read(some, at));
      assertEquals(some, bytes.slice(at, at + 100));
    }
    assertEquals(await source.read(some, bytes.length - 99), false);
    assertEquals(await source.changed(), false);
    await Deno.truncate(`${folder}/data.bin`, 10);
    assertEquals(await source.changed(), true);
    await source.close();
  });
});

for (
  const [what, make, code] of [
    ["nothing is", () => Promise.resolve(), "no_such_file"],
    ["a folder is", (path: string) => Deno.mkdir(path), "bad_request"],
    [
      "a file over the server's limit is",
      (path: string) => Deno.writeFile(path, bytesOf(101)),
      "file_too_large",
    ],
  ] as const
) {
  Deno.test(`where ${what}, that is told in a sentence`, async () => {
    await inFolder(async (folder) => {
      await make(`${folder}/it`);
      const error = await assertRejects(
        () => openSource(`${folder}/it`, "it", folder, { bytesMax: 100 }),
        ProtocolError,
      );
      assertEquals(error.code, code);
    });
  });
}

Deno.test("a pipe is not waited for", { ignore: Deno.build.os === "windows" }, async () => {
  await inFolder(async (folder) => {
    const { success } = await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    assert(success);
    const error = await assertRejects(() => openSource(`${folder}/pipe`, "pipe", folder), ProtocolError);
    assertEquals(error.code, "bad_request");
  });
});

Deno.test("a name of which nothing is left is refused before anything is read", async () => {
  const error = await assertRejects(() => openSource("/nowhere", "../..", "/nowhere"), ProtocolError);
  assertEquals(error.code, "bad_request");
});

Deno.test("reading stops where it is no longer wanted", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/data.bin`, bytesOf(READ_BYTES * 2));
    const stop = new AbortController();
    const read: number[] = [];
    await assertRejects(() =>
      openSource(`${folder}/data.bin`, "data.bin", folder, {
        signal: stop.signal,
        progress: (bytes) => {
          read.push(bytes);
          stop.abort();
        },
      }), ProtocolError);
    assertEquals(read, [READ_BYTES]);
  });
});

Deno.test("a stream is kept aside for its owner alone until the source is closed", async () => {
  await inFolder(async (data) => {
    const bytes = bytesOf(100_000);
    const stream = ReadableStream.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]);
    const source = await spoolSource(stream, "report.pdf", data);
    assertEquals([source.name, source.size, source.sha256], ["report.pdf", 100_000, sha256(bytes)]);
    const [spool = ""] = await namesIn(`${data}/client/sending`);
    assert(/^[0-9a-f-]{36}\.spool$/.test(spool), spool);
    if (Deno.build.os !== "windows") {
      assertEquals(((await Deno.stat(`${data}/client/sending/${spool}`)).mode ?? 0) & 0o777, 0o600);
    }
    const some = new Uint8Array(10);
    assert(await source.read(some, 69_995));
    assertEquals(some, bytes.slice(69_995, 70_005));
    await source.close();
    assertEquals(await namesIn(`${data}/client/sending`), []);
  });
});

Deno.test("of a stream that is stopped, breaks or is too long nothing stays, and it is cancelled", async () => {
  await inFolder(async (data) => {
    const stop = new AbortController();
    let cancelled = 0;
    const silent = () => new ReadableStream<Uint8Array>({ cancel: () => void cancelled++ });
    const waiting = assertRejects(
      () => spoolSource(silent(), "a", data, { signal: stop.signal }),
      ProtocolError,
    );
    stop.abort();
    await waiting;
    await assertRejects(
      () => spoolSource(new ReadableStream({ start: (it) => it.error(new Error("broken")) }), "a", data),
      ProtocolError,
      "broken",
    );
    const endless = new ReadableStream<Uint8Array>({
      pull: (it) => it.enqueue(bytesOf(60)),
      cancel: () => void cancelled++,
    });
    const error = await assertRejects(
      () => spoolSource(endless, "a", data, { bytesMax: 100 }),
      ProtocolError,
    );
    assertEquals([error.code, cancelled], ["file_too_large", 2]);
    assertEquals(await namesIn(`${data}/client/sending`), []);
  });
});
