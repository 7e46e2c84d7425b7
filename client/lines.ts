/** What happens, as lines of text that every front end and the log have in common. Cleaned; pure. */

import type { ProtocolError } from "../server/protocol/errors.ts";
import type { Entry, EventOf } from "../server/protocol/messages.ts";
import { hourAndMinute } from "../server/protocol/times.ts";
import { cleaned, oneLine } from "./clean.ts";
import type { SessionEvent } from "./events.ts";
import { shownFileName } from "./file_names.ts";
import { showSize } from "./files/sizes.ts";

/** What an entry says, after its author's name; line breaks in a text are kept. */
export function saying(entry: Entry): string {
  switch (entry.kind) {
    case "say":
      return `: ${cleaned(entry.text ?? "")}`;
    case "title":
      if (entry.title === undefined || entry.title === "") return " removed the title";
      return ` set the title to "${oneLine(entry.title)}"`;
    case "file":
      return ` put the file ${quotedName(entry)} (${showSize(entry.size ?? 0)}, number ${
        entry.file ?? entry.seq
      })`;
    case "removed":
      // Not every server says what it was called.
      return ` removed the file ${
        entry.name === undefined ? `number ${entry.file ?? "?"}` : quotedName(entry)
      }`;
    default:
      return ` added something that this client cannot show (${oneLine(entry.kind)})`;
  }
}

/** The name of a file in quotes. */
function quotedName({ name = "" }: Entry): string {
  return `"${shownFileName(name)}"`;
}

/** `[14:03] Maya: text`, in one line. */
export function entryLine(entry: EventOf<"entry">): string {
  return `[${hourAndMinute(entry.at)}] ${oneLine(entry.from)}${oneLine(saying(entry))}`;
}

/** What happened to the connection or to us, as a sentence; null for everything else. */
export function sentenceOf(event: SessionEvent): string | null {
  switch (event.is) {
    case "waiting":
      return waitingSentence(event.attempt, event.reason, event.wait);
    case "connected": {
      const name = oneLine(event.answer.name);
      const motd = event.answer.motd === undefined || !event.first ? "" : ` ${oneLine(event.answer.motd)}`;
      return event.first ? `Connected as ${name}.${motd}` : `Connected again as ${name}.`;
    }
    case "lost":
      return `The connection was lost: ${oneLine(event.reason)}`;
    case "ended":
      // About a certificate there is more to say than fits a sentence: the command does, at the very end.
      return event.ending.is === "left" || event.ending.code === "untrusted"
        ? null
        : `${oneLine(event.ending.reason)}${advice(event.ending.code)}`;
    case "reset":
      return `#${oneLine(event.room)} is not the log we knew; it starts again at entry ${event.first}.`;
    case "barred":
      return `#${oneLine(event.room)} did not take us back: ${oneLine(event.error.message)}`;
    case "refused":
      return `Not sent: ${oneLine(event.error.message)} (${oneLine(shortened(event.text))})`;
    case "transfer":
      return transferSentence(event);
    case "unkept":
      return oneLine(event.sentence);
    case "notice":
      return `Notice: ${oneLine(event.event.text)}`;
    case "kicked":
      return kickedSentence(event);
    case "delayed": {
      const when = `asked again in ${seconds(event.wait)}`;
      return `#${oneLine(event.room)} does not take us back yet, and is ${when}: ${
        oneLine(event.error.message)
      }`;
    }
    default:
      return null;
  }
}

/** What became of a file; null where we stopped it ourselves. */
export function transferSentence(
  { transfer, end }: SessionEvent & { readonly is: "transfer" },
): string | null {
  const { way, name, room } = transfer;
  switch (end.is) {
    case "put":
      return `Put the file "${oneLine(end.name)}" into #${oneLine(end.room)}, as number ${end.file}.`;
    case "got":
      if (end.path === null) return `Got the file "${oneLine(end.name)}" (${showSize(end.size)}).`;
      return `Got the file "${oneLine(end.name)}" (${showSize(end.size)}): ${oneLine(end.path)}`;
    case "failed": {
      const what = way === "put" ? `sent to #${oneLine(room)}` : `received from #${oneLine(room)}`;
      return `The file "${oneLine(name)}" was not ${what}: ${oneLine(end.error.message)}`;
    }
    case "cancelled":
      return null;
    default:
      return end satisfies never;
  }
}

/** How we are no longer in a room. */
export function kickedSentence({ event, own }: SessionEvent & { readonly is: "kicked" }): string {
  const { by, banned, reason = "" } = event;
  const room = `#${oneLine(event.room)}`;
  if (own) return `You closed ${room}.`;
  if (event.closed === true) return `${oneLine(by)} closed ${room}.`;
  const why = oneLine(reason).trim();
  const stop = /[.!?…]$/.test(why) ? "" : ".";
  return `${oneLine(by)} ${banned ? "banned" : "removed"} you from ${room}${
    why === "" ? "" : `: ${why}`
  }${stop}`;
}

/** Where we are, on coming into a room. */
export function joinedSentence({ room, answer }: SessionEvent & { readonly is: "joined" }): string {
  const title = answer.title === undefined ? "" : ` "${oneLine(answer.title)}"`;
  const people = answer.members === 1 ? "alone" : `with ${answer.members - 1} more`;
  const names = answer.names === undefined ? "" : `: ${answer.names.map(oneLine).join(", ")}`;
  return `You are in #${oneLine(room)}${title}, ${people}${names}.`;
}

function waitingSentence(attempt: number, reason: string, wait: number): string {
  const again = `Trying again in ${seconds(wait)}.`;
  return attempt === 0 ? again : `Try ${attempt} to connect failed: ${oneLine(reason)} ${again}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** A refusal, with what can be done about it. */
export function sentenceOfError(error: ProtocolError): string {
  const password = error.code === "wrong_password" ? PASSWORD_ADVICE : "";
  return `${oneLine(error.message)}${password}`;
}

const PASSWORD_ADVICE = " A room's password is asked for on a terminal; elsewhere it is read from " +
  "--password-file FILE or CHAT_ROOM_PASSWORD.";

/** What a person can do, where the server's sentence may not say it. */
function advice(code: string): string {
  switch (code) {
    case "name_taken":
      return " If it is yours, its key is chat-data/client/identity.json of the folder where you first used it: " +
        "copy that file to here, and name it with --identity FILE.";
    case "bad_proof":
      return " Something between you and the server may decrypt what you send. Ask its operator.";
    case "wrong_password":
      return " The server's password is asked for on a terminal; elsewhere it is read from " +
        "--server-password-file FILE or CHAT_PASSWORD.";
    case "name_invalid":
      return " Choose it with --name.";
    case "replaced":
      return " This session goes on in another client.";
    case "unreachable":
      return " Is the server running, and the address right?";
    default:
      return "";
  }
}

const SHORT = 40;

function shortened(text: string): string {
  return text.length <= SHORT ? text : `${text.slice(0, SHORT)}…`;
}
