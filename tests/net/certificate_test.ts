import { assertEquals, assertGreater, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { CertificateError, givenIdentity, keptIdentity, machineNames } from "../../server/net/certificate.ts";
import { CERTIFICATE_NAME, certificateIn } from "../../server/protocol/certificates.ts";
import { certificate, type Made } from "../support/certificates.ts";
import { Folder } from "../support/server.ts";

const DAY_MS = 86_400_000;
const now = Date.now;

function kept(folder: string, names: readonly string[] = ["localhost"]) {
  return keptIdentity({ folder, names, now });
}

Deno.test("a certificate is made once and is the same after that", async () => {
  await using data = new Folder();
  const made = await kept(`${data.path}/tls`);
  assertEquals(await kept(`${data.path}/tls`), made);
  const der = certificateIn(made.cert) ?? new Uint8Array();
  assertEquals(made.hash, createHash("sha256").update(der).digest("hex"));
  assertGreater(made.validUntil, now() + 3_649 * DAY_MS);
});

Deno.test("a certificate that is made is for the fixed name and those given, and no authority's", async () => {
  await using data = new Folder();
  const { cert } = await kept(`${data.path}/tls`, ["pebble", "127.0.0.1", "::1"]);
  const x509 = new X509Certificate(cert);
  for (const name of [CERTIFICATE_NAME, "pebble"]) assertEquals(x509.checkHost(name), name);
  assertEquals(x509.checkHost("other"), undefined);
  assertEquals(x509.ca, false);
  // Deno 2.4 tells no addresses.
  const { subjectAltName = "IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1" } = x509;
  assertMatch(subjectAltName, /IP Address:127\.0\.0\.1, IP Address:(::1|0:0:0:0:0:0:0:1)/);
});

Deno.test({
  name: "a certificate's files are their owner's alone",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using data = new Folder();
    await kept(`${data.path}/tls`);
    const modes = ["", "/key.pem", "/cert.pem"].map((name) =>
      Deno.statSync(`${data.path}/tls${name}`).mode ?? 0
    );
    assertEquals(modes.map((mode) => mode & 0o777), [0o700, 0o600, 0o600]);
  },
});

Deno.test("what a crash left half made is made anew", async () => {
  await using data = new Folder();
  await Deno.mkdir(`${data.path}/tls.new`);
  await Deno.writeTextFile(`${data.path}/tls.new/key.pem`, "half a k");
  await kept(`${data.path}/tls`);
  assertEquals([...Deno.readDirSync(data.path)].map(({ name }) => name), ["tls"]);
});

const DAMAGES: readonly [string, (folder: string) => Promise<void>, string][] = [
  ["a key that is missing", (folder) => Deno.remove(`${folder}/key.pem`), "key.pem is missing"],
  ["a torn certificate", (folder) => Deno.truncate(`${folder}/cert.pem`, 200), "cert.pem is no certificate"],
  [
    "a certificate of other bytes",
    (folder) =>
      Deno.writeTextFile(
        `${folder}/cert.pem`,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      ),
    "cert.pem is damaged",
  ],
  [
    "another one's key",
    async (folder) => Deno.writeTextFile(`${folder}/key.pem`, (await certificate()).key),
    "is not that of the certificate",
  ],
  [
    "a symbolic link",
    async (folder) => {
      await Deno.rename(`${folder}/key.pem`, `${folder}/elsewhere`);
      await Deno.symlink(`${folder}/elsewhere`, `${folder}/key.pem`);
    },
    "key.pem is not a file of the server's",
  ],
];

for (const [what, damage, says] of DAMAGES) {
  Deno.test(`${what} is told with what to do, and nothing is made over it`, async () => {
    await using data = new Folder();
    const folder = `${data.path}/tls`;
    await kept(folder);
    await damage(folder);
    const before = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    const error = await assertRejects(() => kept(folder), CertificateError, says);
    assertStringIncludes(error.message, `Restore ${folder} from a backup, or remove it`);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), before);
  });
}

/** Gives these two files to a server. */
async function given({ cert, key }: Pick<Made, "cert" | "key">) {
  await using data = new Folder();
  const [certPath, keyPath] = [`${data.path}/c.pem`, `${data.path}/k.pem`];
  await Deno.writeTextFile(certPath, cert);
  await Deno.writeTextFile(keyPath, key);
  return await givenIdentity({ certPath, keyPath, now });
}

