/** The operator's console at a terminal: a pseudo-terminal that Python makes. */

import { assertEquals } from "@std/assert";
import { Peer } from "../support/peer.ts";
import { Folder, installed, ServeProcess } from "../support/server.ts";

const PTY = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
const there = Deno.build.os !== "windows" &&
  installed("python3", ["-c", "import os, pty; os.waitstatus_to_exitcode"]);

Deno.test(
  `the console answers at a terminal, and close ends the server in order${
    there ? "" : " (skipped: no python3 with pty)"
  }`,
  { ignore: !there },
  async () => {
    await using folder = new Folder();
    const { child, port } = await ServeProcess.listening(folder.path, [], {
      under: ["python3", "-c", PTY],
      typed: true,
    });
    await using server = child;
    const maya = await Peer.connect(port);
    await maya.hello("Maya");
    await maya.ask("join", { room: "lobby" });
    await server.type("help");
    await server.line(/^say ROOM TEXT +say something/);
    await server.type("status");
    await server.line(/^NAME +ADDRESS +ROOMS +CONNECTED +DISCONNECTED/);
    await server.line(/^Maya +127\.0\.0\.1:\d+ +lobby +\d{4}-/);
    await server.type("rooms");
    await server.line(/^lobby +1$/);
    await server.type("who");
    await server.line(/^Maya +unverified +127\.0\.0\.1:\d+$/);
    await server.type("say lobby Tea is ready.");
    assertEquals((await maya.event("entry")).text, "Tea is ready.");
    await server.line(/Said in #lobby as entry 1/);
    await server.type("close");
    await maya.event("notice");
    assertEquals(await maya.ending(), "shutting_down");
    maya.close();
    assertEquals(await server.ended(), 0);
  },
);
