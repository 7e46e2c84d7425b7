import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { tlsIsOld } from "../../server/protocol/runtime.ts";
import { settleTrust } from "../../client/tls.ts";
import { selfSigned } from "../../server/net/self_signed.ts";
import type { Identity } from "../../server/net/tls.ts";
import { CERTIFICATE_NAME, showFingerprint } from "../../server/protocol/certificates.ts";
import { certificate } from "../support/certificates.ts";
import { Folder, installed } from "../support/server.ts";
import { hashOf, NOBODY, Person, Relay, TestServer } from "./tls_support.ts";

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** What a client was told before: whose certificate to keep, and which to take. */
interface Before {
  readonly pinned?: Identity;
  readonly fingerprint?: string;
  /** How the system comes to trust the authority; by DENO_CERT where nothing is said. */
  readonly trustedBy?: "its own list";
}

const AUTHORITY = "CN=an authority";
const MADE = await certificate({ subject: AUTHORITY, authority: true, names: [] });
const ISSUER = { made: MADE, subject: AUTHORITY };

/** What a client has to say of a server, and knows of it then, where the system trusts `authority`, which takes a process of its own. */
async function trusting(authority: Identity, port: number, before: Before = {}): Promise<string> {
  await using folder = new Folder();
  const path = `${folder.path}/authority.pem`;
  await Deno.writeTextFile(path, authority.cert);
  const [client, server] = ["client/", "server/"].map((part) =>
    new URL(`../../${part}`, import.meta.url).href
  );
  const program = `
    import { systemClock as clock } from "${client}clock.ts";
    import { KnownServers } from "${client}known_servers.ts";
    import { settleTrust } from "${client}tls.ts";
    import { certificateIn } from "${server}protocol/certificates.ts";
    const { signal } = new AbortController();
    const known = new KnownServers(${JSON.stringify(folder.path)}, Date.now);
    const address = { hostname: "localhost", port: ${port} };
    const pinned = certificateIn(${JSON.stringify(before.pinned?.cert ?? "")});
    if (pinned !== null) await known.keep(address, pinned);
    const fingerprint = ${JSON.stringify(before.fingerprint ?? null)};
    try {
      const options = { address, known, fingerprint, ask: null, tell: console.log, clock, signal };
      const stream = await (await settleTrust(options))(signal);
      console.log(stream.binding, await stream.read(new Uint8Array(9)), await known.find(address));
    } catch (error) {
      console.log(error.name, error.message);
    }
    Deno.exit(0);
  `;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", "--no-check", "--config", CONFIG, program],
    env: before.trustedBy === undefined
      ? { DENO_CERT: path }
      : { DENO_TLS_CA_STORE: "system", SSL_CERT_FILE: path },
  }).output();
  return new TextDecoder().decode(stdout).trim() + new TextDecoder().decode(stderr);
}

Deno.test("a certificate that the system trusts for the host is accepted, and not kept", async () => {
  const identity = await certificate({ issuer: ISSUER });
  await using server = new TestServer(identity);
  assertEquals(await trusting(MADE, server.address.port), `${hashOf(identity)} 1 null`);
});

Deno.test({
  name: "the list of the computer counts where the variable says so that the refusal names",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const identity = await certificate({ issuer: ISSUER });
    await using server = new TestServer(identity);
    const { port } = server.address;
    const other = await certificate({ subject: "CN=another authority", authority: true, names: [] });
    const refused = await trusting(other, port, { trustedBy: "its own list" });
    assertStringIncludes(refused, "set the variable DENO_TLS_CA_STORE to system");
    assertEquals(await trusting(MADE, port, { trustedBy: "its own list" }), `${hashOf(identity)} 1 null`);
  },
});

Deno.test("a server that was pinned is trusted by the system only after its new certificate was named", async () => {
  const identity = await certificate({ issuer: ISSUER });
  await using server = new TestServer(identity);
  const { port } = server.address;
  const pinned = await selfSigned(["localhost"], Date.now());
  assertStringIncludes(await trusting(MADE, port, { pinned }), "HAS CHANGED");
  const named = await trusting(MADE, port, { pinned, fingerprint: hashOf(identity) });
  assertEquals(named, `${hashOf(identity)} 1 null`);
  const misnamed = await trusting(MADE, port, { pinned, fingerprint: "0".repeat(64) });
  assertStringIncludes(misnamed, "is not the one that --tls-fingerprint names");
});

