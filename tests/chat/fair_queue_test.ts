/** The queue in which passwords wait. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { FairQueue } from "../../server/chat/fair_queue.ts";

/** What waits, in the order in which it would be taken. */
function drain<T>(queue: FairQueue<T>): T[] {
  const items: T[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) items.push(item);
  return items;
}

Deno.test("of three turns two are the better rank's, and within a rank payers take turns, each in the order in which it came", () => {
  const queue = new FairQueue<string>(3, 10);
  for (const name of ["x1", "x2", "x3", "y1", "z1"]) queue.add(name, 2, name.slice(0, 1));
  queue.add("m1", 1, "m");
  assertEquals(queue.take(), "m1");
  assertEquals(queue.take(), "x1");
  for (const name of ["k1", "k2", "k3"]) queue.add(name, 0, "x");
  queue.add("y2", 2, "y");
  assertEquals(drain(queue), ["k1", "k2", "y1", "k3", "z1", "x2", "y2", "x3"]);
});

Deno.test("of nine turns six are the best rank's, two the next one's and one the worst one's, however many come to each", () => {
  const queue = new FairQueue<number>(3, 100);
  const add = (rank: number) => assertEquals(queue.add(rank, rank, String(rank)), undefined);
  for (const rank of [0, 1, 2]) add(rank);
  const taken = Array.from({ length: 18 }, () => {
    const rank = queue.take() ?? 9;
    add(rank);
    return rank;
  });
  assertEquals(taken, [0, 0, 1, 0, 0, 1, 0, 0, 2, 0, 0, 1, 0, 0, 1, 0, 0, 2]);
});

Deno.test("a rank has all turns while nobody worse waits, and owes none for that", () => {
  const queue = new FairQueue<string>(2, 10);
  for (const name of ["k1", "k2", "k3", "k4", "k5"]) queue.add(name, 0, "k");
  assertEquals([queue.take(), queue.take()], ["k1", "k2"]);
  queue.add("s1", 1, "s");
  assertEquals(drain(queue), ["k3", "k4", "s1", "k5"]);
});

Deno.test("a full queue lets go of the last of whoever has the most, of several of the worst rank and the one who came last", () => {
  const queue = new FairQueue<string>(3, 4);
  for (const name of ["x1", "x2", "y1"]) assertEquals(queue.add(name, 2, name.slice(0, 1)), undefined);
  assertEquals(queue.add("m1", 1, "m"), undefined);
  assertEquals(queue.add("y2", 2, "y"), "y2");
  assertEquals(queue.add("z1", 2, "z"), "x2");
  assertEquals(queue.add("w1", 2, "w"), "w1");
  assertEquals(queue.add("n1", 1, "n"), "z1");
  assertEquals(queue.add("k1", 0, "k"), "y1");
  assertEquals(queue.add("k2", 0, "k"), "k2");
});

Deno.test("no rank loses its share of the places to others, however many wait there and whatever each of them has", () => {
  const places = 30;
  for (const [few, many] of [[0, 2], [2, 0], [1, 0], [2, 1]] as const) {
    const queue = new FairQueue<string>(3, places);
    for (let n = 0; n < 10; n++) queue.add(`few ${n}`, few, n < 5 ? "hog" : String(n));
    for (let n = 0; n < 100; n++) queue.add(`many ${n}`, many, String(n));
    const left = drain(queue);
    assertEquals(left.length, places);
    assertEquals(left.filter((name) => name.startsWith("few")).length, 10, `${few} among ${many}`);
  }
});

Deno.test("whoever has much more than others gives way first, whatever their rank", () => {
  const queue = new FairQueue<string>(3, 6);
  for (const name of ["k1", "k2", "k3"]) queue.add(name, 0, "k");
  for (const name of ["x1", "y1", "z1"]) queue.add(name, 2, name);
  assertEquals([queue.add("w1", 2, "w1"), queue.add("v1", 2, "v1")], ["k3", "v1"]);
});

Deno.test("whatever is added and taken, nothing is lost or doubled, the bound holds and nobody is passed over for ever", () => {
  const step = fc.record({ rank: fc.nat(2), payer: fc.constantFrom("a", "b", "c", "d"), take: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (steps, sizeMax) => {
      interface Item {
        readonly number: number;
        readonly rank: number;
      }
      const queue = new FairQueue<Item>(3, sizeMax);
      const waiting = new Set<Item>();
      /** For how many turns each rank has waited without one. */
      const passedOver = [0, 0, 0];
      for (const [number, { rank, payer, take }] of steps.entries()) {
        const item = { number, rank };
        waiting.add(item);
        const dropped = queue.add(item, rank, payer);
        assertEquals(dropped !== undefined, waiting.size > sizeMax);
        if (dropped !== undefined) assert(waiting.delete(dropped));
        if (!take) continue;
        const ranks = new Set([...waiting].map(({ rank }) => rank));
        const taken = queue.take();
        assert(taken !== undefined && waiting.delete(taken));
        for (const [rank, turns] of passedOver.entries()) {
          passedOver[rank] = ranks.has(rank) && rank !== taken.rank ? turns + 1 : 0;
          assert(turns <= 8, `rank ${rank} was passed over ${turns} times`);
        }
      }
      assertEquals(new Set(drain(queue)), waiting);
    }),
  );
});
