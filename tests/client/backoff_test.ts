import { assertEquals } from "@std/assert";
import { backoffMs } from "../../client/backoff.ts";

Deno.test("the wait starts at 0.1 s, doubles, and stays at 5 s", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 100, 2_000].map((failures) => backoffMs(failures, 0));
  assertEquals(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000]);
});

Deno.test("jitter takes away up to half of the wait and adds nothing", () => {
  assertEquals([0, 0.5, 1].map((random) => backoffMs(3, random)), [400, 300, 200]);
});
