import { assertEquals } from "@std/assert";
import { ServerPassword } from "../../../client/server_password.ts";
import { holderAt, runTerminal } from "../../../client/terminal/app.ts";
import { entry, HandClock, type Peer, ScriptedServer, startSession, turn, WELCOME } from "../support.ts";
import { FakeFace } from "./fake_face.ts";
import { FakeRights } from "./fake_rights.ts";

interface Stay {
  readonly face: FakeFace;
  readonly peer: Peer;
  readonly clock: HandClock;
  type(...lines: readonly string[]): void;
}

interface Beginning {
  readonly server: ScriptedServer;
  readonly face: FakeFace;
  readonly clock: HandClock;
  readonly code: Promise<number>;
}

/** Runs the chat of Maya, who goes to `#lobby`, while `play` is the server and her hands. */
async function begin(play: (beginning: Beginning) => Promise<void>): Promise<void> {
  using server = new ScriptedServer();
  const data = await Deno.makeTempDir();
  const face = new FakeFace();
  const clock = new HandClock();
  const password = new ServerPassword(null, holderAt(face));
  const code = runTerminal({
    open() {
      const { session, ending } = startSession({ dial: server.dial, clock, password });
      return { session, events: session.events(), ending };
    },
    face,
    name: "Maya",
    room: "lobby",
    password: null,
    last: 50,
    data,
    paths: () => [],
    rights: new FakeRights(),
    stop: new AbortController().signal,
    clock,
  });
  try {
    await play({ server, face, clock, code });
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

/** Runs the chat of somebody who is in an empty `#lobby`, until they have left. */
async function stay(play: (stay: Stay) => Promise<void>): Promise<void> {
  await begin(async ({ server, face, clock, code }) => {
    const { peer } = await server.welcome();
    await peer.admit(0);
    await face.told("You are in #lobby");
    await play({ face, peer, clock, type: (...lines) => lines.forEach((line) => face.chat?.take(line)) });
    assertEquals(await code, 0);
  });
}

Deno.test("the server's password is asked for unseen and with why, and typing is let go on once it was right", async () => {
  await begin(async ({ server, face, code }) => {
    const first = await server.hear();
    await first.peer.refuse(first.hello, "wrong_password", "This server has a password.");
    await face.told("This server has a password.");
    await face.until(() => face.questions.length === 1);
    assertEquals(face.questions, [{ prompt: "The server's password:", secret: true }]);
    face.answer("sesame");
    const { peer, hello: unasked } = await server.hear();
    await peer.refuse(unasked, "wrong_password", "This server has a password.");
    const hello = await peer.expect("hello");
    assertEquals([hello["password"], face.settled], ["sesame", 0]);
    await peer.ok(hello, WELCOME);
    const join = await peer.expect("join");
    assertEquals(face.settled, 1);
    await peer.refuse(join, "no_such_room");
    await face.until(() => face.questions.length === 2);
    face.chat?.take("/quit");
    await peer.farewell();
    assertEquals(await code, 0);
  });
});

Deno.test("who does not know the server's password is told where else it can stand", async () => {
  await begin(async ({ server, face, code }) => {
    face.answer(null);
    const { peer, hello } = await server.hear();
    await peer.refuse(hello, "wrong_password", "This server has a password.");
    await face.told("CHAT_PASSWORD");
    assertEquals(await code, 1);
  });
});

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

Deno.test("what is on its way when one leaves is told once, and that it goes on", async () => {
  await stay(async ({ face, peer, type }) => {
    type("/get 3");
    const file = { file: 3, name: "a.txt", size: 10, sha256: "0".repeat(64), from: "Ada", at: 1_000 };
    await peer.ok(await peer.expect("files"), { files: [file] });
    await peer.ok(await peer.expect("get"), { transfer: 1, window: 1_000, ...file });
    await peer.send(entry(1));
    await face.told("text 1");
    type("/quit");
    await peer.farewell();
    const told = await face.told("Not done");
    assertEquals(told, ["! Not done: a.txt. Sent or got again, it goes on from where this stopped."]);
  });
});
