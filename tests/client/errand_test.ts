import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runErrand } from "../../client/errand.ts";
import { streamSink } from "../../client/files/sink.ts";
import { Meter } from "../../client/meter.ts";
import { Output } from "../../client/output.ts";
import { Session } from "../../client/session.ts";
import { bytesOf, chunkFrame, described } from "./files/support.ts";
import { run } from "./program.ts";
import { HandClock, type Peer, ScriptedServer } from "./support.ts";

const BYTES = bytesOf(3_000);

/** Takes a whole file from the next client, which is sent as its third; resolves to its bytes. */
async function take(peer: Peer): Promise<{ readonly name: unknown; readonly bytes: Uint8Array }> {
  const put = await peer.expect("put");
  await peer.ok(put, { transfer: 1, offset: 0, window: 1_000_000 });
  const { bytes } = await peer.chunk();
  await peer.send({ type: "received", transfer: 1, offset: bytes.length });
  await peer.send({ type: "done", transfer: 1, room: "lobby", file: 3, seq: 3 });
  const entry = { seq: 3, at: 1_000, kind: "file", from: "Maya", file: 3, name: put["name"] };
  await peer.send({ type: "entry", room: "lobby", ...entry, size: bytes.length, sha256: put["sha256"] });
  return { name: put["name"], bytes };
}

/** Gives the next client the file that it asks for, among others. */
async function give(peer: Peer, name: string): Promise<void> {
  const files = [1, 2].map((file) => ({ file, from: "Ada", at: 1_000, ...described(BYTES, name) }));
  await peer.ok(await peer.expect("files"), { files });
  const get = await peer.expect("get");
  assertEquals(get["file"], 2);
  await peer.ok(get, { transfer: 1, window: 1_000_000, ...described(BYTES, name) });
  await peer.raw(chunkFrame(1, 0, BYTES));
  await peer.expect("received");
  await peer.send({ type: "done", transfer: 1 });
}

/** Lets the next client in, without any history, and to its end. */
async function serve(server: ScriptedServer, act: (peer: Peer) => Promise<void>): Promise<void> {
  const { peer } = await server.welcome();
  assertEquals((await peer.admit(2))["last"], 0);
  await act(peer);
  await peer.farewell();
}

Deno.test("standard input is put into the room with the compiled program's rights, and nothing stands on standard output", async () => {
  using server = new ScriptedServer();
  let taken: unknown;
  const serving = serve(server, async (peer) => {
    const { name, bytes } = await take(peer);
    taken = { name, text: new TextDecoder().decode(bytes) };
  });
  const args = [`127.0.0.1:${server.port}`, "--name", "Maya", "--send", "-", "--as", "../report.txt"];
  const { code, out, err } = await run(args, { input: "one\ntwo\n" });
  await serving;
  assertEquals([code, out, taken], [0, "", { name: "report.txt", text: "one\ntwo\n" }]);
  assertEquals(err, 'Sending report.txt.\nPut the file "report.txt" into #lobby, as number 3.\n');
});

Deno.test("a file goes to standard output as it is, with all that there is to say on standard error", async () => {
  using server = new ScriptedServer();
  const text = "no line break at the end";
  const serving = serve(server, async (peer) => {
    const bytes = new TextEncoder().encode(text);
    await peer.ok(await peer.expect("files"), {
      files: [{ file: 2, from: "Ada", at: 1_000, ...described(bytes, "a.txt") }],
    });
    await peer.ok(await peer.expect("get"), { transfer: 1, window: 1_000_000, ...described(bytes, "a.txt") });
    await peer.raw(chunkFrame(1, 0, bytes));
    await peer.expect("received");
    await peer.send({ type: "done", transfer: 1 });
  });
  const { code, out, err } = await run([`127.0.0.1:${server.port}`, "--get", "a.txt", "--to", "-"]);
  await serving;
  assertEquals([code, out, err], [0, text, 'Getting a.txt.\nGot the file "a.txt" (24 B).\n']);
});

Deno.test("without --to the newest file of that name stands among the downloads", async () => {
  using server = new ScriptedServer();
  const serving = serve(server, (peer) => give(peer, "a.bin"));
  const look = async (folder: string) => {
    assertEquals(await Deno.readFile(`${folder}/chat-data/client/downloads/a.bin`), BYTES);
  };
  const { code, out, err } = await run([`127.0.0.1:${server.port}`, "--get", "a.bin"], { look });
  await serving;
  assertEquals([code, out], [0, ""]);
  assertStringIncludes(err, "chat-data/client/downloads/a.bin");
});

