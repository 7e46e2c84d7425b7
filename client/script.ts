/**
 * What the front ends for programs have in common: lines come in on standard input, events go out as lines on
 * standard output, troubles as sentences on standard error.
 */

import { ProtocolError } from "../server/protocol/errors.ts";
import { aborted, type Clock, within } from "./clock.ts";
import type { SessionEvent } from "./events.ts";
import { sentenceOf, sentenceOfError } from "./lines.ts";
import type { Output } from "./output.ts";
import type { Session } from "./session.ts";

export interface Script {
  readonly session: Session;
  readonly events: AsyncIterable<SessionEvent>;
  /** Joins the room that the command names. Throws `ProtocolError`. */
  readonly enter: () => Promise<unknown>;
  /**
   * The lines of standard input. Opened when the room is entered: a password may be asked for on the same terminal
   * before.
   */
  readonly input: () => ReadableStream<string>;
  readonly out: Output;
  readonly err: Output;
  /** Whether to stay when the input ends. */
  readonly follow: boolean;
  /** Aborts when we are asked to leave, as by Ctrl-C. */
  readonly stop: AbortSignal;
  readonly clock: Clock;
}

/** One kind of front end for programs. */
export interface Manner {
  /** Does what a line of input says; what it waits for holds up the input. */
  take(line: string): Promise<void>;
  /** The line that tells of an event; null for none. */
  show(event: SessionEvent): string | null;
}

/** How long leaving on a signal waits for acknowledgements. */
const LAST_MS_MAX = 2_000;

/**
 * Runs the session's front end to its end; whoever calls it runs the session. Resolves to the exit code as far as
 * the front end knows: 1 where the room was not entered, something that was said was refused, or a file did not get there.
 */
export async function runScript(script: Script, manner: Manner): Promise<number> {
  const { session, stop, clock } = script;
  const over = new AbortController();
  const leave = AbortSignal.any([over.signal, stop]);
  const left = aborted(leave);
  const showing = showAll(script, manner, over);
  const taking = takeAll(script, manner, leave);
  const entered = await Promise.race([taking, left.then(() => true)]);
  if (entered && script.follow) await left;
  const drained = session.transfers.settled().then(() => session.drained());
  if (entered) await Promise.race([drained, left]);
  await within(clock, LAST_MS_MAX, drained);
  const unsent = script.out.open ? session.unacknowledged : 0;
  await session.leave();
  if (unsent > 0) await script.err.line(`${unsent} of the messages may not have been sent.`);
  const good = await showing;
  return await taking && good && unsent === 0 ? 0 : 1;
}

/** Shows events until the last; false where something that was said was refused, or a file did not get there. `over` aborts when it ends. */
async function showAll(script: Script, manner: Manner, over: AbortController): Promise<boolean> {
  let good = true;
  for await (const event of script.events) {
    if (event.is === "refused" || (event.is === "transfer" && event.end.is === "failed")) good = false;
    const line = manner.show(event);
    if (line !== null) await script.out.line(line);
    // Without a reader there is nothing to stay for, and nobody to tell.
    if (!script.out.open) over.abort();
    const sentence = event.is === "connected" && event.first ? null : sentenceOf(event);
    if (sentence !== null) await script.err.line(sentence);
  }
  over.abort();
  return good;
}

/** Enters the room and takes the input, until its end or `leave`. False where the room was not entered. */
async function takeAll(script: Script, manner: Manner, leave: AbortSignal): Promise<boolean> {
  try {
    await script.enter();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    // What ended the session is told as an event.
    if (!script.session.ended) await script.err.line(sentenceOfError(error));
    return leave.aborted;
  }
  const reader = script.input().getReader();
  // A read that is pending ends then; what the cancelling itself comes to does not matter to anybody.
  const cancel = () => reader.cancel().catch(() => undefined);
  leave.addEventListener("abort", cancel, { once: true });
  while (!leave.aborted) {
    const { value, done } = await reader.read();
    if (done) break;
    await manner.take(value);
  }
  leave.removeEventListener("abort", cancel);
  return true;
}
