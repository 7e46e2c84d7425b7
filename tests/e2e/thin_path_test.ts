/** The whole way: a line typed into one client is on the disk and seen in another. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { TextLineStream } from "@std/streams/text-line-stream";
import { fileURLToPath } from "node:url";
import { Folder, ServeProcess } from "../support/server.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

function connect(port: number, cwd: string, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", CONFIG, MAIN, "connect", `127.0.0.1:${port}`, ...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

Deno.test("a line said through one chat connect is seen in another, and stands in the room's file", async () => {
  await using data = new Folder();
  await using places = new Folder();
  const { child, port } = await ServeProcess.listening(data.path);
  await using server = child;
  const ada = connect(port, places.path, ["--name", "Ada", "--data", "ada", "--follow"]);
  const lines = ada.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()).getReader();
  await server.line(/\[NEW MEMBER\] Ada in lobby/);

  const bob = connect(port, places.path, ["--name", "Bob", "--data", "bob"]);
  const typing = bob.stdin.getWriter();
  await typing.write(new TextEncoder().encode("hello from Bob\n"));
  await typing.close();
  const seen: string[] = [];
  for (let next = await lines.read(); !next.done; next = await lines.read()) {
    seen.push(next.value);
    if (next.value.includes("hello from Bob")) break;
  }
  assertMatch(seen.at(-1) ?? "", /^\[\d\d:\d\d\] Bob: hello from Bob$/);
  assertEquals((await bob.output()).code, 0);

  const segment = `${data.path}/server/rooms/0/history/00000000000000000001.jsonl`;
  const [line = ""] = (await Deno.readTextFile(segment)).split("\n");
  const entry: unknown = JSON.parse(line);
  assert(typeof entry === "object" && entry !== null && "text" in entry && "from" in entry);
  assertEquals([entry.from, entry.text], ["Bob", "hello from Bob"]);

  await ada.stdin.close();
  ada.kill("SIGTERM");
  await lines.cancel();
  await ada.status;
});
