/** A room's log is one log: it is never let go under somebody who is about to use it. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { type Disk, machineDisk } from "../../server/history/disk.ts";
import { Folder } from "../support/server.ts";
import { openRooms } from "./support.ts";

Deno.test("a log that is being opened while it is thought of letting it go stays the log of those who wait", async () => {
  await using folder = new Folder();
  const gate = Promise.withResolvers<void>();
  const disk: Disk = {
    ...machineDisk,
    async list(path) {
      if (path.endsWith("/history")) await gate.promise;
      return await machineDisk.list(path);
    },
  };
  const room = (await openRooms(folder.path, { disk })).get("lobby");
  const first = room.log();
  const resting = [room.rest(), room.rest(), room.rest()];
  const second = room.log();
  gate.resolve();
  const logs = await Promise.all([first, second]);
  const said = logs.map((log) => log.append({ kind: "say", from: "Ada", text: "hi" }));
  await Promise.all(resting);
  assertStrictEquals(logs[0], logs[1]);
  assertEquals((await Promise.all(said)).map(({ seq }) => seq), [1, 2]);
  assertStrictEquals(await room.log(), logs[0]);
  await room.close();
});

Deno.test("a log that nobody asked for twice in a row is let go, and its head is known all the same", async () => {
  await using folder = new Folder();
  const room = (await openRooms(folder.path)).get("lobby");
  const log = await room.log();
  await log.append({ kind: "say", from: "Ada", text: "hi" });
  await room.rest();
  await room.rest();
  assertEquals(await room.head(), 1);
  const again = await room.log();
  assertEquals([again === log, again.head], [false, 1]);
  await room.close();
});
