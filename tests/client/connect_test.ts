/** The command as a program, with the rights that the compiled one has. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { identityPath, keepIdentity } from "../../client/identity.ts";
import { parseConnectOptions } from "../../client/options.ts";
import { UsageError } from "../../server/protocol/flags.ts";
import { PLAIN_BINDING, proofBytes, proves } from "../../server/protocol/proofs.ts";
import type { JsonObject } from "../../server/protocol/shapes.ts";
import { IDENTITY, run } from "./program.ts";
import { entry, nonceOf, type Peer, ScriptedServer } from "./support.ts";

Deno.test("a piped line is said, and stands in the history, with the compiled program's rights", async () => {
  using server = new ScriptedServer();
  const serving = (async () => {
    const { peer, hello } = await server.welcome();
    assertEquals(hello["name"], "Maya");
    const unasked = await peer.expect("join");
    assertEquals(unasked["password"], undefined);
    await peer.refuse(unasked, "wrong_password");
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

/** Lets the next client in and go again; resolves to its `hello`. */
async function letThrough(server: ScriptedServer): Promise<JsonObject> {
  const { peer, hello } = await server.welcome();
  await peer.admit(0);
  await peer.farewell();
  return hello;
}

/** Refuses the next client's `hello`. */
async function refuse(server: ScriptedServer, code: string, message: string): Promise<Peer> {
  const { peer, hello } = await server.hear();
  assertEquals(hello["password"], undefined);
  await peer.refuse(hello, code, message);
  return peer;
}

/** Asks the next client for the server's password, and refuses it; resolves to the `hello` with it, null for none. */
async function demand(server: ScriptedServer): Promise<JsonObject | null> {
  const peer = await refuse(server, "wrong_password", "This server has a password.");
  const hello = await peer.next();
  if (hello !== null) await peer.refuse(hello, "wrong_password", "That is not the server's password.");
  return hello;
}

Deno.test("the first run makes a key with the compiled program's rights, which later runs prove", async () => {
  using server = new ScriptedServer();
  const address = `127.0.0.1:${server.port}`;
  let identity = "";
  const look = async (folder: string) => {
    identity = await Deno.readTextFile(`${folder}/${IDENTITY}`);
    const { mode } = await Deno.stat(`${folder}/${IDENTITY}`);
    if (Deno.build.os !== "windows") assertEquals((mode ?? 0) & 0o777, 0o600);
  };
  const [first, made] = await Promise.all([letThrough(server), run([address, "--name", "Maya"], { look })]);
  assertEquals([made.code, made.err], [0, ""]);
  const { key } = JSON.parse(identity);
  assertEquals(first["key"], key);
  assert(proves(key, String(first["proof"]), proofBytes(nonceOf(0), PLAIN_BINDING, "Maya")));
  const elsewhere = { files: { "chat-data/mine.json": identity } };
  const named = ["--name", "Maya", "--identity", "chat-data/mine.json"];
  const [second, brought] = await Promise.all([letThrough(server), run([address, ...named], elsewhere)]);
  assertEquals([brought.code, brought.err, second["key"]], [0, "", key]);
});

Deno.test("who wants to be a guest comes without a key, and none is made", async () => {
  using server = new ScriptedServer();
  const look = async (folder: string) => {
    const names = await Array.fromAsync(Deno.readDir(`${folder}/chat-data/client`));
    assert(names.every(({ name }) => name !== "identity.json"));
  };
  const [hello, { code, err }] = await Promise.all([
    letThrough(server),
    run([`127.0.0.1:${server.port}`, "--guest"], { look }),
  ]);
  assertEquals([code, err, hello["key"]], [0, "", undefined]);
});

Deno.test("without the right to keep a key one is a guest, told once", async () => {
  using server = new ScriptedServer();
  const [hello, { code, err }] = await Promise.all([
    letThrough(server),
    run([`127.0.0.1:${server.port}`], { rights: ["--allow-net", "--allow-read=chat-data"] }),
  ]);
  assertEquals([code, hello["key"]], [0, undefined]);
  assertEquals(err.trimEnd().split("\n"), [
    "You are a guest, without a key that keeps your name: the right to write chat-data is missing.",
    "Nothing is kept of this chat: the right to write chat-data is missing. Run with --allow-write=chat-data",
  ]);
});

