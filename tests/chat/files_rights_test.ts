/** Rights while files are on their way, and who may remove what. */

import { assert, assertEquals } from "@std/assert";
import { closeRoom, handOver, kick, mute } from "../../server/chat/moderation.ts";
import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "../../server/protocol/limits.ts";
import { hold } from "../history/support.ts";
import { TestKey } from "../support/keys.ts";
import { begin, bytesOf, contents, failure, fetchFile, rest, sendPart, turn } from "./file_people.ts";
import { FOLDER, Guest, memoryDisk, quickHouse } from "./guests.ts";
import type { TestHouse } from "./support.ts";

const BYTES = bytesOf(1, 3 * WINDOW_BYTES);

/** Olga's #tea with a large file of hers, and Bo in it. */
async function tea() {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const olga = await Guest.enter(house, "Olga", { key: new TestKey() });
  await olga.ok("create", { room: "tea" });
  await olga.put("tea", "large", BYTES);
  const bo = await Guest.enter(house, "Bo", { key: new TestKey(), rooms: ["tea"] });
  return { disk, house, olga, bo };
}

/** What is done to Bo, or by Bo, and how a put and a get of his end then: not at all where that is null. */
const DEEDS: readonly {
  readonly what: string;
  readonly deed: (house: TestHouse, bo: Guest) => Promise<unknown>;
  readonly put: string | null;
  readonly get: string | null;
}[] = [
  {
    what: "is muted",
    deed: (house) => mute(house, { by: "operator", room: house.rooms.get("tea") }, "Bo", undefined),
    put: "muted",
    get: null,
  },
  {
    what: "is kicked",
    deed: (house) => kick(house, { by: "operator", room: house.rooms.get("tea") }, "Bo", {}),
    put: "not_a_member",
    get: "not_a_member",
  },
  {
    what: "is banned",
    deed: (house) => kick(house, { by: "operator", room: house.rooms.get("tea") }, "Bo", { ban: true }),
    put: "not_a_member",
    get: "not_a_member",
  },
  {
    what: "leaves",
    deed: (_house, bo) => bo.ok("leave", { room: "tea" }),
    put: "not_a_member",
    get: "not_a_member",
  },
  {
    what: "is in a room that is closed",
    deed: (house) => closeRoom(house, { by: "operator", room: house.rooms.get("tea") }),
    put: "no_such_room",
    get: "no_such_room",
  },
  {
    what: "is in a room that is closed, and another of that name is made",
    async deed(house, bo) {
      await closeRoom(house, { by: "operator", room: house.rooms.get("tea") });
      await bo.ok("create", { room: "tea" });
    },
    put: "no_such_room",
    get: "no_such_room",
  },
  {
    what: "takes another name, and moves the cursor",
    async deed(_house, bo) {
      await bo.ok("name", { name: "Robert" });
      await bo.ok("join", { room: "tea", last: 0 });
    },
    put: null,
    get: null,
  },
];

for (const { what, deed, put, get } of DEEDS) {
  Deno.test(`whoever ${what} puts ${put ? "nothing more" : "on"} and gets ${get ? "nothing more" : "on"}, with the next chunk or the next second`, async () => {
    for (const when of ["chunk", "second"] as const) {
      const { disk, house, bo } = await tea();
      const mine = bytesOf(2, 3 * CHUNK_BYTES_MAX);
      const upload = await begin(bo, mine);
      await sendPart(bo, upload.transfer, mine, [0, CHUNK_BYTES_MAX]);
      const { transfer } = await bo.ok("get", { room: "tea", file: 1 });
      for (let turns = 0; turns < 20; turns++) await turn();
      await deed(house, bo);
      const before = bo.visitor.chunks.length;
      if (when === "chunk") {
        await bo.visitor.handChunk(
          upload.transfer,
          CHUNK_BYTES_MAX,
          mine.subarray(CHUNK_BYTES_MAX, CHUNK_BYTES_MAX + 9),
        );
      } else bo.visitor.client.checkTransfers();
      if (put !== null) assertEquals(await failure(bo, upload.transfer), put, when);
      if (get === null) {
        const last = bo.visitor.chunks.at(-1);
        const offset = (last?.offset ?? 0) + (last?.bytes.length ?? 0);
        await bo.visitor.hand({ type: "received", transfer, offset });
        for (let turns = 0; turns < 20; turns++) {
          await turn();
          await bo.events("notice");
        }
        assert(bo.visitor.chunks.length > before);
      } else {
        assertEquals(await failure(bo, Number(transfer)), get, when);
        assertEquals(bo.visitor.chunks.length, before, "not one chunk more");
      }
      if (put === null) {
        const at = when === "chunk" ? CHUNK_BYTES_MAX + 9 : CHUNK_BYTES_MAX;
        await sendPart(bo, upload.transfer, mine, [at, mine.length]);
        assertEquals(await failure(bo, upload.transfer), "done");
      }
      assertEquals(bo.visitor.finished, false);
      bo.drop();
      await turn();
      await house.rooms.end();
      assertEquals(disk.openFiles, 0, "no handle stays open");
    }
  });
}

