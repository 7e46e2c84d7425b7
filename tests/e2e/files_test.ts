/** Files between real clients over a real server. */

import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../client/clock.ts";
import { downloadsSink } from "../../client/files/sink.ts";
import { openSource } from "../../client/files/source.ts";
import { dialTcp } from "../../client/link.ts";
import { Session } from "../../client/session.ts";
import { bytesOf, inFolder } from "../client/files/support.ts";
import { House } from "../support/server.ts";

/** A client in the lobby, as `name`. */
async function enter(house: House, name: string) {
  const session = new Session({
    dial: dialTcp({ hostname: "127.0.0.1", port: house.port }),
    name,
    client: "test",
    tries: 1,
    reconnect: true,
    clock: systemClock,
    random: Math.random,
    newKey: () => crypto.randomUUID(),
  });
  const ending = session.run();
  const reading = Array.fromAsync(session.events());
  await session.join("lobby", { last: 0 });
  const leave = async () => {
    await session.leave();
    await Promise.all([ending, reading]);
  };
  return { session, leave };
}

/** Puts `bytes` as `a.bin` over one client, and gives the number of the file. */
async function put(house: House, folder: string, bytes: Uint8Array): Promise<number> {
  const path = `${folder}/a.bin`;
  await Deno.writeFile(path, bytes);
  const { session, leave } = await enter(house, "Maya");
  const end = await session.transfers.put(
    "lobby",
    (watch) => openSource(path, "a.bin", folder, watch),
    "a.bin",
  )
    .ended;
  await leave();
  assert(end.is === "put", JSON.stringify(end));
  return end.file;
}

/** Gets the file over another client, into `folder`; gives its bytes. */
async function get(house: House, folder: string, file: number): Promise<Uint8Array> {
  const { session, leave } = await enter(house, "Bo");
  const end = await session.transfers.get("lobby", file, downloadsSink(folder)).ended;
  await leave();
  assert(end.is === "got" && end.path !== null, JSON.stringify(end));
  return await Deno.readFile(end.path);
}

Deno.test("a file that is put while its receiver is away is got after the server's restart", async () => {
  await using house = await House.start();
  await inFolder(async (folder) => {
    const bytes = bytesOf(1_500_000);
    const file = await put(house, folder, bytes);
    await house.close();
    await house.open();
    assertEquals(await get(house, folder, file), bytes);
    assertEquals(await get(house, folder, file), bytes);
    assertEquals([...Deno.readDirSync(`${folder}/client/downloads`)].map(({ name }) => name).sort(), [
      "a (1).bin",
      "a.bin",
    ]);
  });
});

Deno.test("a server that takes small frames alone is sent small chunks", async () => {
  await using house = await House.start({ frameBytesMax: 4_096 });
  await inFolder(async (folder) => {
    const bytes = bytesOf(200_000);
    assertEquals(await get(house, folder, await put(house, folder, bytes)), bytes);
  });
});

Deno.test("an empty file comes and goes as any other", async () => {
  await using house = await House.start();
  await inFolder(async (folder) => {
    const nothing = new Uint8Array();
    assertEquals(await get(house, folder, await put(house, folder, nothing)), nothing);
  });
});
