/** Where the server's password comes from, and what its operator is told where it cannot be had. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { SecretError, serverPassword } from "../server/secret.ts";
import { Folder } from "./support/server.ts";

const PROGRAM = new URL("../server/secret.ts", import.meta.url);

async function written(folder: Folder, content: string | Uint8Array): Promise<string> {
  const path = `${folder.path}/password`;
  await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
  return path;
}

async function why(file: string): Promise<string> {
  return (await assertRejects(() => serverPassword(file), SecretError)).message;
}

/** What a process without a terminal gets that has `rights` and `env`, as JSON, or the sentence that it fails with. */
async function elsewhere(rights: string[], file: string | null, env: Record<string, string> = {}) {
  const code = `import { serverPassword } from ${JSON.stringify(PROGRAM.href)};
    console.log(await serverPassword(${
    JSON.stringify(file)
  }).then(JSON.stringify, (error) => error.message));`;
  const url = `data:application/javascript,${encodeURIComponent(code)}`;
  const config = fileURLToPath(new URL("../deno.json", import.meta.url));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-prompt", "--config", config, ...rights, url],
    env,
  }).output();
  return new TextDecoder().decode(stdout).trim() || new TextDecoder().decode(stderr);
}

Deno.test("the password is the file's first line, whatever ends it, and as it stands there", async () => {
  await using folder = new Folder();
  const cases: readonly (readonly [string, string])[] = [
    ["green", "green"],
    ["green\n", "green"],
    ["green\r\nsecond\r\n", "green"],
    ["green\n\n\n", "green"],
    [" green tea \nsecond", " green tea "],
    ["\ufeffgrün\n", "grün"],
    ["x".repeat(1_024) + "\n" + "y".repeat(5_000), "x".repeat(1_024)],
    ["x".repeat(1_024) + "\r\n", "x".repeat(1_024)],
    ["\ufeff" + "x".repeat(1_024) + "\r\n", "x".repeat(1_024)],
    ["ü".repeat(512), "ü".repeat(512)],
  ];
  for (const [content, password] of cases) {
    assertEquals(await serverPassword(await written(folder, content)), password, JSON.stringify(content));
  }
});

Deno.test("a first line that is empty or too long is refused in a sentence that does not hold it", async () => {
  await using folder = new Folder();
  for (const content of ["", "\n", "\r\ngreen", "\nsecond line"]) {
    assertMatch(
      await why(await written(folder, content)),
      /^the password in the first line of \S+ is empty: it has 1 to 1024 bytes\.$/,
    );
  }
  for (
    const content of [
      "x".repeat(1_025),
      "\ufeff" + "x".repeat(1_025),
      "x".repeat(9_999) + "\n",
      "ü".repeat(513),
      "日".repeat(342),
    ]
  ) {
    const message = await why(await written(folder, content));
    assertMatch(message, /^the password in the first line of \S+ is too long: it has 1 to 1024 bytes\.$/);
  }
});

Deno.test("a file that is not there, or that is a folder, is told as that", async () => {
  await using folder = new Folder();
  assertMatch(await why(`${folder.path}/nothing`), /^the password file cannot be read: .*nothing/);
  assertMatch(await why(folder.path), /^the password file cannot be read: ./);
});

Deno.test("without the right to read the file the sentence names the flag that gives it", async () => {
  await using folder = new Folder();
  const path = await written(folder, "green");
  assertMatch(
    await elsewhere([], path),
    new RegExp(
      `^the right to read ${path} is missing\\. Run with --allow-read=${path}, or put it into .*\\.$`,
    ),
  );
  assertEquals(await elsewhere([`--allow-read=${path}`], path), '"green"');
});

Deno.test("without a file the password is CHAT_PASSWORD, and none where that is not set", async () => {
  await using folder = new Folder();
  const right = "--allow-env=CHAT_PASSWORD";
  assertEquals(await elsewhere([right], null, { CHAT_PASSWORD: "grün und still" }), '"grün und still"');
  assertEquals(await elsewhere([right], null), "null");
  const path = await written(folder, "file");
  const rights = [right, `--allow-read=${path}`];
  assertEquals(await elsewhere(rights, path, { CHAT_PASSWORD: "env" }), '"file"', "the file goes first");
  assertEquals(
    await elsewhere([right], null, { CHAT_PASSWORD: "" }),
    "the password in the variable CHAT_PASSWORD is empty: it has 1 to 1024 bytes.",
  );
});

Deno.test("a file that is no text in UTF-8 has no password in it that anybody could type", async () => {
  await using folder = new Folder();
  assertMatch(
    await why(await written(folder, new Uint8Array([0x67, 0xff, 0xfe]))),
    /is not text in UTF-8\.$/,
  );
  // A long line is cut in the middle of a letter, and is too long all the same.
  assertMatch(await why(await written(folder, `x${"é".repeat(2_000)}`)), /is too long/);
});
