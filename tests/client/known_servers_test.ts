import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { KnownServers } from "../../client/known_servers.ts";
import { TrustError } from "../../client/trust_error.ts";
import { certificateHash, showFingerprint } from "../../server/protocol/certificates.ts";
import { Folder } from "../support/server.ts";

const HOME = { hostname: "chat.example", port: 7037 };
const AWAY = { hostname: "::1", port: 1 };
const ONE = Uint8Array.of(1, 2, 3);
const TWO = Uint8Array.of(4, 5, 6);
const SINCE = "2026-11-20T14:03:05.000Z";

/** Known servers in a folder of their own. */
async function withServers(
  run: (known: KnownServers, path: string, data: string) => Promise<void>,
): Promise<void> {
  await using folder = new Folder();
  const data = `${folder.path}/data`;
  await run(new KnownServers(data, () => Date.parse(SINCE)), `${data}/client/known_servers.json`, data);
}

/** A file in place of the one that they are kept in. */
async function put(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeTextFile(path, text);
}

Deno.test("nobody is known at first, and to ask makes no file", () =>
  withServers(async (known, _path, data) => {
    assertEquals(await known.find(HOME), null);
    await assertRejects(() => Deno.lstat(data), Deno.errors.NotFound);
  }));

Deno.test("a server that is kept is known by host and port, in any case, with its certificate", () =>
  withServers(async (known, path) => {
    assertEquals(await known.keep(HOME, ONE), null);
    assertEquals(await known.keep(AWAY, TWO), null);
    assertEquals(await known.find(HOME), { certificate: ONE, since: SINCE });
    assertEquals(await known.find({ ...HOME, hostname: "CHAT.Example" }), { certificate: ONE, since: SINCE });
    assertEquals(await known.find(AWAY), { certificate: TWO, since: SINCE });
    assertEquals(await known.find({ ...HOME, port: 7038 }), null);
    const servers = JSON.parse(await Deno.readTextFile(path));
    assertEquals(Object.keys(servers), ["chat.example:7037", "[::1]:1"]);
    assertEquals(servers["[::1]:1"].fingerprint, showFingerprint(certificateHash(TWO)));
    if (Deno.build.os !== "windows") assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  }));

Deno.test("a certificate takes the place of the one before, and a server can be forgotten", () =>
  withServers(async (known) => {
    await known.keep(HOME, ONE);
    await known.keep(AWAY, ONE);
    await known.keep(HOME, TWO);
    assertEquals((await known.find(HOME))?.certificate, TWO);
    assertEquals(await known.forget(HOME), null);
    assertEquals(await known.find(HOME), null);
    assertEquals((await known.find(AWAY))?.certificate, ONE);
  }));

Deno.test("of many that are kept at once none is lost", () =>
  withServers(async (_known, _path, data) => {
    const addresses = Array.from({ length: 20 }, (_, i) => ({ hostname: "h", port: i + 1 }));
    const kept = await Promise.all(
      addresses.map((address) => new KnownServers(data, Date.now).keep(address, ONE)),
    );
    assertEquals(new Set(kept), new Set([null]));
    const known = new KnownServers(data, Date.now);
    for (const address of addresses) assertEquals((await known.find(address))?.certificate, ONE);
  }));

Deno.test("what a crash left aside is in nobody's way", () =>
  withServers(async (known, path) => {
    await put(`${path}.new`, "{");
    assertEquals(await known.keep(HOME, ONE), null);
    assertEquals((await known.find(HOME))?.certificate, ONE);
  }));

const DAMAGES: readonly [string, string][] = [
  ["torn", '{"chat.example:7037": {"finge'],
  ["empty", ""],
  ["a list", "[]"],
];

for (const [what, text] of DAMAGES) {
  Deno.test(`a file that is ${what} is named, trusts nobody, and is not written over`, () =>
    withServers(async (known, path) => {
      await put(path, text);
      const error = await assertRejects(() => known.find(HOME), TrustError);
      assertStringIncludes(error.message, `${path} says which servers to trust, but cannot be used`);
      assertMatch(await known.keep(HOME, ONE) ?? "", /^This is not kept in .*: it is not a JSON object\.$/);
      assertEquals(await Deno.readTextFile(path), text);
    }));
}

Deno.test("what is said of a server has to fit together; the others are known all the same", () =>
  withServers(async (known, path) => {
    await known.keep(HOME, ONE);
    await known.keep(AWAY, TWO);
    const text = await Deno.readTextFile(path);
    const other = showFingerprint(certificateHash(TWO));
    await put(path, text.replace(showFingerprint(certificateHash(ONE)), other));
    await assertRejects(() => known.find(HOME), TrustError, "is no certificate with its fingerprint");
    assertEquals((await known.find(AWAY))?.certificate, TWO);
  }));

Deno.test("a name that objects have by themselves is known only when it was kept", () =>
  withServers(async (known, path) => {
    await put(path, "{}");
    assertEquals(await known.find({ hostname: "__proto__", port: 1 }), null);
  }));

for (const which of ["", ".lock"]) {
  Deno.test(`a symbolic link in place of known_servers.json${which} is not followed`, () =>
    withServers(async (known, path, data) => {
      await put(path, "{}");
      await Deno.remove(path);
      await Deno.writeTextFile(`${data}/elsewhere`, "{}");
      await Deno.symlink(`${data}/elsewhere`, `${path}${which}`);
      assertMatch(await known.keep(HOME, ONE) ?? "", /is not a plain file/);
      assertEquals(await Deno.readTextFile(`${data}/elsewhere`), "{}");
    }));
}

Deno.test({
  name: "without the right to read nobody is known, and what is not kept is said",
  permissions: { read: false, write: false },
  fn: async () => {
    const known = new KnownServers("chat-data", Date.now);
    assertEquals(await known.find(HOME), null);
    assertEquals(
      await known.keep(HOME, ONE),
      "This is not kept: the right to read chat-data is missing. Run with --allow-read=chat-data",
    );
  },
});
