/** The queue of those who have something to send. */

import { assertEquals } from "@std/assert";
import { FlushQueue } from "../../server/net/flush_queue.ts";
import { Counter, settled } from "./support.ts";

Deno.test("at most 64 writes are started in a turn of the loop, the rest in the next ones, in order", async () => {
  const queue = new FlushQueue();
  const order: Counter[] = [];
  const all = Array.from({ length: 200 }, () => new Counter((one) => order.push(one)));
  for (const one of all) queue.add(one);
  assertEquals(order.length, 0, "not before what runs now is through");
  await Promise.resolve();
  assertEquals(order.length, 64);
  await settled();
  while (order.length < 200) await settled();
  assertEquals(order.map((one) => all.indexOf(one)), all.map((_, i) => i));
});

Deno.test("one that has more to send waits until the others had their turn", async () => {
  const queue = new FlushQueue();
  const greedy: Counter = new Counter((one) => {
    if (one.flushes < 100) queue.add(one);
  });
  const behind: number[] = [];
  queue.add(greedy);
  for (let i = 0; i < 130; i++) queue.add(new Counter(() => behind.push(greedy.flushes)));
  while (greedy.flushes < 100) await settled();
  assertEquals(behind.length, 130);
  assertEquals(Math.max(...behind), 1, "each one has its turn before anybody has a second one");
});

Deno.test("what is added while the queue runs is written too: no wake-up is lost", async () => {
  const queue = new FlushQueue();
  const late = new Counter();
  queue.add(new Counter(() => queue.add(late)));
  while (late.flushes === 0) await settled();
  queue.add(late);
  while (late.flushes === 1) await settled();
  assertEquals(late.flushes, 2);
});
