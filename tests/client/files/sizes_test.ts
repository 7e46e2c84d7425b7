import { assertEquals } from "@std/assert";
import { showSize } from "../../../client/files/sizes.ts";

Deno.test("sizes are shown with about three digits, and never as 1024 of a unit", () => {
  const sizes = [
    0,
    999,
    1_023,
    1_024,
    1_536,
    102_348,
    102_400,
    1_048_575,
    1_258_291,
    100 << 20,
    2 ** 40,
    2 ** 52,
  ];
  assertEquals(sizes.map(showSize), [
    "0 B",
    "999 B",
    "1023 B",
    "1.0 KiB",
    "1.5 KiB",
    "99.9 KiB",
    "100 KiB",
    "1.0 MiB",
    "1.2 MiB",
    "100 MiB",
    "1.0 TiB",
    "4096 TiB",
  ]);
});
