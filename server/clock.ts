/** A clock: what time it is, and how to wait. */

export interface Clock {
  /** Milliseconds since 1970; it may be set, also back. */
  readonly now: () => number;
  /** Calls `then` in `ms` milliseconds, unless it is cancelled by calling what it returns. */
  readonly timer: (ms: number, then: () => void) => () => void;
}

export const machineClock: Clock = {
  now: Date.now,
  timer(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
