/** The chat on a terminal, from the first question to the last word. */

import { aborted, type Clock, within } from "../clock.ts";
import type { Ending, SessionEvent } from "../events.ts";
import type { PasswordHolder } from "../server_password.ts";
import type { Session } from "../session.ts";
import type { Rights } from "../rights.ts";
import { Conversation } from "./conversation.ts";
import { Courier } from "./courier.ts";
import { Desk } from "./desk.ts";
import { Doors } from "./doors.ts";
import type { Face } from "./face.ts";
import { runMenu } from "./menu.ts";
import { complaint, note } from "./messages.ts";
import { Notices } from "./notices.ts";
import type { BellSetting, Scene } from "./scene.ts";
import { readSettings, writeSettings } from "./settings.ts";

export interface Terminal {
  /** Makes a session and begins to connect; without a name the server picks one. */
  readonly open: (name: string | undefined) => Opened;
  readonly face: Face;
  /** What the command line says of it; who is not named is asked. */
  readonly name: string | undefined;
  /** Where to go at first; without it there is a menu. */
  readonly room: string | undefined;
  /** That room's password, where it was given. */
  readonly password: string | null;
  /** How many earlier messages a room shows. */
  readonly last: number;
  /** The folder of all data. */
  readonly data: string;
  readonly paths: (prefix: string) => readonly string[];
  readonly rights: Rights;
  /** Aborts on a signal. */
  readonly stop: AbortSignal;
  readonly clock: Clock;
}

export interface Opened {
  readonly session: Session;
  readonly events: AsyncIterable<SessionEvent>;
  readonly ending: Promise<Ending>;
}

/** How long leaving waits for what was typed to be acknowledged. */
const LAST_MS_MAX = 2_000;

/** What is wrong with a name can be mended by another. */
const NAME_REFUSALS: ReadonlySet<string> = new Set(["name_taken", "name_invalid"]);

/** Runs the front end to its end. Resolves to the exit code: 0 left, 1 could not connect or was cut off for good. */
export async function runTerminal(terminal: Terminal): Promise<number> {
  const { face, stop } = terminal;
  // Not awaited: a read of standard input cannot be taken back, and ends with the program.
  void face.run();
  const cancel = () => face.cancel();
  stop.addEventListener("abort", cancel, { once: true });
  try {
    const bell = await openBell(terminal);
    for (let name = terminal.name ?? await askName(face);; name = await askName(face)) {
      if (name === null || stop.aborted) return 0;
      const ending = await visit(terminal, bell, name === "" ? undefined : name);
      if (ending.is === "left") return 0;
      if (!NAME_REFUSALS.has(ending.code)) return 1;
    }
  } finally {
    stop.removeEventListener("abort", cancel);
    await face.close();
  }
}

function askName(face: Face): Promise<string | null> {
  return face.ask({ prompt: "Your name:", root: true });
}

/** The person at the terminal, who may know the server's password. */
export function holderAt(face: Face): PasswordHolder {
  return {
    async ask(why) {
      await face.print(note(why));
      return await face.ask({ prompt: "The server's password:", secret: true });
    },
    accepted: () => face.settle(),
  };
}

/** A person's stay under one name. Resolves to how it ended. */
async function visit(terminal: Terminal, bell: Bell, name: string | undefined): Promise<Ending> {
  const { face, clock, stop } = terminal;
  const { session, events, ending } = terminal.open(name);
  const over = new AbortController();
  const leave = () => over.abort();
  const conversation = new Conversation({ face, clock, notices: bell.notices, name: () => session.name });
  const doors = new Doors({ session, conversation, face, last: terminal.last });
  const courier = new Courier({ face, clock, looking: () => conversation.current?.name ?? null });
  const scene: Scene = {
    session,
    conversation,
    doors,
    face,
    bell,
    courier,
    rights: terminal.rights,
    data: terminal.data,
    leave,
    get left() {
      return over.signal.aborted;
    },
  };
  const desk = new Desk({ scene, notices: bell.notices, clock, paths: terminal.paths });
  face.attach(desk);
  desk.open();
  stop.addEventListener("abort", leave, { once: true });
  const listening = conversation.listen(events).finally(leave);
  const roaming = roam(terminal, scene, desk);
  if (stop.aborted) leave();
  await aborted(over.signal);
  face.cancel();
  await within(clock, LAST_MS_MAX, desk.drained());
  conversation.leave();
  const unsent = conversation.pending.all.length;
  const stopped = courier.leave();
  await session.leave();
  await within(clock, LAST_MS_MAX, session.transfers.settled());
  // A terminal that takes nothing any more would hold it up for ever.
  await within(clock, LAST_MS_MAX, listening);
  // The menu may have asked again meanwhile.
  face.cancel();
  await roaming;
  desk.close();
  stop.removeEventListener("abort", leave);
  if (stopped !== null) void face.print(stopped);
  if (unsent > 0) void face.print(complaint(`${unsent} of your messages may not have been sent.`));
  return await ending;
}

/** Goes into the room of the command line, and asks for another whenever we are in none. */
async function roam({ room, password }: Terminal, scene: Scene, desk: Desk): Promise<void> {
  const { conversation, doors, session } = scene;
  if (room !== undefined) await desk.move(() => doors.join(room, password));
  await conversation.until(() => conversation.connected);
  while (!scene.left && !session.ended) {
    await desk.settled();
    if (conversation.rooms.length === 0) await runMenu(scene, desk);
    else await conversation.until(() => conversation.rooms.length === 0);
  }
}

interface Bell extends BellSetting {
  readonly notices: Notices;
}

/** The bell as it was set, and how it is set anew. */
async function openBell({ data, face, clock }: Terminal): Promise<Bell> {
  const { settings, problem } = await readSettings(data);
  if (problem !== null) await face.print(complaint(problem));
  const notices = new Notices(settings.bell, clock.now());
  return {
    notices,
    get now() {
      return notices.bell;
    },
    set(bell) {
      notices.bell = bell;
      return writeSettings(data, { bell });
    },
  };
}
