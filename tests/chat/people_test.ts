/** Sessions and names over time. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { People } from "../../server/chat/people.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { FakeContact, Time } from "./support.ts";

const MINUTE_MS = 60_000;

function people(clientsMax = 10): { people: People; time: Time } {
  const time = new Time();
  return { people: new People({ clientsMax, now: time.now }), time };
}

function refused(run: () => unknown): string {
  return assertThrows(run, ProtocolError).code;
}

Deno.test("a session can be taken up for five minutes after its connection dropped, and then its name is free", () => {
  const { people: all, time } = people();
  const session = all.enter("Maya", new FakeContact());
  time.ms += 60 * MINUTE_MS;
  all.expire();
  assertEquals(all.connected, 1, "a session with a connection does not age");
  all.drop(session);
  time.ms += 5 * MINUTE_MS;
  all.expire();
  assertEquals(refused(() => all.enter("maya", new FakeContact())), "name_taken");
  assertEquals(all.resume(session.token, "maya", new FakeContact()), session);
  all.drop(session);
  time.ms += 5 * MINUTE_MS + 1;
  all.expire();
  assertEquals(all.resume(session.token, "Maya", new FakeContact()), null);
  assert(all.enter("Maya", new FakeContact()).token !== session.token);
});

Deno.test("a session that is taken up dismisses its old connection with replaced, once", () => {
  const { people: all } = people();
  const old = new FakeContact();
  const session = all.enter("Maya", old);
  const next = new FakeContact();
  assertEquals(all.resume(session.token, "Maya", next), session);
  assertEquals([old.dismissed, next.dismissed, all.connected], ["replaced", null, 1]);
  assertEquals(session.contact, next);
});

Deno.test("dropped sessions do not make the server larger than it may be", () => {
  const { people: all } = people(2);
  const [ada, bob] = [all.enter("Ada", new FakeContact()), all.enter("Bob", new FakeContact())];
  all.drop(ada);
  all.enter("Cleo", new FakeContact());
  assertEquals(refused(() => all.resume(ada.token, "Ada", new FakeContact())), "server_full");
  assertEquals(all.resume(bob.token, "Bob", new FakeContact()), bob, "replacing a connection adds none");
  assertEquals(all.connected, 2);
  all.end(bob);
  assertEquals(all.resume(ada.token, "Ada", new FakeContact()), ada);
});

Deno.test("as many sessions are kept without a connection as may have one; then the oldest ends", () => {
  const { people: all } = people(2);
  const [ada, bob, cleo] = ["Ada", "Bob", "Cleo"].map((name) => {
    const session = all.enter(name, new FakeContact());
    all.drop(session);
    return session;
  });
  assert(ada !== undefined && bob !== undefined && cleo !== undefined);
  assertEquals(all.resume(ada.token, "Ada", new FakeContact()), null);
  assertEquals(all.resume(bob.token, "Bob", new FakeContact()), bob);
  assertEquals(all.resume(cleo.token, "Cleo", new FakeContact()), cleo);
});

Deno.test("what a session had is free once another dropped one has taken its place", () => {
  const { people: all, time } = people(2);
  const left: string[] = [];
  const [ada, bob, guest] = ["Ada", "Bob", undefined].map((name) => {
    const session = all.enter(name, new FakeContact());
    const { shown } = session.name;
    const nothing = () => {};
    session.places = [
      { room: "lobby", listed: true, drop: nothing, leave: () => left.push(shown), rename: nothing },
    ];
    all.drop(session);
    return session;
  });
  assert(ada !== undefined && bob !== undefined && guest !== undefined);
  assertEquals([left, all.connected], [["Ada"], 0]);
  const next = all.enter("ADA", new FakeContact());
  assertEquals(refused(() => all.enter("Bob", new FakeContact())), "name_taken");
  assertEquals(all.resume(ada.token, "Ada", new FakeContact()), null, "the name is another's now");
  all.drop(next);
  assertEquals(left, ["Ada", "Bob"]);
  assertEquals(all.enter(undefined, new FakeContact()).name.shown, "Client2", "the guest's is kept");
  time.ms += 5 * MINUTE_MS + 1;
  all.expire();
  assertEquals(left, ["Ada", "Bob", "Client1"]);
  for (const name of ["Ada", "Client1"]) assertEquals(all.find(name), undefined);
  assertEquals(all.enter(undefined, new FakeContact()).name.shown, "Client1");
  assertEquals(all.connected, 2);
});

Deno.test("a session that is taken up while its connection stands ends nobody else's", () => {
  const { people: all } = people(2);
  const ada = all.enter("Ada", new FakeContact());
  const bob = all.enter("Bob", new FakeContact());
  for (const session of [ada, bob]) all.drop(session);
  const cleo = all.enter("Cleo", new FakeContact());
  assertEquals(all.resume(cleo.token, "Cleo", new FakeContact()), cleo);
  assertEquals(all.resume(ada.token, "Ada", new FakeContact()), ada, "the one that would go first");
});

Deno.test("a name that was given up is free, one that is only spelt anew stays taken", () => {
  const { people: all } = people();
  const session = all.enter("Maya", new FakeContact());
  all.rename(session, "MAYA");
  assertEquals(session.name.shown, "MAYA");
  assertEquals(refused(() => all.enter("maya", new FakeContact())), "name_taken");
  all.rename(session, "Mia");
  assertEquals(all.enter("Maya", new FakeContact()).name.shown, "Maya");
  assertEquals(refused(() => all.rename(session, "maya")), "name_taken");
  assertEquals(all.find("MIA"), session);
});

Deno.test("a guest gets the lowest number that nobody has, whether it was given up by bye, rename or time", () => {
  const { people: all, time } = people();
  const guest = () => all.enter(undefined, new FakeContact());
  const [one, two, three] = [guest(), guest(), guest()];
  all.rename(one, "Ada");
  assertEquals(guest().name.shown, "Client1");
  all.end(three);
  all.drop(two);
  assertEquals(guest().name.shown, "Client3", "a dropped session keeps its name");
  time.ms += 5 * MINUTE_MS + 1;
  all.expire();
  assertEquals(guest().name.shown, "Client2");
  assertEquals(guest().name.shown, "Client4");
});

Deno.test("who is gone cannot be found, and has not been for as long as the house is quiet", () => {
  const { people: all, time } = people();
  assertEquals(all.quietSince, time.ms);
  const session = all.enter("Maya", new FakeContact());
  assertEquals([all.quietSince, all.find("maya")], [null, session]);
  all.drop(session);
  const since = time.ms;
  time.ms += MINUTE_MS;
  assertEquals([all.quietSince, all.find("maya")], [since, undefined]);
  assertEquals([...all.present()], []);
});

Deno.test("ending a session twice ends it once", () => {
  const { people: all } = people();
  const session = all.enter("Maya", new FakeContact());
  all.end(session);
  const next = all.enter("Maya", new FakeContact());
  all.end(session);
  assertEquals([all.connected, all.find("Maya")], [1, next]);
});
