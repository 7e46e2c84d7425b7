/** What requests cost: who speaks too fast is read more slowly, everything else over its budget is refused. */

import { assert, assertEquals } from "@std/assert";
import type { Rate } from "../../server/chat/budget.ts";
import type { Expense } from "../../server/chat/budgets.ts";
import { type Later, RULES } from "../../server/chat/rules.ts";
import { Tally } from "../../server/chat/tally.ts";
import { type Clock, machineClock } from "../../server/clock.ts";
import { REQUESTS } from "../../server/protocol/messages.ts";
import { TestKey } from "../support/keys.ts";
import { House } from "../support/server.ts";
import { Guest, quickHouse } from "./guests.ts";
import { NO_RATES } from "../support/no_limits.ts";
import { Time } from "./support.ts";

const TWO: Rate = { perSecond: 1, burst: 2 };
const BO = new TestKey();

function isLater(type: string): type is Later {
  return type !== "hello" && Object.hasOwn(RULES, type);
}

Deno.test("what is said too fast is taken when the time has come, and not before", async () => {
  const house = await quickHouse({ rates: { ...NO_RATES, messages: TWO } });
  const bo = await Guest.enter(house, "Bo", { rooms: ["lobby"] });
  await bo.ok("say", { room: "lobby", text: "one" });
  await bo.ok("say", { room: "lobby", text: "two" });
  assertEquals(bo.visitor.pauses, []);
  const third = bo.post({ type: "say", room: "lobby", text: "three" });
  assertEquals([bo.visitor.pauses.map(({ ms }) => ms), await bo.texts()], [[1_000], ["one", "two"]]);
  house.time.ms += 999;
  bo.visitor.pauses[0]?.then();
  await bo.visitor.paused(2);
  // A timer that goes off too early waits once more.
  assertEquals(bo.visitor.pauses[1]?.ms, 2);
  house.time.ms += 2;
  bo.visitor.pauses[1]?.then();
  await third.taken;
  await bo.visitor.client.answers.said;
  assertEquals([(await bo.reply(third.id)).is, await bo.texts()], ["ok", ["three"]]);
  await house.rooms.end();
});

Deno.test("a new connection of the same person has no message more", async () => {
  const house = await quickHouse({ rates: { ...NO_RATES, messages: TWO } });
  const bo = await Guest.enter(house, "Bo", { rooms: ["lobby"] });
  for (const text of ["one", "two"]) await bo.ok("say", { room: "lobby", text });
  bo.drop();
  const back = await Guest.enter(house, "Bo", { session: bo.token, rooms: ["lobby"] });
  const { taken } = back.post({ type: "say", room: "lobby", text: "three" });
  assertEquals(back.visitor.pauses.map(({ ms }) => ms), [1_000]);
  back.drop();
  await taken;
  assertEquals(
    (await house.rooms.get("lobby").log()).head,
    2,
    "what waited when the connection went is not said",
  );
  await house.rooms.end();
});

Deno.test("a pause ends with the connection", async () => {
  const house = await quickHouse({ rates: { ...NO_RATES, messages: { perSecond: 0.001, burst: 1 } } });
  for (const end of ["closed", "finish"] as const) {
    const bo = await Guest.enter(house, `Bo-${end}`, { rooms: ["lobby"] });
    await bo.ok("say", { room: "lobby", text: "one" });
    const { taken } = bo.post({ type: "say", room: "lobby", text: "two" });
    assertEquals(bo.visitor.pauses.length, 1);
    bo.visitor.client[end]();
    await taken;
  }
  await house.rooms.end();
});

Deno.test("over a socket nothing that is said too fast is refused, lost or overtaken, and the operator reads how often", async () => {
  // It moves by what is waited for and no more: on a busy machine a slow turn would fill the budget again.
  const time = new Time();
  const waits: number[] = [];
  const clock: Clock = {
    now: time.now,
    timer(ms, then) {
      waits.push(ms);
      return machineClock.timer(ms, () => {
        time.ms += ms;
        then();
      });
    },
  };
  const rates = { ...NO_RATES, messages: { perSecond: 40, burst: 2 } };
  await using house = await House.start({ rates }, clock);
  const bo = await house.member("Bo");
  const texts = ["0", "1", "2", "3", "4", "5"];
  const begun = performance.now();
  const ids = await bo.post(...texts.map((text) => ({ type: "say" as const, room: "lobby", text })));
  const [last = 0] = await bo.post({ type: "ping" });
  for (const [i, id] of ids.entries()) assertEquals((await bo.answer("say", id)).seq, i + 1);
  await bo.reply(last);
  assertEquals(waits, [25, 25, 25, 25]);
  assert(performance.now() - begun >= 90, "four of them had to wait for 25 ms each");
  assertEquals((await bo.entries(6)).map(({ text }) => text), texts);
  bo.close();
  await house.close();
  const counts = house.lines.flatMap((line) => /\[LIMITED\] rate: (\d+|once)/.exec(line)?.[1] ?? []);
  assertEquals(counts.reduce((sum, count) => sum + (count === "once" ? 1 : Number(count)), 0), 4);
});

