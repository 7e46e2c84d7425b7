import { assertEquals } from "@std/assert";
import { Seeded } from "../../scripts/support/seeded.ts";
import { figure, latencies, median, quantile } from "../../scripts/support/stats.ts";

Deno.test("quantiles are values that were measured", () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  assertEquals([quantile(values, 0), median(values), quantile(values, 0.99), quantile(values, 1)], [
    1,
    51,
    100,
    100,
  ]);
  assertEquals([median([]), median([7])], [NaN, 7]);
  assertEquals(latencies([1, 2, 3]), "p50 2.00   p99 3.00   max 3.00 ms");
});

Deno.test("figures keep about three digits", () => {
  assertEquals([0.1234, 1.234, 12.34, 1234.5, NaN].map(figure), ["0.123", "1.23", "12.3", "1,235", "-"]);
});

Deno.test("the same seed makes the same choices, all of them within their bounds", () => {
  const rolls = (seed: number) => {
    const random = new Seeded(seed);
    return Array.from({ length: 200 }, () => random.between(1, 6));
  };
  assertEquals(rolls(7), rolls(7));
  assertEquals([...new Set(rolls(7))].sort(), [1, 2, 3, 4, 5, 6]);
});
