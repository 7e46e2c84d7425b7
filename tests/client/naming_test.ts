/** Which names a session takes from a server. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { leave, newIdentity, ScriptedServer, startSession } from "./support.ts";

/** The reason for which a session ended where the server broke the protocol, at its first connection. */
async function violation({ ending, events }: ReturnType<typeof startSession>): Promise<string> {
  // The clock stands still: it would not end if it tried again.
  await assertRejects(() => events.until("connected"), Error, "ended before");
  const end = await ending;
  assert(end.is === "failed" && end.code === "bad_frame", JSON.stringify(end));
  return end.reason;
}

Deno.test("a server that calls us by a name that we did not ask for is left for good, and it is never signed", async () => {
  for (const name of ["Ada", "mayo", "Maya ", "Client1", ""]) {
    using server = new ScriptedServer();
    const started = startSession({ dial: server.dial, identity: newIdentity() });
    await server.welcome({ name });
    const reason = await violation(started);
    assert(reason.includes(`You asked for "Maya", and the server calls you ${JSON.stringify(name)}`), reason);
    assertEquals(started.session.name, "Maya");
  }
});

Deno.test("a name may come in another spelling, which is shown; what is signed stays what was asked for", async () => {
  using server = new ScriptedServer();
  const started = startSession({ dial: server.dial, name: "Zoe\u0308" });
  const first = await server.welcome({ name: "ZO\u00cb" });
  assertEquals((await started.events.until("connected")).answer.name, "ZO\u00cb");
  assertEquals(started.session.name, "ZO\u00cb");
  first.peer.close();
  await started.events.until("waiting");
  started.clock.advance(60_000);
  const { hello, peer } = await server.welcome({ name: "ZO\u00cb" });
  assertEquals(hello.name, "Zoe\u0308");
  await started.events.until("connected");
  await leave(started, peer);
});

Deno.test("who leaves the name to the server takes none that can belong to anybody", async () => {
  for (
    const name of [
      "Maya",
      "Client0",
      "Client01",
      "client1",
      "Client1a",
      "Client",
      "Client1\n",
      "Client\u0661",
    ]
  ) {
    using server = new ScriptedServer();
    const started = startSession({ dial: server.dial, identity: newIdentity(), named: false });
    await server.welcome({ name });
    assert((await violation(started)).startsWith("You asked for no name, and the server calls you"), name);
  }
  using server = new ScriptedServer();
  const started = startSession({ dial: server.dial, identity: newIdentity(), named: false });
  const { peer } = await server.welcome({ name: "Client10" });
  await started.events.until("connected");
  assertEquals(started.session.name, "Client10");
  await leave(started, peer);
});

Deno.test("a server that answers a rename with another name is left for good", async () => {
  for (const name of ["Mia", "adam"]) {
    using server = new ScriptedServer();
    const started = startSession({ dial: server.dial, identity: newIdentity() });
    const { peer } = await server.welcome();
    await started.events.until("connected");
    const refused = assertRejects(() => started.session.rename("Ada"), ProtocolError, "You asked for");
    await peer.ok(await peer.expect("name"), { name });
    await refused;
    const end = await started.ending;
    assert(end.is === "failed" && end.code === "bad_frame", JSON.stringify(end));
    assertEquals([started.session.name, (await started.events.rest()).map(({ is }) => is)], [
      "Maya",
      ["lost", "ended"],
    ]);
  }
});
