import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { entry, type Peer, ScriptedServer, startSession } from "./support.ts";

/** Refuses the next `join`, which has no password, and returns the one that follows. */
async function unlocked(peer: Peer, answer: object = {}, ...after: object[]) {
  const join = await peer.expect("join");
  assertEquals(join["password"], undefined);
  await peer.refuse(join, "wrong_password", "It is locked.");
  return await peer.admit(0, answer, ...after);
}

Deno.test("after a drop the session is taken up and the room joined after the last entry that was passed on", async () => {
  using server = new ScriptedServer();
  const { session, events, clock, ending } = startSession({ dial: server.dial });
  void session.join("lobby", { last: 50, password: "secret" });
  const first = await server.welcome();
  const join = await first.peer.admit(1, {}, entry(1), entry(2));
  assertEquals(join["password"], "secret");
  await events.until("entry");
  await events.until("entry");
  first.peer.close();
  await events.until("lost");
  assertEquals((await events.until("waiting")).wait, 100);
  clock.advance(100);
  const second = await server.welcome({ resumed: true, session: "token-2" });
  assertEquals([second.hello["session"], second.hello["name"]], ["token-1", "Maya"]);
  const again = await second.peer.admit(5, {}, entry(2), entry(3), entry(4), entry(5));
  assertEquals([again["after"], again["log"], again["last"], again["password"]], [
    2,
    "log-1",
    undefined,
    undefined,
  ]);
  assertEquals((await events.until("joined")).missed, 3);
  assertEquals((await events.until("entry")).event.seq, 3);
  const left = session.leave();
  await second.peer.farewell();
  await left;
  await ending;
});

Deno.test("a server that does not know the session any more gets the room's password again, once it asks", async () => {
  using server = new ScriptedServer();
  const { session, events, clock, ending } = startSession({ dial: server.dial });
  void session.join("lobby", { password: "secret" });
  const first = await server.welcome();
  await first.peer.admit(0);
  await events.until("joined");
  first.peer.close();
  await events.until("waiting");
  clock.advance(100);
  const second = await server.welcome({ resumed: false });
  assertEquals((await unlocked(second.peer))["password"], "secret");
  await events.until("joined");
  second.peer.close();
  await events.until("waiting");
  clock.advance(200);
  const third = await server.welcome({ resumed: false });
  assertEquals((await third.peer.admit(0))["password"], undefined);
  await events.until("joined");
  third.peer.close();
  await events.until("waiting");
  clock.advance(400);
  const fourth = await server.welcome({ resumed: false });
  const join = await fourth.peer.expect("join");
  await fourth.peer.refuse(join, "wrong_password", "It is locked.");
  await fourth.peer.refuse(await fourth.peer.expect("join"), "wrong_password", "That is not it.");
  assertEquals((await events.until("barred")).error.message, "That is not it.");
  const left = session.leave();
  await fourth.peer.farewell();
  await left;
  await ending;
});

Deno.test("says that were not acknowledged go out again, with their keys, in order, after the room was joined", async () => {
  using server = new ScriptedServer();
  const { session, events, clock, ending } = startSession({ dial: server.dial });
  void session.join("lobby", {});
  const first = await server.welcome();
  await first.peer.admit(0);
  await events.until("joined");
  const one = await session.say("lobby", "one");
  const two = await session.say("lobby", "two");
  await first.peer.store(1);
  assertEquals((await one.stored).is, "stored");
  assertEquals((await first.peer.expect("say"))["key"], "k2");
  first.peer.close();
  await events.until("waiting");
  const three = await session.say("lobby", "three");
  assertEquals(session.unacknowledged, 2);
  clock.advance(100);
  const second = await server.welcome({ resumed: true });
  await second.peer.admit(1);
  const said = [await second.peer.store(2), await second.peer.store(3)];
  assertEquals(said.map((say) => [say["text"], say["key"]]), [["two", "k2"], ["three", "k3"]]);
  assertEquals(await two.stored, { is: "stored", room: "lobby", seq: 2, at: 1_000 });
  assertEquals((await events.until("stored")).key, "k2");
  assertEquals((await events.until("stored")).key, three.key);
  assertEquals(session.unacknowledged, 0);
  const left = session.leave();
  await second.peer.farewell();
  await left;
  await ending;
});

Deno.test("a room whose log is another one is told, and delivery starts at its first entry", async () => {
  using server = new ScriptedServer();
  const { session, events, clock, ending } = startSession({ dial: server.dial });
  void session.join("lobby", {});
  const first = await server.welcome();
  await first.peer.admit(9, {}, entry(9));
  await events.until("entry");
  first.peer.close();
  await events.until("waiting");
  clock.advance(100);
  const second = await server.welcome();
  const other = { log: "log-2", reset: true };
  assertEquals((await second.peer.admit(2, other, entry(1), entry(2)))["after"], 9);
  assertEquals((await events.until("reset")).first, 1);
  assertEquals((await events.until("joined")).missed, null);
  assertEquals((await events.until("entry")).event.seq, 1);
  second.peer.close();
  await events.until("waiting");
  clock.advance(200);
  const third = await server.welcome();
  const again = await third.peer.admit(2, { log: "log-2" });
  assertEquals([again["after"], again["log"]], [2, "log-2"]);
  const left = session.leave();
  await third.peer.farewell();
  await left;
  await ending;
});

