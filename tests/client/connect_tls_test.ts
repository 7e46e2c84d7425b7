/** What a person sees of TLS: questions, refusals, and a connection that is bound to its certificate. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import {
  CERTIFICATE_NAME,
  certificateHash,
  certificateIn,
  showFingerprint,
} from "../../server/protocol/certificates.ts";
import { proofBytes, proves } from "../../server/protocol/proofs.ts";
import type { JsonObject } from "../../server/protocol/shapes.ts";
import { certificate } from "../support/certificates.ts";
import { run } from "./program.ts";
import { nonceOf, ScriptedServer } from "./support.ts";

const KNOWN = "chat-data/client/known_servers.json";

/** A certificate as `serve --tls` makes one, and its hash. */
async function newCertificate() {
  const made = await certificate({ names: [CERTIFICATE_NAME] });
  const der = certificateIn(made.cert);
  assert(der !== null);
  return { ...made, hash: certificateHash(der) };
}

/** Lets in and out again whoever says `hello`, after any number of connections that only look at the certificate. */
async function letThrough(server: ScriptedServer): Promise<JsonObject> {
  for (;;) {
    const peer = await server.accept();
    const hello = await peer.greet().then(() => peer.next()).catch(() => null);
    if (hello === null) continue;
    await peer.welcome(hello);
    await peer.admit(0);
    await peer.farewell();
    return hello;
  }
}

/** Takes connections on which nothing is said, until `ended`; fails where something is. */
async function turnAway(server: ScriptedServer, ended: Promise<unknown>): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
    server[Symbol.dispose]();
  });
  while (!over) {
    const peer = await server.accept().catch(() => null);
    if (peer !== null) assertEquals(await peer.greet().then(() => peer.next()).catch(() => null), null);
  }
}

Deno.test("a certificate that was named is kept, proofs are bound to it, and another is refused loudly", async () => {
  const [mine, other] = [await newCertificate(), await newCertificate()];
  using server = new ScriptedServer(mine);
  const address = `127.0.0.1:${server.port}`;
  let known = "";
  const look = async (folder: string) => {
    known = await Deno.readTextFile(`${folder}/${KNOWN}`);
  };
  const args = [address, "--name", "Maya", "--tls", "--tls-fingerprint", showFingerprint(mine.hash)];
  const [hello, named] = await Promise.all([letThrough(server), run(args, { look })]);
  assertEquals([named.code, named.err], [0, ""]);
  const [key, proof] = [String(hello["key"]), String(hello["proof"])];
  assert(proves(key, proof, proofBytes(nonceOf(0), mine.hash, "Maya")));

  const files = { [KNOWN]: known };
  const [again, pinned] = await Promise.all([letThrough(server), run([address, "--tls"], { files })]);
  assertEquals([pinned.code, pinned.err], [0, ""]);
  assertNotEquals(again["key"], undefined);

  using swapped = new ScriptedServer(other);
  const elsewhere = known.replaceAll(address, `127.0.0.1:${swapped.port}`);
  const refused = run([`127.0.0.1:${swapped.port}`, "--tls"], { files: { [KNOWN]: elsewhere } });
  await turnAway(swapped, refused);
  const { code, err } = await refused;
  assertEquals(code, 1);
  assert(err.trimEnd().split("\n").length > 4, err);
  for (const { hash } of [mine, other]) assertStringIncludes(err, showFingerprint(hash));
});

Deno.test("an unknown certificate is refused where nobody can be asked, with the fingerprint to look for", async () => {
  const mine = await newCertificate();
  using server = new ScriptedServer(mine);
  const refused = run([`127.0.0.1:${server.port}`, "--tls"]);
  await turnAway(server, refused);
  const { code, err } = await refused;
  assertEquals(code, 1);
  assertStringIncludes(err, showFingerprint(mine.hash));
  assertStringIncludes(err, "--tls-fingerprint");
});

Deno.test("a server that is known to speak TLS is not spoken to plainly where nobody can be asked", async () => {
  const mine = await newCertificate();
  using server = new ScriptedServer(mine);
  let known = "";
  const look = async (folder: string) => {
    known = await Deno.readTextFile(`${folder}/${KNOWN}`);
  };
  const address = `127.0.0.1:${server.port}`;
  const args = [address, "--tls", "--tls-fingerprint", mine.hash];
  await Promise.all([letThrough(server), run(args, { look })]);
  const { code, err } = await run([address], { files: { [KNOWN]: known } });
  assertEquals(code, 1);
  assertStringIncludes(err, "Connect with --tls.");
});

Deno.test("a client of TLS at a plain server is told so", async () => {
  using server = new ScriptedServer();
  const refused = run([`127.0.0.1:${server.port}`, "--tls"]);
  const serving = (async () => {
    for (;;) {
      const peer = await server.accept().catch(() => null);
      if (peer === null) return;
      await peer.greet().catch(() => undefined);
    }
  })();
  const { code, err } = await refused;
  server[Symbol.dispose]();
  await serving;
  assertEquals(code, 1);
  assertStringIncludes(err, "without --tls");
});
