/** Sessions without a connection: how many are kept, and whose goes first. */

import { assertEquals } from "@std/assert";
import { Budgets } from "../../server/chat/budgets.ts";
import { Directory } from "../../server/chat/directory.ts";
import { Dropped } from "../../server/chat/dropped.ts";
import { People } from "../../server/chat/people.ts";
import { Person, Session } from "../../server/chat/person.ts";
import { parseName } from "../../server/protocol/names.ts";
import { between, seeded } from "../protocol/random.ts";
import { NO_RATES } from "../support/no_limits.ts";
import { FakeContact, Time } from "./support.ts";

/** A session that came from `network` and dropped at `droppedAt`. */
function dropped(token: string, network: string, droppedAt = 0): Session {
  const visit = { number: 0, name: "Maya", address: "", connected: 0, disconnected: null };
  const person = new Person(parseName("Maya", "name_invalid"), null, visit, new Budgets(NO_RATES, () => 0));
  const session = new Session(token, person, new FakeContact(network));
  session.droppedAt = droppedAt;
  return session;
}

Deno.test("of too many the oldest of the network with the most goes, and nobody else's", () => {
  const sessions = new Dropped(4);
  const victim = dropped("victim", "198.51.100.1");
  assertEquals(sessions.add(victim), null);
  const own = ["a", "b", "c"].map((token) => dropped(token, "192.0.2.7"));
  for (const session of own) assertEquals(sessions.add(session), null);
  for (let churn = 0; churn < 100; churn++) {
    const next = dropped(`churn${churn}`, "192.0.2.7");
    own.push(next);
    const ended = sessions.add(next);
    assertEquals(ended?.token, own.shift()?.token);
    if (ended !== null) sessions.delete(ended);
  }
});

Deno.test("a session that was taken up counts no more, and deleting it twice is nothing", () => {
  const sessions = new Dropped(2);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((token) => dropped(token, "192.0.2.7"));
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new TypeError("four");
  sessions.add(a);
  sessions.add(b);
  sessions.delete(a);
  sessions.delete(a);
  assertEquals(sessions.add(c), null);
  assertEquals(sessions.add(a), b, "it dropped again, and is the newest now");
  sessions.delete(b);
  assertEquals(sessions.add(d), c);
});

Deno.test("those are due that dropped before a time, whoever dropped first first", () => {
  const sessions = new Dropped(10);
  for (const at of [1, 2, 3, 4]) sessions.add(dropped(String(at), `192.0.2.${at}`, at));
  assertEquals(sessions.before(1), []);
  assertEquals(sessions.before(3).map(({ token }) => token), ["1", "2"]);
  assertEquals(sessions.before(9).length, 4, "they stay until they are deleted");
});

Deno.test("whatever comes and goes, as many are kept as may be, and no network loses one while another has more", () => {
  const random = seeded(11);
  const max = 8;
  const sessions = new Dropped(max);
  const kept: Session[] = [];
  for (let step = 0; step < 2_000; step++) {
    const [taken] = kept.splice(between(random, 0, 3 * max), 1);
    if (taken !== undefined) sessions.delete(taken);
    const session = dropped(String(step), `192.0.2.${between(random, 1, 5)}`);
    kept.push(session);
    const ended = sessions.add(session);
    assertEquals(ended !== null, kept.length > max);
    if (ended === null) continue;
    const of = (network: string) => kept.filter((one) => one.network === network);
    const most = Math.max(...kept.map(({ network }) => of(network).length));
    assertEquals(of(ended.network).length, most);
    assertEquals(of(ended.network)[0], ended);
    sessions.delete(ended);
    kept.splice(kept.indexOf(ended), 1);
  }
  assertEquals(sessions.before(Infinity), kept);
});

Deno.test("whoever connects and drops all the time ends their own sessions, and not those of others", async () => {
  const time = new Time();
  const people = new People({
    directory: new Directory(null),
    clientsMax: 3,
    rates: NO_RATES,
    now: time.now,
  });
  const here = () => new FakeContact("192.0.2.7");
  const maya = await people.enter("Maya", null, new FakeContact("198.51.100.1"));
  people.drop(maya);
  const churned = [];
  for (let churn = 0; churn < 50; churn++) {
    const session = await people.enter(undefined, null, here());
    people.drop(session);
    churned.push(session);
  }
  assertEquals(people.resume(maya.token, "Maya", null, here()), maya);
  const left = churned.filter(({ token, name }) => people.resume(token, name.shown, null, here()) !== null);
  assertEquals(left, churned.slice(-2));
});
