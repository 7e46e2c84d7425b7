/** What a server that was killed finds when it starts again. */

import { assertEquals, assertNotEquals } from "@std/assert";
import { Peer } from "../support/peer.ts";
import { Folder, ServeProcess } from "../support/server.ts";

/** Starts a server, lets Maya in, says one line, and ends it with `signal`; gives the room's log id and head. */
async function round(data: string, args: readonly string[], signal: Deno.Signal) {
  const { child, port } = await ServeProcess.listening(data, args);
  await using server = child;
  const maya = await Peer.connect(port);
  await maya.hello("Maya");
  const { log, head } = await maya.ask("join", { room: "lobby", after: 0 });
  await maya.ask("say", { room: "lobby", text: "one more", key: `key ${head}` });
  const again = await maya.ask("say", {
    room: "lobby",
    text: "one more",
    key: `key ${Math.max(0, head - 1)}`,
  });
  server.kill(signal);
  await server.ended();
  maya.close();
  return { log, head, again: again.seq };
}

Deno.test("with --sync off an end that was not in order gives rooms new log ids, one in order does not", async () => {
  await using folder = new Folder();
  const off = ["--sync", "off"];
  const first = await round(folder.path, off, "SIGTERM");
  const second = await round(folder.path, off, "SIGKILL");
  assertEquals(second.log, first.log);
  const third = await round(folder.path, ["--sync", "always"], "SIGKILL");
  assertNotEquals(third.log, second.log);
  const fourth = await round(folder.path, ["--sync", "always"], "SIGTERM");
  assertEquals(fourth.log, third.log, "what was synced is still there");
});

Deno.test("a server that was killed has every line that it had acknowledged, and knows their keys", async () => {
  await using folder = new Folder();
  assertEquals((await round(folder.path, [], "SIGKILL")).head, 0);
  for (const head of [1, 2, 3]) {
    const { head: found, again } = await round(folder.path, [], "SIGKILL");
    assertEquals([found, again], [head, head]);
  }
});
