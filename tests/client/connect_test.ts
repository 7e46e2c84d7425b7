/** The command as a program, with the rights that the compiled one has. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseConnectOptions } from "../../client/options.ts";
import { entry, ScriptedServer } from "./support.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const RIGHTS = [
  "--allow-net",
  "--allow-read=chat-data",
  "--allow-write=chat-data",
  "--allow-env=CHAT_PASSWORD,CHAT_ROOM_PASSWORD",
];

/** Runs `chat connect` in an empty folder; `look` sees that folder before it goes. */
async function run(
  args: string[],
  { rights = RIGHTS, env = {}, input = "", look = () => Promise.resolve() }: {
    rights?: string[];
    env?: Record<string, string>;
    input?: string;
    look?: (folder: string) => Promise<void>;
  } = {},
): Promise<{ code: number; out: string; err: string }> {
  const folder = await Deno.makeTempDir();
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--config", CONFIG, ...rights, MAIN, "connect", ...args],
      cwd: folder,
      env: { ...env, NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    // A program that ends at once need not read.
    await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => undefined);
    const { code, stdout, stderr } = await child.output();
    await look(folder);
    return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a piped line is said, and stands in the history, with the compiled program's rights", async () => {
  using server = new ScriptedServer();
  const serving = (async () => {
    const { peer, hello } = await server.welcome();
    assertEquals(hello["name"], "Maya");
    const join = await peer.admit(0);
    assertEquals([join["room"], join["password"], join["last"]], ["tea", "from the environment", 7]);
    const say = await peer.store(1);
    assert(/^[0-9a-f]{32}$/.test(String(say["key"])), String(say["key"]));
    await peer.send(entry(1, String(say["text"]), "tea"));
    await peer.farewell();
  })();
  let history = "";
  const { code, out, err } = await run(
    [`127.0.0.1:${server.port}`, "--name", "Maya", "--room", "tea", "--last", "7"],
    {
      env: { CHAT_ROOM_PASSWORD: "from the environment" },
      input: "hello\n",
      look: async (folder) => {
        history = await Deno.readTextFile(`${folder}/chat-data/client/history.txt`);
      },
    },
  );
  await serving;
  assertEquals([code, err], [0, ""]);
  assert(/^\[\d\d:\d\d\] Ada: hello\n$/.test(out), out);
  assertStringIncludes(history, "#tea <Ada> hello\n");
});

Deno.test("wrong usage is exit code 2 and one line that names the closest flag", async () => {
  const { code, err } = await run(["--rom", "tea"]);
  assertEquals(code, 2);
  assertStringIncludes(err, "--room");
  assertEquals(err.trimEnd().split("\n").length, 1);
});

Deno.test("a server that is not there is exit code 1, each try told", async () => {
  using server = new ScriptedServer();
  const { port } = server;
  server[Symbol.dispose]();
  const { code, err } = await run([`127.0.0.1:${port}`, "--retries", "2"]);
  assertEquals(code, 1);
  const lines = err.trimEnd().split("\n");
  assertEquals(lines.length, 2);
  assertStringIncludes(lines[0] ?? "", "Try 1 to connect failed");
});

Deno.test("a missing right to connect is one line that names the flag", async () => {
  const { code, err } = await run([], { rights: [] });
  assertEquals([code, err], [
    1,
    "chat connect: The right to connect to 127.0.0.1:7037 is missing. Run with --allow-net=127.0.0.1:7037\n",
  ]);
});

Deno.test("a command line comes to options, and has its defaults", () => {
  const options = parseConnectOptions([]);
  assert(options !== "help");
  assertEquals(options.address, { hostname: "127.0.0.1", port: 7037 });
  assertEquals([options.room, options.last, options.tries, options.reconnect], [undefined, 50, 3, true]);
  assertEquals([options.plain, options.colours], [false, true]);
  const plain = parseConnectOptions(["--plain", "--no-color"]);
  assert(plain !== "help");
  assertEquals([plain.plain, plain.colours], [true, false]);
  assertEquals(parseConnectOptions(["--help"]), "help");
});
