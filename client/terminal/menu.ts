/** The menu that stands at the start, for who did not say which room: join one, make one, leave. */

import { readTyped } from "./commands.ts";
import { quit, roomName, roomRows } from "./deeds.ts";
import type { Desk } from "./desk.ts";
import { roomText } from "./lists.ts";
import { complaint } from "./messages.ts";
import { needConnection, refusalOf, type Scene } from "./scene.ts";

interface Choice {
  readonly text: string;
  readonly run: (scene: Scene) => Promise<void>;
}

const LEAVE: Choice = { text: "leave", run: quit };
const CHOICES: readonly Choice[] = [
  { text: "join a group chat", run: joinOne },
  { text: "create a group chat", run: createOne },
  LEAVE,
];

/** Asks until we are in a room, or leave. What goes wrong is told, and asked again. Commands work here too. */
export async function runMenu(scene: Scene, desk: Desk): Promise<void> {
  const { conversation, session, face } = scene;
  const options = CHOICES.map((choice) => choice.text);
  while (!scene.left && conversation.rooms.length === 0 && !session.ended) {
    const typed = await face.ask({ prompt: "Choose:", options, root: true });
    const read = readTyped(typed ?? "");
    const choice = typed === null ? LEAVE : chosen(typed);
    if (read.is === "command") await desk.run(read.command, read.argument);
    else if (choice === null) await face.print(complaint(`"${typed}" is none of these: type 1, 2 or 3.`));
    else await trying(scene, () => choice.run(scene));
  }
}

/** The choice that was typed as its number, or by how it begins; null where there is none such. */
function chosen(typed: string): Choice | null {
  const word = typed.trim().toLowerCase();
  const begun = CHOICES.find(({ text }) => word !== "" && text.startsWith(word));
  return CHOICES[numbered(typed, CHOICES) ?? -1] ?? begun ?? null;
}

/** Tells what goes wrong; says whether nothing did. */
async function trying({ face, session }: Scene, act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    const reason = refusalOf(error);
    // What ended the session is told as an event.
    if (!session.ended) await face.print(complaint(reason));
    return false;
  }
}

/** The index of the option that was typed as its number, from 1; null where it is something else. */
function numbered(typed: string, options: readonly unknown[]): number | null {
  const index = /^\d+$/.test(typed.trim()) ? Number(typed) - 1 : -1;
  return index in options ? index : null;
}

/** Shows the rooms, and asks for one until we are in it or nothing is answered: then the menu comes again. */
async function joinOne(scene: Scene): Promise<void> {
  const { session, conversation, doors, face } = scene;
  for (let joined = false; !joined && !session.ended;) {
    needConnection(scene);
    const rows = await roomRows(session);
    conversation.listed = rows.map(({ room }) => room);
    const typed = await face.ask({ prompt: "Which room? Number or name:", options: rows.map(roomText) });
    if (typed === null || typed === "") return;
    const read = readTyped(typed);
    if (read.is === "command" && read.command.run === quit) return await quit(scene);
    const row = rows[numbered(typed, rows) ?? -1];
    joined = await trying(scene, () => doors.join(row?.room ?? roomName(typed)));
  }
}

async function createOne(scene: Scene): Promise<void> {
  needConnection(scene);
  const name = await scene.face.ask({ prompt: "Name of the room, or nothing for the next number:" });
  if (name === null) return;
  await scene.doors.create(name === "" ? undefined : roomName(name));
}
