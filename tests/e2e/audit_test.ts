/** What was acknowledged of moderation is there after a server is killed: what holds, and who did it. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { fingerprint } from "../../server/protocol/proofs.ts";
import { TestKey } from "../support/keys.ts";
import { Peer } from "../support/peer.ts";
import { Folder, ServeProcess } from "../support/server.ts";

Deno.test("a mute and a ban that were answered hold after SIGKILL, and have their lines in the audit log", async () => {
  await using folder = new Folder();
  const key = new TestKey();
  const first = await ServeProcess.listening(folder.path);
  await using killed = first.child;
  const maya = await Peer.connect(first.port);
  await maya.keyedHello(key, "Maya");
  await maya.ask("create", { room: "tea" });
  await maya.ask("mute", { room: "tea", name: "Bo" });
  await maya.ask("kick", { room: "tea", name: "Zoe", ban: true, reason: "spam" });
  killed.kill("SIGKILL");
  await killed.ended();
  maya.close();
  const log = await Deno.readTextFile(`${folder.path}/server/audit.log`);
  assertStringIncludes(log, `[MUTE] room tea: Bo (no key) by Maya (key ${fingerprint(key.key)})`);
  assertStringIncludes(log, "[BAN] room tea: Zoe (no key) by Maya");
  const second = await ServeProcess.listening(folder.path);
  await using again = second.child;
  const [bo, zoe] = [await Peer.connect(second.port), await Peer.connect(second.port)];
  await bo.hello("Bo");
  await bo.ask("join", { room: "tea" });
  assertEquals(await bo.refusal("say", { room: "tea", text: "hi" }), "muted");
  await zoe.hello("ZOE");
  assertEquals(await zoe.refusal("join", { room: "tea" }), "banned");
  for (const peer of [bo, zoe]) peer.close();
  assertEquals(again.lines.filter((line) => line.includes("[ERROR]")), []);
});
