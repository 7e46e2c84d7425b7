/** How long to wait before the next try to connect. Pure. */

export const BACKOFF_FIRST_MS = 100;
export const BACKOFF_MS_MAX = 5_000;

/**
 * Milliseconds before the next try after `failures` failed ones (from 1): 0.1 s, doubling, at most 5 s. `random`
 * (0 to 1) takes away up to half of it, so that a thousand clients do not come back in the same instant.
 */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(BACKOFF_FIRST_MS * 2 ** (failures - 1), BACKOFF_MS_MAX);
  return Math.round(whole * (1 - random / 2));
}
