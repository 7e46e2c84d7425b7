/** How often what was refused is asked for again, and when. */

import type { ProtocolError } from "../../server/protocol/errors.ts";
import { backoffMs } from "../backoff.ts";
import { type Clock, pause } from "../clock.ts";
import { passes, RETRY_MS_MAX } from "../lifeline.ts";

export interface TriesOptions {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Refusals in a row before the last of them holds. */
export const REFUSALS_MAX = 10;

export class Tries {
  readonly #options: TriesOptions;
  #refusals = 0;

  constructor(options: TriesOptions) {
    this.#options = options;
  }

  /** It moves: what was refused so far does not count any more. */
  moved(): void {
    this.#refusals = 0;
  }

  /** Waits until another try makes sense, or `signal` aborts. Throws `error` where none does. */
  async after(error: ProtocolError, signal: AbortSignal): Promise<void> {
    this.#refusals++;
    if (!passes(error) || this.#refusals >= REFUSALS_MAX) throw error;
    const asked = Math.min(error.retryMs ?? 0, RETRY_MS_MAX);
    const { clock, random } = this.#options;
    await pause(clock, Math.max(backoffMs(this.#refusals, random()), asked), signal);
  }
}
