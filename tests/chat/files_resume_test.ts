/** Transfers that break go on where the storage stands: over another connection, under the same key, after a restart. */

import { assertEquals } from "@std/assert";
import { machineDisk } from "../../server/history/disk.ts";
import { CHUNK_BYTES_MAX } from "../../server/protocol/limits.ts";
import { TestKey } from "../support/keys.ts";
import { Folder } from "../support/server.ts";
import {
  begin,
  bytesOf,
  contents,
  endOf,
  failure,
  fetchFile,
  rest,
  sendPart,
  sha256Of,
  turn,
} from "./file_people.ts";
import { Guest, type Manners, memoryDisk, quickHouse } from "./guests.ts";
import { openHouse, type TestHouse } from "./support.ts";

const BYTES = bytesOf(1, 2 * CHUNK_BYTES_MAX + 77);
const HALF = CHUNK_BYTES_MAX + 10;
const BO = new TestKey();

/** #tea with Sam's history, for those after the join alone where that is asked. */
async function tea(house: TestHouse, history = "all"): Promise<Guest> {
  const sam = await Guest.enter(house, "Sam", { key: new TestKey() });
  await sam.ok("create", { room: "tea", history });
  return sam;
}

/** Bo, who has put a half of the file. */
async function halfway(house: TestHouse, manners: Manners): Promise<Guest> {
  const bo = await Guest.enter(house, "Bo", { rooms: ["tea"], ...manners });
  const { transfer, offset } = await begin(bo, BYTES);
  assertEquals(offset, 0);
  await sendPart(bo, transfer, BYTES, [0, HALF]);
  return bo;
}

/** Puts the rest of the file; gives where it went on, and its number. */
async function finish(guest: Guest): Promise<readonly [offset: number, file: unknown]> {
  const { transfer, offset } = await begin(guest, BYTES);
  await sendPart(guest, transfer, BYTES, [offset, BYTES.length]);
  const end = await endOf(guest, transfer);
  return [offset, end.type === "done" && end.file];
}

Deno.test("a guest by name, and a person with a key by it, go on after a reconnect where the storage stands", async () => {
  for (const manners of [{}, { key: BO }]) {
    const disk = memoryDisk();
    const house = await quickHouse({ disk });
    const sam = await tea(house);
    const bo = await halfway(house, manners);
    bo.drop();
    await rest(house);
    const back = await Guest.enter(house, "Bo", { rooms: ["tea"], session: bo.token, ...manners });
    assertEquals(await finish(back), [HALF, 1]);
    assertEquals(await fetchFile(sam, 1), BYTES);
    assertEquals(contents(disk), [sha256Of(BYTES)]);
    await house.rooms.end();
    assertEquals(disk.openFiles, 0);
  }
});

Deno.test("a key goes on under another name, in a session of its own", async () => {
  const house = await quickHouse();
  await tea(house);
  const bo = await halfway(house, { key: BO });
  await bo.ok("bye");
  assertEquals(await finish(await Guest.enter(house, "Robert", { key: BO, rooms: ["tea"] })), [HALF, 1]);
  await house.rooms.end();
});

Deno.test("nobody goes on with what somebody else began: another guest, another key, a key of the guest's name", async () => {
  const house = await quickHouse();
  await tea(house);
  (await halfway(house, {})).drop();
  const stranger = await Guest.enter(house, "Zoe", { rooms: ["tea"] });
  assertEquals((await begin(stranger, BYTES)).offset, 0);
  const keyed = await halfway(house, { key: BO, rooms: [] }).catch(() => null);
  assertEquals(keyed, null, "who is not in the room puts nothing");
  const max = await Guest.enter(house, "Max", { key: new TestKey(), rooms: ["tea"] });
  assertEquals((await begin(max, BYTES)).offset, 0);
  const late = await Guest.enter(house, "Kay", { key: BO, rooms: ["tea"] });
  assertEquals((await begin(late, BYTES)).offset, 0);
  await house.rooms.end();
});

Deno.test("a part is one room's: elsewhere the same file begins at its beginning, and that it is there is not told", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const sam = await tea(house);
  const bo = await Guest.enter(house, "Bo", { key: BO, rooms: ["tea"] });
  await bo.ok("create", { room: "milk" });
  await sam.put("tea", "a.bin", BYTES);
  assertEquals((await begin(bo, BYTES, { room: "milk" })).offset, 0);
  assertEquals((await begin(bo, BYTES, { room: "tea" })).offset, BYTES.length, "here it is seen anyhow");
  assertEquals((await begin(bo, bytesOf(2, 100), { room: "tea" })).offset, 0);
  await house.rooms.end();
  assertEquals(disk.openFiles, 0);
});

Deno.test("a member who may not see a file's entry is not told that its bytes are there, and stores them no second time", async () => {
  const disk = memoryDisk();
  const house = await quickHouse({ disk });
  const sam = await tea(house, "joined");
  await sam.put("tea", "a.bin", BYTES);
  const bo = await Guest.enter(house, "Bo", { key: BO, rooms: ["tea"] });
  assertEquals([
    (await bo.ok("files", { room: "tea" })).files,
    await bo.outcome("get", { room: "tea", file: 1 }),
  ], [
    [],
    "no_such_file",
  ]);
  assertEquals(await bo.outcome("remove", { room: "tea", file: 1 }), "no_such_file");
  assertEquals(await finish(bo), [0, 2]);
  await rest(house);
  assertEquals(contents(disk), [sha256Of(BYTES)]);
  assertEquals((await begin(bo, BYTES)).offset, BYTES.length, "its own it sees");
  await house.rooms.end();
});

