/** When to call for somebody's attention, and how a terminal does it. Pure: the time is a parameter. */

import { TEXT_BYTES_MAX } from "../../server/protocol/limits.ts";
import { fold, foldName } from "../../server/protocol/names.ts";
import { oneLine } from "../clean.ts";

export const BELLS = ["off", "mentions", "all"] as const;

/** What rings: nothing; mentions and direct messages; every message. */
export type Bell = typeof BELLS[number];

export function isBell(value: unknown): value is Bell {
  return BELLS.some((bell) => bell === value);
}

/** A message of somebody else that has just come. */
export type Heard =
  | { readonly is: "direct"; readonly from: string; readonly text: string }
  /** `mention`: one that `mentions` us. */
  | {
    readonly is: "mention" | "message";
    readonly room: string;
    readonly from: string;
    readonly text: string;
  };

/** What the window is to be called, and what is to pop up with a ring, if anything. Not cleaned yet. */
export interface Call {
  readonly title: string;
  readonly alert: { readonly title: string; readonly text: string } | null;
}

/** Where the window tells nothing of its focus, we are away after so long without a key. */
const IDLE_MS_MAX = 30_000;
/** Between two alerts; what comes in between is only counted. */
const ALERT_MS_MIN = 2_000;
/** UTF-16 units of a title or a text that pops up. */
const SHOWN_CHARS_MAX = 120;

/** What is known of who sits there. */
type Presence =
  /** The window has not told its focus so far. */
  | { readonly is: "unknown"; readonly lastKey: number }
  | { readonly is: "here" }
  | { readonly is: "away" };

/** Counts what comes while nobody looks. Times are milliseconds of one clock. */
export class Notices {
  bell: Bell;
  #presence: Presence;
  #room: string | null = null;
  #unread = 0;
  #lastAlert = -Infinity;

  constructor(bell: Bell, now: number) {
    this.bell = bell;
    this.#presence = { is: "unknown", lastKey: now };
  }

  /** The room that is looked at, null for none. */
  enter(room: string | null): Call {
    this.#room = room;
    return { title: this.#title(), alert: null };
  }

  /** A key was pressed, or the window told that it has or lost the focus. Null where that calls for nothing. */
  seen(how: "key" | "focused" | "unfocused", now: number): Call | null {
    if (how === "key" && this.#presence.is === "unknown") this.#presence = { is: "unknown", lastKey: now };
    else this.#presence = { is: how === "unfocused" ? "away" : "here" };
    if (how === "unfocused" || this.#unread === 0) return null;
    this.#unread = 0;
    return { title: this.#title(), alert: null };
  }

  /** A message has come, not an old one that is shown again. Null where that calls for nothing. */
  heard(message: Heard, now: number): Call | null {
    if (!this.#away(now)) return null;
    this.#unread++;
    const wanted = this.bell === "all" || (this.bell === "mentions" && message.is !== "message");
    if (!wanted || now - this.#lastAlert < ALERT_MS_MIN) return { title: this.#title(), alert: null };
    this.#lastAlert = now;
    const { from, text } = message;
    const title = message.is === "direct" ? from : `${from} in #${message.room}`;
    return { title: this.#title(), alert: { title, text } };
  }

  #away(now: number): boolean {
    const presence = this.#presence;
    return presence.is === "unknown" ? now - presence.lastKey >= IDLE_MS_MAX : presence.is === "away";
  }

  /** `(3) #lobby – chat` */
  #title(): string {
    const count = this.#unread === 0 ? "" : `(${this.#unread}) `;
    return `${count}${this.#room === null ? "" : `#${this.#room} – `}chat`;
  }
}

/** Ends an operating system command. BEL ends one too, but rings where the command is not understood. */
const ST = "\x1b\\";

/**
 * The codes for `call` on a terminal on `os`. Of the two codes that make a notification one is sent, since kitty,
 * foot, WezTerm and Ghostty know both and would show two: OSC 9 on macOS, for iTerm2, which knows no other; elsewhere
 * OSC 777, for rxvt, Konsole, VTE and Windows Terminal, for some of which OSC 9 is something else.
 */
export function codesOf({ title, alert }: Call, os: typeof Deno.build.os): string {
  const window = `\x1b]2;${short(title)}${ST}`;
  if (alert === null) return window;
  const popup = os === "darwin"
    ? `\x1b]9;${field(`${alert.title}: ${alert.text}`)}${ST}`
    : `\x1b]777;notify;${field(alert.title)};${field(alert.text)}${ST}`;
  return `\x07${popup}${window}`;
}

/** A semicolon would begin the next field, and after a number make another command of OSC 9 (9;4 is progress). */
function field(text: string): string {
  return short(text).replaceAll(";", ",");
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

function short(text: string): string {
  const line = oneLine(text);
  if (line.length <= SHOWN_CHARS_MAX) return line;
  const end = graphemes.segment(line).containing(SHOWN_CHARS_MAX - 1)?.index ?? 0;
  return `${line.slice(0, end)}…`;
}

const WORD = "\\p{L}\\p{M}\\p{N}_";
/** Scripts that write no spaces between words, or put particles right behind a name. */
const UNSPACED = "Han Hiragana Katakana Hangul Thai Lao Khmer Myanmar Tibetan".split(" ")
  .map((script) => `\\p{Script_Extensions=${script}}`).join("");
/** Where a name can begin or end: not between two letters, unless one of them is of such a script. */
const BORDER = `(?:(?<![${WORD}])|(?![${WORD}])|(?<=[${UNSPACED}])|(?=[${UNSPACED}]))`;

/**
 * Whether `text` has `name` as a word, in upper or lower case: "Maya" stands in "maya, come" and "@Maya", not in
 * "Mayan". What Thai, Chinese or Japanese writes right beside a name does not hide it; so there a short name may
 * also be found within a longer word.
 */
export function mentions(text: string, name: string): boolean {
  const wanted = foldName(name);
  // No server of ours sends a longer one, and to normalise a run of marks takes quadratic time.
  const folded = fold(text.slice(0, TEXT_BYTES_MAX).replace(/\p{Default_Ignorable_Code_Point}/gu, ""));
  if (wanted === "" || !folded.includes(wanted)) return false;
  const literal = wanted.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  // A mark changes the letter before it: what ends there is another word.
  return new RegExp(`${BORDER}${literal}(?!\\p{M})${BORDER}`, "u").test(folded);
}
