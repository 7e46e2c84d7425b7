/**
 * Chat and hostile texts that are not part of this repository: the folder that `CHAT_CORPUS` names, or the one
 * that lies beside a developer's checkout. Tests that need it are skipped, by name, where it is not there.
 */

/** One hostile text or name, and what makes it one. */
export interface TortureCase {
  readonly id: number;
  readonly kind: "text" | "name";
  readonly value: string;
  readonly why: string;
}

/** What a skipped test adds to its name. */
export const NO_CORPUS = "(skipped: set CHAT_CORPUS to the folder of the chat corpus)";

/** The path of a file of the corpus, or null where it is not there. */
export function corpusFile(name: string): string | null {
  const beside = [import.meta.dirname, "..", "..", "..", "shared", "corpus"].join("/");
  const path = `${Deno.env.get("CHAT_CORPUS") ?? beside}/${name}`;
  try {
    return Deno.lstatSync(path).isFile ? path : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

/** Every case of the torture file, or null where it is not there. */
export function tortureCases(): readonly TortureCase[] | null {
  const path = corpusFile("unicode-torture.jsonl");
  if (path === null) return null;
  return Deno.readTextFileSync(path).trimEnd().split("\n").map(tortureCase);
}

function tortureCase(line: string): TortureCase {
  const found: unknown = JSON.parse(line);
  if (
    typeof found === "object" && found !== null &&
    "id" in found && typeof found.id === "number" &&
    "kind" in found && (found.kind === "text" || found.kind === "name") &&
    "value" in found && typeof found.value === "string" &&
    "why" in found && typeof found.why === "string"
  ) {
    return { id: found.id, kind: found.kind, value: found.value, why: found.why };
  }
  throw new Error(`not a line of the torture file: ${line}`);
}
