import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { entry, PreparedStream, ScriptedServer, startSession, turn } from "./support.ts";

Deno.test("a session says hello, joins, and passes on each entry once and in order", async () => {
  using server = new ScriptedServer();
  const { session, events, ending } = startSession({ dial: server.dial });
  const joining = session.join("lobby", { last: 2 });
  const { peer, hello } = await server.welcome();
  assertEquals([hello["name"], hello["protocol"], hello["session"]], ["Maya", 1, undefined]);
  const join = await peer.admit(5, {}, entry(4), entry(5), entry(5), entry(6));
  assertEquals([join["last"], join["after"]], [2, undefined]);
  assertEquals((await joining).head, 5);
  const seqs = [];
  for (let i = 0; i < 3; i++) seqs.push((await events.until("entry")).event.seq);
  assertEquals(seqs, [4, 5, 6]);
  const left = session.leave();
  await peer.farewell();
  await left;
  assertEquals(await ending, { is: "left" });
  assertEquals((await events.rest()).map((event) => event.is), ["ended"]);
});

Deno.test("a say that is refused is final and told with its text", async () => {
  using server = new ScriptedServer();
  const { session, events, ending } = startSession({ dial: server.dial });
  void session.join("lobby", {});
  const { peer } = await server.welcome();
  await peer.admit(0);
  const said = await session.say("lobby", "hi");
  await peer.refuse(await peer.expect("say"), "muted");
  const refused = await events.until("refused");
  assertEquals([refused.key, refused.text, refused.error.code], [said.key, "hi", "muted"]);
  assertEquals((await said.stored).is, "refused");
  const tooLong = await session.say("lobby", "x".repeat(10_001));
  const stored = await tooLong.stored;
  assertEquals(stored.is === "refused" && stored.error.code, "text_too_long");
  const left = session.leave();
  await peer.farewell();
  await left;
  await ending;
});

Deno.test("a request without an answer in 30 seconds is refused, and its late answer ignored", async () => {
  using server = new ScriptedServer();
  const { session, events, clock, ending } = startSession({ dial: server.dial });
  const { peer } = await server.welcome();
  await events.until("connected");
  const rooms = session.request("rooms", {});
  const asked = await peer.expect("rooms");
  const refused = assertRejects(() => rooms, ProtocolError, "within 30 seconds");
  clock.advance(30_000);
  assertEquals((await refused).code, "timeout");
  assertEquals((await peer.expect("ping"))["type"], "ping");
  await peer.ok(asked, { rooms: [] });
  const who = session.request("who", {});
  await peer.ok(await peer.expect("who"), { people: [] });
  assertEquals((await who).people, []);
  const left = session.leave();
  await peer.farewell();
  await left;
  await ending;
});

Deno.test("a request whose connection is lost is refused; one that was not sent yet waits for the next", async () => {
  using server = new ScriptedServer();
  const { session, events, clock, ending } = startSession({ dial: server.dial });
  const first = await server.welcome();
  await events.until("connected");
  const sent = session.request("tell", { to: "Ada", text: "hi" });
  await first.peer.expect("tell");
  const refused = assertRejects(() => sent, ProtocolError, "connection was lost");
  first.peer.close();
  await refused;
  await events.until("waiting");
  const waiting = session.request("rooms", {});
  clock.advance(100);
  const second = await server.welcome();
  await second.peer.ok(await second.peer.expect("rooms"), { rooms: [] });
  assertEquals((await waiting).rooms, []);
  const left = session.leave();
  await second.peer.farewell();
  await left;
  await ending;
});

Deno.test("a name that is taken at first is the end, and says so", async () => {
  using server = new ScriptedServer();
  const { ending } = startSession({ dial: server.dial });
  const peer = await server.accept();
  await peer.greet();
  await peer.refuse(await peer.expect("hello"), "name_taken", "The name is taken.");
  assertEquals(await ending, { is: "failed", code: "name_taken", reason: "The name is taken." });
});

Deno.test("a first connection that cannot be made is tried as often as asked, each try told", async () => {
  const dial = () => Promise.reject(new Deno.errors.ConnectionRefused("refused"));
  const { events, clock, ending } = startSession({ dial });
  for (const [attempt, wait] of [[1, 100], [2, 200]]) {
    const waiting = await events.until("waiting");
    assertEquals([waiting.attempt, waiting.wait], [attempt, wait]);
    clock.advance(waiting.wait);
  }
  assertEquals(await ending, {
    is: "failed",
    code: "unreachable",
    reason: "Nothing answers at that address.",
  });
});

Deno.test("what does not speak the protocol is said to be that", async () => {
  using server = new ScriptedServer();
  const { ending } = startSession({ dial: server.dial, tries: 1 });
  await (await server.accept()).raw(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const end = await ending;
  assert(end.is === "failed" && end.reason.includes("does not speak"), JSON.stringify(end));
});

Deno.test("a server that says nothing after the connection was made is given up after 10 seconds", async () => {
  using server = new ScriptedServer();
  const { clock, ending } = startSession({ dial: server.dial, tries: 1 });
  await server.accept();
  await turn();
  clock.advance(10_000);
  assertEquals((await ending).is, "failed");
});

Deno.test("silence is answered with a ping after 30 seconds and is the end of the connection after 90", async () => {
  using server = new ScriptedServer();
  const { session, events, clock, ending } = startSession({ dial: server.dial });
  const { peer } = await server.welcome();
  await events.until("connected");
  await peer.send({ type: "ping" });
  await peer.expect("pong");
  clock.advance(30_000);
  await peer.expect("ping");
  clock.advance(60_000);
  assertEquals((await events.until("lost")).reason, "The server was silent for 90 seconds.");
  await session.leave();
  assertEquals(await ending, { is: "left" });
});

Deno.test("a full outbox makes say wait until something is acknowledged", async () => {
  using server = new ScriptedServer();
  const { session, events, ending } = startSession({ dial: server.dial });
  void session.join("lobby", {});
  const { peer } = await server.welcome();
  await peer.admit(0);
  await events.until("joined");
  const text = "x".repeat(4_000);
  let accepted = 0;
  const saying = (async () => {
    for (let i = 0; i < 400; i++) {
      await session.say("lobby", text);
      accepted++;
    }
  })();
  const first = await peer.expect("say");
  assert(accepted < 270, `${accepted}`);
  await peer.ok(first, { room: "lobby", seq: 1, at: 1 });
  for (let seq = 2; seq <= 400; seq++) await peer.store(seq);
  await saying;
  const left = session.leave();
  await peer.farewell();
  await left;
  await ending;
});

Deno.test("a front end that does not look stops the reading, and gets all of it in the end", async () => {
  const count = 5_000;
  const text = "x".repeat(4_000);
  const stream = new PreparedStream((seq) => seq <= count ? entry(seq, text) : null);
  const { session, events, ending } = startSession({ dial: () => Promise.resolve(stream) });
  void session.join("lobby", {});
  // Reads of a prepared stream are over within a turn of the event loop: what is not read now waits for the reader.
  await turn();
  const held = stream.taken;
  assert(held > 200 && held < 400, `${held} entries of 4 KB were taken for a queue of 1 MiB`);
  await turn();
  assertEquals(stream.taken, held);
  for (let seq = 1; seq <= count; seq++) assertEquals((await events.until("entry")).event.seq, seq);
  await session.leave();
  await ending;
});