Deno.test("who is muted before the last byte is stored has put nothing, though all bytes came", async () => {
  const { house, bo, olga } = await tea();
  const mine = bytesOf(2, 100);
  const { transfer } = await begin(bo, mine);
  await bo.visitor.handChunk(transfer, 0, mine);
  await mute(house, { by: "operator", room: house.rooms.get("tea") }, "Bo", undefined);
  assertEquals(await failure(bo, transfer), "muted");
  const { files } = await olga.ok("files", { room: "tea" });
  assertEquals(Array.isArray(files) && files.length, 1);
  await house.rooms.end();
});

Deno.test("a room that is closed takes all its files with it, and those on their way, in the middle of both", async () => {
  const { disk, house, bo } = await tea();
  const mine = bytesOf(2, 3 * CHUNK_BYTES_MAX);
  const { transfer } = await begin(bo, mine);
  await sendPart(bo, transfer, mine, [0, CHUNK_BYTES_MAX]);
  await bo.visitor.handChunk(transfer, CHUNK_BYTES_MAX, mine.subarray(CHUNK_BYTES_MAX, 2 * CHUNK_BYTES_MAX));
  await closeRoom(house, { by: "operator", room: house.rooms.get("tea") });
  assertEquals([contents(disk), disk.names(`${FOLDER}/1`)], [[], ["files", "history", "room.json"]]);
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});

Deno.test("a file is removed by who put it, by the room's owner, and by nobody else", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const [bo, other, olgas] = [new TestKey(), new TestKey(), new TestKey()];
  const olga = await Guest.enter(house, "Olga", { key: olgas });
  await olga.ok("create", { room: "tea" });
  const keyed = await Guest.enter(house, "Bo", { key: bo, rooms: ["tea"] });
  const guest = await Guest.enter(house, "Gus", { rooms: ["tea"] });
  const max = await Guest.enter(house, "Max", { key: other, rooms: ["tea"] });
  const zoe = await Guest.enter(house, "Zoe", { rooms: ["tea"] });
  for (const [i, who] of [keyed, keyed, guest, guest].entries()) await who.put("tea", "a", bytesOf(i, 10));
  for (const [who, file] of [[max, 1], [zoe, 1], [guest, 1], [max, 3], [zoe, 3], [keyed, 3]] as const) {
    assertEquals(await who.outcome("remove", { room: "tea", file }), "not_allowed");
  }
  assertEquals(contents(disk).length, 4);
  const elsewhere = await Guest.enter(house, "Robert", { key: bo, rooms: ["tea"] });
  assertEquals(await elsewhere.outcome("remove", { room: "tea", file: 1 }), "ok", "the same key");
  assertEquals(await olga.outcome("remove", { room: "tea", file: 2 }), "ok");
  assertEquals(await guest.outcome("remove", { room: "tea", file: 3 }), "ok");
  await guest.ok("name", { name: "August" });
  const next = await Guest.enter(house, "Gus", { rooms: ["tea"] });
  assertEquals(await next.outcome("remove", { room: "tea", file: 4 }), "not_allowed", "another guest's name");
  assertEquals(await guest.outcome("remove", { room: "tea", file: 4 }), "ok", "whatever the name is by now");
  for (const file of [1, 5, 99]) {
    assertEquals(await olga.outcome("remove", { room: "tea", file }), "no_such_file");
  }
  const removed = (await zoe.events("entry")).filter(({ kind }) => kind === "removed");
  assertEquals(removed.map(({ file, from, name }) => [file, from, name]), [
    [1, "Robert", "a"],
    [2, "Olga", "a"],
    [3, "Gus", "a"],
    [4, "August", "a"],
  ]);
  assertEquals(house.acts.map(({ deed, file, room }) => [deed, file, room]), [
    ["REMOVE", "a", "tea"],
    ["REMOVE", "a", "tea"],
    ["REMOVE", "a", "tea"],
    ["REMOVE", "a", "tea"],
  ]);
  assertEquals(contents(disk), []);
  const { entries } = await zoe.ok("history", { room: "tea" });
  assertEquals(
    Array.isArray(entries) && entries.map(({ kind }) => kind).join(" "),
    "file file file file removed removed removed removed",
  );
  await house.rooms.end();
});

