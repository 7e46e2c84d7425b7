import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { tlsIsOld } from "../../server/protocol/runtime.ts";
import { settlePlain, settleTrust } from "../../client/tls.ts";
import { TrustError } from "../../client/trust_error.ts";
import { selfSigned } from "../../server/net/self_signed.ts";
import type { Identity } from "../../server/net/tls.ts";
import { certificateIn, showFingerprint } from "../../server/protocol/certificates.ts";
import { certificate } from "../support/certificates.ts";
import { Folder, installed } from "../support/server.ts";
import { HandClock } from "./support.ts";
import { hashOf, NOBODY, Person, Relay, TestServer } from "./tls_support.ts";

const FIRST = await selfSigned(["localhost"], Date.now());
const SECOND = await selfSigned(["localhost"], Date.now());

Deno.test("the first contact asks with the fingerprint; after a yes nobody is asked again", async () => {
  await using person = new Person();
  await using server = new TestServer(FIRST);
  assertEquals(await person.connect(server, true), hashOf(FIRST));
  assertEquals(person.asked.length, 1);
  assertStringIncludes(person.asked[0] ?? "", showFingerprint(hashOf(FIRST)));
  const before = server.accepted;
  assertEquals(await person.connect(server, null), hashOf(FIRST));
  assertEquals(person.asked.length, 1);
  // The server that is known is not looked at beforehand.
  assertEquals(server.accepted, before + 1);
});

Deno.test("after a no there is no connection, and nothing is kept", async () => {
  await using person = new Person();
  await using server = new TestServer(FIRST);
  assertStringIncludes(await person.refusal(server, false), "is not trusted");
  assertEquals(await person.known.find(server.address), null);
});

Deno.test("where nobody can be asked an unknown certificate is refused, unless its fingerprint is named", async () => {
  await using person = new Person();
  await using server = new TestServer(FIRST);
  const refusal = await person.refusal(server, null);
  assertStringIncludes(refusal, showFingerprint(hashOf(FIRST)));
  assertStringIncludes(refusal, "--tls-fingerprint");
  const other = await person.refusal(server, null, hashOf(SECOND));
  for (const identity of [FIRST, SECOND]) assertStringIncludes(other, showFingerprint(hashOf(identity)));
  assertEquals(await person.connect(server, null, hashOf(FIRST)), hashOf(FIRST));
  // That was an answer for good.
  assertEquals(await person.connect(server, null), hashOf(FIRST));
});

Deno.test("a changed certificate is refused with both fingerprints, also on a reconnect, until it is named", async () => {
  await using person = new Person();
  let server = new TestServer(FIRST);
  const { port } = server.address;
  const dial = await settleTrust(person.options(server, true));
  await server[Symbol.asyncDispose]();
  server = new TestServer(SECOND, port);
  await using _server = server;
  const again = await assertRejects(() => dial(NOBODY), TrustError);
  const anew = await person.refusal(server, true);
  assertEquals(person.asked.length, 1);
  for (const refusal of [again.message, anew]) {
    assertStringIncludes(refusal, "HAS CHANGED");
    assertStringIncludes(refusal, `--tls-fingerprint ${showFingerprint(hashOf(SECOND))}`);
    assertStringIncludes(refusal, showFingerprint(hashOf(FIRST)));
    assertStringIncludes(refusal, person.known.path);
  }
  assertEquals(await person.connect(server, null, hashOf(SECOND)), hashOf(SECOND));
  assertEquals(await person.connect(server, null), hashOf(SECOND));
});

Deno.test("whoever shows another's certificate without having its key is refused before anybody is asked", async () => {
  await using person = new Person();
  await using honest = new TestServer(FIRST);
  await using other = new TestServer(SECOND);
  // The first look is passed on to the honest server, what counts is answered by the other.
  await using relay = new Relay((nth) => nth === 1 ? honest.address.port : other.address.port);
  const options = { ...person.options(honest, true), address: relay.address };
  const error = await assertRejects(() => settleTrust(options), TrustError);
  assertStringIncludes(error.message, "does not have its key");
  assertEquals(person.asked, []);
  assertEquals(await person.known.find(relay.address), null);
});

