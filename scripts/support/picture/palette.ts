/** The terminal's colours in the picture. Pure. */

export const GROUND = "#0d1117";
export const INK = "#e6edf3";

const CUBE_LEVELS = [0, 95, 135, 175, 215, 255];

/**
 * `#rrggbb` of an index into xterm's palette of 256: a cube of colours from 16 on, greys from 232 on. Throws for the
 * first sixteen, which every terminal has of its own.
 */
export function hexOf(colour: number): string {
  if (!(colour >= 16 && colour <= 255)) throw new RangeError(`no terminal agrees on colour ${colour}`);
  const grey = 8 + 10 * (colour - 232);
  const level = (step: number) => CUBE_LEVELS[Math.floor((colour - 16) / step) % 6] ?? 0;
  const parts = colour >= 232 ? [grey, grey, grey] : [level(36), level(6), level(1)];
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
