/** Keys of people in tests. */

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { PLAIN_BINDING, proofBytes } from "../../server/protocol/proofs.ts";

export class TestKey {
  /** The public key as it goes over the wire. */
  readonly key: string;
  readonly #privateKey: KeyObject;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const { x = "" } = publicKey.export({ format: "jwk" });
    this.key = x;
    this.#privateKey = privateKey;
  }

  /** The members of a `hello` or `name` that prove this key over a connection greeted with `nonce`. */
  proof(nonce: string, name: string, binding = PLAIN_BINDING): { key: string; proof: string } {
    const proof = sign(null, proofBytes(nonce, binding, name), this.#privateKey).toString("base64url");
    return { key: this.key, proof };
  }
}
