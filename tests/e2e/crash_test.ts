import { assert, assertEquals } from "@std/assert";
import { crash } from "../../scripts/crash.ts";

Deno.test("ten kills under load lose, double and reorder nothing that was acknowledged or shown", async () => {
  const { acknowledged, lost, doubled, reordered, kills, faults } = await crash({
    rounds: 10,
    clients: 4,
    seed: 20_260_101,
  });
  assertEquals([lost, doubled, reordered, ...faults], [0, 0, 0]);
  assert(kills >= 10, `${kills} kills`);
  assert(acknowledged > 100, `only ${acknowledged} lines were acknowledged`);
});
