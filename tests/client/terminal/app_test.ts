import { assertEquals } from "@std/assert";
import { runTerminal } from "../../../client/terminal/app.ts";
import { HandClock, type Peer, ScriptedServer, startSession, turn } from "../support.ts";
import { FakeFace } from "./fake_face.ts";

interface Stay {
  readonly face: FakeFace;
  readonly peer: Peer;
  readonly clock: HandClock;
  type(...lines: readonly string[]): void;
}

/** Runs the chat of somebody who begins in an empty `#lobby`, until they have left. */
async function stay(play: (stay: Stay) => Promise<void>): Promise<void> {
  using server = new ScriptedServer();
  const data = await Deno.makeTempDir();
  const face = new FakeFace();
  const clock = new HandClock();
  const code = runTerminal({
    open() {
      const { session, ending } = startSession({ dial: server.dial, clock });
      return { session, events: session.events(), ending };
    },
    face,
    name: "Maya",
    room: "lobby",
    password: null,
    last: 50,
    data,
    paths: () => [],
    stop: new AbortController().signal,
    clock,
  });
  try {
    const { peer } = await server.welcome();
    await peer.admit(0);
    await face.told("You are in #lobby");
    await play({ face, peer, clock, type: (...lines) => lines.forEach((line) => face.chat?.take(line)) });
    assertEquals(await code, 0);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

Deno.test("who leaves a room for another is not asked where to go in between", async () => {
  await stay(async ({ face, peer, type }) => {
    type("/leave", "/join tea");
    await peer.ok(await peer.expect("leave"), { room: "lobby" });
    await peer.admit(0);
    await face.told("You are in #tea");
    type("/quit");
    await peer.farewell();
    assertEquals(face.questions, []);
  });
});

Deno.test("who is in no room any more is asked where to go", async () => {
  await stay(async ({ face, peer, type }) => {
    type("/leave");
    await peer.ok(await peer.expect("leave"), { room: "lobby" });
    await face.until(() => face.questions.length > 0);
    assertEquals(face.questions.map(({ prompt }) => prompt), ["Choose:"]);
    face.answer("3");
    await peer.farewell();
  });
});

Deno.test("what may not have been sent when one leaves is told once, however much it is", async () => {
  await stay(async ({ face, peer, clock, type }) => {
    type("one", "two", "three");
    for (let i = 0; i < 3; i++) await peer.expect("say");
    type("/quit");
    await turn();
    clock.advance(2_000);
    await peer.expect("ping");
    await peer.farewell();
    const told = await face.told("may not have been sent");
    assertEquals(told.filter((row) => row.startsWith("!")), ["! 3 of your messages may not have been sent."]);
  });
});
