/**
 * The front end for one file: puts it into a room or fetches it from there, and leaves. Nothing is written to standard
 * output here; sentences go to standard error.
 */

import { ProtocolError } from "../server/protocol/errors.ts";
import { aborted, type Clock, within } from "./clock.ts";
import type { SessionEvent } from "./events.ts";
import { sentenceOf, sentenceOfError } from "./lines.ts";
import type { Meter } from "./meter.ts";
import type { Session } from "./session.ts";
import type { Transfer } from "./files/transfer.ts";

export interface ErrandOptions {
  readonly session: Session;
  readonly events: AsyncIterable<SessionEvent>;
  /** Joins the room. Throws `ProtocolError`. */
  readonly enter: () => Promise<unknown>;
  /** Begins the transfer. Throws `ProtocolError`. */
  readonly begin: () => Promise<Transfer>;
  /** Whether the same command goes on from where this one is stopped, once it has begun. */
  readonly goesOn: boolean;
  readonly meter: Meter;
  /** Aborts when we are asked to leave, as by Ctrl-C. */
  readonly stop: AbortSignal;
  readonly clock: Clock;
}

/** Ended by a signal. */
export const STOPPED = 130;
/** How long what is on the disk may take to be closed. */
const LAST_MS_MAX = 2_000;

/** Runs the errand; whoever calls it runs the session. Resolves to the exit code: 0 done, 1 not, 130 by a signal. */
export async function runErrand(options: ErrandOptions): Promise<number> {
  const { session, goesOn, meter, stop, clock } = options;
  const telling = tell(options);
  const doing = attempt(options);
  const code = await Promise.race([doing, aborted(stop).then(() => STOPPED)]);
  await meter.end();
  const left = goesOn && session.transfers.active.some(({ stage }) => stage === "moving");
  if (code === STOPPED) await meter.line(left ? "Stopped. The same command goes on from there." : "Stopped.");
  await session.leave();
  await within(clock, LAST_MS_MAX, session.transfers.settled());
  await telling;
  await doing;
  return code;
}

async function tell({ events, meter, stop }: ErrandOptions): Promise<void> {
  for await (const event of events) {
    if (event.is === "transfer") await meter.end();
    const expected = event.is === "connected" && event.first;
    // What came of the stop is no news.
    const stopped = stop.aborted && event.is === "transfer" && event.end.is === "failed";
    const sentence = expected || stopped ? null : sentenceOf(event);
    if (sentence !== null) await meter.line(sentence);
  }
}

async function attempt({ session, enter, begin, meter, stop }: ErrandOptions): Promise<number> {
  try {
    await enter();
    const transfer = await begin();
    if (stop.aborted) return STOPPED;
    meter.begin(transfer);
    const { is } = await transfer.ended;
    return is === "put" || is === "got" ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    // What ended the session is told as an event.
    if (!session.ended && !stop.aborted) await meter.line(sentenceOfError(error));
    return 1;
  }
}
