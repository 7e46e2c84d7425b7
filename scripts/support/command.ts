/** What scripts that take flags and nothing else have in common: their help, what is wrong with their flags, their end. */

import { type Flag, type FlagValues, parseFlags, UsageError } from "../../server/protocol/flags.ts";

export interface Command {
  /** As the task is called. */
  readonly name: string;
  readonly flags: readonly Flag[];
  readonly help: string;
  /** Resolves to the exit code. Throws `UsageError`. */
  readonly run: (values: FlagValues) => Promise<number>;
}

/** Runs a command; returns its exit code, which is 2 for wrong flags. */
export async function runCommand(
  { name, flags, help, run }: Command,
  args: readonly string[],
): Promise<number> {
  try {
    const { values, positional: [extra] } = parseFlags(args, flags);
    if (values.has("help")) {
      console.log(help);
      return 0;
    }
    if (extra !== undefined) throw new UsageError(`There is no use for ${JSON.stringify(extra)}.`);
    return await run(values);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${name}: ${error.message} See deno task ${name} --help.`);
    return 2;
  }
}
