/**
 * What copying a file takes at least: one process reads it and writes it to a connection, another one reads that,
 * hashes it, writes it to a file and in the end syncs that. Nothing is said, and nothing is waited for.
 *
 *     deno run -A scripts/support/bare_copy.ts take SHA256
 *     deno run -A scripts/support/bare_copy.ts give PATH PORT
 */

import { createHash } from "node:crypto";
import type { MadeFile } from "./made_file.ts";
import { HOST, inTemporaryFolder, ServerProcess } from "./server_process.ts";

const PIECE_BYTES = 65_536;

/** Seconds of a copy. */
export interface Copied {
  /** Until its bytes were written, and until the disk had them. */
  readonly written: number;
  readonly synced: number;
}

/** Copies a file as described above, from a process of its own to another one. */
export function bareCopy({ path, sha256 }: MadeFile): Promise<Copied> {
  return inTemporaryFolder(async (folder) => {
    const instead = ["run", "-A", import.meta.url, "take", sha256];
    const { server, port } = await ServerProcess.start({ folder, port: 0, instead });
    try {
      const args = ["run", "-A", import.meta.url, "give", path, String(port)];
      const giver = new Deno.Command(Deno.execPath(), { args, stdin: "null" });
      const { success, stdout } = await giver.output();
      const [written, synced] = new TextDecoder().decode(stdout).split(" ").map(Number);
      if (success && written !== undefined && synced !== undefined) return { written, synced };
      throw new Error("a file could not be copied");
    } finally {
      await server.kill();
    }
  });
}

/** Gives a file, and says how many seconds it took until it was written, and until it was synced. */
async function give([path = "", port]: readonly string[]): Promise<void> {
  using file = await Deno.open(path);
  using connection = await Deno.connect({ hostname: HOST, port: Number(port) });
  const piece = new Uint8Array(PIECE_BYTES);
  const began = performance.now();
  for (let n = await file.read(piece); n !== null; n = await file.read(piece)) {
    await writeAll(connection, piece.subarray(0, n));
  }
  await connection.closeWrite();
  const answers: number[] = [];
  for (let i = 0; i < 2; i++) {
    await connection.read(piece.subarray(0, 1));
    answers.push((performance.now() - began) / 1_000);
  }
  console.log(answers.join(" "));
}

/** Takes one file, and sends a byte when it is written and is what it was to be, and another when the disk has it. */
async function take([sha256]: readonly string[]): Promise<void> {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  console.log(`[LISTENING] on ${HOST}:${listener.addr.port}`);
  using connection = await listener.accept();
  using file = await Deno.open("taken", { append: true, createNew: true });
  const hash = createHash("sha256");
  const piece = new Uint8Array(PIECE_BYTES);
  for (let n = await connection.read(piece); n !== null; n = await connection.read(piece)) {
    hash.update(piece.subarray(0, n));
    await writeAll(file, piece.subarray(0, n));
  }
  if (hash.digest("hex") !== sha256) throw new Error("what came is not what was given");
  await connection.write(new Uint8Array(1));
  await file.syncData();
  await connection.write(new Uint8Array(1));
  await connection.read(piece);
}

async function writeAll(
  to: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await to.write(bytes.subarray(done));
}

if (import.meta.main) {
  const [what, ...args] = Deno.args;
  await (what === "give" ? give(args) : take(args));
}
