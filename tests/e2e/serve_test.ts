/** `chat serve` as a command: how it starts, why it does not, how it ends. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../server/protocol/version.ts";
import { Peer } from "../support/peer.ts";
import { Folder, ServeProcess } from "../support/server.ts";

/** The rights of the compiled program. */
const RIGHTS = [
  "--allow-net",
  "--allow-read=chat-data",
  "--allow-write=chat-data",
  "--allow-env=CHAT_PASSWORD,CHAT_ROOM_PASSWORD",
  "--allow-sys=hostname,networkInterfaces,statfs",
];

/** Runs the command to its end. */
async function run(args: readonly string[], rights?: readonly string[], cwd?: string) {
  await using child = new ServeProcess(args, {
    ...(rights === undefined ? {} : { rights }),
    ...(cwd === undefined ? {} : { cwd }),
  });
  const code = await child.ended();
  return { code, lines: child.lines };
}

/** Asserts that the command did not start, and said why in one line that matches. */
function assertRefused(outcome: { code: number; lines: readonly string[] }, code: number, why: RegExp): void {
  assertEquals(outcome.code, code, outcome.lines.join("\n"));
  const said = outcome.lines.filter((line) => !/\[(STARTING|ERROR)\]/.test(line));
  assertEquals(said.length, 1, outcome.lines.join("\n"));
  assertMatch(said[0] ?? "", why);
}

Deno.test("a port that is taken is one line that says so, and exit code 1", async () => {
  await using folder = new Folder();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const args = ["--host", "127.0.0.1", "--port", String(port), "--data", folder.path];
  assertRefused(await run(args), 1, new RegExp(`port ${port} .* taken.*--port`));
});

Deno.test("a data folder that cannot be made is one line that names it, and exit code 1", async () => {
  await using folder = new Folder();
  await Deno.writeTextFile(`${folder.path}/file`, "mine");
  const places = [`${folder.path}/file`, `${folder.path}/file/inside`];
  if (Deno.build.os === "linux") places.push("/proc/nowhere");
  await Promise.all(places.map(async (place) => {
    const outcome = await run(["--host", "127.0.0.1", "--port", "0", "--data", place]);
    assertRefused(outcome, 1, new RegExp(place));
  }));
  assertEquals(await Deno.readTextFile(`${folder.path}/file`), "mine");
});

// Nothing is forbidden to root.
const forbidden = Deno.build.os !== "windows" && Deno.uid() !== 0;

Deno.test(
  `a folder that one may not write is one line that names it${
    forbidden ? "" : " (skipped: needs a user who is not root)"
  }`,
  {
    ignore: !forbidden,
  },
  async () => {
    await using folder = new Folder();
    await Deno.chmod(folder.path, 0o555);
    const outcome = await run(["--host", "127.0.0.1", "--port", "0", "--data", `${folder.path}/data`]);
    await Deno.chmod(folder.path, 0o755);
    assertRefused(outcome, 1, /data/);
  },
);

Deno.test("a second server on the same folder does not start, and names the first one's process", async () => {
  await using folder = new Folder();
  const { child, port } = await ServeProcess.listening(folder.path);
  await using first = child;
  const args = ["--host", "127.0.0.1", "--port", "0", "--data", folder.path];
  assertRefused(await run(args), 1, new RegExp(`process ${first.pid}\\b`));
  const peer = await Peer.connect(port);
  assertEquals((await peer.hello("Maya")).name, "Maya", "the first one goes on");
  peer.close();
});

Deno.test("a missing permission is one line that names the flag, without a stack trace", async () => {
  await Promise.all(["net", "read", "write"].map(async (right) => {
    await using folder = new Folder();
    const rights = RIGHTS.filter((flag) => !flag.startsWith(`--allow-${right}`));
    const outcome = await run(["--port", "0"], rights, folder.path);
    assertRefused(outcome, 1, new RegExp(`--allow-${right}\\b`));
  }));
});

Deno.test("wrong usage is exit code 2, and names the closest right flag", async () => {
  const wrong: (readonly [string[], RegExp])[] = [
    [["--prot", "7"], /--port/],
    [["--idle-exit", "soon"], /--idle-exit/],
    [["extra"], /"extra"/],
  ];
  await Promise.all(wrong.map(async ([args, why]) => assertRefused(await run(args), 2, why)));
});

Deno.test("--help and --version are told on standard output, with exit code 0", async () => {
  const [help, short] = await Promise.all([run(["--help"]), run(["-h"])]);
  assertEquals([help.code, short.code], [0, 0]);
  assertEquals(help.lines, short.lines);
  for (const flag of ["--host", "--port", "--data", "--sync", "--idle-exit", "--motd", "--quiet"]) {
    assertStringIncludes(help.lines.join("\n"), flag);
  }
  const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
  const version = await new Deno.Command(Deno.execPath(), { args: ["run", main, "--version"] }).output();
  assertEquals(new TextDecoder().decode(version.stdout), `chat ${VERSION}\n`);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} ends the server in order: everybody is told, exit code 0`, async () => {
    await using folder = new Folder();
    const { child, port } = await ServeProcess.listening(folder.path);
    await using server = child;
    const peer = await Peer.connect(port);
    await peer.hello("Maya");
    await peer.ask("join", { room: "lobby" });
    const [id = 0] = await peer.post({ type: "say", room: "lobby", text: "last words" });
    await peer.answer("say", id);
    server.kill(signal);
    await peer.event("notice");
    assertEquals(await peer.ending(), "shutting_down");
    peer.close();
    assertEquals(await server.ended(), 0);
    assertMatch(server.lines.join("\n"), new RegExp(`\\[ENDING\\] ${signal} \\(1 connected\\)`));
    const state = await Deno.readTextFile(`${folder.path}/server/state.json`);
    assertStringIncludes(state, '"in order"');
  });
}

Deno.test("a server that people write to without a pause ends all the same", async () => {
  await using folder = new Folder();
  const { child, port } = await ServeProcess.listening(folder.path);
  await using server = child;
  const peers = await Promise.all(Array.from({ length: 4 }, () => Peer.connect(port)));
  const started = Promise.withResolvers<void>();
  const writing = peers.map(async (peer) => {
    await peer.hello();
    await peer.ask("join", { room: "lobby", last: 0 });
    const says = Array.from(
      { length: 100 },
      () => ({ type: "say" as const, room: "lobby", text: "on and on" }),
    );
    try {
      // Always a hundred ahead of the answers, until the server says that it is over.
      for (let ids = await peer.post(...says);;) {
        const next = await peer.post(...says);
        for (const id of ids) await peer.reply(id);
        ids = next;
        started.resolve();
      }
    } catch {
      peer.close(); // However it shows on this side.
    }
  });
  await started.promise;
  server.kill("SIGTERM");
  assertEquals(await server.ended(), 0);
  await Promise.all(writing);
});

Deno.test("--idle-exit ends a server where nobody is, with exit code 0", async () => {
  await using folder = new Folder();
  const { child } = await ServeProcess.listening(folder.path, ["--idle-exit", "1ms"]);
  await using server = child;
  assertEquals(await server.ended(), 0);
  assertMatch(server.lines.join("\n"), /\[ENDING\] nobody is connected/);
});