Deno.test("a connection dropped between a join's answer and its first entry goes on from where that answer said", async () => {
  using server = new ScriptedServer();
  const { session, events, clock, ending } = startSession({ dial: server.dial });
  void session.join("lobby", { last: 50 });
  const first = await server.welcome();
  await first.peer.admit(200);
  await events.until("joined");
  first.peer.close();
  await events.until("waiting");
  clock.advance(100);
  const second = await server.welcome({ resumed: true });
  assertEquals((await second.peer.admit(230))["after"], 150);
  const left = session.leave();
  await second.peer.farewell();
  await left;
  await ending;
});

Deno.test("a session that another client took up stays ended", async () => {
  using server = new ScriptedServer();
  const { events, ending } = startSession({ dial: server.dial });
  const { peer } = await server.welcome();
  await peer.send({ type: "error", code: "replaced", message: "Taken up elsewhere." });
  peer.close();
  assertEquals(await ending, { is: "failed", code: "replaced", reason: "Taken up elsewhere." });
  assertEquals((await events.rest()).map((event) => event.is), ["connecting", "connected", "lost", "ended"]);
});

Deno.test("a server that shuts down is waited for", async () => {
  using server = new ScriptedServer();
  const { session, events, clock, ending } = startSession({ dial: server.dial });
  const first = await server.welcome();
  await first.peer.send({ type: "error", code: "shutting_down", message: "The server stops." });
  first.peer.close();
  assertEquals((await events.until("waiting")).reason, "The server stops.");
  clock.advance(100);
  const second = await server.welcome();
  await events.until("connected");
  const left = session.leave();
  await second.peer.farewell();
  await left;
  await ending;
});

Deno.test("without reconnecting, the first drop is the end", async () => {
  using server = new ScriptedServer();
  const { ending } = startSession({ dial: server.dial, reconnect: false });
  (await server.welcome()).peer.close();
  assertEquals((await ending).is, "failed");
});

Deno.test("a name that was lost to another after a restart is asked for a few times, then that is the end", async () => {
  using server = new ScriptedServer();
  const { events, clock, ending } = startSession({ dial: server.dial });
  (await server.welcome()).peer.close();
  let tries = 0;
  let over = false;
  void ending.then(() => over = true);
  while (!over) {
    if ((await Promise.race([events.until("waiting"), ending])).is === "failed") break;
    clock.advance(5_000);
    const peer = await server.accept();
    await peer.greet();
    const hello = await peer.expect("hello");
    assertEquals(hello["name"], "Maya");
    await peer.refuse(hello, "name_taken", "Taken.");
    tries++;
    assert(tries <= 8);
    if (tries === 8) await ending;
  }
  assertEquals(await ending, { is: "failed", code: "name_taken", reason: "Taken." });
  assertEquals(tries, 8);
});

Deno.test("who makes a room is in it, and goes back into it with its password", async () => {
  using server = new ScriptedServer();
  const { session, events, clock, ending } = startSession({ dial: server.dial });
  const first = await server.welcome();
  const creating = session.create({ room: "tea", password: "pw" });
  const create = await first.peer.expect("create");
  await first.peer.send(
    { type: "ok", re: create["id"], room: "tea", log: "log-t", head: 0 },
    entry(1, "hi", "tea"),
  );
  assertEquals((await creating).room, "tea");
  assertEquals((await events.until("entry")).event.room, "tea");
  first.peer.close();
  await events.until("waiting");
  clock.advance(100);
  const second = await server.welcome({ resumed: false });
  const join = await unlocked(second.peer, { log: "log-t", head: 1 });
  assertEquals([join["room"], join["after"], join["log"], join["password"]], ["tea", 1, "log-t", "pw"]);
  const left = session.leave();
  await second.peer.farewell();
  await left;
  await ending;
});

Deno.test("a server that drops every connection at once is asked less and less often", async () => {
  using server = new ScriptedServer();
  const { session, events, clock, ending } = startSession({ dial: server.dial });
  const waits = [];
  for (let i = 0; i < 8; i++) {
    (await server.welcome()).peer.close();
    const { wait } = await events.until("waiting");
    waits.push(wait);
    clock.advance(wait);
  }
  assertEquals(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  const { peer } = await server.welcome();
  await events.until("connected");
  clock.advance(5_000);
  peer.close();
  assertEquals((await events.until("waiting")).wait, 100);
  await session.leave();
  await ending;
});

Deno.test("who locks a room anew, or unlocks it, goes back into it with what holds then", async () => {
  for (
    const [how, password] of [["ask", "new"], ["forward", "new"], ["ask", null], ["forward", null]] as const
  ) {
    using server = new ScriptedServer();
    const { session, events, clock, ending } = startSession({ dial: server.dial });
    void session.join("tea", { password: "old" });
    const first = await server.welcome();
    await first.peer.admit(0);
    await events.until("joined");
    if (how === "ask") void session.setPassword("TEA", password);
    else await session.forward({ type: "password", id: 1, room: "TEA", password }, 1);
    const change = await first.peer.expect("password");
    assertEquals([change["room"], change["password"]], ["TEA", password]);
    await first.peer.ok(change, { room: "tea" });
    const refused = assertRejects(() => session.setPassword("tea", "refused"), ProtocolError);
    await first.peer.refuse(await first.peer.expect("password"), "not_allowed");
    await refused;
    first.peer.close();
    await events.until("waiting");
    clock.advance(100);
    const second = await server.welcome({ resumed: false });
    if (password === null) {
      await second.peer.refuse(await second.peer.expect("join"), "wrong_password");
      await events.until("barred");
    } else {
      assertEquals((await unlocked(second.peer))["password"], "new");
    }
    const left = session.leave();
    await second.peer.farewell();
    await left;
    await ending;
  }
});
