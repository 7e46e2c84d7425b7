/** The key that a client has shown to have. */

import { ProtocolError } from "../protocol/errors.ts";
import { parseKey, proofBytes, proves } from "../protocol/proofs.ts";
import type { Client } from "./client.ts";
import type { House } from "./house.ts";

/** What a request says of the name that it asks for. */
interface Claim {
  readonly name?: string | undefined;
  readonly key?: string | undefined;
  readonly proof?: string | undefined;
}

/** The key of `claim`, in the one way to write it; null where it has none. Throws `ProtocolError` `bad_proof`. */
export function provenKey(
  { binding }: House,
  { nonce }: Client,
  { name = "", key, proof }: Claim,
): string | null {
  if (key === undefined && proof === undefined) return null;
  const parsed = key === undefined ? null : parseKey(key);
  if (parsed !== null && proof !== undefined && proves(parsed, proof, proofBytes(nonce, binding, name))) {
    return parsed;
  }
  throw new ProtocolError(
    "bad_proof",
    "The proof does not fit the key, the name, and the nonce and certificate of this connection. Sign those.",
  );
}
