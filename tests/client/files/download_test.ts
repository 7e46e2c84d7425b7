import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CHUNK_BYTES_MAX } from "../../../server/protocol/limits.ts";
import { downloadsSink, pathSink, streamSink } from "../../../client/files/sink.ts";
import { entry } from "../support.ts";
import { bytesOf, chunkFrame, described, inFolder, namesIn, Scene } from "./support.ts";

const WINDOW = 8 * CHUNK_BYTES_MAX;

/** A writer that keeps what it gets. */
class Kept {
  bytes: number[] = [];

  write(bytes: Uint8Array): Promise<number> {
    const some = bytes.subarray(0, 1_000);
    this.bytes.push(...some);
    return Promise.resolve(some.length);
  }
}

Deno.test("a file comes in order, is acknowledged, and stands among the downloads for its owner alone", async () => {
  await inFolder(async (data) => {
    await using scene = await Scene.open();
    const bytes = bytesOf(100_000);
    const transfer = scene.transfers.get("lobby", 12, downloadsSink(data));
    const get = await scene.giveGet(3, described(bytes), WINDOW, [0, bytes.subarray(0, 60_000)]);
    assertEquals([get["room"], get["file"], get["offset"]], ["lobby", 12, undefined]);
    const received = await scene.peer.expect("received");
    assertEquals([received["transfer"], received["offset"], received["id"]], [3, 60_000, undefined]);
    assertEquals([transfer.name, transfer.size, transfer.moved, transfer.stage], [
      "report.pdf",
      100_000,
      60_000,
      "moving",
    ]);
    await scene.peer.raw(chunkFrame(3, 60_000, bytes.subarray(60_000)));
    assertEquals((await scene.peer.expect("received"))["offset"], 100_000);
    await scene.peer.send({ type: "done", transfer: 3 });
    const path = `${data}/client/downloads/report.pdf`;
    const { end } = await scene.events.until("transfer");
    assertEquals(end, { is: "got", path, name: "report.pdf", size: 100_000 });
    assertEquals(await Deno.readFile(path), bytes);
    if (Deno.build.os !== "windows") assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    assertEquals(await namesIn(`${data}/client/receiving`), []);
  });
});

Deno.test("a file that comes whole with the answer, and an empty one, are got", async () => {
  await inFolder(async (data) => {
    await using scene = await Scene.open();
    const bytes = bytesOf(10);
    const first = scene.transfers.get("lobby", 1, downloadsSink(data));
    const get = await scene.peer.expect("get");
    await scene.peer.send({ type: "ok", re: get["id"], transfer: 1, ...described(bytes), window: WINDOW });
    await scene.peer.raw(chunkFrame(1, 0, bytes));
    await scene.peer.send({ type: "done", transfer: 1 });
    assertEquals((await first.ended).is, "got");
    const second = scene.transfers.get("lobby", 2, downloadsSink(data));
    await scene.giveGet(2, described(new Uint8Array(), "empty"), WINDOW);
    assertEquals((await second.ended).is, "got");
    assertEquals(await namesIn(`${data}/client/downloads`), ["empty", "report.pdf"]);
  });
});

Deno.test("after a drop the file is asked for from where it stands on the disk", async () => {
  await inFolder(async (data) => {
    await using scene = await Scene.open();
    const bytes = bytesOf(100_000);
    const transfer = scene.transfers.get("lobby", 1, downloadsSink(data));
    await scene.giveGet(1, described(bytes), WINDOW, [0, bytes.subarray(0, 50_000)]);
    await scene.peer.expect("received");
    await scene.reconnect();
    const rest = bytes.subarray(50_000);
    const again = await scene.giveGet(9, described(bytes), WINDOW, [50_000, rest]);
    assertEquals(again["offset"], 50_000);
    await scene.peer.expect("received");
    assertEquals((await transfer.ended).is, "got");
    assertEquals(await Deno.readFile(`${data}/client/downloads/report.pdf`), bytes);
  });
});

