/** `chat connect` in a real terminal: how it is started, and what stands in its input. */

import { programArguments } from "../../scripts/support/program.ts";
import { Pane, type PaneOptions, type Screen } from "./tmux.ts";

const PROMPT = ">";
const INDENT = "  ";

export interface ChatOptions extends PaneOptions {
  /** Where `chat-data` is. */
  readonly cwd: string;
}

/** The words of `deno task connect`, which can be run in any folder. */
export function chatCommand(args: readonly string[]): string[] {
  return [Deno.execPath(), ...programArguments("connect"), ...args];
}

/** A client with a terminal of its own. It has colours, whatever runs the test. */
export function openChat(args: readonly string[], { env, ...options }: ChatOptions): Promise<Pane> {
  return Pane.open(chatCommand(args), { ...options, env: { NO_COLOR: "", ...env } });
}

/** The text in the rows of the input, as `letters` has it; null where the row with the prompt is not seen. */
export function draftOf({ rows, cursor }: Screen): string | null {
  let first = cursor.row;
  while (first > 0 && isMore(rows[first] ?? "")) first--;
  const [start = "", ...more] = rows.slice(first);
  if (!start.startsWith(PROMPT) || !more.every(isMore)) return null;
  return letters([start.slice(PROMPT.length), ...more].join(""));
}

/**
 * What a screen keeps of a text: no blanks, since those at the ends of rows are not seen, and no isolates. (Of a letter
 * of more than 21 bytes, as a family of four, tmux 3.3a keeps not even all the parts.)
 */
export function letters(text: string): string {
  return text.replace(/[\s\u2068\u2069]/g, "");
}

/** Whether this can be a later row of the input. A row of blanks is seen as an empty one. */
function isMore(row: string): boolean {
  return row === "" || row.startsWith(INDENT);
}
