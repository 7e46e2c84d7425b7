/** What the operator is told, on the terminal and in server.log. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Peer } from "../support/peer.ts";
import { Folder, ServeProcess } from "../support/server.ts";

/** Everything that a server can be asked to do, in words that must not show up in its journal. */
async function visit(port: number): Promise<void> {
  const maya = await Peer.connect(port);
  await maya.hello("Maya", { client: "bot\u001b[31m/7\n" });
  await maya.ask("join", { room: "lobby" });
  await maya.ask("create", { room: "tea", password: "s3cret-password" });
  await maya.ask("say", { room: "tea", text: "s3cret words", key: "s3cret-key" });
  await maya.ask("tell", { to: "Maya", text: "s3cret words" });
  await maya.ask("search", { room: "tea", query: "s3cret" });
  await maya.refusal("say", { room: "tea", text: "" });
  await maya.ask("leave", { room: "tea" });
  await maya.ask("bye");
  maya.close();
}

Deno.test("each event is a line with time, tag and count, the same in server.log, and no text among them", async () => {
  await using folder = new Folder();
  const { child, port } = await ServeProcess.listening(folder.path);
  await using server = child;
  await visit(port);
  server.kill("SIGTERM");
  assertEquals(await server.ended(), 0);
  const log = await Deno.readTextFile(`${folder.path}/server/server.log`);
  const lines = log.trimEnd().split("\n");
  assertEquals(server.lines, lines);
  for (const line of lines) {
    assertMatch(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[[A-Z ]+\] .* \(\d+ connected\)$/);
  }
  const tags = lines.map((line) => /\[([A-Z ]+)\]/.exec(line)?.[1]);
  assertEquals(tags, [
    "STARTING",
    "LISTENING",
    "CLIENT CONNECTED",
    "OPTION SELECTED",
    "MEMBER REQUEST",
    "NEW MEMBER",
    "NEW CHAT",
    "NEW MEMBER",
    "LEFT",
    "LEFT",
    "ENDING",
  ]);
  assertMatch(lines[2] ?? "", /Maya from 127\.0\.0\.1:\d+ .*\(1 connected\)$/);
  assertMatch(lines[3] ?? "", /join by Maya/);
  assert(!log.includes("s3cret") && !log.includes("\u001b"));
});

Deno.test("--quiet leaves the terminal alone; --sync off is told at the start", async () => {
  await using folder = new Folder();
  const { child } = await ServeProcess.listening(folder.path, ["--sync", "off"]);
  await using loud = child;
  assertMatch(loud.lines[0] ?? "", /\[STARTING\].*--sync off.*power cut/);
  loud.kill("SIGTERM");
  assertEquals(await loud.ended(), 0);

  await using quiet = new ServeProcess(
    ["--host", "127.0.0.1", "--port", "0", "--data", folder.path, "--quiet", "--idle-exit", "1ms"],
  );
  assertEquals([await quiet.ended(), quiet.lines], [0, []]);
  const log = await Deno.readTextFile(`${folder.path}/server/server.log`);
  assertEquals(log.match(/\[ENDING\]/g)?.length, 2);
});
