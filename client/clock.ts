/** Time as a parameter, so that tests move it by hand instead of sleeping. */

export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Runs `run` once, `ms` milliseconds from now; what it returns takes that back. */
  timer(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  timer(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Waits `ms` milliseconds, or less where `signal` aborts first. Never rejects. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const over = Promise.withResolvers<void>();
  const stop = () => over.resolve();
  const cancel = clock.timer(ms, stop);
  signal.addEventListener("abort", stop, { once: true });
  await over.promise;
  signal.removeEventListener("abort", stop);
  cancel();
}

/** Waits until `done` resolves, at most `ms` milliseconds; says whether it did. */
export async function within(clock: Clock, ms: number, done: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const cancel = clock.timer(ms, () => late.resolve(false));
  const inTime = await Promise.race([done.then(() => true), late.promise]);
  cancel();
  return inTime;
}

/** Waits until `signal` aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const over = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => over.resolve(), { once: true });
  await over.promise;
}