Deno.test("another client finds the part, cancels what would come twice, and asks for the rest", async () => {
  await inFolder(async (data) => {
    const bytes = bytesOf(100_000);
    {
      await using scene = await Scene.open();
      scene.transfers.get("lobby", 1, downloadsSink(data));
      await scene.giveGet(1, described(bytes), WINDOW, [0, bytes.subarray(0, 50_000)]);
      await scene.peer.expect("received");
    }
    assertEquals((await namesIn(`${data}/client/receiving`)).length, 1);
    await using scene = await Scene.open();
    const transfer = scene.transfers.get("lobby", 1, downloadsSink(data));
    const first = await scene.giveGet(1, described(bytes), WINDOW, [0, bytes.subarray(0, 10)]);
    assertEquals(first["offset"], undefined);
    await scene.takeCancel(1);
    const second = await scene.giveGet(2, described(bytes), WINDOW, [50_000, bytes.subarray(50_000)]);
    assertEquals(second["offset"], 50_000);
    await scene.peer.expect("received");
    const end = await transfer.ended;
    assert(end.is === "got");
    assertEquals(await Deno.readFile(end.path ?? ""), bytes);
  });
});

Deno.test("where the entry is known, the part is looked for before anything is asked", async () => {
  await inFolder(async (data) => {
    const bytes = bytesOf(1_000);
    const known = described(bytes);
    await Deno.mkdir(`${data}/client/receiving`, { recursive: true });
    const part = `${data}/client/receiving/${known.sha256}.part`;
    await Deno.writeFile(part, bytes.subarray(0, 400));
    await using scene = await Scene.open();
    const transfer = scene.transfers.get("lobby", 1, downloadsSink(data), known);
    const get = await scene.giveGet(1, known, WINDOW, [400, bytes.subarray(400)]);
    assertEquals(get["offset"], 400);
    await scene.peer.expect("received");
    assertEquals((await transfer.ended).is, "got");
    // All of it is here: nothing is asked at all.
    await Deno.writeFile(part, bytes);
    const again = await scene.transfers.get("lobby", 1, downloadsSink(data), known).ended;
    assertEquals(again.is === "got" && again.path, `${data}/client/downloads/report (1).pdf`);
  });
});

Deno.test("an older part that was of another file goes, and the file comes once more from its start", async () => {
  await inFolder(async (data) => {
    const bytes = bytesOf(1_000);
    const known = described(bytes);
    await Deno.mkdir(`${data}/client/receiving`, { recursive: true });
    await Deno.writeFile(`${data}/client/receiving/${known.sha256}.part`, new Uint8Array(400));
    await using scene = await Scene.open();
    const transfer = scene.transfers.get("lobby", 1, downloadsSink(data), known);
    await scene.giveGet(1, known, WINDOW, [400, bytes.subarray(400)]);
    await scene.peer.expect("received");
    const again = await scene.giveGet(2, known, WINDOW, [0, bytes]);
    assertEquals(again["offset"], undefined);
    await scene.peer.expect("received");
    const end = await transfer.ended;
    assertEquals(await Deno.readFile(end.is === "got" ? end.path ?? "" : ""), bytes);
  });
});

Deno.test("a part that is longer than the file is begun anew", async () => {
  await inFolder(async (data) => {
    const bytes = bytesOf(1_000);
    const known = described(bytes);
    await Deno.mkdir(`${data}/client/receiving`, { recursive: true });
    await Deno.writeFile(`${data}/client/receiving/${known.sha256}.part`, new Uint8Array(1_001));
    await using scene = await Scene.open();
    const transfer = scene.transfers.get("lobby", 1, downloadsSink(data), known);
    const get = await scene.giveGet(1, known, WINDOW, [0, bytes]);
    assertEquals(get["offset"], undefined);
    await scene.peer.expect("received");
    const end = await transfer.ended;
    assertEquals(await Deno.readFile(end.is === "got" ? end.path ?? "" : ""), bytes);
  });
});

