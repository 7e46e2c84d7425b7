import { assert, assertEquals, assertLessOrEqual, assertMatch, assertStringIncludes } from "@std/assert";
import { TextLineStream } from "@std/streams/text-line-stream";

const ROOT = new URL("../../", import.meta.url);
const README = Deno.readTextFileSync(new URL("server/protocol/README.md", ROOT));
const PYTHON = README.match(/^```python\n(.*?)^```$/ms)?.[1] ?? "";

/** Why the Python client cannot be run here, for the name of the test; null where it can. */
function whyNot(): string | null {
  try {
    new Deno.Command("python3", { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    Deno.lstatSync(new URL("server/serve.ts", ROOT));
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "(skipped: python3 or server/serve.ts is not there)";
    throw error;
  }
}

/** Runs `use` with the port of a server that keeps its data in a folder of its own, and ends the server. */
async function withServer(use: (port: string) => Promise<void>): Promise<void> {
  const data = await Deno.makeTempDir();
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "main.ts", "serve", "--host", "127.0.0.1", "--port", "0", "--data", data],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const lines = server.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const reader = lines.getReader();
  try {
    let line = await reader.read();
    while (!line.done && !line.value.includes("[LISTENING]")) line = await reader.read();
    const port = line.value?.match(/127\.0\.0\.1:(\d+)/)?.[1];
    assert(port !== undefined, "the server did not say where it listens");
    await use(port);
    server.kill("SIGTERM");
    // What it prints while it stops has to be taken, or it could not end.
    while (!(await reader.read()).done);
    assertEquals((await server.status).code, 0, "the server did not stop in order");
  } finally {
    if (await Promise.race([server.status, null]) === null) server.kill("SIGKILL");
    await server.status;
    await reader.cancel();
    await Deno.remove(data, { recursive: true });
  }
}

/** Runs the client of the README, as it stands there, with `text`. */
async function say(port: string, text: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await new Deno.Command("python3", {
    args: ["-c", PYTHON, "127.0.0.1", port, text],
    env: { PYTHONIOENCODING: "utf-8" },
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(code, 0);
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

Deno.test("the README's client has thirty lines", () => {
  assertLessOrEqual(PYTHON.trimEnd().split("\n").length, 30);
  assertStringIncludes(PYTHON, "import json");
});

const skipped = whyNot();

Deno.test({
  name: `the README's client says its line, and sees it and those before ${skipped ?? ""}`.trim(),
  ignore: skipped !== null,
  async fn() {
    await withServer(async (port) => {
      const first = await say(port, "first: žluťoučký 🦊");
      assertMatch(first.join("\n"), /^Client1: first: žluťoučký 🦊$/);
      const second = await say(port, "the second\nline\u202e!");
      assertEquals(second, ["Client1: first: žluťoučký 🦊", "Client1: the second line !"]);
    });
  },
});
