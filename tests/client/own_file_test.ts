import { assertEquals, assertRejects } from "@std/assert";
import { putText, readObject, replaceObject } from "../../client/own_file.ts";

async function inFolder(test: (path: string, names: () => string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/own.json`, () => [...Deno.readDirSync(folder)].map(({ name }) => name));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("clients that write at once leave one of their objects whole, and nothing aside", () =>
  inFolder(async (path, names) => {
    const long = "x".repeat(10_000);
    await Promise.all(Array.from({ length: 20 }, (_, i) => replaceObject(path, { long, by: i })));
    const members = await readObject(path, 20_000, "numbers");
    assertEquals([members?.["long"], typeof members?.["by"], names()], [long, "number", ["own.json"]]);
  }));

Deno.test("what cannot be put into its place leaves what was there, and nothing aside", () =>
  inFolder(async (path, names) => {
    await putText(path, "first", Deno.link);
    await assertRejects(() => putText(path, "second", Deno.link), Deno.errors.AlreadyExists);
    assertEquals([await Deno.readTextFile(path), names()], ["first", ["own.json"]]);
  }));

// Windows makes links for the privileged alone.
Deno.test("what is there is replaced by a file of its owner's alone, and a link to another is not followed", {
  ignore: Deno.build.os === "windows",
}, () =>
  inFolder(async (path) => {
    const precious = `${path}.precious`;
    await Deno.writeTextFile(precious, "{}");
    await Deno.symlink(precious, path);
    await replaceObject(path, { a: 1 });
    assertEquals([await Deno.readTextFile(precious), await readObject(path, 100, "things")], ["{}", {
      a: 1,
    }]);
    if (Deno.build.os !== "windows") assertEquals(((await Deno.lstat(path)).mode ?? 0) & 0o777, 0o600);
  }));

Deno.test("only an object in a plain file that is not too large is read, and no sentence repeats what stands there", () =>
  inFolder(async (path) => {
    assertEquals(await readObject(path, 100, "things"), null);
    for (
      const [text, why] of [
        ["[]", "it is not a JSON object"],
        ['{"secret', "it is not a JSON object"],
        [JSON.stringify({ a: "x".repeat(100) }), "it is not a plain file of things"],
      ] as const
    ) {
      await Deno.writeTextFile(path, text);
      const { message } = await assertRejects(() => readObject(path, 100, "things"), Error);
      assertEquals(message, why);
    }
  }));
