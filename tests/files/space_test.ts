/** How much room files may take, and that the last of the disk is not for them. */

import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { freeBytes } from "../../server/files/free_space.ts";
import { Intake } from "../../server/files/intake.ts";
import { Space } from "../../server/files/space.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { refusal } from "../history/support.ts";
import { between, seeded } from "../protocol/random.ts";
import { bytesOf, Shelf, turn } from "./support.ts";

function space(bytesMax: number, used: number): Space {
  return new Space({ bytesMax, floorBytes: 0, free: () => Promise.resolve(Infinity), low: () => {} }, used);
}

Deno.test("as much is taken as may be had, to the byte, and what goes makes room", async () => {
  const ten = space(10, 4);
  await ten.need(6);
  assertEquals(await refusal(ten.need(7)), "storage_full");
  ten.take(6);
  assertThrows(() => ten.take(1), ProtocolError, "no room");
  assertEquals([ten.used, await refusal(ten.need(1))], [10, "storage_full"]);
  ten.freed(7);
  ten.take(7);
  assertEquals([ten.used, await refusal(ten.need(1))], [10, "storage_full"]);
});

Deno.test("the floor of the disk is left, and the operator is told why a file was not taken", async () => {
  let told = 0;
  const free = () => Promise.resolve(100);
  const disk = new Space({ bytesMax: Infinity, floorBytes: 60, free, low: () => told++ }, 0);
  assertEquals([await refusal(disk.need(41)), told], ["storage_full", 1]);
  await disk.need(40);
  assertEquals(told, 1);
});

Deno.test("who asks for much and sends nothing keeps no room from others", async () => {
  const shelf = await Shelf.open({ space: { bytesMax: 150 } });
  const idle = await shelf.put(bytesOf(1, 100));
  assertEquals(await shelf.whole(bytesOf(2, 100)), 1);
  // Who comes too late is told so, and can go on with what came.
  assert(idle.upload !== null);
  idle.upload.start();
  idle.upload.take(0, bytesOf(1, 100).subarray(0, 60));
  const ending = await idle.ended;
  assertEquals("code" in ending && ending.code, "storage_full");
  await shelf.files.close();
  await shelf.assertTidy();
});

Deno.test("a disk that others fill while a file comes ends it, and what came can be gone on with", async () => {
  let free = 1 << 30;
  const shelf = await Shelf.open({
    space: { bytesMax: 1 << 30, floorBytes: 1 << 20, free: () => Promise.resolve(free), low: () => {} },
  });
  const bytes = new Uint8Array(6 << 20);
  const { upload, ended } = await shelf.put(bytes);
  free = 1 << 20;
  upload?.start();
  let over = false;
  ended.then(() => over = true);
  for (let at = 0; at < bytes.length && !over;) {
    upload?.take(at, bytes.subarray(at, at + 61_440));
    at += 61_440;
    while ((upload?.written ?? 0) < at && !over) await turn();
  }
  const ending = await ended;
  assertEquals("code" in ending && ending.code, "storage_full");
  await upload?.ended;
  free = 1 << 30;
  const again = await shelf.put(bytes);
  assertGreater(again.upload?.offset ?? 0, 4 << 20);
  assertEquals(again.upload?.offset, shelf.space.used);
  await shelf.files.close();
  await shelf.assertTidy();
});

Deno.test("what is removed makes room, and what is stored a second time takes none", async () => {
  const shelf = await Shelf.open({ space: { bytesMax: 150 } });
  assertEquals(await shelf.whole(bytesOf(1, 100)), 1);
  assertEquals(await shelf.whole(bytesOf(1, 100)), 2);
  assertEquals(await refusal(shelf.put(bytesOf(2, 100))), "storage_full");
  await shelf.files.remove(1, { from: "Bo" });
  assertEquals(await refusal(shelf.put(bytesOf(2, 100))), "storage_full");
  await shelf.files.remove(2, { from: "Bo" });
  assertEquals(await shelf.whole(bytesOf(2, 100)), 5);
  await shelf.assertTidy();
});

Deno.test("the machine says how much its disk has free", async () => {
  const bytes = await freeBytes(".");
  assertGreater(bytes, 1 << 20);
  assertEquals(await freeBytes("no/such/folder"), Infinity);
});

Deno.test("what is added while something else is taken comes next, whole and in order (seed 9)", () => {
  const random = seeded(9);
  const intake = new Intake();
  let [added, taken] = [0, 0];
  for (let round = 0; round < 300; round++) {
    for (let i = between(random, 0, 3); i > 0; i--) {
      const bytes = Uint8Array.from({ length: between(random, 0, 5_000) }, () => added++ % 251);
      intake.add(bytes);
    }
    assertEquals(intake.bytes, added - taken);
    const view = intake.take();
    // What comes next must not touch it.
    intake.add(new Uint8Array([added++ % 251]));
    for (const byte of view) assertEquals(byte, taken++ % 251);
    assertEquals(intake.bytes, 1);
  }
});
