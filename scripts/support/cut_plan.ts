/** When and how a transfer is cut: made up from a seed. Pure. */

import type { Seeded } from "./seeded.ts";

export const MEANS = ["client killed", "server killed", "link dropped", "link stalled"] as const;
export type Means = typeof MEANS[number];

export interface Cut {
  readonly means: Means;
  /** Counted from the cut before: so many bytes were sent, or so much time has passed, whichever it says. */
  readonly after: { readonly bytes: number } | { readonly ms: number };
  /** How long the line stands still before it is cut, where it does. */
  readonly stallMs: number;
}

/** By the time that passes, programs are cut while they start, greet each other and hash what they have. */
const BY_TIME_SHARE = 0.25;
const AFTER_MS_MAX = 500;
const STALL_MS_MAX = 400;
/** What is sent between the cuts, of the file: the rest is for what was sent in vain, and for cuts by time. */
const SENT_SHARE = 0.6;

/** Plans `rounds` cuts in a file of `size` bytes, of which the last comes well before its end. */
export function planCuts(random: Seeded, rounds: number, size: number): readonly Cut[] {
  const drawn = Array.from({ length: rounds }, () => ({
    means: MEANS[random.between(0, MEANS.length - 1)] ?? "link dropped",
    byTime: random.next() < BY_TIME_SHARE,
    weight: random.next(),
    ms: random.between(0, AFTER_MS_MAX),
    stallMs: random.between(0, STALL_MS_MAX),
  }));
  const weights = drawn.reduce((sum, { byTime, weight }) => sum + (byTime ? 0 : weight), 0);
  return drawn.map(({ means, byTime, weight, ms, stallMs }) => ({
    means,
    after: byTime ? { ms } : { bytes: Math.floor(weight / weights * SENT_SHARE * size) },
    stallMs,
  }));
}
