/** The menu that stands at the start, for who did not say which room: join one, make one, leave. */

import { quit, roomName, roomRows, type Scene } from "./deeds.ts";
import { refusalOf } from "./desk.ts";
import type { Face } from "./face.ts";
import { roomText } from "./lists.ts";
import { complaint } from "./messages.ts";

interface Choice {
  readonly text: string;
  readonly run: (scene: Scene) => Promise<void>;
}

const CHOICES: readonly Choice[] = [
  { text: "join a group chat", run: joinOne },
  { text: "create a group chat", run: createOne },
  { text: "leave", run: quit },
];

/** Asks until we are in a room, or leave. What goes wrong is told, and asked again. */
export async function runMenu(scene: Scene): Promise<void> {
  const { conversation, session, face } = scene;
  let left = false;
  const run = async ({ run }: Choice) => {
    left = run === quit;
    await run(scene);
  };
  while (!left && conversation.current === null && !session.ended) {
    const typed = await face.ask({ prompt: "Choose:", options: CHOICES.map((choice) => choice.text) });
    if (typed === null) return await quit(scene);
    const choice = CHOICES[numbered(typed, CHOICES) ?? CHOICES.findIndex(({ text }) => begins(text, typed))];
    if (choice === undefined) await face.print(complaint(`"${typed}" is none of these: type 1, 2 or 3.`));
    else await trying(face, () => run(choice));
  }
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

function begins(text: string, typed: string): boolean {
  const word = typed.trim().toLowerCase();
  return word !== "" && text.startsWith(word);
}

/** Shows the rooms, and asks for one until we are in it or nothing is answered. */
async function joinOne({ session, doors, face }: Scene): Promise<void> {
  for (let joined = false; !joined && !session.ended;) {
    const rows = await roomRows(session);
    const typed = await face.ask({ prompt: "Which room? Number or name:", options: rows.map(roomText) });
    if (typed === null) return;
    const row = rows.find(({ room }) => room === typed) ?? rows[numbered(typed, rows) ?? -1];
    joined = await trying(face, () => doors.join(row?.room ?? roomName(typed)));
  }
}

async function createOne({ doors, face }: Scene): Promise<void> {
  const name = await face.ask({ prompt: "Name of the room, or nothing for the next number:" });
  if (name === null) return;
  await doors.create(name === "" ? undefined : roomName(name));
}
