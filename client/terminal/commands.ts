/**
 * The commands, in one table: from it come `/help`, completion, and the list in README.md. What they do stands in
 * deeds.ts and moderation.ts.
 */

import { UsageError } from "../../server/protocol/flags.ts";
import type { Argument } from "./completion.ts";
import type { Right } from "../rights.ts";
import * as deeds from "./deeds.ts";
import * as fileDeeds from "./file_deeds.ts";
import { note } from "./messages.ts";
import * as moderation from "./moderation.ts";
import { dim, plain, STRONG } from "./style.ts";
import { BELLS } from "./notices.ts";
import type { Scene } from "./scene.ts";
import type { Line } from "./wrap.ts";

export interface Command {
  readonly name: string;
  /** What is typed behind the name, as in `NAME TEXT`; what may be left out in brackets. */
  readonly usage: string;
  readonly help: string;
  /** What each word behind the name is, for completion. */
  readonly takes: readonly Argument[];
  /** What does the same where it is all that was typed. */
  readonly words?: readonly string[];
  /**
   * What it is about: it goes into another room, and what is said behind it waits for that; it is about the room
   * that is looked at, and waits itself; or it is about neither.
   */
  readonly about?: "another room" | "this room";
  /** Whether it does its work without a connection. */
  readonly offline?: boolean;
  /**
   * The rights that `run` looks for, to files that `argument` names. Called in the turn in which the command is typed,
   * since they can be asked for only then. Throws `UsageError`, as `run` does.
   */
  readonly asks?: (scene: Scene, argument: string) => readonly Right[];
  /** Throws `ProtocolError` where the server refuses, `UsageError` where `argument` makes no sense. */
  readonly run: (scene: Scene, argument: string) => Promise<void>;
}

export const COMMANDS: readonly Command[] = [
  {
    name: "join",
    usage: "ROOM",
    help: "go into a room",
    takes: ["room"],
    about: "another room",
    run: deeds.join,
  },
  {
    name: "create",
    usage: "[ROOM [joined]]",
    help:
      "make a room, called by the next number unless you name it; with joined, people see only what came after them",
    takes: ["other", "other"],
    about: "another room",
    run: deeds.create,
  },
  {
    name: "leave",
    usage: "",
    help: "leave the room",
    takes: [],
    about: "another room",
    run: deeds.part,
  },
  {
    name: "room",
    usage: "NAME",
    help:
      "look at another of your rooms, by name or number; so do Alt-1 to Alt-9, and Alt-A at the next with news",
    takes: ["room"],
    about: "another room",
    offline: true,
    run: deeds.turnTo,
  },
  { name: "rooms", usage: "", help: "list the rooms", takes: [], run: deeds.rooms },
  { name: "who", usage: "", help: "list who is in the room", takes: [], about: "this room", run: deeds.who },
  {
    name: "msg",
    usage: "NAME TEXT",
    help: "tell somebody something that nobody else sees, and that is not kept",
    takes: ["name"],
    run: deeds.tell,
  },
  { name: "name", usage: "NEW", help: "take another name", takes: ["other"], run: deeds.rename },
  {
    name: "title",
    usage: "TEXT",
    help: "give the room a title; without a text take it away",
    takes: [],
    about: "this room",
    run: deeds.title,
  },
  {
    name: "history",
    usage: "[N]",
    help: "show 50, or N, messages from before the oldest that you saw",
    takes: ["other"],
    about: "this room",
    run: deeds.history,
  },
  {
    name: "search",
    usage: "WORDS",
    help: "show the newest messages of the room with these words in them",
    takes: [],
    about: "this room",
    run: deeds.search,
  },
  {
    name: "send",
    usage: "PATH…",
    help: "put files into the room; a name alone is looked for in client/outbox of the data folder first",
    takes: ["sent"],
    about: "this room",
    asks: fileDeeds.sendRights,
    run: fileDeeds.send,
  },
  {
    name: "files",
    usage: "",
    help: "list the files of the room",
    takes: ["other"],
    about: "this room",
    run: fileDeeds.files,
  },
  {
    name: "list",
    usage: "",
    help: "list the rooms, and the files of the one that you look at",
    takes: [],
    words: ["list"],
    about: "this room",
    run: fileDeeds.list,
  },
  {
    name: "get",
    usage: "FILE [as PATH]",
    help: "fetch a file of the room, by name or number, to client/downloads of the data folder or elsewhere",
    takes: ["file"],
    about: "this room",
    asks: fileDeeds.getRights,
    run: fileDeeds.get,
  },
  {
    name: "cancel",
    usage: "[FILE]",
    help: "stop a file that is on its way, by name or number",
    takes: ["transfer"],
    offline: true,
    run: fileDeeds.cancel,
  },
  {
    name: "remove",
    usage: "FILE",
    help: "remove a file of the room, by name or number: your own, or any as its owner",
    takes: ["file"],
    about: "this room",
    run: fileDeeds.remove,
  },
  {
    name: "status",
    usage: "",
    help: "show who is connected, and who was",
    takes: [],
    words: ["status"],
    run: deeds.status,
  },
  {
    name: "bell",
    usage: BELLS.join("|"),
    help:
      "what calls you when you look elsewhere: nothing, your name and messages to you alone, or every message",
    takes: ["other"],
    offline: true,
    run: deeds.bell,
  },
  { name: "clear", usage: "", help: "empty the screen", takes: [], offline: true, run: deeds.clear },
  {
    name: "kick",
    usage: "NAME [REASON]",
    help: "send somebody out of the room",
    takes: ["name"],
    about: "this room",
    run: moderation.kick,
  },
  {
    name: "ban",
    usage: "NAME [for TIME] [REASON]",
    help: "send somebody out of the room and keep them out, for a time such as 30m, 2h or 3d, or for good",
    takes: ["name"],
    about: "this room",
    run: moderation.ban,
  },
  {
    name: "ban-address",
    usage: "NAME [for TIME] [REASON]",
    help: "ban somebody, and with them everybody at the same network address",
    takes: ["name"],
    about: "this room",
    run: moderation.banAddress,
  },
  {
    name: "unban",
    usage: "NAME",
    help: "let somebody who was banned come back",
    takes: ["name"],
    about: "this room",
    run: moderation.unban,
  },
  {
    name: "mute",
    usage: "NAME [for TIME]",
    help: "let somebody read in the room and not speak",
    takes: ["name"],
    about: "this room",
    run: moderation.mute,
  },
  {
    name: "unmute",
    usage: "NAME",
    help: "let somebody speak in the room again",
    takes: ["name"],
    about: "this room",
    run: moderation.unmute,
  },
  {
    name: "owner",
    usage: "NAME",
    help: "hand the room on: somebody else owns it then",
    takes: ["name"],
    about: "this room",
    run: moderation.owner,
  },
  {
    name: "password",
    usage: "",
    help: "give the room another password or none; it asks for it, unseen",
    takes: [],
    about: "this room",
    run: moderation.password,
  },
  {
    name: "close-room",
    usage: "",
    help: "close the room for everybody and for good; it asks first",
    takes: [],
    about: "this room",
    run: moderation.closeRoom,
  },
  {
    name: "help",
    usage: "[NAME]",
    help: "list the commands, or say what one does",
    takes: ["command"],
    offline: true,
    run: help,
  },
  {
    name: "quit",
    usage: "",
    help: "leave the chat",
    takes: [],
    words: ["exit", "bye", "quit"],
    offline: true,
    run: deeds.quit,
  },
];

