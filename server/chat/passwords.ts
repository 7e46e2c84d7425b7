/** Passwords of rooms: kept as scrypt hashes, made and checked off the event loop. */

import { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { Turns } from "./turns.ts";

/** A hashed password as it stands in a room's record; `salt` and `hash` in base64. */
export interface PasswordHash {
  readonly algorithm: "scrypt-32768-8-1";
  readonly salt: string;
  readonly hash: string;
}

/** About 100 ms and 32 MiB a hash. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 << 20 };
const HASH_BYTES = 32;
/** Hashes made at the same time; the others wait for their turn. */
const AT_ONCE = 2;

export class Passwords {
  readonly #turns = new Turns(AT_ONCE);

  async hash(password: string): Promise<PasswordHash> {
    const salt = randomBytes(16);
    const hash = await this.#scrypt(password, salt);
    return { algorithm: "scrypt-32768-8-1", salt: salt.toString("base64"), hash: hash.toString("base64") };
  }

  /** Whether `password` is the one that was hashed, in a time that does not tell how much of it is right. */
  async matches(password: string, { salt, hash }: PasswordHash): Promise<boolean> {
    const wanted = Buffer.from(hash, "base64");
    const given = await this.#scrypt(password, Buffer.from(salt, "base64"));
    return wanted.length === given.length && timingSafeEqual(wanted, given);
  }

  #scrypt(password: string, salt: Uint8Array): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    return this.#turns.run(() => {
      const done = (error: Error | null, hash: Buffer) => error === null ? resolve(hash) : reject(error);
      scrypt(password.normalize("NFC"), salt, HASH_BYTES, COST, done);
      return promise;
    });
  }
}
