/** A server under 100,000 hostile frames goes on serving a bystander. frames_fuzz.ts says how. */

import { assertGreater, assertLess } from "@std/assert";
import { describe, fuzz } from "./frames_fuzz.ts";

const FRAMES = 100_000;
/** A heap that has warmed up still breathes; what a lane leaked would come to much more. */
const GROWTH_BYTES_MAX = 96 << 20;

Deno.test("a hundred thousand hostile frames stop nobody else, and cost no memory that stays", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`      seed ${seed}`);
  const outcome = await fuzz(FRAMES, seed);
  console.log(`      ${describe(outcome)}`);
  assertGreater(outcome.rounds, 10);
  if (outcome.grownBytes !== null) assertLess(outcome.grownBytes, GROWTH_BYTES_MAX);
});
