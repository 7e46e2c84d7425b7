/** Admission: who may connect, counted by network; and the pool of those who have not said who they are. */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { Admission, type AdmissionOptions } from "../../server/net/admission.ts";
import { OpeningPool } from "../../server/net/opening_pool.ts";

const MINUTE_MS = 60_000;

function admission(options: Partial<AdmissionOptions> = {}) {
  const clock = { ms: 0 };
  const limits: string[] = [];
  const all = new Admission({
    now: () => clock.ms,
    perAddressMax: 3,
    newPerAddressMax: 1_000,
    limitPrivate: false,
    barred: () => null,
    limited: (limit) => limits.push(limit),
    ...options,
  });
  return { all, clock, limits, code: (host: string) => all.arrives(host)?.code ?? "in" };
}

Deno.test("a network has so many connections at once, and one more when one is gone", () => {
  const { all, limits, code } = admission();
  const hosts = ["2001:db8::1", "2001:db8::2", "2001:db8::3"];
  assertEquals(hosts.map(code), ["in", "in", "in"]);
  assertEquals([code("2001:db8::4"), limits], ["too_many_connections", ["max-per-address"]]);
  assertEquals(code("2001:db8:0:1::4"), "in", "others are not concerned");
  // The one turned away, and one who was in.
  all.leaves("2001:db8::/64");
  assertEquals(code("2001:db8::5"), "too_many_connections");
  all.leaves("2001:db8::/64");
  all.leaves("2001:db8::/64");
  assertEquals(code("2001:db8::5"), "in");
});

Deno.test("private addresses are free of limits unless asked otherwise, never of bans", () => {
  const arrive = (options: Partial<AdmissionOptions>) => {
    const { code } = admission({ perAddressMax: 1, ...options });
    return ["127.0.0.1", "127.0.0.1", "192.168.1.7"].map(code);
  };
  assertEquals(arrive({}), ["in", "in", "in"]);
  assertEquals(arrive({ newPerAddressMax: 1 }), ["in", "in", "in"]);
  assertEquals(arrive({ limitPrivate: true }), ["in", "too_many_connections", "in"]);
  const barred = (network: string) => network === "127.0.0.1" ? "You are banned." : null;
  assertEquals(arrive({ barred }), ["banned", "banned", "in"]);
});

Deno.test("who is banned hears the sentence of the ban, and is counted", () => {
  const { all, limits } = admission({ barred: (network) => `${network} is banned until noon.` });
  const error = all.arrives("2001:db8::1");
  assertEquals([error?.code, error?.message], ["banned", "2001:db8::/64 is banned until noon."]);
  assertEquals(limits, ["banned addresses"]);
});

Deno.test("new connections of a network are counted out, and it is said when there are more", () => {
  const { all, clock, limits, code } = admission({ perAddressMax: 100, newPerAddressMax: 6 });
  for (let i = 0; i < 6; i++) assertEquals(code("192.0.2.7"), "in");
  const error = all.arrives("192.0.2.7");
  assertEquals([error?.code, error?.retryMs, limits], ["too_many_connections", 10_000, [
    "max-new-per-address",
  ]]);
  assertEquals(code("192.0.2.8"), "in");
  clock.ms = 9_999;
  assertEquals(code("192.0.2.7"), "too_many_connections");
  clock.ms = 10_000;
  assertEquals([code("192.0.2.7"), code("192.0.2.7")], ["in", "too_many_connections"], "one came free");
  clock.ms += MINUTE_MS;
  for (let i = 0; i < 6; i++) assertEquals(code("192.0.2.7"), "in", "all are free again");
});

Deno.test("however they come, no minute sees more than two shares of new connections, and waiting as told helps", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(fc.property(gaps, fc.integer({ min: 1, max: 20 }), (pauses, newPerAddressMax) => {
    const { all, clock } = admission({ perAddressMax: 1_000, newPerAddressMax });
    const times: number[] = [];
    for (const ms of pauses) {
      clock.ms += ms;
      const error = all.arrives("192.0.2.7");
      if (error !== null) {
        clock.ms += error.retryMs ?? NaN;
        assertEquals(all.arrives("192.0.2.7"), null);
      }
      times.push(clock.ms);
      const lately = times.filter((time) => time > clock.ms - MINUTE_MS).length;
      assertLessOrEqual(lately, 2 * newPerAddressMax);
    }
  }));
});

Deno.test("networks without number make it forget the one that was busy longest ago, and no other", () => {
  const { all, code } = admission({ newPerAddressMax: 2 });
  const visit = (i: number) => {
    const was = code(`2001:db8:${i.toString(16)}::1`);
    all.leaves(`2001:db8:${i.toString(16)}::/64`);
    return was;
  };
  const known = 16_384;
  for (let i = 0; i < known; i++) assertEquals(visit(i), "in");
  assertEquals([visit(0), visit(1)], ["in", "in"]);
  // For this one, number 2 is forgotten, which came once, and may come twice again.
  assertEquals(visit(known), "in");
  assertEquals([visit(0), visit(1)], ["too_many_connections", "too_many_connections"]);
  assertEquals([visit(2), visit(2), visit(2)], ["in", "in", "too_many_connections"]);
});

/** A connection from a network that is named by its first letter. */
function opening(name: string) {
  return { name, network: name.slice(0, 1), opening: true };
}

Deno.test("in a full pool the oldest of the network that has most makes room", () => {
  const pool = new OpeningPool<ReturnType<typeof opening>>(4);
  const goes = (name: string) => pool.add(opening(name))?.name ?? null;
  assertEquals(["a1", "b1", "b2", "b3"].map(goes), [null, null, null, null]);
  assertEquals(
    ["a2", "b4", "b5", "c1"].map(goes),
    ["b1", "b2", "b3", "a1"],
    "among equals the network that came first",
  );
  assertEquals(["b6", "b7", "a3", "d1", "e1"].map(goes), ["b4", "b5", "a2", "b6", "a3"]);
});

Deno.test("who has said hello leaves the pool, and need not go", () => {
  const pool = new OpeningPool<ReturnType<typeof opening>>(2);
  const [first, second, third, fourth] = ["a1", "a2", "a3", "a4"].map(opening);
  if (!first || !second || !third || !fourth) throw new TypeError("there are four");
  pool.add(first);
  pool.add(second);
  first.opening = false;
  assertEquals(pool.add(third), null);
  pool.delete(second);
  pool.delete(second);
  assertEquals([pool.add(fourth), pool.add(opening("b1"))], [null, third]);
});
