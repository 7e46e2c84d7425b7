/** Randomness that comes again: the same seed gives the same numbers, so that a failed case can be run again. */

/** Numbers from 0 up to 1, exclusive (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `min` to `max`, both inclusive. */
export function between(random: () => number, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

/** Code units of all kinds, lone surrogates, controls and marks often among them. */
export function anyText(random: () => number, unitsMax: number): string {
  const ranges = [[0, 0x1f], [0x20, 0x7e], [0x7f, 0x9f], [0x300, 0x36f], [0xd800, 0xdfff], [0, 0xffff]];
  return Array.from({ length: between(random, 0, unitsMax) }, () => {
    const [min = 0, max = 0] = ranges[between(random, 0, ranges.length - 1)] ?? [];
    const unit = String.fromCharCode(between(random, min, max));
    return random() < 0.1 ? String.fromCodePoint(between(random, 0x10000, 0x10ffff)) : unit;
  }).join("");
}
