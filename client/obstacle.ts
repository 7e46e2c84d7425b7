/** What of the world around is not as a command needs it. */

/** The message says what is wrong and what to do: it is all that is shown, and the exit code is 1. */
export class Obstacle extends Error {
  override readonly name = "Obstacle";
}

/**
 * The first of `rights` to `path` that we do not have; null where we have them. To ask for one in the middle of a
 * chat would freeze it: what is not granted at the start is not there.
 */
export function missingRight(path: string, rights: readonly ("read" | "write")[]): string | null {
  return rights.find((name) => Deno.permissions.querySync({ name, path }).state !== "granted") ?? null;
}

/** Sees to it that the file that a person named can be read, and asks them where they are at a terminal. */
export function needReadable(path: string): void {
  const right = { name: "read", path } as const;
  const { state } = Deno.stdin.isTerminal()
    ? Deno.permissions.requestSync(right)
    : Deno.permissions.querySync(right);
  if (state === "granted") return;
  throw new Obstacle(
    `The right to read ${path} is missing. Run with --allow-read=${path}, or put it into chat-data.`,
  );
}
