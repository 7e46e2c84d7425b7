/** The chat on a terminal, line by line: what is typed is sent, what comes is printed. */

import { ProtocolError } from "../../server/protocol/errors.ts";
import { type Clock, within } from "../clock.ts";
import type { SessionEvent } from "../events.ts";
import { sentenceOfError } from "../lines.ts";
import type { Output } from "../output.ts";
import type { Session } from "../session.ts";
import { shown } from "./text.ts";

export interface Terminal {
  readonly session: Session;
  readonly events: AsyncIterable<SessionEvent>;
  /** Joins the room that the command names. Throws `ProtocolError`. */
  readonly enter: () => Promise<unknown>;
  /** Where the lines go. */
  readonly room: string;
  /** What is typed; called once the room is entered, since a password may be asked for before. */
  readonly input: () => ReadableStream<string>;
  readonly out: Output;
  /** Aborts on Ctrl-C. */
  readonly stop: AbortSignal;
  readonly clock: Clock;
}

/** How long leaving waits for what was typed to be acknowledged. */
const LAST_MS_MAX = 2_000;

const LEAVING: ReadonlySet<string> = new Set(["exit", "bye", "quit", "/quit"]);

/** Runs the front end to its end; whoever calls it runs the session. Resolves to 1 where the room was not entered. */
export async function runTerminal(terminal: Terminal): Promise<number> {
  const { session, out, clock } = terminal;
  const over = new AbortController();
  const leave = AbortSignal.any([over.signal, terminal.stop]);
  const left = Promise.withResolvers<boolean>();
  leave.addEventListener("abort", () => left.resolve(true), { once: true });
  const showing = showAll(terminal, over);
  const taking = takeAll(terminal, leave);
  await Promise.race([taking, left.promise]);
  await within(clock, LAST_MS_MAX, session.drained());
  const unsent = session.unacknowledged;
  await session.leave();
  await showing;
  if (unsent > 0) await out.line(`* ${unsent} of your messages may not have been sent.`);
  return await taking ? 0 : 1;
}

/** Shows events until the last; `over` aborts then. */
async function showAll(terminal: Terminal, over: AbortController): Promise<void> {
  for await (const event of terminal.events) {
    const text = shown(event);
    if (text !== null) await terminal.out.line(text);
    if (!terminal.out.open) over.abort();
  }
  over.abort();
}

/** Enters the room and takes what is typed, until `exit`, the end of input or `leave`. False where it did not enter. */
async function takeAll(terminal: Terminal, leave: AbortSignal): Promise<boolean> {
  const { session, room, out } = terminal;
  try {
    await terminal.enter();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (!session.ended) await out.line(`* ${sentenceOfError(error)}`);
    return leave.aborted;
  }
  const reader = terminal.input().getReader();
  // A read that is pending ends then; what the cancelling itself comes to does not matter to anybody.
  const cancel = () => reader.cancel().catch(() => undefined);
  leave.addEventListener("abort", cancel, { once: true });
  while (!leave.aborted) {
    const { value, done } = await reader.read();
    if (done || LEAVING.has(value.trim())) break;
    const said = read(value);
    if (said.is === "text") await session.say(room, said.text);
    else if (said.is === "wrong") await out.line(`* ${said.sentence}`);
  }
  leave.removeEventListener("abort", cancel);
  return true;
}

type Typed =
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "wrong"; readonly sentence: string }
  | { readonly is: "nothing" };

/** What a line that was typed means. `//` at its start is a slash that is said. */
function read(line: string): Typed {
  if (line.trim() === "") return { is: "nothing" };
  if (line.startsWith("//")) return { is: "text", text: line.slice(1) };
  if (!line.startsWith("/")) return { is: "text", text: line };
  const command = line.split(/\s/, 1)[0] ?? line;
  return { is: "wrong", sentence: `There is no command ${shownCommand(command)}. For a message, type //.` };
}

function shownCommand(command: string): string {
  return command.length <= 20 ? command : `${command.slice(0, 20)}…`;
}
