import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  importsKeepToTheirRooms,
  noCycles,
  reachable,
  sessionReachesNoFrontEnd,
} from "../../scripts/tidy/graph_rules.ts";
import { said, source } from "./samples.ts";

Deno.test("an import over a wall of the house is found, with the line that it stands in", () => {
  const forbidden: readonly (readonly [string, string])[] = [
    ["main.ts", "server/net/listener.ts"],
    ["main.ts", "server/protocol/names.ts"],
    ["server/protocol/a.ts", "server/history/log.ts"],
    ["server/protocol/a.ts", "client/session.ts"],
    ["server/chat/a.ts", "client/session.ts"],
    ["client/a.ts", "server/history/log.ts"],
    ["client/terminal/a.ts", "server/serve.ts"],
    ["server/history/a.ts", "server/chat/room.ts"],
    ["server/history/a.ts", "server/operator/journal.ts"],
    ["server/chat/a.ts", "server/net/connection.ts"],
    ["server/net/a.ts", "server/chat/room.ts"],
    ["server/operator/a.ts", "server/net/connection.ts"],
    ["client/terminal/a.ts", "client/pipe.ts"],
    ["client/pipe.ts", "client/terminal/text.ts"],
    ["client/gui/a.ts", "client/terminal/text.ts"],
    ["server/net/a.ts", "server/serve.ts"],
    ["client/pipe.ts", "client/connect.ts"],
    ["client/a.ts", "main.ts"],
    ["server/chat/a.ts", "tests/support/corpus.ts"],
    ["client/a.ts", "scripts/tidy.ts"],
  ];
  for (const [from, to] of forbidden) {
    const findings = importsKeepToTheirRooms([source(from, "", "npm:x", to), source(to, "")]);
    assertEquals(
      new Set(findings.map((finding) => `${finding.path}:${finding.line}`)),
      new Set([`${from}:2`]),
      from,
    );
    assertStringIncludes(findings[0]?.says ?? "", `it imports ${to}, but `);
  }
});

Deno.test("imports that keep to their rooms are fine", () => {
  const allowed: readonly (readonly [string, string])[] = [
    ["main.ts", "server/serve.ts"],
    ["main.ts", "client/connect.ts"],
    ["server/serve.ts", "server/net/listener.ts"],
    ["server/serve.ts", "server/chat/rooms.ts"],
    ["server/protocol/a.ts", "server/protocol/b.ts"],
    ["server/history/a.ts", "server/protocol/frames.ts"],
    ["server/chat/a.ts", "server/history/log.ts"],
    ["server/net/a.ts", "server/protocol/frames.ts"],
    ["server/operator/a.ts", "server/chat/requests.ts"],
    ["client/session.ts", "server/protocol/messages.ts"],
    ["client/connect.ts", "client/pipe.ts"],
    ["client/terminal/a.ts", "client/session.ts"],
    ["tests/e2e/a.ts", "server/net/listener.ts"],
    ["scripts/replay.ts", "client/session.ts"],
  ];
  for (const [from, to] of allowed) {
    assertEquals(importsKeepToTheirRooms([source(from, "", to), source(to, "")]), [], `${from} → ${to}`);
  }
});

Deno.test("a front end that the session reaches is found, however far away it is", () => {
  const sources = [
    source("client/session.ts", "", "client/link.ts"),
    source("client/link.ts", "", "client/terminal/text.ts"),
    source("client/terminal/text.ts", ""),
  ];
  assertEquals(sessionReachesNoFrontEnd(sources).map((finding) => finding.path), ["client/session.ts"]);
  assertEquals(sessionReachesNoFrontEnd(sources.slice(0, 2)), []);
  assertEquals([...reachable(sources, "client/link.ts")], ["client/link.ts", "client/terminal/text.ts"]);
});

Deno.test("imports that run in a circle are found once, with the way round", () => {
  const circle = [
    source("a.ts", "", "b.ts"),
    source("b.ts", "", "npm:x", "c.ts"),
    source("c.ts", "", "b.ts", "d.ts"),
  ];
  assertEquals(said(noCycles([...circle, source("d.ts", "")])), [
    "c.ts:1: imports run in a circle: b.ts → c.ts → b.ts.",
  ]);
  assertEquals(noCycles([source("a.ts", "", "a.ts")]).length, 1);
  const diamond = [
    source("a.ts", "", "b.ts", "c.ts"),
    source("b.ts", "", "d.ts"),
    source("c.ts", "", "d.ts"),
    source("d.ts", ""),
  ];
  assertEquals(noCycles(diamond), []);
});