Deno.test("a file whose bytes are not those of its hash is refused, and nothing of it stays", async () => {
  await inFolder(async (data) => {
    await using scene = await Scene.open();
    const transfer = scene.transfers.get("lobby", 1, downloadsSink(data));
    const file = { ...described(bytesOf(10)), size: 10 };
    await scene.giveGet(1, file, WINDOW, [0, new Uint8Array(10)]);
    await scene.peer.expect("received");
    const end = await transfer.ended;
    assertEquals(end.is === "failed" && end.error.code, "file_mismatch");
    assertEquals([await namesIn(`${data}/client/receiving`), await namesIn(`${data}/client/downloads`)], [
      [],
      [],
    ]);
  });
});

Deno.test("a server that gives another file than the entry said is refused", async () => {
  await inFolder(async (data) => {
    await using scene = await Scene.open();
    const transfer = scene.transfers.get("lobby", 1, downloadsSink(data), described(bytesOf(10)));
    await scene.giveGet(1, described(bytesOf(11)), WINDOW);
    await scene.takeCancel(1);
    const end = await transfer.ended;
    assertEquals(end.is === "failed" && end.error.code, "file_mismatch");
  });
});

const file = described(bytesOf(1_000));
for (
  const [what, breach] of [
    ["leaves bytes out", (scene: Scene) => scene.peer.raw(chunkFrame(1, 101, bytesOf(10)))],
    ["sends bytes twice", (scene: Scene) => scene.peer.raw(chunkFrame(1, 99, bytesOf(10)))],
    ["goes past the size", (scene: Scene) => scene.peer.raw(chunkFrame(1, 100, bytesOf(901)))],
    ["goes beyond the window", (scene: Scene) => scene.peer.raw(chunkFrame(1, 100, bytesOf(201)))],
    ["says done too early", (scene: Scene) => scene.peer.send({ type: "done", transfer: 1 })],
    [
      "acknowledges what it sends",
      (scene: Scene) => scene.peer.send({ type: "received", transfer: 1, offset: 1 }),
    ],
  ] as const
) {
  Deno.test(`a server that ${what} fails that download, which is cancelled, and the connection goes on`, async () => {
    await inFolder(async (data) => {
      await using scene = await Scene.open();
      const transfer = scene.transfers.get("lobby", 1, downloadsSink(data));
      await scene.giveGet(1, file, 200, [0, bytesOf(1_000).subarray(0, 100)]);
      await scene.peer.expect("received");
      await breach(scene);
      await scene.takeCancel(1);
      const end = await transfer.ended;
      assert(end.is === "failed");
      assert(["bad_frame", "file_mismatch"].includes(end.error.code), end.error.code);
      // Chunks of a transfer that is over are passed over.
      await scene.peer.raw(chunkFrame(1, 100, bytesOf(100)));
      await scene.peer.send(entry(1));
      await scene.events.until("entry");
      assertEquals(await namesIn(`${data}/client/downloads`), []);
    });
  });
}

for (const window of [0, 2 ** 40]) {
  Deno.test(`a server that wants to send ${window} bytes ahead is refused`, async () => {
    await inFolder(async (data) => {
      await using scene = await Scene.open();
      const transfer = scene.transfers.get("lobby", 1, downloadsSink(data));
      await scene.giveGet(1, file, window);
      await scene.takeCancel(1);
      const end = await transfer.ended;
      assertEquals(end.is === "failed" && end.error.code, "bad_frame");
    });
  });
}

Deno.test("a download that the server ends for a while goes on, for good it fails; the part stays", async () => {
  await inFolder(async (data) => {
    await using scene = await Scene.open();
    const transfer = scene.transfers.get("lobby", 1, downloadsSink(data));
    await scene.giveGet(1, file, WINDOW, [0, bytesOf(1_000).subarray(0, 100)]);
    await scene.peer.expect("received");
    await scene.peer.send(
      { type: "failed", transfer: 1, code: "storage_failed", message: "Later." },
      entry(1),
    );
    await scene.events.until("entry");
    await until(() => scene.clock.pending > 1);
    scene.clock.advance(5_000);
    const again = await scene.giveGet(2, file, WINDOW);
    assertEquals(again["offset"], 100);
    await scene.peer.send({ type: "failed", transfer: 2, code: "no_such_file", message: "It was removed." });
    const end = await transfer.ended;
    assertEquals(end.is === "failed" && end.error.message, "It was removed.");
    assertEquals(await namesIn(`${data}/client/receiving`), [`${file.sha256}.part`]);
  });
});

