import { assertEquals } from "@std/assert";
import { cut } from "../../scripts/cut.ts";

Deno.test("a file that is cut on its way there and back arrives whole, once, and little of it is sent twice", async () => {
  const { ways, faults } = await cut({ rounds: 4, size: 12 << 20, pace: 12 << 20, seed: 3 });
  assertEquals(faults, []);
  assertEquals(ways.map(({ name, cuts }) => [name, cuts.length]), [["put", 4], ["get", 4]]);
});
