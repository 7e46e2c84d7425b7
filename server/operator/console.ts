/**
 * The operator's console: commands typed at the server's terminal. It acts through the same parts as requests do,
 * and waits for lines without holding anything up.
 */

import { TextLineStream } from "@std/streams/text-line-stream";
import { ProtocolError } from "../protocol/errors.ts";
import { UsageError } from "../protocol/flags.ts";
import type { Controls } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { firstWord } from "./orders.ts";

export interface ConsoleOptions extends Controls {
  readonly input: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Stops reading the input. */
  readonly signal: AbortSignal;
}

/** Reads commands until the input ends or `signal` says so. */
export async function runConsole(options: ConsoleOptions): Promise<void> {
  const lines = options.input.pipeThrough(new TextDecoderStream(), { signal: options.signal })
    .pipeThrough(new TextLineStream());
  try {
    for await (const line of lines) await runCommand(options, line.trim());
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
}

async function runCommand(controls: Controls, line: string): Promise<void> {
  const { word, rest } = firstWord(line);
  if (word === "") return;
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (command === undefined) return controls.print(`There is no command ${word}; "help" lists them.`);
  try {
    await command.run(controls, rest);
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof UsageError)) throw error;
    controls.print(error.message);
  }
}
