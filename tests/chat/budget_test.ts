/** Budgets. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { NO_RATES } from "../support/no_limits.ts";
import { Budgets } from "../../server/chat/budgets.ts";
import { Budget } from "../../server/chat/budget.ts";

const RATE = { perSecond: 5, burst: 10 };

Deno.test("a budget gives its burst at once, then refuses until another one has come", () => {
  let ms = 1_000;
  const budget = new Budget(RATE, () => ms);
  assertEquals(Array.from({ length: 12 }, () => budget.take()), [...Array(10).fill(0), 200, 200]);
  ms += 150;
  assertEquals(budget.take(), 50);
  ms += 50;
  assertEquals([budget.take(), budget.take()], [0, 200]);
  ms += 3_600_000;
  assertEquals(Array.from({ length: 11 }, () => budget.take()), [...Array(10).fill(0), 200]);
});

Deno.test("a budget never says to wait for less than it takes", () => {
  let ms = 0;
  const budget = new Budget({ perSecond: 3, burst: 1 }, () => ms);
  assertEquals([budget.take(), budget.take()], [0, 334]);
  ms += 334;
  assertEquals([budget.take(), budget.take()], [0, 334]);
});

Deno.test("a clock that is set back takes nothing away", () => {
  let ms = 10_000_000;
  const budget = new Budget(RATE, () => ms);
  assertEquals(budget.take(), 0);
  ms = 0;
  assertEquals(Array.from({ length: 10 }, () => budget.take()), [...Array(9).fill(0), 200]);
  ms += 200;
  assertEquals(budget.take(), 0);
});

Deno.test("several that draw on one budget and wait as they are told keep to its rate together", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1, max: 20 }),
    (drawers, perSecond, burst) => {
      let ms = 0;
      const budget = new Budget({ perSecond, burst }, () => ms);
      const freeAt: number[] = Array(drawers).fill(0);
      let taken = 0;
      for (; ms < 10_000; ms++) {
        for (const [i, at] of freeAt.entries()) {
          if (at > ms) continue;
          const waitMs = budget.take();
          if (waitMs === 0) taken++;
          freeAt[i] = ms + Math.max(1, waitMs);
        }
      }
      const allowed = burst + perSecond * 10;
      const least = Math.min(drawers * 10_000, perSecond * 10) * 0.8;
      assert(taken <= allowed && taken >= least, `${taken} of ${allowed}`);
    },
  ));
});

Deno.test("without a rate there is no budget, and no limit", () => {
  assertEquals(new Budgets(NO_RATES, () => 0).of("messages"), null);
});
