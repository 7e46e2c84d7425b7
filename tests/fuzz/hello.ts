/** How somebody says hello who means no good: as a guest, under a name, with a key of their own, and with lies about it. */

import { Buffer } from "node:buffer";
import { anyText, between } from "../protocol/random.ts";
import { TestKey } from "../support/keys.ts";
import { bytes, NAMES, pick, type Random } from "./hostile.ts";

/** What a connection opens with, and the room that it has most to do with. */
export interface Opening {
  readonly hello: object;
  readonly home: string;
}

/** Somebody who has a key, a name of their own, and a room that they make where there is none. */
interface Signer {
  readonly key: TestKey;
  readonly own: string;
  readonly realm: string;
}

const SIGNERS: readonly [Signer, ...Signer[]] = [
  { key: new TestKey(), own: "signer-1", realm: "realm-1" },
  { key: new TestKey(), own: "signer-2", realm: "realm-2" },
  { key: new TestKey(), own: "signer-3", realm: "realm-3" },
];

/** How somebody opens after a greeting with `nonce`, which is empty where they did not wait for it. */
export function opening(random: Random, nonce: string): Opening {
  const hello = { type: "hello", id: 1, protocol: 1 };
  const { key, own, realm } = pick(random, SIGNERS);
  const name = random() < 0.2 ? pick(random, NAMES) : own;
  const choice = nonce === "" ? random() / 2 : random();
  if (choice < 0.3) return { hello, home: "lobby" };
  if (choice < 0.45) return { hello: { ...hello, name: pick(random, NAMES) }, home: realm };
  const honest = { ...hello, name, ...key.proof(nonce, name) };
  return { hello: choice < 0.9 ? honest : { ...honest, ...lie(random, key, nonce, name) }, home: realm };
}

/** Members that make the `hello` of whoever has `key` a wrong one. */
function lie(random: Random, key: TestKey, nonce: string, name: string): object {
  switch (between(random, 0, 9)) {
    case 0:
      return { key: pick(random, SIGNERS).key.key };
    case 1:
      return key.proof(`${nonce}0`, name);
    case 2:
      return key.proof(nonce, name, "00".repeat(32));
    case 3:
      return { name: pick(random, NAMES) };
    case 4:
      return { proof: undefined };
    case 5:
      return { key: undefined };
    case 6:
      return { key: Buffer.from(bytes(random, between(random, 0, 64))).toString("base64url") };
    case 7:
      return { key: Buffer.alloc(32, pick(random, [0, 1, 0xff])).toString("base64url") };
    case 8:
      return { key: anyText(random, 60), proof: "A".repeat(between(random, 0, 60_000)) };
    default:
      return {
        proof: Buffer.from(bytes(random, 64)).toString("base64url"),
        session: Buffer.from(bytes(random, 18)).toString("base64url"),
      };
  }
}
