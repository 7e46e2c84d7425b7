/** What happens, as lines for a screen or a page of text. Pure; what comes from the network is cleaned in wrap.ts. */

import type { Entry } from "../../server/protocol/messages.ts";
import { hourAndMinute } from "../../server/protocol/times.ts";
import { shownFileName } from "../file_names.ts";
import { oneLine } from "../clean.ts";
import { kickedSentence, saying, sentenceOf } from "../lines.ts";
import type { SessionEvent } from "../events.ts";
import { showSize } from "../files/sizes.ts";
import { BAD, DIM, dim, GOOD, nameStyle, PLAIN, plain, type Span, STRONG } from "./style.ts";
import type { Line } from "./wrap.ts";

/** What an entry is to us: written by us (and by this very client, a moment ago), meant for us, or neither. */
export type Regard = "own" | "sent" | "mention" | "other";

/** `[14:03] Maya  text`, ours with a ✓ once they are stored. */
export function entryLine(entry: Entry, regard: Regard): Line {
  const own = regard === "own" || regard === "sent";
  const name: Span = { text: entry.from, style: own ? STRONG : nameStyle(entry.from) };
  if (entry.kind === "file" || entry.kind === "removed") return fileEntryLine(entry, name);
  if (entry.kind !== "say") {
    return { head: [dim(`[${hourAndMinute(entry.at)}] `), name], body: [dim(saying(entry))] };
  }
  const mention = regard === "mention";
  return {
    head: [
      { text: `[${hourAndMinute(entry.at)}]`, style: mention ? { reverse: true } : DIM },
      plain(" "),
      name,
      plain("  "),
    ],
    body: [
      { text: (entry.text ?? "").replace(/\n+$/, ""), style: mention ? STRONG : PLAIN },
      ...(regard === "sent" ? [{ text: " ✓", style: GOOD }] : []),
    ],
  };
}

/**
 * `[14:03] Maya put report.pdf, 1.2 MiB: /get 12`. All of it is the head, so that each part is isolated by itself: a
 * file's name from right to left takes no figure along.
 */
function fileEntryLine({ kind, seq, at, name, file, size }: Entry, author: Span): Line {
  const called = plain(name === undefined ? "a file" : shownFileName(name));
  const [verb, rest] = kind === "file"
    ? [" put ", `, ${showSize(size ?? 0)}: /get ${file ?? seq}`]
    : [" removed ", file === undefined ? "" : ` (${file})`];
  return { head: [dim(`[${hourAndMinute(at)}] `), author, dim(verb), called, dim(rest)], body: [] };
}

/** What we said and the server has not stored yet: as it will stand there, dim and with … for its time. */
export function pendingLine(name: string, text: string): Line {
  return { head: [dim(`[  …  ] ${name}  `)], body: [dim(text)] };
}

/** A message between two people alone. */
export function directLine(at: number, from: string, to: string, text: string): Line {
  const arrow = [named(from), dim(" → "), named(to)];
  return { head: [dim(`[${hourAndMinute(at)}] `), ...arrow, plain("  ")], body: [plain(text)] };
}

/** The day on which the messages after it were written: `Saturday, 21 November 2026`, in local time. */
export function dayLine(at: number): Line {
  return rule(DAY.format(at));
}

/*
 * What the program itself has to say is one line, so that nothing that it repeats of a server or of others can pass
 * for a line of its own.
 */

/** A line across, with a few words in it. */
export function rule(text: string): Line {
  return { head: [], body: [dim(`── ${oneLine(text)} ──`)] };
}

/** Something to know. */
export function note(text: string): Line {
  return { head: [dim("* ")], body: [plain(oneLine(text))] };
}

/** What did not work, and what to do. */
export function complaint(text: string): Line {
  return { head: [{ text: "! ", style: BAD }], body: [plain(oneLine(text))] };
}

/** What happened to the connection or to us; nothing for everything else. */
export function eventLines(event: SessionEvent): readonly Line[] {
  const sentence = sentenceOf(event);
  if (sentence === null) return [];
  return [event.is === "connected" || event.is === "notice" ? note(sentence) : complaint(sentence)];
}

/** Being taken out of a room, and what can be done about it. */
export function kickedLines(event: SessionEvent & { readonly is: "kicked" }): readonly Line[] {
  const { room, banned } = event.event;
  if (event.own || event.event.closed === true) return [note(kickedSentence(event))];
  const advice = banned
    ? `You are banned from #${room}: its owner, or whoever runs the server, can let you back.`
    : `/join ${room} goes back, if #${room} is still there.`;
  return [...eventLines(event), note(advice)];
}

/** A row of a list that was asked for. */
export function item(spans: readonly Span[]): Line {
  return { head: [plain("  ")], body: spans.map(({ text, style }) => ({ text: oneLine(text), style })) };
}

/** A name, in its colour. */
export function named(name: string): Span {
  return { text: name, style: nameStyle(name) };
}

const DAY = new Intl.DateTimeFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});
