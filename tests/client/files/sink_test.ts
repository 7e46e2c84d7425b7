import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ProtocolError } from "../../../server/protocol/errors.ts";
import { diskError } from "../../../client/files/disk_error.ts";
import type { Described } from "../../../client/files/part.ts";
import { downloadsSink, pathSink, type Sink, streamSink } from "../../../client/files/sink.ts";
import { bytesOf, described, inFolder, namesIn } from "./support.ts";

const BYTES = bytesOf(1_000);
/** Windows makes links for the privileged alone. */
const linked = Deno.build.os !== "windows";

/** Takes `BYTES` as `file`, to the end. */
async function take(sink: Sink, file: Described = described(BYTES)): Promise<string | null> {
  const receipt = await sink.open(file, {});
  try {
    await receipt.write(BYTES.subarray(receipt.offset));
    return await receipt.finish();
  } finally {
    await receipt.close();
  }
}

Deno.test("a download is never put over another: the next of its name has a number", async () => {
  await inFolder(async (data) => {
    const sink = downloadsSink(data);
    const paths = [await take(sink), await take(sink), await take(sink)];
    assertEquals(paths.map((path) => path?.slice(data.length)), [
      "/client/downloads/report.pdf",
      "/client/downloads/report (1).pdf",
      "/client/downloads/report (2).pdf",
    ]);
    assertEquals(await namesIn(`${data}/client/receiving`), []);
    if (!linked) return;
    // What only looks like nothing is something, too.
    await Deno.symlink("/nowhere", `${data}/client/downloads/report (3).pdf`);
    assertStringIncludes(await take(sink) ?? "", "report (4).pdf");
    assertEquals(await namesIn(`${data}/client/receiving`), []);
  });
});

for (
  const [raw, name] of [
    ["../../../etc/passwd", "passwd"],
    ["C:\\Windows\\system.ini", "system.ini"],
    ["/", "file"],
    ["..", "file"],
    ["a\u0000b\nc\u202etxt.exe", "ab ctxt.exe"],
    ["NUL", "_NUL"],
  ] as const
) {
  Deno.test(`a hostile name ends within the downloads: ${JSON.stringify(raw)}`, async () => {
    await inFolder(async (folder) => {
      const data = `${folder}/chat-data`;
      const path = await take(downloadsSink(data), described(BYTES, raw));
      assertEquals(path, `${data}/client/downloads/${name}`);
      assertEquals(await namesIn(`${data}/client/downloads`), [name]);
      assertEquals([await namesIn(folder), await namesIn(data)], [["chat-data"], [".gitignore", "client"]]);
    });
  });
}

for (const folder of ["downloads", "receiving"]) {
  Deno.test(`nothing is written where ${folder} is a symbolic link`, { ignore: !linked }, async () => {
    await inFolder(async (data) => {
      await Deno.mkdir(`${data}/elsewhere`);
      await Deno.mkdir(`${data}/client`);
      await Deno.symlink(`${data}/elsewhere`, `${data}/client/${folder}`);
      const error = await assertRejects(() => take(downloadsSink(data)), ProtocolError);
      assertStringIncludes(error.message, "is a symbolic link");
      assertEquals(await namesIn(`${data}/elsewhere`), []);
    });
  });
}

Deno.test("a part that is a symbolic link is not written to", { ignore: !linked }, async () => {
  await inFolder(async (data) => {
    await Deno.mkdir(`${data}/client/receiving`, { recursive: true });
    await Deno.writeTextFile(`${data}/mine`, "mine");
    const { sha256 } = described(BYTES);
    await Deno.symlink(`${data}/mine`, `${data}/client/receiving/${sha256}.part`);
    const error = await assertRejects(() => take(downloadsSink(data)), ProtocolError);
    assertStringIncludes(error.message, "not a plain file");
    assertEquals(await Deno.readTextFile(`${data}/mine`), "mine");
  });
});

