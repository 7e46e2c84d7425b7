/** What clients send that are broken, or want to break something: each has its error, and nothing else comes of it. */

import { assert, assertEquals } from "@std/assert";
import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "../../server/protocol/limits.ts";
import { fullDisk } from "../files/support.ts";
import { hold } from "../history/support.ts";
import { NO_CORPUS, tortureCases } from "../support/corpus.ts";
import {
  asked,
  begin,
  bytesOf,
  contents,
  endOf,
  failure,
  fetchFile,
  rest,
  sendPart,
  sha256Of,
} from "./file_people.ts";
import { FOLDER, Guest, memoryDisk, quickHouse } from "./guests.ts";

const BYTES = bytesOf(1, 1_000);

async function tea() {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const bo = await Guest.enter(house, "Bo");
  await bo.ok("create", { room: "tea" });
  const kim = await Guest.enter(house, "Kim", { rooms: ["tea"] });
  return { disk, house, bo, kim };
}

const torture = tortureCases();

Deno.test(
  `no name makes a path, and what others are shown of it is one that can be written anywhere${
    torture === null ? ` (without the torture file: ${NO_CORPUS})` : ""
  }`,
  async () => {
    const { disk, house, bo, kim } = await tea();
    const roots = [disk.names(FOLDER), disk.names(`${FOLDER}/0`)];
    const names = [
      ...[
        "../../x",
        "C:\\x",
        "CON",
        "a/b",
        "x".repeat(300),
        "",
        "\u202egpj.exe",
        "a\0b",
        "a...",
        "a:b",
        "/",
        "..",
      ],
      ...(torture ?? []).map(({ value }) => value),
    ];
    let put = 0;
    for (const name of names) {
      const outcome = await bo.outcome("put", asked(new Uint8Array(), { name }));
      assert(["ok", "bad_request"].includes(outcome), `${JSON.stringify(name)}: ${outcome}`);
      if (outcome === "ok") await endOf(bo, ++put);
    }
    const shown = (await kim.events("entry")).map(({ name = "" }) => name);
    assertEquals(shown.length, put);
    assert(put >= 9, `${put} were put`);
    for (const name of shown) assert(/^[^/\\:*?"<>|\p{Cc}\p{Cf}]+$/u.test(name) && !/[. ]$/.test(name), name);
    assertEquals([disk.names(FOLDER), disk.names(`${FOLDER}/0`)], roots);
    assertEquals(disk.names(`${FOLDER}/1`), ["files", "history", "room.json"]);
    assertEquals(contents(disk), [sha256Of(new Uint8Array())], "none of them is in the name of a file");
    await house.rooms.end();
  },
);

/** Chunks that are not the next one, and what the put ends with; the last is what can be gone on with after it. */
const CHUNKS:
  readonly (readonly [what: string, offset: number, bytes: number, code: string, left: number])[] = [
    ["one too far on", 101, 10, "bad_request", 100],
    ["one that came before", 0, 100, "bad_request", 100],
    ["one that overlaps", 99, 10, "bad_request", 100],
    ["an empty one", 100, 0, "bad_request", 100],
    ["one that goes beyond the size", 100, 901, "file_mismatch", 0],
    ["one at the largest offset", Number.MAX_SAFE_INTEGER, 1, "bad_request", 100],
    ["one beyond the size that is not the next", 1_000, 1, "bad_request", 100],
  ];

for (const [what, offset, bytes, code, left] of CHUNKS) {
  Deno.test(`${what} ends a put with ${code}, and the connection goes on`, async () => {
    const { disk, house, bo } = await tea();
    const { transfer } = await begin(bo, BYTES);
    await sendPart(bo, transfer, BYTES, [0, 100]);
    await bo.visitor.handChunk(transfer, offset, new Uint8Array(bytes));
    assertEquals(await failure(bo, transfer), code);
    await rest(house);
    const again = await begin(bo, BYTES);
    assertEquals([again.offset, bo.visitor.finished], [left, false]);
    await sendPart(bo, again.transfer, BYTES, [left, BYTES.length]);
    assertEquals(await failure(bo, again.transfer), "done");
    assertEquals(await fetchFile(bo, 1), BYTES);
    await house.rooms.end();
    assertEquals(disk.openFiles, 0);
  });
}

Deno.test("an offset of 2^53 or more ends the connection with bad_frame, whether or not there is such a transfer", async () => {
  for (const transfer of [1, 99]) {
    const { disk, house, bo } = await tea();
    await begin(bo, BYTES);
    for (const offset of [2 ** 53, 2 ** 60]) await bo.visitor.handChunk(transfer, offset, BYTES);
    const last = (await bo.visitor.take()).at(-1);
    assertEquals([last?.is === "ending" && last.error.code, bo.visitor.finished], ["bad_frame", true]);
    await rest(house);
    await house.rooms.end();
    assertEquals([disk.openFiles, contents(disk)], [0, []]);
  }
});

Deno.test("chunks for transfers that are not there, of others, of a get, and that have ended change nothing", async () => {
  const { disk, house, bo, kim } = await tea();
  const { transfer } = await begin(bo, BYTES);
  for (const number of [0, transfer, 2, 2 ** 32 - 1]) {
    await kim.visitor.handChunk(number, 0, BYTES);
    assertEquals(await failure(kim, number), "no_such_transfer", `${number}`);
  }
  await sendPart(bo, transfer, BYTES, [0, BYTES.length]);
  assertEquals(await failure(bo, transfer), "done");
  await bo.visitor.handChunk(transfer, BYTES.length, BYTES);
  assertEquals(await failure(bo, transfer), "no_such_transfer");
  const get = await bo.ok("get", { room: "tea", file: 1 });
  await bo.visitor.handChunk(Number(get.transfer), 0, bytesOf(2, 1_000));
  await failure(bo, Number(get.transfer));
  assertEquals(await fetchFile(kim, 1), BYTES);
  assertEquals([bo.visitor.finished, kim.visitor.finished], [false, false]);
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});

Deno.test("who sends more than the window allows has the put ended, and what was within it is kept", async () => {
  const { disk, house, bo } = await tea();
  const bytes = bytesOf(2, 3 * WINDOW_BYTES);
  const { transfer } = await begin(bo, bytes);
  const writing = hold(disk, "write");
  for (let at = 0; at <= WINDOW_BYTES; at += CHUNK_BYTES_MAX) {
    await bo.visitor.handChunk(transfer, at, bytes.subarray(at, at + CHUNK_BYTES_MAX));
  }
  assertEquals(await failure(bo, transfer), "bad_request");
  writing.release();
  await rest(house);
  assertEquals((await begin(bo, bytes)).offset, WINDOW_BYTES);
  bo.drop();
  await rest(house);
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});

Deno.test("a hash that lies is found out at the end: nothing is listed, nothing stays, and it begins anew", async () => {
  const { disk, house, bo, kim } = await tea();
  const lie = { sha256: sha256Of(bytesOf(9, 9)) };
  for (const bytes of [BYTES, new Uint8Array()]) {
    const { transfer } = await begin(bo, bytes, lie);
    await sendPart(bo, transfer, bytes, [0, bytes.length]);
    assertEquals(await failure(bo, transfer), "file_mismatch");
    await rest(house);
    assertEquals(contents(disk), []);
  }
  assertEquals([await kim.events("entry"), (await kim.ok("files", { room: "tea" })).files], [[], []]);
  assertEquals((await begin(bo, BYTES, lie)).offset, 0);
  await house.rooms.end();
});

Deno.test("the hash of a file that is there, with another size, tells nothing of it", async () => {
  const { disk, house, bo, kim } = await tea();
  await bo.put("tea", "a", BYTES);
  for (const size of [0, 999, 1_001]) {
    const { transfer, offset } = await begin(kim, BYTES, { size });
    assertEquals(offset, 0);
    if (size > 0) await sendPart(kim, transfer, BYTES.subarray(0, Math.min(size, 999)), [0, 999]);
    if (size === 1_001) await kim.ok("cancel", { transfer });
    else assertEquals(await failure(kim, transfer), "file_mismatch");
  }
  await rest(house);
  assertEquals([contents(disk), await fetchFile(kim, 1)], [[sha256Of(BYTES)], BYTES]);
  await house.rooms.end();
});

Deno.test("a disk that is full in the middle is told with storage_full, to the operator, too, and the put goes on later", async () => {
  const { disk, house, bo, kim } = await tea();
  const bytes = bytesOf(2, 3 * CHUNK_BYTES_MAX);
  for (const failing of ["write", "sync", "rename"] as const) {
    const { transfer, offset } = await begin(bo, bytes);
    disk.hook = (operation, path) => operation === failing && path.endsWith(".part") ? fullDisk() : null;
    for (let at = offset; at < bytes.length; at += CHUNK_BYTES_MAX) {
      await bo.visitor.handChunk(transfer, at, bytes.subarray(at, at + CHUNK_BYTES_MAX));
    }
    assertEquals(await failure(bo, transfer), "storage_full", failing);
    disk.hook = () => null;
    await rest(house);
    assertEquals(await kim.outcome("say", { room: "tea", text: "hi" }), "ok");
  }
  const { transfer, offset } = await begin(bo, bytes);
  assertEquals(offset, bytes.length, "it failed at its name");
  assertEquals(await failure(bo, transfer), "done");
  assertEquals(await fetchFile(kim, 4), bytes);
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});
