/** What is remembered of a put, so that the next program does not make a second entry of it. */

import { assertEquals } from "@std/assert";
import { entry } from "../support.ts";
import { bytesOf, inFolder, MemorySource, namesIn, Scene } from "./support.ts";

/** What a source is opened with, where it is in memory. */
function opening(source: MemorySource) {
  return () => Promise.resolve(source);
}

Deno.test("the key of a put that has not ended is found again by the next client, and goes when it has", async () => {
  await inFolder(async (folder) => {
    const data = `${folder}/chat-data`;
    let key: unknown;
    {
      await using scene = await Scene.open(data);
      scene.transfers.put("LOBBY", opening(new MemorySource(bytesOf(8))), "report.pdf");
      key = (await scene.takePut(4, 0, 100))["key"];
      await scene.peer.chunk();
      assertEquals((await namesIn(`${data}/client/sending`)).length, 1);
    }
    await using scene = await Scene.open(data);
    // Another name for another key, if one were made.
    await scene.session.say("lobby", "hello");
    await scene.peer.store(1);
    await scene.peer.send(entry(1));
    const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(8))), "report.pdf");
    assertEquals((await scene.takePut(4, 8, 100))["key"], key);
    await scene.peer.send({ type: "done", transfer: 4, room: "lobby", file: 1, seq: 1 });
    assertEquals((await transfer.ended).is, "put");
    assertEquals(await namesIn(`${data}/client/sending`), []);
  });
});

for (
  const [code, kept] of [["file_too_large", 0], ["replaced", 1], ["key_reused", 0]] as const
) {
  Deno.test(`of a put that failed with ${code} ${kept === 0 ? "nothing" : "the key"} is remembered`, async () => {
    await inFolder(async (folder) => {
      await using scene = await Scene.open(folder);
      const transfer = scene.transfers.put("lobby", opening(new MemorySource(bytesOf(8))), "report.pdf");
      await scene.takePut(4, 8, 100);
      await scene.peer.send({ type: "failed", transfer: 4, code, message: "No." });
      const end = await transfer.ended;
      assertEquals(end.is === "failed" && end.error.code, code);
      assertEquals((await namesIn(`${folder}/client/sending`)).length, kept);
    });
  });
}