/** What each request is asked with by somebody who is in the lobby and owns #tea. */
const ASKED: { readonly [T in Later]: object } = {
  rooms: {},
  who: {},
  status: {},
  name: { name: "Bo" },
  tell: { to: "Bo", text: "hi" },
  ping: {},
  bye: {},
  create: {},
  join: { room: "other" },
  leave: { room: "lobby" },
  history: { room: "lobby" },
  search: { room: "lobby", query: "x" },
  say: { room: "lobby", text: "hi" },
  title: { room: "lobby", title: "T" },
  kick: { room: "tea", name: "Kim" },
  unban: { room: "tea", name: "Kim" },
  mute: { room: "tea", name: "Kim" },
  unmute: { room: "tea", name: "Kim" },
  owner: { room: "tea", name: "Bo" },
  password: { room: "tea", password: null },
  close: { room: "tea" },
  files: { room: "lobby" },
  put: { room: "lobby", name: "a", size: 0, sha256: "0".repeat(64) },
  get: { room: "lobby", file: 1 },
  cancel: { transfer: 1 },
  remove: { room: "lobby", file: 1 },
};

const EXPENSES = ["messages", "joins", "creates", "searches", "reads", "acts"] as const;

/** Takes what is left of a budget, which is one. */
function spend({ visitor: { client: { standing } } }: Guest, expense: Expense): void {
  if (standing.is === "open") assertEquals(standing.session.person.budgets.of(expense)?.take(), 0);
}

for (const type of Object.keys(REQUESTS)) {
  if (!isLater(type)) continue;
  const { expense } = RULES[type];
  Deno.test(`${type} is charged to ${expense ?? "nothing"}, whatever comes of it`, async () => {
    for (const spent of EXPENSES) {
      const counted: string[] = [];
      const rates = { ...NO_RATES, [spent]: { perSecond: 0.02, burst: 1 } };
      const poor = await quickHouse({ rates });
      const house = { ...poor, tally: new Tally((text) => counted.push(text), () => 0) };
      for (const name of ["tea", "other"]) {
        await house.rooms.create({ name, title: "", password: null, owner: BO.key, history: "all" });
      }
      const bo = await Guest.enter(house, "Bo", { key: BO });
      if (spent !== "joins") await bo.ok("join", { room: "lobby" });
      spend(bo, spent);
      const asking = bo.post({ type, ...ASKED[type] });
      const paused = bo.visitor.pauses.length > 0;
      house.time.ms += 50_000;
      for (const { then } of bo.visitor.pauses) then();
      await asking.taken;
      await bo.visitor.client.answers.said;
      const reply = await bo.reply(asking.id);
      const limited = reply.is === "refused" && reply.error.code === "rate_limited";
      const hit = spent === expense;
      assertEquals([limited, paused], [hit && expense !== "messages", hit && expense === "messages"], spent);
      if (limited) assertEquals(reply.error.retryMs, 50_000);
      house.tally.tellAll();
      assertEquals(counted, hit ? [`${spent === "messages" ? "rate" : `rate-${spent}`}: once`] : []);
      await house.rooms.end();
    }
  });
}

Deno.test("all that is sent is charged to requests, whatever it is, and too much of it is read later", async () => {
  const asked: readonly object[] = [
    { type: "ping", id: 7 },
    { type: "join", id: 7, room: "other" },
    { type: "leave", id: 7, room: "lobby" },
    { type: "say", id: 7, room: "lobby", text: "" },
    { type: "nothing", id: 7 },
    { type: "ping", id: 7, room: 1 },
    { type: "pong" },
    { type: "hello", id: 7, protocol: 1 },
  ];
  for (const message of asked) {
    const house = await quickHouse({ rates: { ...NO_RATES, requests: { perSecond: 1, burst: 1 } } });
    const bo = await Guest.enter(house, "Bo");
    await bo.ok("join", { room: "lobby" });
    const taken = bo.visitor.hand(message);
    assertEquals(bo.visitor.pauses.map(({ ms }) => ms), [1_000], JSON.stringify(message));
    house.time.ms += 1_000;
    bo.visitor.pauses[0]?.then();
    await taken;
    await house.rooms.end();
  }
});

