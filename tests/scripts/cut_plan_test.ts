import { assert, assertEquals } from "@std/assert";
import { MEANS, planCuts } from "../../scripts/support/cut_plan.ts";
import { Seeded } from "../../scripts/support/seeded.ts";

const SIZE = 1_000_000;

Deno.test("the same seed plans the same cuts, another seed others", () => {
  const plan = (seed: number) => planCuts(new Seeded(seed), 20, SIZE);
  assertEquals(plan(1), plan(1));
  assert(JSON.stringify(plan(1)) !== JSON.stringify(plan(2)));
});

Deno.test("as many cuts are planned as are asked for, by every means, and the last comes before the end of the file", () => {
  for (let seed = 0; seed < 50; seed++) {
    const plan = planCuts(new Seeded(seed), 50, SIZE);
    assertEquals(plan.length, 50);
    assertEquals(new Set(plan.map(({ means }) => means)), new Set(MEANS));
    const sent = plan.reduce((sum, { after }) => sum + ("bytes" in after ? after.bytes : 0), 0);
    assert(sent > SIZE / 2 && sent < SIZE, `seed ${seed}: ${sent}`);
  }
});

Deno.test("no cuts are planned where none are asked for", () => {
  assertEquals(planCuts(new Seeded(1), 0, SIZE), []);
});