Deno.test("who lost the room, or was sent out, while a removal waited for others has removed nothing", async () => {
  const loss = (house: TestHouse) => ({ by: "operator", room: house.rooms.get("tea") }) as const;
  const losses = [
    ["not_allowed", (house: TestHouse) => handOver(house, loss(house), "Bo")],
    ["not_a_member", (house: TestHouse) => kick(house, loss(house), "Olga", {})],
  ] as const;
  for (const [code, lose] of losses) {
    const { disk, house, olga, bo } = await tea();
    await bo.put("tea", "small", bytesOf(2, 10));
    const appending = hold(disk, "write", (path) => path.endsWith("jsonl"));
    const { transfer } = await begin(bo, bytesOf(3, 10));
    await bo.visitor.handChunk(transfer, 0, bytesOf(3, 10));
    await appending.reached;
    const removing = olga.post({ type: "remove", room: "tea", file: 2 });
    await turn();
    await lose(house);
    appending.release();
    await removing.taken;
    const reply = await olga.reply(removing.id);
    assertEquals(reply.is === "refused" && reply.error.code, code);
    assertEquals(house.acts.filter(({ deed }) => deed === "REMOVE"), []);
    assertEquals((await fetchFile(bo, 2)).length, 10);
    await rest(house);
    await house.rooms.end();
  }
});

Deno.test("who repeats the key of somebody's put, which all can see, has put nothing, and removes nothing", async () => {
  const { house, olga } = await tea();
  const gus = await Guest.enter(house, "Gus", { rooms: ["tea"] });
  const zoe = await Guest.enter(house, "Zoe", { rooms: ["tea"] });
  const bytes = bytesOf(2, 10);
  const file = await gus.put("tea", "a.bin", bytes, "k1");
  assertEquals((await zoe.events("entry")).at(-1)?.key, "k1");
  for (const who of [zoe, olga]) {
    const { transfer } = await begin(who, bytes, { key: "k1" });
    assertEquals(await failure(who, transfer), "done");
  }
  assertEquals(await zoe.outcome("remove", { room: "tea", file }), "not_allowed");
  assertEquals(await gus.outcome("remove", { room: "tea", file }), "ok");
  await house.rooms.end();
});

Deno.test("a file is under the name that who puts it has when it is there: the one before may be somebody else's", async () => {
  const { house, olga } = await tea();
  const mal = await Guest.enter(house, "Gus", { rooms: ["tea"] });
  const bytes = bytesOf(2, 10);
  const { transfer } = await begin(mal, bytes);
  await mal.ok("name", { name: "Mal" });
  await Guest.enter(house, "Gus", { rooms: ["tea"] });
  await sendPart(mal, transfer, bytes, [0, bytes.length]);
  assertEquals(await failure(mal, transfer), "done");
  assertEquals((await olga.events("entry")).at(-1)?.from, "Mal");
  await house.rooms.end();
});

Deno.test("a put that waits for another while its room is closed begins nothing: what it wrote nobody would count", async () => {
  const { disk, house, bo } = await tea();
  const opening = hold(disk, "append", (path) => path.endsWith(".part"));
  const first = bo.post({ type: "put", room: "tea", name: "a", size: 10, sha256: "a".repeat(64) });
  await opening.reached;
  const other = await Guest.enter(house, "Gus", { rooms: ["tea"] });
  const second = other.post({ type: "put", room: "tea", name: "b", size: 10, sha256: "b".repeat(64) });
  await turn();
  const closing = closeRoom(house, { by: "operator", room: house.rooms.get("tea") });
  await turn();
  opening.release();
  await closing;
  await Promise.all([first.taken, second.taken]);
  const reply = await other.reply(second.id);
  assertEquals(reply.is === "refused" && reply.error.code, "no_such_room");
  bo.visitor.client.checkTransfers();
  await house.rooms.end();
  assertEquals([contents(disk), disk.openFiles], [[], 0]);
});
