import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readSettings, writeSettings } from "../../../client/terminal/settings.ts";

/** Runs with a folder of all data in which `text`, unless it is null, are the settings that are kept. */
async function withSettings(
  text: string | null,
  run: (data: string, path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const data = `${folder}/data`;
  const path = `${data}/client/settings.json`;
  try {
    if (text !== null) {
      await Deno.mkdir(`${data}/client`, { recursive: true });
      await Deno.writeTextFile(path, text);
    }
    await run(data, path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function problemOf(data: string): Promise<string> {
  const { settings, problem } = await readSettings(data);
  assertEquals(settings, { bell: "mentions" });
  return problem ?? "";
}

Deno.test("without a file everything is as it is from the start, and none is made", () =>
  withSettings(null, async (data, path) => {
    assertEquals(await readSettings(data), { settings: { bell: "mentions" }, problem: null });
    assertEquals(await Deno.lstat(path).catch((error) => error instanceof Deno.errors.NotFound), true);
  }));

Deno.test("what was set is there the next time, and its folder is made", () =>
  withSettings(null, async (data, path) => {
    assertEquals(await writeSettings(data, { bell: "all" }), null);
    assertEquals(await writeSettings(data, { bell: "off" }), null);
    assertEquals(await readSettings(data), { settings: { bell: "off" }, problem: null });
    assertEquals(await Deno.readTextFile(path), '{\n  "bell": "off"\n}\n');
    assertEquals(await Deno.readTextFile(`${data}/.gitignore`), "*\n");
    if (Deno.build.os !== "windows") assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  }));

Deno.test("members of a newer version stay", () =>
  withSettings('{"theme": {"name": "dark"}, "bell": "off"}', async (data, path) => {
    assertEquals(await readSettings(data), { settings: { bell: "off" }, problem: null });
    assertEquals(await writeSettings(data, { bell: "all" }), null);
    assertEquals(JSON.parse(await Deno.readTextFile(path)), { theme: { name: "dark" }, bell: "all" });
  }));

for (
  const [what, text, why] of [
    ["torn", '{"bell": "o', "not a JSON object"],
    ["empty", "", "not a JSON object"],
    ["no object", "[]", "not a JSON object"],
    ["of wrong values", '{"bell": "loud"}', '"bell" must be one of off, mentions, all'],
    ["huge", " ".repeat(65 * 1024), "not a plain file of settings"],
  ] as const
) {
  Deno.test(`a file that is ${what} is told, and stays until something is set`, () =>
    withSettings(text, async (data, path) => {
      const problem = await problemOf(data);
      assertStringIncludes(problem, path);
      assertStringIncludes(problem, why);
      assertEquals(await Deno.readTextFile(path), text);
      assertEquals(await writeSettings(data, { bell: "all" }), null);
      assertEquals(await readSettings(data), { settings: { bell: "all" }, problem: null });
    }));
}

Deno.test("half a file that a crash left aside is in nobody's way", () =>
  withSettings('{"bell": "off"}', async (data, path) => {
    await Deno.writeTextFile(`${path}.0b1c`, '{"be');
    assertEquals(await writeSettings(data, { bell: "all" }), null);
    assertEquals(await readSettings(data), { settings: { bell: "all" }, problem: null });
    assertEquals([...Deno.readDirSync(`${data}/client`)].map(({ name }) => name).sort(), [
      "settings.json",
      "settings.json.0b1c",
    ]);
  }));

Deno.test({
  name: "symbolic links are not followed",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withSettings("{}", async (data, path) => {
      const precious = `${data}/precious`;
      await Deno.writeTextFile(precious, '{"bell": "off"}');
      await Deno.remove(path);
      await Deno.symlink(precious, path);
      assertStringIncludes(await problemOf(data), "not a plain file");
      assertEquals(await writeSettings(data, { bell: "all" }), null);
      assertEquals(await Deno.readTextFile(precious), '{"bell": "off"}');
      assertEquals((await Deno.lstat(path)).isFile, true);
    }),
});

Deno.test({
  name: "a folder of the client that is a symbolic link is refused",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withSettings(null, async (data) => {
      await Deno.mkdir(`${data}/elsewhere`, { recursive: true });
      await Deno.symlink(`${data}/elsewhere`, `${data}/client`);
      assertMatch(
        await writeSettings(data, { bell: "all" }) ?? "",
        /not kept in .*: .*is a symbolic link\.$/,
      );
      assertEquals([...Deno.readDirSync(`${data}/elsewhere`)], []);
    }),
});

Deno.test("what stands in the way of the file is told", () =>
  withSettings(null, async (data, path) => {
    await Deno.mkdir(path, { recursive: true });
    assertStringIncludes(await problemOf(data), "not a plain file");
    assertMatch(await writeSettings(data, { bell: "all" }) ?? "", /^This is set, but not kept in .*: .*\.$/);
  }));

Deno.test({
  name: "without the right to read nothing is asked, and the defaults hold",
  permissions: { read: false, write: false },
  fn: async () => {
    assertEquals(await readSettings("chat-data"), { settings: { bell: "mentions" }, problem: null });
    assertEquals(
      await writeSettings("chat-data", { bell: "all" }),
      "This is set, but not kept: the right to read chat-data is missing. Run with --allow-read=chat-data",
    );
  },
});

Deno.test({
  name: "without the right to write the sentence names it",
  permissions: { read: true, write: false },
  fn: async () => {
    const sentence = await writeSettings("chat-data", { bell: "all" });
    assertStringIncludes(sentence ?? "", "--allow-write=chat-data");
  },
});
