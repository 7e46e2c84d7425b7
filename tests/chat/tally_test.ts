/** How the operator hears of limits. */

import { assertEquals } from "@std/assert";
import { Tally } from "../../server/chat/tally.ts";

Deno.test("a limit that is hit is told at the next call, and then once in ten seconds with how often", () => {
  let ms = 0;
  const told: string[] = [];
  const tally = new Tally((text) => told.push(`${ms}: ${text}`), () => ms);
  tally.tell();
  tally.count("max-clients");
  assertEquals(told, []);
  for (; ms <= 25_000; ms += 1_000) {
    tally.tell();
    for (let i = 0; i < 3; i++) tally.count("max-clients");
    if (ms === 4_000) tally.count("rate");
  }
  assertEquals(told, [
    "0: max-clients: once",
    "5000: rate: once",
    "10000: max-clients: 30 times",
    "20000: max-clients: 30 times",
  ]);
});

Deno.test("at the end the rest is told, and what was told is not told again", () => {
  const told: string[] = [];
  const tally = new Tally((text) => told.push(text), () => 0);
  tally.count("rate");
  tally.tell();
  for (const limit of ["rate", "rate", "max-clients"]) tally.count(limit);
  tally.tellAll();
  tally.tellAll();
  assertEquals(told, ["rate: once", "rate: 2 times", "max-clients: once"]);
});
