/** `serve --tls` and `connect --tls` as whole programs, and what others are told who come without. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { certificateHash, certificateIn, showFingerprint } from "../../server/protocol/certificates.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { TestKey } from "../support/keys.ts";
import { Peer } from "../support/peer.ts";
import { Folder, ServeProcess } from "../support/server.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** A server with TLS, and its certificate. */
async function serving(data: string, args: readonly string[] = ["--tls"]) {
  const { child, port } = await ServeProcess.listening(data, args);
  await child.line(/\[CERTIFICATE\]/);
  const pem = await Deno.readTextFile(`${data}/server/tls/cert.pem`);
  const der = certificateIn(pem);
  assert(der !== null);
  return { child, port, pem, hash: certificateHash(der) };
}

/** What `chat connect` in a pipe comes to that says one line; it keeps its things in `data`. */
async function say(data: string, port: number, ...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--config", CONFIG, "-A", MAIN, "connect", `127.0.0.1:${port}`, ...args]
      .concat(
        ["--data", data, "--retries", "1", "--no-reconnect"],
      ),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = command.stdin.getWriter();
  await Promise.allSettled([writer.write(new TextEncoder().encode("hello\n")), writer.close()]);
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("the certificate is made once, its fingerprint is printed, its key is its owner's alone, and it outlives a restart", async () => {
  await using folder = new Folder();
  const first = await serving(folder.path);
  await using child = first.child;
  assertStringIncludes(await child.line(/\[CERTIFICATE\]/), showFingerprint(first.hash));
  if (Deno.build.os !== "windows") {
    assertEquals(((await Deno.stat(`${folder.path}/server/tls/key.pem`)).mode ?? 0) & 0o777, 0o600);
  }
  child.kill("SIGTERM");
  assertEquals(await child.ended(), 0);
  const second = await serving(folder.path);
  await using again = second.child;
  assertStringIncludes(await again.line(/\[CERTIFICATE\]/), showFingerprint(first.hash));
});

Deno.test("a proof is good at the server whose certificate it names, and nowhere else", async () => {
  await using folder = new Folder();
  const { child, port, pem, hash } = await serving(folder.path);
  await using server = child;
  const key = new TestKey();
  for (const binding of ["plain", hash.toUpperCase(), hash.replace(/^./, (one) => one === "0" ? "1" : "0")]) {
    const peer = await Peer.secure(port, pem);
    const error = await assertRejects(() => peer.keyedHello(key, "Maya", {}, binding), ProtocolError);
    assertEquals(error.code, "bad_proof", binding);
    peer.close();
  }
  const maya = await Peer.secure(port, pem);
  assertEquals((await maya.keyedHello(key, "Maya", {}, hash)).name, "Maya");
  await maya.ask("join", { room: "lobby" });
  await maya.ask("say", { room: "lobby", text: "in private" });
  assertEquals((await maya.entries(1)).map(({ text }) => text), ["in private"]);
  maya.close();
  assertEquals(server.lines.filter((line) => line.includes("[ERROR]")), []);
});

Deno.test("a client pins what it is told to trust, and refuses another certificate loudly, until that is named", async () => {
  await using folder = new Folder();
  const [home, house] = [`${folder.path}/home`, `${folder.path}/house`];
  const first = await serving(house);
  await using child = first.child;
  const unknown = await say(home, first.port, "--tls", "--name", "Maya");
  assertEquals(unknown.code, 1);
  assertStringIncludes(unknown.err, showFingerprint(first.hash));
  const named = await say(home, first.port, "--tls", "--name", "Maya", "--tls-fingerprint", first.hash);
  assertEquals([named.code, named.out.includes("Maya: hello")], [0, true], named.err);
  assertEquals((await say(home, first.port, "--tls", "--name", "Maya")).code, 0);
  const plainly = await say(home, first.port, "--name", "Maya");
  assertEquals(plainly.code, 1);
  assertStringIncludes(plainly.err, "--tls");
  child.kill("SIGTERM");
  await child.ended();
  await Deno.remove(`${house}/server/tls`, { recursive: true });
  const { child: swapped, hash } = await serving(house, ["--tls", "--motd", "x"]);
  await using other = swapped;
  const port = Number(/:(\d+) \(/.exec(await other.line(/\[LISTENING\]/))?.[1]);
  const known = await Deno.readTextFile(`${home}/client/known_servers.json`);
  await Deno.writeTextFile(
    `${home}/client/known_servers.json`,
    known.replaceAll(`:${first.port}`, `:${port}`),
  );
  const refused = await say(home, port, "--tls", "--name", "Maya");
  assertEquals(refused.code, 1);
  for (const fingerprint of [first.hash, hash]) {
    assertStringIncludes(refused.err, showFingerprint(fingerprint));
  }
  assertEquals((await say(home, port, "--tls", "--name", "Maya", "--tls-fingerprint", hash)).code, 0);
});

Deno.test("who comes with TLS where there is none, or without where there is, gets a sentence and no hang", async () => {
  await using folder = new Folder();
  const secure = await serving(`${folder.path}/secure`);
  await using child = secure.child;
  const stranger = await Peer.connect(secure.port);
  await stranger.send({ type: "hello", id: 1, protocol: 1 });
  assertEquals(await stranger.next().catch(() => null), null, "the server hangs up");
  stranger.close();
  const { child: plain, port } = await ServeProcess.listening(`${folder.path}/plain`);
  await using other = plain;
  const without = await say(`${folder.path}/home`, port, "--tls");
  assertEquals(without.code, 1);
  assertStringIncludes(without.err, "without --tls");
  assertEquals((await say(`${folder.path}/home`, port)).code, 0);
  assert(child.pid !== other.pid);
});