Deno.test("a relay with a certificate of its own gets bindings that are no good at the server, and only from those who trust it", async () => {
  await using person = new Person();
  await using server = new TestServer(FIRST);
  await using between = new TestServer(SECOND);
  const bound = await person.connect(server, true);
  assertEquals(bound, hashOf(FIRST));
  const fooled = await person.connect(between, true);
  assertEquals(fooled, hashOf(SECOND));
  assertNotEquals(fooled, bound);
});

Deno.test("what answers without TLS is told as that, and is never trusted where TLS was", async () => {
  await using person = new Person();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answering = (async () => {
    for await (const connection of listener) {
      await connection.write(Uint8Array.of(0, 0, 0, 3, 1, 123, 125));
      await connection.closeWrite();
      while (await connection.read(new Uint8Array(1_000)) !== null);
      connection.close();
    }
  })();
  const address = { hostname: "localhost", port: listener.addr.port };
  await using server = new TestServer(FIRST);
  const options = { ...person.options(server, true), address };
  const fresh = await assertRejects(() => settleTrust(options), TrustError);
  assertEquals(
    fresh.message,
    `What answers at localhost:${address.port} does not speak TLS. Connect without --tls.`,
  );
  await person.known.keep(address, certificateIn(FIRST.cert) ?? new Uint8Array());
  const dial = await settleTrust(options);
  const known = await assertRejects(() => dial(NOBODY), TrustError);
  assertStringIncludes(known.message, "NO LONGER SPEAKS TLS");
  listener.close();
  await answering;
});

Deno.test("a server that is known to speak TLS is spoken to plainly only where the person says so", async () => {
  await using person = new Person();
  await using server = new TestServer(FIRST);
  await settlePlain(person.options(server, null));
  await person.connect(server, true);
  const refusal = await assertRejects(() => settlePlain(person.options(server, null)), TrustError);
  assertStringIncludes(refusal.message, "Connect with --tls.");
  await assertRejects(() => settlePlain(person.options(server, false)), TrustError);
  await settlePlain(person.options(server, true));
  assertStringIncludes(person.asked.at(-1) ?? "", "Connect without TLS all the same?");
});

const UNUSABLE: readonly [string, () => Promise<Identity>, string][] = [
  ["an authority's", () => certificate({ authority: true }), "it is that of an authority"],
  ["one that has expired", () => certificate({ until: -60_000 }), "it has expired"],
  ["one that is not valid yet", () => certificate({ from: 3_600_000 }), "it is not valid yet"],
  ["one for no name", () => certificate({ names: [] }), "it is for no name"],
  [
    "one from an authority that nobody knows",
    async () => {
      const subject = "CN=an authority";
      const made = await certificate({ subject, authority: true, names: [] });
      return await certificate({ issuer: { made, subject } });
    },
    "from an authority that is not known here (CN=an authority)",
  ],
  [
    "one from such an authority for another name",
    async () => {
      const subject = "CN=an authority";
      const made = await certificate({ subject, authority: true, names: [] });
      return await certificate({ names: ["other.example"], issuer: { made, subject } });
    },
    "Connect to the server by such a name.",
  ],
];

for (const [what, made, says] of UNUSABLE) {
  Deno.test(`a certificate that cannot be used is asked about by nobody: ${what}`, async () => {
    await using person = new Person();
    await using server = new TestServer(await made());
    assertStringIncludes(await person.refusal(server, true), says);
    assertEquals(person.asked, []);
  });
}

Deno.test("a certificate of somebody's own making is asked about and pinned, whatever its name", async () => {
  await using person = new Person();
  const identity = await certificate({ names: ["localhost"] });
  await using server = new TestServer(identity);
  assertEquals(await person.connect(server, true), hashOf(identity));
  assertEquals(await person.connect(server, null), hashOf(identity));
});

Deno.test("where nothing answers, that is an error of the network and not one of trust", async () => {
  await using person = new Person();
  const server = new TestServer(FIRST);
  const options = person.options(server, true);
  await server[Symbol.asyncDispose]();
  await assertRejects(() => settleTrust(options), Deno.errors.ConnectionRefused);
});

