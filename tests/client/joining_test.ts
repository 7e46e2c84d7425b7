/** How rooms are gone back into that do not take us back at once. */

import { assertEquals, assertRejects } from "@std/assert";
import type { Session } from "../../client/session.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import type { JsonObject } from "../../server/protocol/shapes.ts";
import { leave, type Peer, ScriptedServer, startSession } from "./support.ts";

/** The next request but for signs of life, which is a `type`. */
async function next(peer: Peer, type: string): Promise<JsonObject> {
  for (;;) {
    const request = await peer.next();
    if (request?.["type"] === "ping") continue;
    assertEquals(request?.["type"], type);
    return request ?? {};
  }
}

/** Nothing is on its way to the server. */
async function asksNothing(session: Session, peer: Peer): Promise<void> {
  const asked = session.request("rooms", {});
  await peer.ok(await next(peer, "rooms"), { rooms: [] });
  await asked;
}

/**
 * Somebody in `#lobby` and `#tea` whom a server that was started again takes back into the first alone; what they say
 * in both has not been sent yet.
 */
async function halfBack(server: ScriptedServer, code: string, more: object = {}) {
  const started = startSession({ dial: server.dial });
  const { session, events, clock } = started;
  for (const room of ["lobby", "tea"]) void session.join(room, {});
  const first = await server.welcome();
  for (const _ of ["lobby", "tea"]) await first.peer.admit(0);
  await events.until("joined");
  first.peer.close();
  await events.until("waiting");
  const said = await session.say("Tea", "to tea");
  await session.say("lobby", "to lobby");
  clock.advance(100);
  const { peer } = await server.welcome();
  await peer.admit(0);
  await peer.refuse(await peer.expect("join"), code, "Not now.", more);
  const delayed = await events.until("delayed");
  assertEquals([delayed.room, delayed.error.message], ["tea", "Not now."]);
  assertEquals((await peer.store(1))["text"], "to lobby");
  return { ...started, peer, said, wait: delayed.wait };
}

for (
  const [code, more, wait] of [
    ["too_many_attempts", { retry_ms: 60_000 }, 60_000],
    ["rate_limited", { retry_ms: 0 }, 1_000],
    ["storage_failed", {}, 5_000],
  ] as const
) {
  Deno.test(`a room that refuses us with ${code} is asked again alone, and what was said there waits`, async () => {
    using server = new ScriptedServer();
    const back = await halfBack(server, code, more);
    const { session, events, clock, peer, said } = back;
    assertEquals(back.wait, wait);
    clock.advance(wait - 1);
    await asksNothing(session, peer);
    clock.advance(1);
    await peer.refuse(await next(peer, "join"), code, "Not yet.", { retry_ms: 2_000 });
    assertEquals((await events.until("delayed")).wait, 2_000);
    clock.advance(2_000);
    assertEquals((await peer.admit(0))["room"], "tea");
    assertEquals((await events.until("joined")).room, "tea");
    assertEquals((await peer.store(1))["text"], "to tea");
    assertEquals((await said.stored).is, "stored");
    await leave(back, peer);
  });
}

Deno.test("a room that would have us back in years is asked again after an hour, unless we have left", async () => {
  using server = new ScriptedServer();
  const back = await halfBack(server, "rate_limited", { retry_ms: 1e12 });
  assertEquals(back.wait, 3_600_000);
  await leave(back, back.peer);
  assertEquals(back.clock.pending, 0);
});

Deno.test("a room that never takes us back after all is told, and what was said there is refused", async () => {
  using server = new ScriptedServer();
  const back = await halfBack(server, "rate_limited");
  const { events, clock, peer, said } = back;
  clock.advance(5_000);
  await peer.refuse(await peer.expect("join"), "banned", "You are banned.");
  assertEquals((await events.until("barred")).error.code, "banned");
  await peer.refuse(await peer.expect("say"), "not_a_member");
  assertEquals((await said.stored).is, "refused");
  await leave(back, peer);
});

Deno.test("a room that has still to take us back can be left, and is asked no more", async () => {
  using server = new ScriptedServer();
  const back = await halfBack(server, "too_many_attempts");
  const { session, events, clock, peer, said } = back;
  const parting = session.part("tea");
  await peer.refuse(await peer.expect("say"), "not_a_member");
  assertEquals((await said.stored).is, "refused");
  await peer.refuse(await peer.expect("leave"), "not_a_member");
  assertEquals((await parting).room, "tea");
  await events.until("parted");
  clock.advance(10_000);
  await asksNothing(session, peer);
  await leave(back, peer);
});

Deno.test("a connection that is lost while a room waits has the next one join it with the others", async () => {
  using server = new ScriptedServer();
  const back = await halfBack(server, "too_many_attempts");
  const { session, events, clock, peer } = back;
  peer.close();
  await events.until("waiting");
  clock.advance(200);
  const third = await server.welcome();
  for (const room of ["lobby", "tea"]) assertEquals((await third.peer.admit(0))["room"], room);
  assertEquals((await third.peer.store(1))["text"], "to tea");
  clock.advance(10_000);
  await asksNothing(session, third.peer);
  await leave(back, third.peer);
});

Deno.test("a room that is not to be entered yet is refused to who asks for the first time", async () => {
  using server = new ScriptedServer();
  const started = startSession({ dial: server.dial });
  const joining = assertRejects(() => started.session.join("tea", {}), ProtocolError, "Later.");
  const { peer } = await server.welcome();
  await peer.refuse(await peer.expect("join"), "too_many_attempts", "Later.", { retry_ms: 1_000 });
  await joining;
  await leave(started, peer);
});