/** Lets what waits for nothing from outside happen, until `holds`. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => setTimeout(resolve));
}

Deno.test("a download that is cancelled is over, its part stays, and the server hears of it", async () => {
  await inFolder(async (data) => {
    await using scene = await Scene.open();
    const transfer = scene.transfers.get("lobby", 1, downloadsSink(data));
    await scene.giveGet(1, file, WINDOW, [0, bytesOf(1_000).subarray(0, 100)]);
    await scene.peer.expect("received");
    transfer.cancel();
    await scene.takeCancel(1);
    assertEquals((await scene.events.until("transfer")).end, { is: "cancelled" });
    assertEquals(await namesIn(`${data}/client/receiving`), [`${file.sha256}.part`]);
  });
});

Deno.test("a stream gets the bytes, over a drop too, and is told at the end where they are not the file's", async () => {
  await using scene = await Scene.open();
  const bytes = bytesOf(20_000);
  const out = new Kept();
  const transfer = scene.transfers.get("lobby", 1, streamSink(out));
  await scene.giveGet(1, described(bytes), WINDOW, [0, bytes.subarray(0, 5_000)]);
  await scene.peer.expect("received");
  await scene.reconnect();
  const again = await scene.giveGet(1, described(bytes), WINDOW, [5_000, bytes.subarray(5_000)]);
  assertEquals(again["offset"], 5_000);
  await scene.peer.expect("received");
  assertEquals(await transfer.ended, { is: "got", path: null, name: "report.pdf", size: 20_000 });
  assertEquals(new Uint8Array(out.bytes), bytes);
  const lie = scene.transfers.get("lobby", 1, streamSink(new Kept()));
  await scene.giveGet(2, described(bytes), WINDOW, [0, bytesOf(20_001).subarray(1)]);
  await scene.peer.expect("received");
  const end = await lie.ended;
  assertEquals(end.is === "failed" && end.error.code, "file_mismatch");
});

Deno.test("a file to a path where something is already is cancelled before it comes", async () => {
  await inFolder(async (data) => {
    await using scene = await Scene.open();
    const path = `${data}/mine.pdf`;
    await Deno.writeTextFile(path, "mine");
    const transfer = scene.transfers.get("lobby", 1, pathSink(path, data));
    await scene.giveGet(1, file, WINDOW);
    await scene.takeCancel(1);
    const end = await transfer.ended;
    assert(end.is === "failed");
    assertStringIncludes(end.error.message, `${path} is there already`);
    assertEquals(await Deno.readTextFile(path), "mine");
  });
});

Deno.test("messages are read while a file comes, and a file while messages do", async () => {
  await inFolder(async (data) => {
    await using scene = await Scene.open();
    const bytes = bytesOf(300_000);
    const transfer = scene.transfers.get("lobby", 1, downloadsSink(data));
    await scene.giveGet(1, described(bytes), 60_000);
    let acknowledged = 0;
    for (let at = 0, seq = 1; at < bytes.length; at += 20_000, seq++) {
      while (at + 20_000 > acknowledged + 60_000) {
        acknowledged = Number((await scene.peer.expect("received"))["offset"]);
      }
      await scene.peer.raw(chunkFrame(1, at, bytes.subarray(at, at + 20_000)));
      await scene.peer.send(entry(seq));
      assertEquals((await scene.events.until("entry")).event.seq, seq);
    }
    while (acknowledged < bytes.length) {
      acknowledged = Number((await scene.peer.expect("received"))["offset"]);
    }
    const end = await transfer.ended;
    assertEquals(await Deno.readFile(end.is === "got" ? end.path ?? "" : ""), bytes);
  });
});
