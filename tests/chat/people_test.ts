/** Sessions and names over time. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Directory } from "../../server/chat/directory.ts";
import { People } from "../../server/chat/people.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { NO_RATES } from "../support/no_limits.ts";
import { FakeContact, Time } from "./support.ts";

const MINUTE_MS = 60_000;

function people(clientsMax = 10): { people: People; time: Time } {
  const time = new Time();
  return {
    people: new People({ directory: new Directory(null), clientsMax, rates: NO_RATES, now: time.now }),
    time,
  };
}

async function refused(run: () => unknown): Promise<string> {
  return (await assertRejects(async () => await run(), ProtocolError)).code;
}

Deno.test("a session can be taken up for five minutes after its connection dropped, and then its name is free", async () => {
  const { people: all, time } = people();
  const session = await all.enter("Maya", null, new FakeContact());
  time.ms += 60 * MINUTE_MS;
  all.expire();
  assertEquals(all.connected, 1, "a session with a connection does not age");
  all.drop(session);
  time.ms += 5 * MINUTE_MS;
  all.expire();
  assertEquals(await refused(() => all.enter("maya", null, new FakeContact())), "name_taken");
  assertEquals(all.resume(session.token, "maya", null, new FakeContact()), session);
  all.drop(session);
  time.ms += 5 * MINUTE_MS + 1;
  all.expire();
  assertEquals(all.resume(session.token, "Maya", null, new FakeContact()), null);
  assert((await all.enter("Maya", null, new FakeContact())).token !== session.token);
});

Deno.test("a session that is taken up dismisses its old connection with replaced, once", async () => {
  const { people: all } = people();
  const old = new FakeContact();
  const session = await all.enter("Maya", null, old);
  const next = new FakeContact();
  assertEquals(all.resume(session.token, "Maya", null, next), session);
  assertEquals([old.dismissed, next.dismissed, all.connected], ["replaced", null, 1]);
  assertEquals(session.contact, next);
});

Deno.test("dropped sessions do not make the server larger than it may be", async () => {
  const { people: all } = people(2);
  const [ada, bob] = [
    await all.enter("Ada", null, new FakeContact()),
    await all.enter("Bob", null, new FakeContact()),
  ];
  all.drop(ada);
  await all.enter("Cleo", null, new FakeContact());
  assertEquals(await refused(() => all.resume(ada.token, "Ada", null, new FakeContact())), "server_full");
  assertEquals(
    all.resume(bob.token, "Bob", null, new FakeContact()),
    bob,
    "replacing a connection adds none",
  );
  assertEquals(all.connected, 2);
  all.end(bob);
  assertEquals(all.resume(ada.token, "Ada", null, new FakeContact()), ada);
});

Deno.test("as many sessions are kept without a connection as may have one; then the oldest ends", async () => {
  const { people: all } = people(2);
  const visit = async (name: string) => {
    const session = await all.enter(name, null, new FakeContact());
    all.drop(session);
    return session;
  };
  const [ada, bob, cleo] = [await visit("Ada"), await visit("Bob"), await visit("Cleo")];
  assertEquals(all.resume(ada.token, "Ada", null, new FakeContact()), null);
  assertEquals(all.resume(bob.token, "Bob", null, new FakeContact()), bob);
  assertEquals(all.resume(cleo.token, "Cleo", null, new FakeContact()), cleo);
});

Deno.test("what a session had is free once another dropped one has taken its place", async () => {
  const { people: all, time } = people(2);
  const left: string[] = [];
  const visit = async (name: string | undefined) => {
    const session = await all.enter(name, null, new FakeContact());
    const { shown } = session.name;
    const nothing = () => {};
    session.places = [
      {
        room: "lobby",
        listed: true,
        drop: nothing,
        leave: () => left.push(shown),
        renamed: nothing,
        moved: nothing,
      },
    ];
    all.drop(session);
    return session;
  };
  const ada = await visit("Ada");
  await visit("Bob");
  await visit(undefined);
  assertEquals([left, all.connected], [["Ada"], 0]);
  const next = await all.enter("ADA", null, new FakeContact());
  assertEquals(await refused(() => all.enter("Bob", null, new FakeContact())), "name_taken");
  assertEquals(all.resume(ada.token, "Ada", null, new FakeContact()), null, "the name is another's now");
  all.drop(next);
  assertEquals(left, ["Ada", "Bob"]);
  assertEquals(
    (await all.enter(undefined, null, new FakeContact())).name.shown,
    "Client2",
    "the guest's is kept",
  );
  time.ms += 5 * MINUTE_MS + 1;
  all.expire();
  assertEquals(left, ["Ada", "Bob", "Client1"]);
  for (const name of ["Ada", "Client1"]) assertEquals(all.find(name), undefined);
  assertEquals((await all.enter(undefined, null, new FakeContact())).name.shown, "Client1");
  assertEquals(all.connected, 2);
});

Deno.test("a session that is taken up while its connection stands ends nobody else's", async () => {
  const { people: all } = people(2);
  const ada = await all.enter("Ada", null, new FakeContact());
  const bob = await all.enter("Bob", null, new FakeContact());
  for (const session of [ada, bob]) all.drop(session);
  const cleo = await all.enter("Cleo", null, new FakeContact());
  assertEquals(all.resume(cleo.token, "Cleo", null, new FakeContact()), cleo);
  assertEquals(all.resume(ada.token, "Ada", null, new FakeContact()), ada, "the one that would go first");
});

Deno.test("a name that was given up is free, one that is only spelt anew stays taken", async () => {
  const { people: all } = people();
  const session = await all.enter("Maya", null, new FakeContact());
  await all.rename(session, "MAYA", null);
  assertEquals(session.name.shown, "MAYA");
  assertEquals(await refused(() => all.enter("maya", null, new FakeContact())), "name_taken");
  await all.rename(session, "Mia", null);
  assertEquals((await all.enter("Maya", null, new FakeContact())).name.shown, "Maya");
  assertEquals(await refused(() => all.rename(session, "maya", null)), "name_taken");
  assertEquals(all.find("MIA"), session.person);
});

Deno.test("a guest gets the lowest number that nobody has, whether it was given up by bye, rename or time", async () => {
  const { people: all, time } = people();
  const guest = () => all.enter(undefined, null, new FakeContact());
  const [one, two, three] = [await guest(), await guest(), await guest()];
  await all.rename(one, "Ada", null);
  assertEquals((await guest()).name.shown, "Client1");
  all.end(three);
  all.drop(two);
  assertEquals((await guest()).name.shown, "Client3", "a dropped session keeps its name");
  time.ms += 5 * MINUTE_MS + 1;
  all.expire();
  assertEquals((await guest()).name.shown, "Client2");
  assertEquals((await guest()).name.shown, "Client4");
});

Deno.test("who is gone cannot be found, and has not been for as long as the house is quiet", async () => {
  const { people: all, time } = people();
  assertEquals(all.quietSince, time.ms);
  const session = await all.enter("Maya", null, new FakeContact());
  assertEquals([all.quietSince, all.find("maya")], [null, session.person]);
  all.drop(session);
  const since = time.ms;
  time.ms += MINUTE_MS;
  assertEquals([all.quietSince, all.find("maya")], [since, undefined]);
  assertEquals([...all.present()], []);
});

Deno.test("ending a session twice ends it once", async () => {
  const { people: all } = people();
  const session = await all.enter("Maya", null, new FakeContact());
  all.end(session);
  const next = await all.enter("Maya", null, new FakeContact());
  all.end(session);
  assertEquals([all.connected, all.find("Maya")], [1, next.person]);
});