/** An authority, and a certificate that it signed. */
async function chain(): Promise<{ authority: Made; leaf: Made }> {
  const subject = "CN=an authority";
  const authority = await certificate({ subject, authority: true, names: [] });
  return { authority, leaf: await certificate({ issuer: { made: authority, subject } }) };
}

Deno.test("a certificate that is given is served as it is, with those of its authorities", async () => {
  const made = await certificate();
  const { cert, key } = await given(made);
  assertEquals({ cert, key }, { cert: made.cert, key: made.key });
  const { authority, leaf } = await chain();
  assertEquals(
    (await given({ cert: leaf.cert + authority.cert, key: leaf.key })).cert,
    leaf.cert + authority.cert,
  );
});

const MISTAKES: readonly [string, () => Promise<Pick<Made, "cert" | "key">>, string][] = [
  ["no PEM", async () => ({ ...await certificate(), cert: "hello\n" }), "c.pem is no certificate in PEM"],
  ["an empty file", async () => ({ ...await certificate(), cert: "" }), "c.pem is no certificate in PEM"],
  [
    "key and certificate changed over",
    async () => {
      const { cert, key } = await certificate();
      return { cert: key, key: cert };
    },
    "c.pem is a key",
  ],
  ["an authority's certificate", () => certificate({ authority: true }), "the certificate of an authority"],
  [
    "a chain that begins with the authority's",
    async () => {
      const { authority, leaf } = await chain();
      return { cert: authority.cert + leaf.cert, key: leaf.key };
    },
    "the certificate of an authority",
  ],
  ["a certificate without names", () => certificate({ names: [] }), "names no server"],
  ["one that has expired", () => certificate({ until: -1_000 }), "was valid until"],
  ["one that is not valid yet", () => certificate({ from: 3_600_000 }), "is valid from"],
  [
    "another one's key",
    async () => ({ ...await certificate(), key: (await certificate()).key }),
    "is not that of the certificate",
  ],
  ["a key that is none", async () => ({ ...await certificate(), key: "hello" }), "k.pem is no key in PEM"],
  [
    "a damaged key",
    async () => ({
      ...await certificate(),
      key: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    }),
    "cannot be used",
  ],
  ["a key that is too short", () => certificate({ rsaBits: 1_024 }), "is of a kind that is not served"],
  [
    "an encrypted key",
    async () => ({
      ...await certificate(),
      key: (await certificate()).key.replace("PRIVATE", "ENCRYPTED PRIVATE"),
    }),
    "is encrypted",
  ],
];

for (const [what, made, says] of MISTAKES) {
  Deno.test(`what is given is checked: ${what}`, async () => {
    const files = await made();
    const error = await assertRejects(() => given(files), CertificateError, says);
    assertMatch(error.message, /[.-]$/);
  });
}

Deno.test("a key may be one of RSA, too", async () => {
  const made = await certificate({ rsaBits: 2_048 });
  assertEquals((await given(made)).key, made.key);
});

Deno.test("a key may be written in the older way, too", async () => {
  const { cert, key } = await certificate();
  const older = createPrivateKey(key).export({ type: "sec1", format: "pem" }).toString();
  assertMatch(older, /BEGIN EC PRIVATE KEY/);
  assertEquals((await given({ cert, key: older })).key, older);
});

Deno.test("a file that is not there is named, with its flag", async () => {
  await using data = new Folder();
  const certPath = `${data.path}/c.pem`;
  const read = () => givenIdentity({ certPath, keyPath: certPath, now });
  assertStringIncludes(
    (await assertRejects(read, CertificateError)).message,
    `There is no file ${certPath}. Give --tls-cert`,
  );
});

Deno.test({
  name: "a right that is missing is named with its flag, and asked of nobody",
  permissions: { read: false },
  fn: async () => {
    const read = () => givenIdentity({ certPath: "/c.pem", keyPath: "/k.pem", now });
    await assertRejects(read, CertificateError, "run with --allow-read=/c.pem");
  },
});

Deno.test({
  name: "without the right to know more, a machine is called what every machine is",
  permissions: { sys: false },
  fn: () => assertEquals(machineNames(), ["localhost", "127.0.0.1", "::1"]),
});

Deno.test("a machine's names are what it calls itself, and its addresses", () => {
  const names = machineNames();
  for (const { address } of Deno.networkInterfaces()) {
    assertEquals(names.includes(address.replace(/%.*/, "")), true, address);
  }
  assertEquals(new Set(names).size, names.length);
});
