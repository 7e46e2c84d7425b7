/**
 * Passwords of rooms: kept as scrypt hashes, made and checked off the event loop. Known people have two turns of three;
 * of those that are left two of three are for networks of which nothing wrong came lately, and the rest is for the
 * others. So a right password, which costs its owner nothing however often it is given, does not keep others waiting
 * for ever.
 *
 * One hash is made at a time. Measured on two processors (scripts/bench/guesses.ts): a flood of guesses then adds 8 ms
 * to the messages of ten people at p99, and 22 ms where two are made at a time.
 */

import { Buffer } from "node:buffer";
import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { ProtocolError } from "../protocol/errors.ts";
import { PASSWORD_BYTES_MAX } from "../protocol/limits.ts";
import { utf8Bytes } from "../protocol/texts.ts";
import type { Attempt, Outcome, Standing } from "./attempts.ts";
import { FairQueue } from "./fair_queue.ts";

/** A hashed password as it stands in a room's record; `salt` and `hash` in base64. */
export interface PasswordHash {
  readonly algorithm: "scrypt-32768-8-1";
  readonly salt: string;
  readonly hash: string;
}

/** About 100 ms and 32 MiB a hash. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 << 20 };
const HASH_BYTES = 32;
/** Hashes that wait for their turn: several seconds of work. */
const WAITING_MAX = 64;
const BUSY_RETRY_MS = 2_000;
const RANKS: Readonly<Record<Standing, number>> = { known: 0, new: 1, suspect: 2 };

/** Makes a hash of a password and a salt. Costs time and memory, and takes neither from the event loop. */
export type Derive = (password: string, salt: Uint8Array) => Promise<Uint8Array>;

function deriveWithScrypt(password: string, salt: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, COST, (error, hash) => error === null ? resolve(hash) : reject(error));
  });
}

/** Where a hash stands in the queue, and what its owner is told where there is no room in it. */
interface Place {
  readonly standing: Standing;
  readonly payer: string;
  readonly code: "rate_limited" | "too_many_attempts";
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: () => void;
}

export class Passwords {
  readonly #queue = new FairQueue<Waiting>(Object.keys(RANKS).length, WAITING_MAX);
  readonly #derive: Derive;
  #busy = false;

  constructor(derive: Derive = deriveWithScrypt) {
    this.#derive = derive;
  }

  /**
   * Hashes the password, of at most `PASSWORD_BYTES_MAX`, that somebody from `network` gives a room. Rejects with
   * `ProtocolError` `rate_limited` where too many wait.
   */
  async hash(password: string, network: string): Promise<PasswordHash> {
    if (tooLong(password)) throw new RangeError("that is too long for a password");
    const salt = randomBytes(16);
    const hash = await this.#derived(password, salt, {
      standing: "new",
      payer: network,
      code: "rate_limited",
    });
    return {
      algorithm: "scrypt-32768-8-1",
      salt: salt.toString("base64"),
      hash: Buffer.from(hash).toString("base64"),
    };
  }

  /**
   * Whether `password` is the one that was hashed, in a time that does not tell how much of it is right. Settles
   * `attempt`. Rejects with `ProtocolError` `too_many_attempts` where too many wait.
   */
  async matches(password: string, { salt, hash }: PasswordHash, attempt: Attempt): Promise<boolean> {
    const { standing, payer } = attempt;
    let outcome: Outcome = "given up";
    try {
      if (tooLong(password)) {
        outcome = "wrong";
        return false;
      }
      const wanted = Buffer.from(hash, "base64");
      const code = "too_many_attempts";
      const given = await this.#derived(password, Buffer.from(salt, "base64"), { standing, payer, code });
      const right = wanted.length === given.length && timingSafeEqual(wanted, given);
      outcome = right ? "right" : "wrong";
      return right;
    } finally {
      attempt.settle(outcome);
    }
  }

  #derived(password: string, salt: Uint8Array, { standing, payer, code }: Place): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const start = () => {
      resolve(
        this.#derive(password.normalize("NFC"), salt).finally(() => {
          this.#busy = false;
          this.#startNext();
        }),
      );
    };
    const message = "The server has too many passwords to check. Try again in a few seconds.";
    const refuse = () => reject(new ProtocolError(code, message, BUSY_RETRY_MS));
    this.#queue.add({ start, refuse }, RANKS[standing], payer)?.refuse();
    this.#startNext();
    return promise;
  }

  #startNext(): void {
    if (this.#busy) return;
    const next = this.#queue.take();
    if (next === undefined) return;
    this.#busy = true;
    next.start();
  }
}

/**
 * Whether two secrets that stand in no hash are the same, in a time that does not tell how much of them is. One of more
 * than `PASSWORD_BYTES_MAX` is the same as none.
 */
export function sameSecret(one: string, other: string): boolean {
  return !tooLong(one) && !tooLong(other) && timingSafeEqual(digest(one), digest(other));
}

/** Whether it can be no password. It is not normalised to find that out: of many combining marks that takes 0.3 s. */
function tooLong(password: string): boolean {
  return utf8Bytes(password) > PASSWORD_BYTES_MAX;
}

function digest(secret: string): Uint8Array {
  return createHash("sha256").update(secret.normalize("NFC")).digest();
}
