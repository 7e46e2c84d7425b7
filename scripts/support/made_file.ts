/** Files to carry: random bytes, so that nothing on their way can make them smaller, the same for the same seed. */

import { createCipheriv, createHash } from "node:crypto";

export interface MadeFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

const PIECE_BYTES = 1 << 20;
const KEY_BYTES = 16;

/** Makes a file at `path`, and waits until the disk has it: what is measured next shall not wait for that. */
export async function makeFile(path: string, size: number, seed: number): Promise<MadeFile> {
  const key = new Uint8Array(KEY_BYTES);
  new DataView(key.buffer).setUint32(0, seed);
  // A keystream is the fastest source of random bytes that comes again.
  const cipher = createCipheriv("aes-128-ctr", key, new Uint8Array(KEY_BYTES));
  const zeros = new Uint8Array(PIECE_BYTES);
  const hash = createHash("sha256");
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (let left = size; left > 0; left -= PIECE_BYTES) {
    const piece = cipher.update(zeros.subarray(0, Math.min(left, PIECE_BYTES)));
    hash.update(piece);
    for (let done = 0; done < piece.length;) done += await file.write(piece.subarray(done));
  }
  await file.sync();
  cipher.final();
  return { path, size, sha256: hash.digest("hex") };
}

/** The SHA-256 of a file in hex; null where there is none. */
export async function hashOf(path: string): Promise<string | null> {
  try {
    using file = await Deno.open(path);
    const hash = createHash("sha256");
    const piece = new Uint8Array(PIECE_BYTES);
    for (let n = await file.read(piece); n !== null; n = await file.read(piece)) {
      hash.update(piece.subarray(0, n));
    }
    return hash.digest("hex");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