Deno.test("to come back to where one is costs nothing at all", async () => {
  const none = { perSecond: 1, burst: 1 };
  const house = await quickHouse({ rates: { ...NO_RATES, requests: none, joins: none } });
  const bo = await Guest.enter(house, "Bo");
  await bo.ok("join", { room: "lobby" });
  for (let i = 0; i < 10; i++) await bo.ok("join", { room: "lobby", after: 0 });
  assertEquals(bo.visitor.pauses, []);
  await house.rooms.end();
});

Deno.test("what is refused for its budget says when to try again, and is taken then", async () => {
  const house = await quickHouse({ rates: { ...NO_RATES, creates: TWO } });
  const bo = await Guest.enter(house, "Bo");
  await bo.ok("create", { room: "a" });
  await bo.ok("create", { room: "b" });
  for (let i = 0; i < 3; i++) {
    const reply = await bo.ask("create", { room: "c" });
    assert(reply.is === "refused");
    assertEquals([reply.error.code, reply.error.retryMs], ["rate_limited", 1_000]);
  }
  house.time.ms += 999;
  assertEquals(await bo.outcome("create", { room: "c" }), "rate_limited");
  house.time.ms += 1;
  await bo.ok("create", { room: "c" });
  await house.rooms.end();
});

Deno.test("to join where one is costs nothing, so that a client that comes back is never held up", async () => {
  const requested: string[] = [];
  const house = await quickHouse({
    rates: { ...NO_RATES, joins: { perSecond: 0.001, burst: 3 } },
    report: (tag, text) => void (tag === "MEMBER REQUEST" && requested.push(text)),
  });
  const bo = await Guest.enter(house, "Bo", { key: BO });
  for (const room of ["a", "b"]) await bo.ok("create", { room });
  for (const room of ["a", "b", "lobby"]) await bo.ok("join", { room });
  bo.drop();
  house.time.ms += 200_000;
  await house.rooms.tidy();
  const back = await Guest.enter(house, "Bo", { key: BO, session: bo.token });
  for (let i = 0; i < 5; i++) {
    for (const room of ["a", "B", "lobby"]) await back.ok("join", { room, after: 0 });
  }
  assertEquals(requested, ["Bo to lobby", "Bo to a", "Bo to b", "Bo to lobby"], "it fills no journal either");
  for (const room of ["a", "nowhere", "a", "nowhere"]) {
    await back.outcome("leave", { room });
    await back.outcome("join", { room });
  }
  assertEquals(await back.outcome("join", { room: "nowhere" }), "rate_limited");
  assertEquals(await back.outcome("join", { room: "lobby" }), "ok");
  await house.rooms.end();
});

Deno.test("the connections of one person share a budget, others have their own", async () => {
  const house = await quickHouse({ rates: { ...NO_RATES, reads: TWO, messages: TWO } });
  const [one, other] = [
    await Guest.enter(house, "Bo", { key: BO }),
    await Guest.enter(house, "Bo", { key: BO }),
  ];
  await one.ok("rooms");
  await other.ok("who");
  for (const bo of [one, other]) assertEquals(await bo.outcome("status"), "rate_limited");
  const kim = await Guest.enter(house, "Kim", { rooms: ["lobby"] });
  await kim.ok("status");
  for (const bo of [one, other]) await bo.ok("join", { room: "lobby" });
  await one.ok("say", { room: "lobby", text: "hi" });
  await one.ok("say", { room: "lobby", text: "hi" });
  const { taken } = other.post({ type: "say", room: "lobby", text: "hi" });
  assertEquals([one, other, kim].map(({ visitor }) => visitor.pauses.map(({ ms }) => ms)), [[], [1_000], []]);
  other.drop();
  await taken;
  await house.rooms.end();
});

Deno.test("neither another name nor a key, nor a session that is taken up, brings a new budget", async () => {
  const house = await quickHouse({ rates: { ...NO_RATES, reads: TWO } });
  const bo = await Guest.enter(house, "Bo");
  await bo.ok("rooms");
  await bo.ok("rooms");
  assertEquals(await bo.outcome("rooms"), "rate_limited");
  await bo.ok("name", { name: "Robert" });
  assertEquals(await bo.outcome("rooms"), "rate_limited");
  await bo.ok("name", { name: "Rob", ...BO.proof("a nonce", "Rob") });
  assertEquals(await bo.outcome("rooms"), "rate_limited");
  const other = await Guest.enter(house, "Rob", { key: BO });
  assertEquals(await other.outcome("rooms"), "rate_limited");
  for (const name of ["Client77", "Bobby"]) {
    await other.ok("name", { name });
    assertEquals(await other.outcome("rooms"), "rate_limited", name);
  }
  bo.drop();
  const back = await Guest.enter(house, "Rob", { key: BO, session: bo.token });
  assertEquals([back.token, await back.outcome("rooms")], [bo.token, "rate_limited"]);
  await house.rooms.end();
});
