/** What one person may ask for in a while: a budget for each kind of request that costs others something. */

import { Budget, type Rate } from "./budget.ts";

/** How often each kind may be asked for; null for no limit. */
export interface Rates {
  readonly messages: Rate | null;
  readonly joins: Rate | null;
  readonly creates: Rate | null;
  readonly searches: Rate | null;
  /** Requests for history and lists. */
  readonly reads: Rate | null;
  /** What has a line in the audit log. */
  readonly acts: Rate | null;
  /** All that is sent, whatever it is. */
  readonly requests: Rate | null;
}

export type Expense = keyof Rates;

export class Budgets {
  readonly #rates: Rates;
  readonly #now: () => number;
  /** Made when they are first drawn on: most people never search, and many only listen. */
  #budgets: { [E in Expense]?: Budget } | null = null;

  constructor(rates: Rates, now: () => number) {
    this.#rates = rates;
    this.#now = now;
  }

  /** Null where there is no limit. */
  of(expense: Expense): Budget | null {
    const rate = this.#rates[expense];
    if (rate === null) return null;
    const budgets = this.#budgets ??= {};
    return budgets[expense] ??= new Budget(rate, this.#now);
  }
}
