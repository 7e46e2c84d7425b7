/** A server under 100,000 hostile frames goes on serving a bystander. frames_fuzz.ts says how. */

import { assertGreater, assertLess } from "@std/assert";
import { describe, fuzz } from "./frames_fuzz.ts";

const FRAMES = 100_000;
/** Measured: one and a half MiB, of histories and of keys, which have bounds. Forty bytes a frame that stay are too many. */
const LIVE_GROWTH_BYTES_MAX = 4 << 20;
/** What the allocators keep for later. */
const RESIDENT_GROWTH_BYTES_MAX = 20 << 20;

Deno.test("a hundred thousand hostile frames stop nobody else, and cost no memory that stays", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`      seed ${seed}`);
  const outcome = await fuzz(FRAMES, seed);
  console.log(`      ${describe(outcome)}`);
  assertGreater(outcome.rounds, 10);
  const { live, resident } = outcome.grownBytes;
  assertLess(live, LIVE_GROWTH_BYTES_MAX);
  if (resident !== null) assertLess(resident, RESIDENT_GROWTH_BYTES_MAX);
});
