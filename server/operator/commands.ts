/** All of the operator's commands, by what is typed for them. */

import { OPERATOR } from "../chat/directory.ts";
import { UsageError } from "../protocol/flags.ts";
import { cleanText } from "../protocol/texts.ts";
import { type Command, type Controls, roomCalled } from "./command.ts";
import { bans, files, rooms, status, who } from "./lists.ts";
import { MODERATION } from "./moderation_commands.ts";
import { firstWord } from "./orders.ts";
import { table } from "./table.ts";

export const COMMANDS: Readonly<Record<string, Command>> = {
  help: { usage: "help", help: "list the commands", run: help },
  status: {
    usage: "status",
    help: "who was here lately, from where, in which rooms, since and until when",
    run: status,
  },
  rooms: { usage: "rooms", help: "list the rooms", run: rooms },
  who: { usage: "who", help: "list who is connected, and by which key they are known", run: who },
  say: { usage: "say ROOM TEXT", help: "say something in a room", run: say },
  bans: { usage: "bans [ROOM]", help: "list who is banned, or muted in a room", run: bans },
  files: { usage: "files [ROOM]", help: "list the files of a room, or how many each room has", run: files },
  ...MODERATION,
  close: { usage: "close", help: "end the server in order", run: close },
};

function help({ print }: Controls): void {
  print(table(Object.values(COMMANDS).map(({ usage, help }) => [usage, help])));
}

/** With anything behind it, it is not the whole server that is meant. */
function close({ close }: Controls, rest: string): void {
  if (rest !== "") throw new UsageError('"close" ends the server; "close-room ROOM" closes a room.');
  close();
}

async function say({ house, print }: Controls, rest: string): Promise<void> {
  const { word, rest: text } = firstWord(rest);
  if (text === "") throw new UsageError("usage: say ROOM TEXT");
  const room = roomCalled(house, word);
  const clean = cleanText(text, house.textBytesMax);
  const log = await room.log();
  const { seq } = await log.append({ kind: "say", from: OPERATOR, text: clean });
  print(`Said in #${room.name.shown} as entry ${seq}.`);
}