Deno.test("two that receive the same do not write one part, and both get the file", async () => {
  await inFolder(async (data) => {
    const sink = downloadsSink(data);
    const first = await sink.open(described(BYTES), {});
    await first.write(BYTES.subarray(0, 600));
    const second = await sink.open(described(BYTES), {});
    assertEquals(second.offset, 0);
    assertEquals((await namesIn(`${data}/client/receiving`)).length, 2);
    await second.write(BYTES);
    await first.write(BYTES.subarray(600));
    const paths = [await first.finish(), await second.finish()];
    for (const path of paths) assertEquals(await Deno.readFile(path ?? ""), BYTES);
    await first.close();
    await second.close();
    assertEquals(await namesIn(`${data}/client/receiving`), []);
  });
});

Deno.test("a part is found again, one that nobody would find goes, and so does an empty one", async () => {
  await inFolder(async (data) => {
    const sink = downloadsSink(data);
    const first = await sink.open(described(BYTES), {});
    await first.write(BYTES.subarray(0, 600));
    const second = await sink.open(described(BYTES), {});
    await second.write(BYTES.subarray(0, 700));
    await second.close();
    await first.close();
    const again = await sink.open(described(BYTES), {});
    assertEquals([again.offset, again.resumed], [600, true]);
    await again.close();
    const other = await sink.open(described(bytesOf(5)), {});
    await other.close();
    assertEquals(await namesIn(`${data}/client/receiving`), [`${described(BYTES).sha256}.part`]);
  });
});

Deno.test("what is not the file that was announced goes, and leaves no name behind", async () => {
  await inFolder(async (data) => {
    const error = await assertRejects(
      () => take(downloadsSink(data), { ...described(bytesOf(999)), size: 1_000 }),
      ProtocolError,
    );
    assertEquals(error.code, "file_mismatch");
    assertEquals([await namesIn(`${data}/client/receiving`), await namesIn(`${data}/client/downloads`)], [
      [],
      [],
    ]);
  });
});

Deno.test("a file goes to the path that was given, and never over what is there", async () => {
  await inFolder(async (data) => {
    const path = `${data}/mine.pdf`;
    assertEquals(await take(pathSink(path, data)), path);
    assertEquals(await Deno.readFile(path), BYTES);
    const error = await assertRejects(() => take(pathSink(path, data)), ProtocolError);
    assertStringIncludes(error.message, "is there already");
    // Or came to be there while the file did.
    const other = pathSink(`${data}/other.pdf`, data);
    const receipt = await other.open(described(BYTES), {});
    await receipt.write(BYTES);
    await Deno.writeTextFile(`${data}/other.pdf`, "mine");
    await assertRejects(() => receipt.finish(), ProtocolError, "is there already");
    await receipt.close();
    assertEquals(await Deno.readTextFile(`${data}/other.pdf`), "mine");
    assertEquals((await namesIn(`${data}/client/receiving`)).length, 1);
  });
});

Deno.test("a path in a folder that is not there is told at once", async () => {
  await inFolder(async (data) => {
    const error = await assertRejects(
      () => pathSink(`${data}/no/x`, data).open(described(BYTES), {}),
      ProtocolError,
    );
    assertEquals(error.code, "no_such_file");
  });
});

Deno.test("a disk that is full is told in a sentence that says what to do", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  using file = await Deno.open("/dev/full", { write: true });
  const thrown: unknown = await assertRejects(() => file.write(new Uint8Array(1)));
  const { code, message } = diskError(thrown, "it");
  assertEquals([code, message], ["storage_full", "The disk of it is full. Make room there, and try again."]);
});

Deno.test("an output that nobody reads any more ends the file", async () => {
  const sink = streamSink({ write: () => Promise.reject(new Deno.errors.BrokenPipe("closed")) });
  const error = await assertRejects(() => take(sink), ProtocolError);
  assertStringIncludes(error.message, "Nobody reads it any more");
  assert(error.code === "storage_failed");
});
