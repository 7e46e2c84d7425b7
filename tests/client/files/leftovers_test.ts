import { assertEquals } from "@std/assert";
import { removeLeftovers } from "../../../client/files/leftovers.ts";
import { inFolder, namesIn } from "./support.ts";

const DAY_MS = 86_400_000;

Deno.test("what was left behind goes when it is old, and nothing else does", async () => {
  await inFolder(async (data) => {
    const now = Date.UTC(2026, 10, 20);
    const days = {
      "sending/a.spool": 1.1,
      "sending/b.spool": 0.9,
      "sending/c.json": 1.1,
      "sending/d.json": 0.9,
      "sending/notes.txt": 400,
      "receiving/e.part": 31,
      "receiving/f.part": 29,
      "downloads/g.part": 400,
    };
    for (const [path, age] of Object.entries(days)) {
      await Deno.mkdir(`${data}/client/${path}`.replace(/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${data}/client/${path}`, "");
      const then = new Date(now - age * DAY_MS);
      await Deno.utime(`${data}/client/${path}`, then, then);
    }
    await removeLeftovers(data, now);
    assertEquals(await namesIn(`${data}/client/sending`), ["b.spool", "d.json", "notes.txt"]);
    assertEquals(await namesIn(`${data}/client/receiving`), ["f.part"]);
    assertEquals(await namesIn(`${data}/client/downloads`), ["g.part"]);
  });
});

// Windows makes links for the privileged alone.
Deno.test("a client that has no such folders yet, or a link in their place, is left alone", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await inFolder(async (folder) => {
    await removeLeftovers(`${folder}/chat-data`, Date.now());
    await Deno.mkdir(`${folder}/chat-data/client`, { recursive: true });
    await Deno.mkdir(`${folder}/mine`);
    await Deno.writeTextFile(`${folder}/mine/a.part`, "");
    await Deno.symlink(`${folder}/mine`, `${folder}/chat-data/client/receiving`);
    await removeLeftovers(`${folder}/chat-data`, Date.now() + 100 * DAY_MS);
    assertEquals(await namesIn(`${folder}/mine`), ["a.part"]);
  });
});