/** What was typed, as it is meant. */
export type Typed =
  | { readonly is: "nothing" }
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "command"; readonly command: Command; readonly argument: string }
  | { readonly is: "wrong"; readonly sentence: string };

/** Reads what was typed. `//` at its start is a slash that is said. */
export function readTyped(typed: string): Typed {
  const line = typed.trim();
  if (line === "") return { is: "nothing" };
  const word = COMMANDS.find((command) => command.words?.includes(line));
  if (word !== undefined) return { is: "command", command: word, argument: "" };
  // A paste often ends with a line break that nobody means.
  const text = typed.replace(/\n+$/, "");
  if (line.startsWith("//")) return { is: "text", text: text.replace("//", "/") };
  if (!line.startsWith("/")) return { is: "text", text };
  const [, name = "", argument = ""] = /^\/(\S*)\s*([^]*)$/.exec(line) ?? [];
  const command = COMMANDS.find((one) => one.name === name.toLowerCase());
  if (command !== undefined) return { is: "command", command, argument };
  const shown = name.length <= NAME_SHOWN ? name : `${name.slice(0, NAME_SHOWN)}…`;
  return {
    is: "wrong",
    sentence: `There is no command /${shown}. /help lists them; to send a slash, type two: //${shown}`,
  };
}

const NAME_SHOWN = 20;

/** `/msg NAME TEXT` */
export function usageOf({ name, usage }: Command): string {
  return usage === "" ? `/${name}` : `/${name} ${usage}`;
}

async function help({ face }: Scene, argument: string): Promise<void> {
  await face.print(...helpLines(argument));
}

/** All commands, or one. Throws `UsageError` where there is none of that name. */
export function helpLines(argument: string): readonly Line[] {
  if (argument === "") {
    return [
      ...COMMANDS.map(commandLine),
      note("/kick to /close-room are for the owner of the room. A TIME is written 30s, 10m, 2h or 3d."),
      note(
        "Alt-Enter breaks a line, Tab completes, Up brings back what you sent, Ctrl-C clears, //x sends /x.",
      ),
    ];
  }
  const name = argument.replace(/^\//, "").toLowerCase();
  const command = COMMANDS.find((one) => one.name === name || one.words?.includes(name));
  if (command === undefined) throw new UsageError(`There is no command /${name}. /help lists them.`);
  return [commandLine(command)];
}

function commandLine(command: Command): Line {
  const words = (command.words ?? []).map((word) => `"${word}"`).join(", ");
  return {
    head: [{ text: `  ${usageOf(command).padEnd(USAGE_CHARS)}  `, style: STRONG }],
    body: [
      plain(command.help),
      ...(words === "" ? [] : [dim(`; the same as ${words} alone on a line`)]),
    ],
  };
}

/** The help of a longer usage begins further to the right. */
const USAGE_CHARS = 23;
