/** What the terminal shows of each event. Cleaned, so that nothing from the network steers the screen; pure. */

import { cleaned, oneLine } from "../clean.ts";
import type { SessionEvent } from "../events.ts";
import { hourAndMinute } from "../../server/protocol/times.ts";
import { saying, sentenceOf } from "../lines.ts";

/** The lines to print for an event; null for none. */
export function shown(event: SessionEvent): string | null {
  switch (event.is) {
    case "entry":
      return headed(event.event.at, `${oneLine(event.event.from)}${saying(event.event)}`);
    case "direct":
      return headed(
        event.event.at,
        `${oneLine(event.event.from)} (to you alone): ${cleaned(event.event.text)}`,
      );
    case "joined":
      return joinedLine(event);
    case "presence":
      return presenceLine(event.event);
    default: {
      const sentence = sentenceOf(event);
      return sentence === null ? null : `* ${sentence}`;
    }
  }
}

/** `[14:03] text`; the lines after the first are indented, so that none can pass for another message. */
function headed(at: number, text: string): string {
  const head = `[${hourAndMinute(at)}] `;
  return head + text.replaceAll("\n", `\n${" ".repeat(head.length)}`);
}

function joinedLine({ room, missed, answer }: SessionEvent & { readonly is: "joined" }): string | null {
  if (missed === 0) return null;
  if (missed !== null) return `* ${missed === 1 ? "1 message" : `${missed} messages`} while you were away.`;
  const title = answer.title === undefined ? "" : ` "${oneLine(answer.title)}"`;
  const people = answer.members === 1 ? "alone" : `with ${answer.members - 1} more`;
  const names = answer.names === undefined ? "" : `: ${answer.names.map(oneLine).join(", ")}`;
  return `* You are in #${oneLine(room)}${title}, ${people}${names}. To leave, type exit.`;
}

function presenceLine({ room, joined = [], left = [], renamed = [] }: Presence): string | null {
  const parts = [
    ...joined.map((name) => `${oneLine(name)} joined`),
    ...left.map((name) => `${oneLine(name)} left`),
    ...renamed.map(({ from, to }) => `${oneLine(from)} is now ${oneLine(to)}`),
  ];
  return parts.length === 0 ? null : `* #${oneLine(room)}: ${parts.join(", ")}`;
}

type Presence = (SessionEvent & { readonly is: "presence" })["event"];