Deno.test("over another connection of the same key the file is taken over, and the old one is told replaced", async () => {
  const house = await quickHouse();
  await tea(house);
  const bo = await halfway(house, { key: BO });
  const other = await Guest.enter(house, "Bo", { key: BO, rooms: ["tea"] });
  const taken = await begin(other, BYTES);
  assertEquals([taken.offset, await failure(bo, 1)], [HALF, "replaced"]);
  await bo.visitor.handChunk(1, HALF, BYTES.subarray(HALF, HALF + 10));
  assertEquals(await failure(bo, 1), "no_such_transfer");
  await sendPart(other, taken.transfer, BYTES, [HALF, BYTES.length]);
  assertEquals(await failure(other, taken.transfer), "done");
  assertEquals(bo.visitor.finished, false);
  await house.rooms.end();
});

Deno.test("a session that is taken up while its old connection stands takes the file over, too", async () => {
  const house = await quickHouse();
  await tea(house);
  const bo = await halfway(house, { key: BO });
  const back = await Guest.enter(house, "Bo", { key: BO, session: bo.token, rooms: ["tea"] });
  assertEquals([bo.visitor.finished, await finish(back)], [true, [HALF, 1]]);
  await house.rooms.end();
});

Deno.test("a server that was killed, or stopped in order, goes on where its disk stands", async () => {
  for (const how of ["kill", "in order"] as const) {
    const disk = memoryDisk();
    const house = await quickHouse({ disk, sync: true });
    await tea(house);
    await halfway(house, { key: BO });
    if (how === "in order") {
      await house.rooms.end();
      assertEquals(disk.openFiles, 0, "no handle stays open");
    }
    disk.restart("kill");
    const next = await quickHouse({ disk, sync: true });
    const bo = await Guest.enter(next, "Bo", { key: BO, rooms: ["tea"] });
    assertEquals(await finish(bo), [HALF, 1], how);
    assertEquals(await fetchFile(bo, 1), BYTES);
    await next.rooms.end();
  }
});

Deno.test("on a real disk a part outlives its server, and the whole file has the rights of its owner alone", async () => {
  await using folder = new Folder();
  const open = () => openHouse(folder.path, { disk: machineDisk, sync: true });
  const house = await open();
  await tea(house);
  const bo = await halfway(house, { key: BO });
  bo.drop();
  await house.rooms.end();
  const next = await open();
  const back = await Guest.enter(next, "Bo", { key: BO, rooms: ["tea"] });
  assertEquals(await finish(back), [HALF, 1]);
  const path = `${folder.path}/1/files`;
  assertEquals([...Deno.readDirSync(path)].map(({ name }) => name), [sha256Of(BYTES)]);
  assertEquals(Deno.readFileSync(`${path}/${sha256Of(BYTES)}`), BYTES);
  if (Deno.build.os !== "windows") {
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o700);
    assertEquals((Deno.statSync(`${path}/${sha256Of(BYTES)}`).mode ?? 0) & 0o777, 0o600);
  }
  assertEquals(await fetchFile(back, 1), BYTES);
  await back.ok("remove", { room: "tea", file: 1 });
  assertEquals([...Deno.readDirSync(path)], []);
  await next.rooms.end();
});

Deno.test("whoever goes at any time leaves no file open, and a part or a whole file or nothing", async () => {
  const seen = new Set<number>();
  for (let stage = 0; stage < 40; stage++) {
    const disk = memoryDisk();
    const house = await quickHouse({ disk });
    const sam = await tea(house);
    const bo = await Guest.enter(house, "Bo", { key: BO, rooms: ["tea"] });
    let step = 0;
    // The connection drops at the step of the disk with that number.
    disk.hook = () => {
      if (step++ === stage) bo.drop();
      return null;
    };
    const asking = bo.post({
      type: "put",
      room: "tea",
      name: "a",
      size: BYTES.length,
      sha256: sha256Of(BYTES),
    });
    await asking.taken;
    await bo.visitor.take();
    for (let at = 0; at < BYTES.length; at += CHUNK_BYTES_MAX) {
      await bo.visitor.handChunk(1, at, BYTES.subarray(at, at + CHUNK_BYTES_MAX));
      await bo.visitor.take();
      for (let turns = 0; turns < 5; turns++) await turn();
    }
    await rest(house);
    disk.hook = () => null;
    const { files } = await sam.ok("files", { room: "tea" });
    const listed = Array.isArray(files) ? files.length : 0;
    assertEquals(contents(disk).filter((name) => !name.endsWith(".part")).length >= listed, true);
    seen.add(listed);
    await house.rooms.end();
    assertEquals(disk.openFiles, 0, `gone at step ${stage}`);
  }
  assertEquals(seen, new Set([0, 1]));
});