Deno.test({
  name: "no authority vouches for another certificate than the one that is pinned, whatever its names",
  ignore: tlsIsOld(Deno.version.deno),
  fn: async () => {
    const names = ["localhost", CERTIFICATE_NAME];
    const identity = await certificate({ names, issuer: ISSUER });
    await using server = new TestServer(identity);
    for (const pinned of [await certificate(), await certificate({ names })]) {
      const outcome = await trusting(MADE, server.address.port, { pinned });
      assertStringIncludes(outcome, "HAS CHANGED");
      assertStringIncludes(outcome, showFingerprint(hashOf(identity)));
    }
  },
});

Deno.test({
  name:
    "a proof is bound to the certificate of the connection that is in use, and a fingerprint compared with that",
  ignore: tlsIsOld(Deno.version.deno),
  fn: async () => {
    const [shown, used] = [await certificate({ issuer: ISSUER }), await certificate({ issuer: ISSUER })];
    await using victim = new TestServer(shown);
    await using server = new TestServer(used);
    const first = (nth: number) => nth === 1 ? victim.address.port : server.address.port;
    await using relay = new Relay(first);
    assertEquals(await trusting(MADE, relay.address.port), `${hashOf(used)} 1 null`);
    await using again = new Relay(first);
    const refused = await trusting(MADE, again.address.port, { fingerprint: hashOf(shown) });
    assertStringIncludes(refused, "is not the one that --tls-fingerprint names");
    assertStringIncludes(refused, `shown: ${showFingerprint(hashOf(used))}`);
  },
});

Deno.test("whoever passes a look on to a server that the system trusts is refused all the same", async () => {
  await using victim = new TestServer(await certificate({ issuer: ISSUER }));
  for (const own of [await certificate(), await certificate({ until: -60_000 })]) {
    await using server = new TestServer(own);
    const looks = tlsIsOld(Deno.version.deno) ? [1, 3] : [1];
    await using relay = new Relay((nth) => looks.includes(nth) ? victim.address.port : server.address.port);
    assertStringIncludes(await trusting(MADE, relay.address.port), "TrustError ");
  }
});

Deno.test("a server that the system trusts cannot pass for another by showing that one's certificate first", async () => {
  await using victim = new TestServer(await certificate({ names: ["victim.example"], issuer: ISSUER }));
  await using server = new TestServer(await certificate({ issuer: ISSUER }));
  for (const passedOn of tlsIsOld(Deno.version.deno) ? [1, 3] : [1, 2]) {
    await using relay = new Relay((nth) => nth === passedOn ? victim.address.port : server.address.port);
    const outcome = await trusting(MADE, relay.address.port);
    assertStringIncludes(outcome, "TrustError ");
    const why = tlsIsOld(Deno.version.deno) ? "is for other names" : "is for victim.example";
    assertStringIncludes(outcome, passedOn === 2 ? "shows now one certificate, now another" : why);
  }
});

const openssl = installed("openssl", ["version"]);

Deno.test({
  name: `a server that speaks nothing but TLS 1.3 is looked at, too${
    openssl ? "" : " (skipped: no openssl)"
  }`,
  ignore: !openssl || tlsIsOld(Deno.version.deno),
  fn: async () => {
    await using folder = new Folder();
    const identity = await selfSigned(["localhost"], Date.now());
    await Deno.writeTextFile(`${folder.path}/cert.pem`, identity.cert);
    await Deno.writeTextFile(`${folder.path}/key.pem`, identity.key);
    const child = new Deno.Command("openssl", {
      args: ["s_server", "-accept", "127.0.0.1:0", "-tls1_3", "-cert", "cert.pem", "-key", "key.pem"],
      cwd: folder.path,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!/ACCEPT .*\n/.test(text)) text += (await reader.read()).value ?? "";
    await using person = new Person();
    await using server = new TestServer(identity);
    const address = { hostname: "localhost", port: Number(/ACCEPT .*:(\d+)\n/.exec(text)?.[1]) };
    const dial = await settleTrust({ ...person.options(server, true), address });
    const stream = await dial(NOBODY);
    assertEquals(stream.binding, hashOf(identity));
    stream.close();
    child.kill();
    await Promise.allSettled([child.status, reader.cancel(), child.stdin.close()]);
  },
});
