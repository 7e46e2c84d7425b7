import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { IdentityError, identityPath, keepIdentity, openIdentity } from "../../client/identity.ts";
import { turn } from "./support.ts";
import { parseKey, PLAIN_BINDING, proofBytes, proves } from "../../server/protocol/proofs.ts";

/** Runs `test` in a folder of its own, in which nothing is yet; `path` is where the key will be. */
async function inFolder(test: (data: string, path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const data = `${folder}/chat-data`;
  try {
    await test(data, identityPath(data));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.lstat(path)).mode ?? 0) & 0o777;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** The error that names the file, and after which the file is as it was. */
async function refused(path: string, run: () => Promise<unknown>): Promise<string> {
  const before = await Deno.readFile(path);
  const { message } = await assertRejects(run, IdentityError);
  assertStringIncludes(message, path);
  assertEquals(await Deno.readFile(path), before);
  return message;
}

Deno.test("the key of the first run is its owner's alone, and every later run's", async () => {
  await inFolder(async (data, path) => {
    const { key } = await keepIdentity(data);
    assertEquals(parseKey(key), key);
    assertEquals([await modeOf(path), await modeOf(`${data}/client`)], [0o600, 0o700]);
    assertEquals(await namesIn(`${data}/client`), ["identity.json"]);
    assertEquals((await keepIdentity(data)).key, key);
    assertEquals((await openIdentity(path)).key, key);
    assertEquals(await Deno.readTextFile(`${data}/.gitignore`), "*\n");
  });
});

Deno.test("what it signs is proven by its key, and by that of no other folder", async () => {
  await inFolder(async (data) => {
    const mine = await keepIdentity(data);
    const other = await keepIdentity(`${data}/other`);
    const bytes = proofBytes("nonce", PLAIN_BINDING, "Maya");
    assert(proves(mine.key, mine.sign(bytes), bytes));
    assert(!proves(mine.key, other.sign(bytes), bytes));
    assertNotEquals(mine.key, other.key);
  });
});

Deno.test("of clients that begin at once one makes the key, and all read it whole", async () => {
  for (let round = 0; round < 10; round++) {
    await inFolder(async (data) => {
      const keys = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
        // Not all in step: some find nothing, and the file when they have made theirs.
        for (let n = 0; n < i; n++) await turn();
        return (await keepIdentity(data)).key;
      }));
      assertEquals(new Set(keys).size, 1);
      assertEquals(await namesIn(`${data}/client`), ["identity.json"]);
    });
  }
});

Deno.test("a file that was cut anywhere is damaged, and nothing is written over it", async () => {
  await inFolder(async (data, path) => {
    await keepIdentity(data);
    const text = await Deno.readTextFile(path);
    for (let length = 0; length < text.length - 1; length++) {
      await Deno.writeTextFile(path, text.slice(0, length));
      assertStringIncludes(await refused(path, () => keepIdentity(data)), "damaged");
    }
  });
});

Deno.test("a file with other things in it than a pair of keys is damaged, and its secret is not told", async () => {
  await inFolder(async (data, path) => {
    await keepIdentity(data);
    await keepIdentity(`${data}/other`);
    const mine = JSON.parse(await Deno.readTextFile(path));
    const other = JSON.parse(await Deno.readTextFile(identityPath(`${data}/other`)));
    const wrong = [
      null,
      [],
      {},
      { ...mine, version: "1" },
      { ...mine, key: 7 },
      { ...mine, secret: undefined },
      { ...mine, key: other.key },
      { ...mine, secret: mine.secret.slice(0, -4) },
      { ...mine, secret: `${mine.secret}AAAA` },
      { ...mine, key: `${mine.key}=` },
    ];
    for (const members of wrong) {
      await Deno.writeTextFile(path, JSON.stringify(members));
      const message = await refused(path, () => keepIdentity(data));
      assertStringIncludes(message, "damaged");
      assert(!message.includes(mine.secret));
    }
    await Deno.writeTextFile(path, JSON.stringify({ ...mine, more: "x".repeat(5_000) }));
    assertStringIncludes(await refused(path, () => keepIdentity(data)), "not a plain file with a key");
  });
});

Deno.test("a file of another version is said to be that", async () => {
  await inFolder(async (data, path) => {
    await keepIdentity(data);
    const members = JSON.parse(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, JSON.stringify({ ...members, version: 2 }));
    assertStringIncludes(await refused(path, () => keepIdentity(data)), "another version");
  });
});

Deno.test("a key that others can read is refused, with the command that mends it", async () => {
  await inFolder(async (data, path) => {
    await keepIdentity(data);
    for (const mode of [0o640, 0o604]) {
      await Deno.chmod(path, mode);
      assertStringIncludes(await refused(path, () => keepIdentity(data)), `chmod 600 ${path}`);
    }
    await Deno.chmod(path, 0o400);
    await keepIdentity(data);
  });
});

Deno.test("symbolic links are not followed, neither to the file nor to its folder", async () => {
  await inFolder(async (data, path) => {
    const real = `${data}/real`;
    const { key } = await keepIdentity(real);
    await Deno.mkdir(`${data}/client`);
    await Deno.symlink(identityPath(real), path);
    assertStringIncludes(await refused(path, () => keepIdentity(data)), "symbolic link");
    assertStringIncludes(await refused(path, () => openIdentity(path)), "symbolic link");
    await Deno.remove(`${data}/client`, { recursive: true });
    await Deno.symlink(`${real}/client`, `${data}/client`);
    assertStringIncludes(await refused(path, () => keepIdentity(data)), "symbolic link");
    assertEquals((await keepIdentity(real)).key, key);
  });
});

Deno.test("a link to a folder without a key has none made in it", async () => {
  await inFolder(async (data) => {
    await Deno.mkdir(`${data}/elsewhere`, { recursive: true });
    await Deno.symlink(`${data}/elsewhere`, `${data}/client`);
    await assertRejects(() => keepIdentity(data), Error, "symbolic link");
    assertEquals(await namesIn(`${data}/elsewhere`), []);
  });
});

Deno.test("a file that was named and is not there is not made", async () => {
  await inFolder(async (data, path) => {
    await Deno.mkdir(data);
    const { message } = await assertRejects(() => openIdentity(path), IdentityError);
    assertStringIncludes(message, `There is no ${path}.`);
    assertEquals(await namesIn(data), []);
  });
});
