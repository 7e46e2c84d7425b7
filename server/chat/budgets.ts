/** What one person may ask for in a while: a budget for each kind of request that costs others something. */

import { Budget, type Rate } from "./budget.ts";

/** How often each kind may be asked for. */
export interface Rates {
  readonly messages: Rate;
  readonly joins: Rate;
  readonly creates: Rate;
  readonly searches: Rate;
  /** Requests for history and lists. */
  readonly reads: Rate;
}

export type Expense = keyof Rates;

export class Budgets {
  readonly #rates: Rates;
  readonly #now: () => number;
  /** Made when they are first drawn on: most people never search, and many only listen. */
  readonly #budgets = new Map<Expense, Budget>();

  constructor(rates: Rates, now: () => number) {
    this.#rates = rates;
    this.#now = now;
  }

  of(expense: Expense): Budget {
    const known = this.#budgets.get(expense);
    if (known !== undefined) return known;
    const budget = new Budget(this.#rates[expense], this.#now);
    this.#budgets.set(expense, budget);
    return budget;
  }
}