Deno.test("a key that is there is used without the right to write", async () => {
  using server = new ScriptedServer();
  const data = await Deno.makeTempDir();
  try {
    const { key } = await keepIdentity(data);
    const files = { [IDENTITY]: await Deno.readTextFile(identityPath(data)) };
    const rights = ["--allow-net", "--allow-read=chat-data"];
    const [hello, { code, err }] = await Promise.all([
      letThrough(server),
      run([`127.0.0.1:${server.port}`], { rights, files }),
    ]);
    assertEquals([code, hello["key"], err.includes("guest")], [0, key, false], err);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("a key that is damaged, or was named and is not there, ends it before it connects", async () => {
  const damaged = await run([], { files: { [IDENTITY]: '{"version":1' } });
  assertEquals(damaged.code, 1);
  assertStringIncludes(damaged.err, `chat connect: The key in ${IDENTITY} is damaged.`);
  const missing = await run(["--identity", "chat-data/none.json"]);
  assertEquals(missing.code, 1);
  assertStringIncludes(missing.err, "There is no chat-data/none.json.");
  const outside = await run(["--identity", "/elsewhere/none.json"]);
  assertEquals(outside.code, 1);
  assertStringIncludes(outside.err, "--allow-read=/elsewhere/none.json");
});

Deno.test("a server that wants a password gets the one of the file or the environment, which nothing repeats", async () => {
  using server = new ScriptedServer();
  const address = `127.0.0.1:${server.port}`;
  const env = { CHAT_PASSWORD: "from the environment" };
  const files = { "chat-data/secret": "from the file\n" };
  const fromFile = ["--server-password-file", "chat-data/secret"];
  for (const [args, secret] of [[[], env.CHAT_PASSWORD], [fromFile, "from the file"]] as const) {
    let kept = "";
    const look = async (folder: string) => {
      kept = await Deno.readTextFile(`${folder}/chat-data/client/log.txt`);
    };
    const [hello, { code, out, err }] = await Promise.all([
      demand(server),
      run([address, "--json", ...args], { env, files, look }),
    ]);
    assertEquals([hello?.["password"], code, out], [secret, 1, ""]);
    assertStringIncludes(err, "--server-password-file FILE or CHAT_PASSWORD.");
    assert(!`${err}${kept}`.includes("from the"), err);
  }
});

Deno.test("an empty password in the environment is none", async () => {
  using server = new ScriptedServer();
  const env = { CHAT_PASSWORD: "", CHAT_ROOM_PASSWORD: "" };
  const [hello, { code }] = await Promise.all([
    demand(server),
    run([`127.0.0.1:${server.port}`], { env }),
  ]);
  assertEquals([hello, code], [null, 1]);
});

Deno.test("a password that cannot be one ends it before it connects, in a sentence that does not repeat it", async () => {
  const long = "x".repeat(1_025);
  for (
    const [text, why] of [
      ["", "The first line of chat-data/secret is empty"],
      ["\nsecond", "The first line of chat-data/secret is empty"],
      [
        `${long}\n`,
        "The password in the first line of chat-data/secret is too long: it has at most 1024 bytes.",
      ],
      [new Uint8Array([0x73, 0xff, 0x0a]), "The password in chat-data/secret is not text in UTF-8."],
    ] as const
  ) {
    const { code, err } = await run(["--password-file", "chat-data/secret"], {
      files: { "chat-data/secret": text },
    });
    assertEquals([code, err.startsWith(`chat connect: ${why}`), err.includes("xx")], [1, true, false], err);
  }
  const { code, err } = await run([], { env: { CHAT_PASSWORD: long } });
  assertEquals([code, err], [
    1,
    "chat connect: The password in CHAT_PASSWORD is too long: it has at most 1024 bytes.\n",
  ]);
});

Deno.test("the longest password is read whole, whatever stands around it", async () => {
  using server = new ScriptedServer();
  const longest = `${"é".repeat(511)}xy`;
  const files = { "chat-data/secret": `\ufeff${longest}\r\n${"é".repeat(4_000)}` };
  const [hello] = await Promise.all([
    demand(server),
    run([`127.0.0.1:${server.port}`, "--server-password-file", "chat-data/secret"], { files }),
  ]);
  assertEquals(hello?.["password"], longest);
});

Deno.test("whose name belongs to another key is told which file to bring along", async () => {
  using server = new ScriptedServer();
  const [, { code, err }] = await Promise.all([
    refuse(server, "name_taken", '"Maya" belongs to another key.'),
    run([`127.0.0.1:${server.port}`, "--name", "Maya"]),
  ]);
  assertEquals(code, 1);
  assertStringIncludes(err, '"Maya" belongs to another key.');
  assertStringIncludes(err, IDENTITY);
  assertStringIncludes(err, "--identity FILE");
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

Deno.test("flags about keys and certificates that do not go together, or are none, are wrong usage", () => {
  const hex = "AB".repeat(32);
  const colons = "AB:".repeat(32).slice(0, -1);
  for (const fingerprint of [hex, colons]) {
    const options = parseConnectOptions(["--tls", "--tls-fingerprint", fingerprint]);
    assert(options !== "help");
    assertEquals([options.tls, options.tlsFingerprint], [true, hex.toLowerCase()]);
  }
  for (
    const [args, says] of [
      [["--guest", "--identity", "chat-data/key.json"], "only one of them"],
      [["--tls-fingerprint", hex], "give both"],
      [["--tls", "--tls-fingerprint", "AB:CD"], "64 hex digits"],
    ] as const
  ) {
    assertThrows(() => parseConnectOptions(args), UsageError, says);
  }
});
