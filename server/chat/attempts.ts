/**
 * Who may try a password, and how often.
 *
 * A try is charged to the network that it comes from, and that of a stranger to a room also to the room's strangers.
 * Whoever was in the room before with the same key is charged to that key and to nothing else, and so gets in
 * whatever others do from the same address. Five wrong tries within a minute close an account, for a minute and each
 * time for twice as long, up to an hour; an hour without a wrong one and it is as new.
 *
 * A room is never closed to its strangers: while their account is, each network has one wrong try instead of five.
 * A flood of guesses from many networks then leaves the door open for whoever comes from yet another one and knows
 * the password. What such a flood can still guess is bounded by how many passwords are checked in a second. Only wrong
 * tries make a flood: what is being checked may be that many people come back at once.
 */

import { ProtocolError } from "../protocol/errors.ts";

const WRONG_MAX = 5;
/** What a network has in a room that is being flooded. */
const WRONG_MAX_IN_FLOOD = 1;
const WRONG_WITHIN_MS = 60_000;
const CLOSED_MS_MIN = 60_000;
const CLOSED_MS_MAX = 3_600_000;
/** After so long without a wrong one nothing is held against anybody. */
const FORGOTTEN_AFTER_MS = 3_600_000;
/** When to try again where others of the same account are being checked, and may turn out right. */
const BUSY_RETRY_MS = 1_000;
/**
 * Accounts of a kind. Over it the one that was used least lately is forgotten. Whoever can push one out, from ten
 * thousand networks, has had ten thousand first tries on the way and gains five.
 */
const ACCOUNTS_MAX = 10_000;

/** Who tries a password, and which. */
export interface Trier {
  /** The network that it comes from, as `networkOf` writes it. */
  readonly network: string;
  /** The key under which the same person was let in there before; null for a stranger. */
  readonly knownKey: string | null;
  /** The room's number; null for the password of the server. */
  readonly room: number | null;
}

/** Who is served before others, mostly: known people, then networks of which nothing wrong came lately. */
export type Standing = "known" | "new" | "suspect";

/** What came of a try; it is given up where the password was not looked at. */
export type Outcome = "right" | "wrong" | "given up";

/** A try that was begun, and is charged until it is settled. */
export interface Attempt {
  readonly standing: Standing;
  /** The account that it is charged to before others. */
  readonly payer: string;
  /** To be called once, whatever happens. */
  settle(outcome: Outcome): void;
}

export class Attempts {
  /** Milliseconds from whenever, never fewer than before. */
  readonly #now: () => number;
  readonly #keys = new Accounts<string>();
  readonly #networks = new Accounts<string>();
  readonly #strangers = new Accounts<number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins a try. Throws `ProtocolError` `too_many_attempts`, which says when to try again. */
  begin({ network, knownKey, room }: Trier): Attempt {
    const now = this.#now();
    if (knownKey !== null) {
      const account = this.#keys.of(knownKey);
      refuseUntil(account.waitMs(now, WRONG_MAX));
      return this.#charge("known", knownKey, [account], WRONG_MAX);
    }
    const account = this.#networks.of(network);
    const strangers = room === null ? null : this.#strangers.of(room);
    const flooded = strangers !== null && strangers.waitMs(now, WRONG_MAX) > 0;
    const wrongMax = flooded ? WRONG_MAX_IN_FLOOD : WRONG_MAX;
    refuseUntil(account.waitMs(now, wrongMax));
    const standing = account.blameless(now) ? "new" : "suspect";
    return this.#charge(standing, network, strangers === null ? [account] : [account, strangers], wrongMax);
  }

  #charge(
    standing: Standing,
    payer: string,
    [own, ...shared]: readonly [Account, ...Account[]],
    wrongMax: number,
  ): Attempt {
    own.pending++;
    let open = true;
    const settle = (outcome: Outcome) => {
      if (!open) throw new TypeError("an attempt is settled once");
      open = false;
      own.pending--;
      if (outcome !== "wrong") return;
      own.wrong(this.#now(), wrongMax);
      for (const account of shared) account.wrong(this.#now(), WRONG_MAX);
    };
    return { standing, payer, settle };
  }
}

function refuseUntil(waitMs: number): void {
  if (waitMs <= 0) return;
  const seconds = Math.ceil(waitMs / 1_000);
  const wait = seconds <= 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
  const message = `There were too many wrong passwords. Try again in ${wait}.`;
  throw new ProtocolError("too_many_attempts", message, Math.ceil(waitMs));
}

/** What is held against a key, a network, or the strangers of a room. */
class Account {
  /** Tries that are being checked, of a key or a network: each may turn out wrong. */
  pending = 0;
  /** When the last wrong ones came, oldest first: `WRONG_MAX` at most. Those that closed it are old when it opens. */
  #wrongAt: readonly number[] = [];
  /** For how long it was closed last; 0 for never. */
  #closedMs = 0;
  #closedUntil = -Infinity;

  /** In how many milliseconds one more may be tried where `wrongMax` wrong ones are too many; 0 for now. */
  waitMs(now: number, wrongMax: number): number {
    if (now < this.#closedUntil) return this.#closedUntil - now;
    const recent = this.#recent(now);
    const oldest = recent[recent.length - wrongMax];
    if (oldest !== undefined) return oldest + WRONG_WITHIN_MS - now;
    return recent.length + this.pending < wrongMax ? 0 : BUSY_RETRY_MS;
  }

  wrong(now: number, wrongMax: number): void {
    // It was begun before it was closed.
    if (now < this.#closedUntil) return;
    if (this.blameless(now)) this.#closedMs = 0;
    this.#wrongAt = [...this.#recent(now), now];
    if (this.#wrongAt.length < wrongMax) return;
    this.#closedMs = Math.min(CLOSED_MS_MAX, Math.max(CLOSED_MS_MIN, 2 * this.#closedMs));
    this.#closedUntil = now + this.#closedMs;
  }

  /** Whether nothing wrong has come of it lately. */
  blameless(now: number): boolean {
    return now - Math.max(this.#closedUntil, this.#wrongAt.at(-1) ?? -Infinity) > FORGOTTEN_AFTER_MS;
  }

  /** When those came that still count. */
  #recent(now: number): readonly number[] {
    return this.#wrongAt.filter((at) => now < at + WRONG_WITHIN_MS);
  }
}

/** Accounts by whom they are of, the one used last at the end. */
class Accounts<K> {
  readonly #accounts = new Map<K, Account>();

  of(payer: K): Account {
    const account = this.#accounts.get(payer) ?? new Account();
    this.#accounts.delete(payer);
    this.#accounts.set(payer, account);
    const [oldest] = this.#accounts.keys();
    if (this.#accounts.size > ACCOUNTS_MAX && oldest !== undefined) this.#accounts.delete(oldest);
    return account;
  }
}
