/** The two sides of the client on a terminal: the chat, and the face that it shows: a screen, or plain lines. */

import type { Right } from "../rights.ts";
import type { Sources } from "./completion.ts";
import type { Call } from "./notices.ts";
import type { Span } from "./style.ts";
import type { TransferRow } from "./transfer_rows.ts";
import type { Line } from "./wrap.ts";

/** Something that a person is asked. */
export interface Question {
  /** Such as `Password of #lobby:`. */
  readonly prompt: string;
  /** Not shown while it is typed. */
  readonly secret?: boolean;
  /** Whether nothing stands behind it to go back to: Escape does not decline it. */
  readonly root?: boolean;
  /** What can be picked by its number, from 1. */
  readonly options?: readonly string[];
}

/** What shows the chat and takes what is typed. */
export interface Face {
  /** Whether the chat's state is seen. Where it is not, what begins is told as what ends is. */
  readonly showsState: boolean;
  /** From now on what is typed goes to `chat`, and the state that is shown is its. */
  attach(chat: Chat): void;
  /** Prints above what is being typed. Resolves when there is room for more. */
  print(...lines: readonly Line[]): Promise<void>;
  /** Asks, after what was asked before is answered. Null where there is no answer: on Ctrl-C, or no more input. */
  ask(question: Question): Promise<string | null>;
  /** What was answered last has been looked at: what is typed is for the chat again, or for the next question. */
  settle(): void;
  /**
   * Lets the runtime ask for rights at the terminal. To be called in the turn in which a key is taken, since the next
   * read would take the answer: at another time nothing is asked. Resolves when it is over; what the answer was,
   * the runtime knows.
   */
  permit(wanted: readonly Right[]): Promise<void>;
  /** Gives up what is being asked: it is answered with null. */
  cancel(): void;
  /** The chat's state has changed. */
  update(): void;
  /** Empties the screen, not the chat. */
  clear(): void;
  /** Calls for the attention of somebody who looks elsewhere. */
  call(call: Call): void;
  /** Reads what is typed until the end of input, at which the chat is left; a read cannot be taken back. */
  run(): Promise<void>;
  /** Puts everything back as it was found, after all that was printed is out. */
  close(): Promise<void>;
}

/** What a face shows, and who takes what is typed. */
export interface Chat {
  /** Takes what was typed; false where it cannot be taken and should stay where it is. */
  take(text: string): boolean;
  /** Looks at the room that stands at `place`, from 1. */
  turnTo(place: number): void;
  /** Looks at the next room with messages that were not seen, those that mention us first. */
  turnToUnread(): void;
  leave(): void;
  /** Somebody is at the keys, or the window was looked at, or away from. */
  seen(how: "key" | "focused" | "unfocused"): void;
  readonly sources: Sources;
  status(): readonly Span[];
  /** Lines of what was said and is not stored yet. */
  pending(): readonly Line[];
  /** Files on their way. */
  transfers(): readonly TransferRow[];
}
