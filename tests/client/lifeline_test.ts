/** How a session shows who it is to each server, and which refusals it takes for an end. */

import { assert, assertEquals } from "@std/assert";
import { sentenceOf } from "../../client/lines.ts";
import { type PasswordHolder, ServerPassword } from "../../client/server_password.ts";
import { TrustError } from "../../client/trust_error.ts";
import { PLAIN_BINDING, proofBytes, proves } from "../../server/protocol/proofs.ts";
import type { JsonObject } from "../../server/protocol/shapes.ts";
import {
  HandClock,
  leave,
  newIdentity,
  nonceOf,
  type Peer,
  ScriptedServer,
  startSession,
  turn,
  WELCOME,
} from "./support.ts";

/** Fails unless `request` carries the key and a proof of `name` for that connection. */
function assertProven(
  request: JsonObject,
  key: string,
  nonce: string,
  name: string,
  binding = PLAIN_BINDING,
) {
  assertEquals(request["key"], key);
  assert(proves(key, String(request["proof"]), proofBytes(nonce, binding, name)), JSON.stringify(request));
}

/** A person who knows the passwords `answers`, and remembers what they were told. */
class Knower implements PasswordHolder {
  readonly told: string[] = [];
  letIn = 0;
  readonly #answers: string[];

  constructor(...answers: string[]) {
    this.#answers = answers;
  }