Deno.test("a server that says nothing is waited for ten seconds, or until the person leaves", async () => {
  await using person = new Person();
  await using server = new TestServer(FIRST);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = { hostname: "localhost", port: listener.addr.port };
  const clock = new HandClock();
  const late = assertRejects(
    () => settleTrust({ ...person.options(server, true), address, clock }),
    Deno.errors.TimedOut,
  );
  using first = await listener.accept();
  await first.read(new Uint8Array(1));
  clock.advance(10_000);
  await late;
  const leaving = new AbortController();
  const left = assertRejects(
    () => settleTrust({ ...person.options(server, true), address, signal: leaving.signal }),
    Error,
    "bye",
  );
  using second = await listener.accept();
  await second.read(new Uint8Array(1));
  leaving.abort(new Error("bye"));
  await left;
});

Deno.test({
  name: "a pinned certificate vouches for no other one",
  ignore: tlsIsOld(Deno.version.deno),
  fn: async () => {
    await using person = new Person();
    const subject = "CN=the first one";
    const pinned = await certificate({ subject });
    await using server = new TestServer(await certificate({ issuer: { made: pinned, subject } }));
    await person.known.keep(server.address, certificateIn(pinned.cert) ?? new Uint8Array());
    assertStringIncludes(await person.refusal(server, null), "HAS CHANGED");
  },
});

Deno.test({
  name: "a handshake that is given up leaves nothing open",
  // An old Deno does leave it: see client/old_secure_stream.ts.
  ignore: Deno.build.os !== "linux" || tlsIsOld(Deno.version.deno),
  fn: async () => {
    await using person = new Person();
    await using server = new TestServer(FIRST);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const address = { hostname: "localhost", port: listener.addr.port };
    await person.known.keep(address, certificateIn(FIRST.cert) ?? new Uint8Array());
    const dial = await settleTrust({ ...person.options(server, null), address });
    // Of sockets alone: the runtime has files of its own.
    const open = () =>
      [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
        try {
          return Deno.readLinkSync(`/proc/self/fd/${name}`).startsWith("socket:");
        } catch (error) {
          // That of the folder itself.
          if (error instanceof Deno.errors.NotFound) return false;
          throw error;
        }
      }).length;
    const before = open();
    for (let i = 0; i < 5; i++) {
      const leaving = new AbortController();
      const left = assertRejects(() => dial(leaving.signal), Error, "bye");
      using silent = await listener.accept();
      const bytes = new Uint8Array(4_096);
      await silent.read(bytes);
      leaving.abort(new Error("bye"));
      await left;
      // The end is there as soon as the other side is gone.
      while (await silent.read(bytes) !== null);
    }
    // One of an earlier test may have gone meanwhile.
    assert(open() <= before, `${before} sockets were open, and ${open()} are now`);
  },
});

const openssl = installed("openssl", ["version"]);

Deno.test({
  name: `a certificate of the first version is refused${openssl ? "" : " (skipped: no openssl)"}`,
  // An old Deno does not even serve with one.
  ignore: !openssl || tlsIsOld(Deno.version.deno),
  fn: async () => {
    await using folder = new Folder();
    const run = async (args: string) => {
      const options = { args: args.split(" "), cwd: folder.path, stdout: "null", stderr: "null" } as const;
      assertEquals((await new Deno.Command("openssl", options).output()).code, 0);
    };
    await run("req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out request.pem");
    await run("x509 -req -in request.pem -signkey key.pem -out cert.pem -days 3");
    const [cert, key] = await Promise.all(
      ["cert.pem", "key.pem"].map((name) => Deno.readTextFile(`${folder.path}/${name}`)),
    );
    await using person = new Person();
    await using server = new TestServer({ cert: cert ?? "", key: key ?? "" });
    assertStringIncludes(await person.refusal(server, true), "it is of X.509 before version 3");
    await person.known.keep(server.address, certificateIn(cert ?? "") ?? new Uint8Array());
    assertStringIncludes(await person.refusal(server, null), "it is of X.509 before version 3");
    assertEquals(person.asked, []);
  },
});
