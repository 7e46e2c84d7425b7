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

Deno.test("the better rank goes first, and within a rank payers take turns, each in the order in which it came", () => {
  const queue = new FairQueue<string>(3, 10);
  for (const name of ["x1", "x2", "x3", "y1", "z1"]) queue.add(name, 2, name.slice(0, 1));
  queue.add("m1", 1, "m");
  assertEquals(queue.take(), "m1");
  assertEquals(queue.take(), "x1");
  queue.add("k1", 0, "x");
  queue.add("y2", 2, "y");
  assertEquals(drain(queue), ["k1", "y1", "z1", "x2", "y2", "x3"]);
});

Deno.test("a full queue lets go of the last of whoever has the most in the worst rank", () => {
  const queue = new FairQueue<string>(3, 4);
  for (const name of ["x1", "x2", "y1"]) assertEquals(queue.add(name, 2, name.slice(0, 1)), undefined);
  assertEquals(queue.add("m1", 1, "m"), undefined);
  assertEquals(queue.add("y2", 2, "y"), "y2");
  assertEquals(queue.add("z1", 2, "z"), "x2");
  assertEquals(queue.add("w1", 2, "w"), "w1");
  for (const name of ["k1", "k2", "k3"]) queue.add(name, 0, "k");
  assertEquals(queue.add("n1", 1, "n"), "n1");
  assertEquals(drain(queue), ["k1", "k2", "k3", "m1"]);
});

Deno.test("whatever is added and taken, nothing is lost or doubled, the bound holds and a worse rank never goes first", () => {
  const step = fc.record({ rank: fc.nat(2), payer: fc.constantFrom("a", "b", "c", "d"), take: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (steps, sizeMax) => {
      interface Item {
        readonly number: number;
        readonly rank: number;
      }
      const queue = new FairQueue<Item>(3, sizeMax);
      const waiting = new Set<Item>();
      const worst = () => Math.max(...[...waiting].map(({ rank }) => rank));
      const best = () => Math.min(...[...waiting].map(({ rank }) => rank));
      for (const [number, { rank, payer, take }] of steps.entries()) {
        const item = { number, rank };
        waiting.add(item);
        const dropped = queue.add(item, rank, payer);
        assertEquals(dropped !== undefined, waiting.size > sizeMax);
        if (dropped !== undefined) {
          assertEquals(dropped.rank, worst());
          assert(waiting.delete(dropped));
        }
        if (!take) continue;
        const first = best();
        const taken = queue.take();
        assert(taken !== undefined && taken.rank === first && waiting.delete(taken));
      }
      assertEquals(new Set(drain(queue)), waiting);
    }),
  );
});