Deno.test("a file that is not there, or is refused, ends with 1 and why", async () => {
  using server = new ScriptedServer();
  const missing = serve(server, async (peer) => {
    await peer.ok(await peer.expect("files"), { files: [] });
  });
  const none = await run([`127.0.0.1:${server.port}`, "--get", "none"]);
  await missing;
  assertEquals([none.code, none.err], [1, 'There is no file "none" in #lobby. It has no files.\n']);
  const refusing = serve(server, async (peer) => {
    await peer.refuse(await peer.expect("put"), "not_allowed", "Nobody may.");
  });
  const refused = await run([`127.0.0.1:${server.port}`, "--send", "-", "--as", "x"], { input: "x" });
  await refusing;
  assertEquals([refused.code, refused.out], [1, ""]);
  assertStringIncludes(refused.err, 'The file "x" was not sent to #lobby: Nobody may.');
});

Deno.test("a path without a right is refused before anybody is connected, with what to do", async () => {
  const send = await run(["--send", "/etc/hostname"]);
  assertEquals([send.code, send.out], [1, ""]);
  assertStringIncludes(send.err, "chat connect --send - --as hostname </etc/hostname");
  const get = await run(["--get", "x", "--to", "../x"]);
  assertEquals([get.code, get.out], [1, ""]);
  assertStringIncludes(get.err, "chat connect --get NAME --to - >../x");
  const wrong = await run(["--send", "-"]);
  assertEquals(wrong.code, 2);
});

Deno.test("the help shows how files are passed on in a shell", async () => {
  const { code, out } = await run(["--help"]);
  assertEquals(code, 0);
  assertStringIncludes(out, "chat connect --room lobby --send - --as report.pdf <report.pdf\n");
});

/** Fetches file 2 in this program, as far as `act` lets it; resolves to the exit code and what was said. */
async function fetching(
  act: (peer: Peer, stop: () => void) => Promise<void>,
  goesOn = true,
): Promise<{ readonly code: number; readonly err: string }> {
  using server = new ScriptedServer();
  const [clock, stop] = [new HandClock(), new AbortController()];
  const session = new Session({
    dial: server.dial,
    name: "Maya",
    client: "test",
    tries: 0,
    reconnect: false,
    clock,
    random: () => 0,
    newKey: () => "k",
  });
  let said = "";
  const writer = {
    write: (bytes: Uint8Array) => {
      said += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  };
  const meter = new Meter({ err: new Output(writer), columns: () => null, clock });
  const ending = session.run();
  const sink = streamSink({ write: (bytes) => Promise.resolve(bytes.length) });
  const code = runErrand({
    session,
    events: session.events(),
    enter: () => session.join("lobby", { last: 0 }),
    begin: () => Promise.resolve(session.transfers.get("lobby", 2, sink)),
    goesOn,
    meter,
    stop: stop.signal,
    clock,
  });
  const { peer } = await server.welcome();
  await peer.admit(2);
  const get = await peer.expect("get");
  await peer.ok(get, { transfer: 1, window: 1_000_000, ...described(BYTES, "a.bin") });
  await peer.raw(chunkFrame(1, 0, BYTES.subarray(0, 1_000)));
  await peer.expect("received");
  await act(peer, () => stop.abort());
  const result = { code: await code, err: said };
  await ending;
  return result;
}

/** Asks the client to leave, and lets it go. */
async function stopped(peer: Peer, stop: () => void): Promise<void> {
  stop();
  let message = await peer.next();
  while (message !== null && message["type"] !== "bye") message = await peer.next();
  await peer.ok(message ?? {});
  peer.close();
}

Deno.test("a signal ends it with 130, and it is said whether the same command goes on", async () => {
  for (
    const [goesOn, said] of [
      [true, "Stopped. The same command goes on from there."],
      [false, "Stopped."],
    ] as const
  ) {
    const { code, err } = await fetching(stopped, goesOn);
    assertEquals([code, err], [130, `Getting file 2.\n${said}\n`]);
  }
});

Deno.test("a connection that is lost for good ends it with 1", async () => {
  const { code, err } = await fetching((peer) => {
    peer.close();
    return Promise.resolve();
  });
  assertEquals(code, 1);
  assert(/The connection was lost/.test(err), err);
  assert(/The file "a.bin" was not received from #lobby/.test(err), err);
});
