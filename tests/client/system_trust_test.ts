import { assertEquals, assertStringIncludes } from "@std/assert";
import { settleTrust } from "../../client/tls.ts";
import { selfSigned } from "../../server/net/self_signed.ts";
import type { Identity } from "../../server/net/tls.ts";
import { certificate } from "../support/certificates.ts";
import { Folder, installed } from "../support/server.ts";
import { hashOf, NOBODY, Person, Relay, TestServer } from "./tls_support.ts";

/** Deno 2.4 shows less of certificates. */
const FLAWED = Deno.version.deno.startsWith("2.4.");
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

/** What a client was told before: whose certificate to keep, and which to take. */
interface Before {
  readonly pinned?: Identity;
  readonly fingerprint?: string;
}

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
    env: { DENO_CERT: path },
  }).output();
  return new TextDecoder().decode(stdout).trim() + new TextDecoder().decode(stderr);
}

Deno.test("a certificate that the system trusts for the host is accepted, and not kept", async () => {
  const subject = "CN=an authority";
  const made = await certificate({ subject, authority: true, names: [] });
  const identity = await certificate({ issuer: { made, subject } });
  await using server = new TestServer(identity);
  assertEquals(await trusting(made, server.address.port), `${hashOf(identity)} 1 null`);
});

Deno.test("a server that was pinned is trusted by the system only after its new certificate was named", async () => {
  const subject = "CN=an authority";
  const made = await certificate({ subject, authority: true, names: [] });
  const identity = await certificate({ issuer: { made, subject } });
  await using server = new TestServer(identity);
  const { port } = server.address;
  const pinned = await selfSigned(["localhost"], Date.now());
  assertStringIncludes(await trusting(made, port, { pinned }), "HAS CHANGED");
  const named = await trusting(made, port, { pinned, fingerprint: hashOf(identity) });
  assertEquals(named, `${hashOf(identity)} 1 null`);
  const misnamed = await trusting(made, port, { pinned, fingerprint: "0".repeat(64) });
  assertStringIncludes(misnamed, "is not the one that --tls-fingerprint names");
});

Deno.test("a server that the system trusts cannot pass for another by showing that one's certificate first", async () => {
  const subject = "CN=an authority";
  const made = await certificate({ subject, authority: true, names: [] });
  await using victim = new TestServer(
    await certificate({ names: ["victim.example"], issuer: { made, subject } }),
  );
  await using server = new TestServer(await certificate({ issuer: { made, subject } }));
  for (const passedOn of [1, 3]) {
    await using relay = new Relay((nth) => nth === passedOn ? victim.address.port : server.address.port);
    const outcome = await trusting(made, relay.address.port);
    assertStringIncludes(outcome, "TrustError The certificate of");
    assertStringIncludes(outcome, FLAWED ? "is for other names" : "is for victim.example");
  }
});

const openssl = installed("openssl", ["version"]);

Deno.test({
  name: `a server that speaks nothing but TLS 1.3 is looked at, too${
    openssl ? "" : " (skipped: no openssl)"
  }`,
  ignore: !openssl || FLAWED,
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