  ask(why: string): Promise<string | null> {
    this.told.push(why);
    return Promise.resolve(this.#answers.shift() ?? null);
  }

  accepted(): void {
    this.letIn++;
  }
}

Deno.test("every connection's hello carries a proof of its own for the name as it is sent", async () => {
  using server = new ScriptedServer();
  const identity = newIdentity();
  const started = startSession({ dial: server.dial, identity });
  const first = await server.welcome({ name: "Maya" }, nonceOf(1));
  assertProven(first.hello, identity.key, nonceOf(1), "Maya");
  first.peer.close();
  await started.events.until("waiting");
  started.clock.advance(100);
  const second = await server.welcome({}, nonceOf(2));
  assertEquals(second.hello["session"], "token-1");
  assertProven(second.hello, identity.key, nonceOf(2), "Maya");
  await started.events.until("connected");
  await leave(started, second.peer);
});

Deno.test("who leaves the name to the server proves the empty one", async () => {
  using server = new ScriptedServer();
  const identity = newIdentity();
  const { ending } = startSession({ dial: server.dial, identity, named: false, tries: 1, reconnect: false });
  const { peer, hello } = await server.hear(nonceOf(1));
  assertEquals(hello["name"], undefined);
  assertProven(hello, identity.key, nonceOf(1), "");
  peer.close();
  await ending;
});

Deno.test("a proof is bound to the certificate that the connection has", async () => {
  using server = new ScriptedServer();
  const identity = newIdentity();
  const binding = "5a".repeat(32);
  const dial = async (signal: AbortSignal) => Object.assign(await server.dial(signal), { binding });
  const started = startSession({ dial, identity });
  const { peer, hello } = await server.welcome({}, nonceOf(1));
  assertProven(hello, identity.key, nonceOf(1), "Maya", binding);
  await started.events.until("connected");
  await leave(started, peer);
});

Deno.test("a guest sends no key", async () => {
  using server = new ScriptedServer();
  const started = startSession({ dial: server.dial });
  const { peer, hello } = await server.welcome();
  assertEquals([hello["key"], hello["proof"], hello["password"]], [undefined, undefined, undefined]);
  void started.session.rename("Ada");
  const name = await peer.expect("name");
  assertEquals(Object.keys(name).sort(), ["id", "name", "type"]);
  await peer.ok(name, { name: "Ada" });
  await leave(started, peer);
});

Deno.test("another name is proven for the connection that the request goes out over", async () => {
  using server = new ScriptedServer();
  const identity = newIdentity();
  const started = startSession({ dial: server.dial, identity });
  const { session, events, clock } = started;
  const first = await server.welcome({}, nonceOf(1));
  await events.until("connected");
  const renaming = session.rename("Ada");
  const asked = await first.peer.expect("name");
  assertProven(asked, identity.key, nonceOf(1), "Ada");
  await first.peer.ok(asked, { name: "Ada" });
  assertEquals((await renaming).name, "Ada");
  first.peer.close();
  await events.until("waiting");
  // A program's own request waits as well, and is proven as well.
  await session.forward({ type: "name", id: 1, name: "Bo" }, 5);
  clock.advance(100);
  const second = await server.welcome({ name: "Ada" }, nonceOf(2));
  assertProven(second.hello, identity.key, nonceOf(2), "Ada");
  const again = await second.peer.expect("name");
  assertProven(again, identity.key, nonceOf(2), "Bo");
  await second.peer.ok(again, { name: "Bo" });
  assertEquals((await events.until("reply")).re, 5);
  assertEquals(session.name, "Bo");
  await leave(started, second.peer);
});

/** The next connection, greeted, on which the server asks for its password; with the `hello` that carries one. */
async function demand(server: ScriptedServer, why = "Give it."): Promise<{ peer: Peer; hello: JsonObject }> {
  const { peer, hello } = await server.hear();
  assertEquals(hello["password"], undefined);
  await peer.refuse(hello, "wrong_password", why);
  const again = await peer.expect("hello");
  const { id: _first, ...members } = hello;
  const { id: _second, password: _password, ...others } = again;
  assertEquals(others, members);
  return { peer, hello: again };
}

Deno.test("the server's password is given once it is asked for, on every connection anew", async () => {
  using server = new ScriptedServer();
  const asked = new Knower("second", "third");
  const password = new ServerPassword("first", asked);
  const started = startSession({ dial: server.dial, password, identity: newIdentity() });
  for (const [secret, why] of [["first", "Wrong."], ["second", "Wrong again."]] as const) {
    const { peer, hello } = await demand(server);
    assertEquals(hello["password"], secret);
    await peer.refuse(hello, "wrong_password", why);
  }
  const { peer, hello } = await demand(server);
  assertEquals([hello["password"], password.value], ["third", "third"]);
  await peer.ok(hello, WELCOME);
  await started.events.until("connected");
  assertEquals([asked.told, asked.letIn], [["Wrong.", "Wrong again."], 1]);
  peer.close();
  await started.events.until("waiting");
  started.clock.advance(100);
  const again = await demand(server);
  assertEquals(again.hello["password"], "third");
  await again.peer.ok(again.hello, WELCOME);
  await started.events.until("connected");
  assertEquals(asked.letIn, 1);
  await leave(started, again.peer);
});

Deno.test("a server that asks for no password gets none, on a reconnect neither", async () => {
  using server = new ScriptedServer();
  const password = new ServerPassword("secret", new Knower());
  const started = startSession({ dial: server.dial, password });
  const first = await server.welcome();
  await started.events.until("connected");
  first.peer.close();
  await started.events.until("waiting");
  started.clock.advance(100);
  const second = await server.welcome();
  await started.events.until("connected");
  assertEquals([first.hello["password"], second.hello["password"]], [undefined, undefined]);
  await leave(started, second.peer);
});

Deno.test("tries to connect are counted anew after another password", async () => {
  using server = new ScriptedServer();
  const password = new ServerPassword(null, new Knower("right"));
  const started = startSession({ dial: server.dial, password, tries: 2 });
  const { events, clock } = started;
  for (const code of ["rate_limited", "wrong_password", "rate_limited"]) {
    const { peer, hello } = await server.hear();
    await peer.refuse(hello, code);
    if (code === "rate_limited") clock.advance((await events.until("waiting")).wait);
  }
  const { peer } = await server.welcome();
  await events.until("connected");
  await leave(started, peer);
});

Deno.test("a password that is refused when nobody answers, or a fourth time, is the end", async () => {
  for (const [answers, tries] of [[[], 1], [["a", "b", "c", "d"], 4]] as const) {
    using server = new ScriptedServer();
    const password = new ServerPassword(null, new Knower(...answers));
    const { ending } = startSession({ dial: server.dial, password });
    for (let i = 0; i < tries; i++) {
      const { peer, hello } = i === 0 ? await server.hear() : await demand(server);
      await peer.refuse(hello, "wrong_password", "Wrong.");
    }
    assertEquals(await ending, { is: "failed", code: "wrong_password", reason: "Wrong." });
  }
});

Deno.test("who leaves while the password is asked for has left", async () => {
  using server = new ScriptedServer();
  const asking = Promise.withResolvers<void>();
  const ask = () => {
    asking.resolve();
    return new Promise<null>(() => {});
  };
  const password = new ServerPassword(null, { ask, accepted: () => {} });
  const { session, ending } = startSession({ dial: server.dial, password });
  const { peer, hello } = await server.hear();
  await peer.refuse(hello, "wrong_password");
  await asking.promise;
  await session.leave();
  assertEquals(await ending, { is: "left" });
});

Deno.test("too many attempts are waited out for as long as the server says", async () => {
  using server = new ScriptedServer();
  const started = startSession({ dial: server.dial });
  const { peer, hello } = await server.hear();
  await peer.refuse(hello, "too_many_attempts", "Wait a minute.", { retry_ms: 60_000 });
  assertEquals((await started.events.until("waiting")).wait, 60_000);
  started.clock.advance(60_000);
  const second = await server.welcome();
  await started.events.until("connected");
  await leave(started, second.peer);
});

Deno.test("a server that asks for a wait of days is asked again after an hour", async () => {
  using server = new ScriptedServer();
  const { session, events, ending } = startSession({ dial: server.dial });
  const { peer, hello } = await server.hear();
  await peer.refuse(hello, "rate_limited", "Wait.", { retry_ms: 1e12 });
  assertEquals((await events.until("waiting")).wait, 3_600_000);
  await session.leave();
  await ending;
});

Deno.test("who is thrown out or banned does not come back by itself, and is told why", async () => {
  for (const code of ["kicked", "banned"] as const) {
    for (const greeted of [true, false]) {
      using server = new ScriptedServer();
      const { ending, events } = startSession({ dial: server.dial });
      if (greeted) {
        const { peer } = await server.welcome();
        await peer.send({ type: "error", code, message: "Be kind." });
      } else {
        const { peer, hello } = await server.hear();
        await peer.refuse(hello, code, "Be kind.");
      }
      assertEquals(await ending, { is: "failed", code, reason: "Be kind." });
      const last = (await events.rest()).at(-1);
      assertEquals(last === undefined ? null : sentenceOf(last), "Be kind.");
    }
  }
});

const SILENT = "The server said nothing for 5 seconds. If it uses TLS, connect with --tls.";

Deno.test("a server that says nothing for 5 seconds may be waiting for TLS, which is said, and not tried again", async () => {
  using server = new ScriptedServer();
  const clock = new HandClock();
  const { ending, events } = startSession({ dial: server.dial, clock });
  await server.accept();
  await turn();
  clock.advance(5_000);
  const end = await ending;
  assert(end.is === "failed");
  assertEquals(end.reason, SILENT);
  assertEquals((await events.rest()).map((event) => event.is), ["connecting", "ended"]);
});

Deno.test("a server that spoke before and says nothing for 5 seconds is tried again", async () => {
  using server = new ScriptedServer();
  const { clock, session, events, ending } = startSession({ dial: server.dial });
  (await server.welcome()).peer.close();
  await events.until("waiting");
  clock.advance(100);
  await server.accept();
  await turn();
  clock.advance(5_000);
  assertEquals((await events.until("waiting")).reason, SILENT);
  await session.leave();
  await ending;
});

Deno.test("with TLS a silence of 5 seconds means nothing", async () => {
  using server = new ScriptedServer();
  const dial = async (signal: AbortSignal) => Object.assign(await server.dial(signal), { binding: "5a" });
  const started = startSession({ dial });
  const peer = await server.accept();
  await turn();
  started.clock.advance(9_000);
  await peer.greet();
  await peer.ok(await peer.expect("hello"), WELCOME);
  await started.events.until("connected");
  await leave(started, peer);
});

Deno.test("a server that answers with a TLS alert is said to speak TLS, and not tried again", async () => {
  using server = new ScriptedServer();
  const { ending, events } = startSession({ dial: server.dial });
  await (await server.accept()).raw(new Uint8Array([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0a]));
  const end = await ending;
  assert(end.is === "failed");
  assertEquals(end.reason, "That server speaks TLS: connect with --tls.");
  assertEquals((await events.rest()).map((event) => event.is), ["connecting", "ended"]);
});

Deno.test("a certificate that changed is the end, on a reconnect too, and is no sentence among others", async () => {
  using server = new ScriptedServer();
  let trusted = true;
  const dial = (signal: AbortSignal) =>
    trusted ? server.dial(signal) : Promise.reject(new TrustError("\x1bCHANGED.", "Was: AB", "Is: CD"));
  const { events, clock, ending } = startSession({ dial });
  (await server.welcome()).peer.close();
  trusted = false;
  await events.until("waiting");
  clock.advance(100);
  const end = await ending;
  assertEquals(end, { is: "failed", code: "untrusted", reason: "\x1bCHANGED.\nWas: AB\nIs: CD" });
  assertEquals(
    sentenceOf({ is: "ended", ending: end }),
    null,
    "it is told line by line, when all else is said",
  );
});
