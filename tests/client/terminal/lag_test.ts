import { assertEquals } from "@std/assert";
import { Lag } from "../../../client/terminal/lag.ts";
import { HandClock, turn } from "../support.ts";

/** A lag whose pings a test answers, in their order. */
function setUp() {
  const clock = new HandClock();
  const pings: PromiseWithResolvers<void>[] = [];
  const lag = new Lag(clock, () => {
    const ping = Promise.withResolvers<void>();
    pings.push(ping);
    return ping.promise;
  });
  const pass = (ms: number) => {
    clock.advance(ms);
    lag.tick();
  };
  return { lag, pings, pass, clock };
}

Deno.test("the server is asked every ten seconds, and not again while it has not answered", async () => {
  const { pings, pass } = setUp();
  pass(0);
  pass(9_999);
  pings[0]?.resolve();
  await turn();
  pass(0);
  assertEquals(pings.length, 1);
  pass(1);
  assertEquals(pings.length, 2);
  pass(60_000);
  assertEquals(pings.length, 2);
});

Deno.test("the lag grows while an answer is awaited, and is then what the answer took until the next one", async () => {
  const { lag, pings, pass, clock } = setUp();
  pass(0);
  assertEquals(lag.ms, 0);
  clock.advance(700);
  assertEquals(lag.ms, 700);
  pings[0]?.resolve();
  await turn();
  pass(5_000);
  assertEquals(lag.ms, 700);
  pass(5_000);
  clock.advance(30);
  pings[1]?.resolve();
  await turn();
  assertEquals(lag.ms, 30);
});

Deno.test("a connection that is lost takes its lag along, and a late answer on it counts for nothing", async () => {
  const { lag, pings, pass } = setUp();
  pass(0);
  pass(3_000);
  lag.reset();
  assertEquals(lag.ms, 0);
  pass(10_000);
  assertEquals(pings.length, 2);
  pings[0]?.resolve();
  await turn();
  pass(100);
  assertEquals(lag.ms, 100);
  pings[1]?.reject(new Error("lost"));
  await turn();
  assertEquals(lag.ms, 0);
});
