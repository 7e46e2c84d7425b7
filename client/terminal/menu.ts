/** The menu that stands at the start, for who did not say which room: join one, make one, leave. */

import { readTyped } from "./commands.ts";
import { quit, roomName, roomRows, type Scene } from "./deeds.ts";
import { refusalOf } from "./desk.ts";
import type { Face } from "./face.ts";
import { roomText } from "./lists.ts";
import { complaint } from "./messages.ts";

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

/** Asks until we are in a room, or leave. What goes wrong is told, and asked again. */
export async function runMenu(scene: Scene): Promise<void> {
  const { conversation, session, face } = scene;
  const options = CHOICES.map((choice) => choice.text);
  while (!scene.left && conversation.current === null && !session.ended) {
    const typed = await face.ask({ prompt: "Choose:", options });
    const choice = typed === null || leaves(typed) ? LEAVE : chosen(typed);
    if (choice === null) await face.print(complaint(`"${typed}" is none of these: type 1, 2 or 3.`));
    else await trying(face, () => choice.run(scene));
  }
}

/** The choice that was typed as its number, or by how it begins; null where there is none such. */
function chosen(typed: string): Choice | null {
  const word = typed.trim().toLowerCase();
  const begun = CHOICES.find(({ text }) => word !== "" && text.startsWith(word));
  return CHOICES[numbered(typed, CHOICES) ?? -1] ?? begun ?? null;
}

/** Whether it is a word that leaves the chat wherever it is typed. */
function leaves(typed: string): boolean {
  const read = readTyped(typed);
  return read.is === "command" && read.command.run === quit;
}

/** Tells what goes wrong; says whether nothing did. */
async function trying(face: Face, act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    await face.print(complaint(refusalOf(error)));
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
  const { session, doors, face } = scene;
  for (let joined = false; !joined && !session.ended;) {
    const rows = await roomRows(session);
    const typed = await face.ask({ prompt: "Which room? Number or name:", options: rows.map(roomText) });
    if (typed === null || typed === "") return;
    if (leaves(typed)) return await quit(scene);
    const row = rows[numbered(typed, rows) ?? -1];
    joined = await trying(face, () => doors.join(row?.room ?? roomName(typed)));
  }
}

async function createOne({ doors, face }: Scene): Promise<void> {
  const name = await face.ask({ prompt: "Name of the room, or nothing for the next number:" });
  if (name === null) return;
  await doors.create(name === "" ? undefined : roomName(name));
}
