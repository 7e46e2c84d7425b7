/** What the commands about files do. Each throws `ProtocolError` where the server refuses, `UsageError` for a wrong argument. */

import { UsageError } from "../../server/protocol/flags.ts";
import { shownFileName } from "../file_names.ts";
import { downloadsSink, pathSink, type Sink } from "../files/sink.ts";
import { openSource } from "../files/source.ts";
import {
  fileToMake,
  fileToRead,
  lastPart,
  type NamedFile,
  outboxPath,
  reachable,
  type Right,
  unreadable,
  unwritable,
} from "../rights.ts";
import { fileMeant, type RoomFile, roomFiles } from "../room_files.ts";
import { rooms } from "./deeds.ts";
import { fileLine } from "./lists.ts";
import { complaint, note, rule } from "./messages.ts";
import { isBare, pathsOf, wordsOf } from "./path_words.ts";
import { looking, type Scene } from "./scene.ts";

/** Rows that `/files` shows. */
const ROWS_MAX = 500;
const OS = Deno.build.os;

export async function send(scene: Scene, argument: string): Promise<void> {
  const { session, conversation, courier, face, rights, data } = scene;
  const { name: room } = looking(conversation);
  const places = sendPlaces(scene, argument);
  if (places.length === 0) {
    throw new UsageError("Which file? Write /send PATH, in quotes where it has spaces.");
  }
  for (const place of places) {
    if (reachable(place, rights)) {
      const name = lastPart(place.shown);
      courier.begin(session.transfers.put(room, (watch) => openSource(place.path, name, data, watch), name));
    } else {
      await face.print(complaint(unreadable(place, data, rights)));
    }
  }
}

/** What `/send` needs and may not have. */
export function sendRights(scene: Scene, argument: string): readonly Right[] {
  return sendPlaces(scene, argument).flatMap(({ rights }) => rights);
}

/** A name alone is first looked for in the outbox. */
function sendPlaces({ data, rights }: Scene, argument: string): readonly NamedFile[] {
  return pathsOf(argument, OS).map((path) => {
    const kept = isBare(path, OS) ? outboxPath(data, path, rights) : null;
    return fileToRead(kept ?? path);
  });
}

export async function files(scene: Scene, argument: string): Promise<void> {
  if (argument !== "" && argument !== "list") {
    throw new UsageError("Write /files: it lists the files of the room.");
  }
  await showFiles(scene, looking(scene.conversation).name);
}

/** The rooms, and in a room its files. */
export async function list(scene: Scene): Promise<void> {
  await rooms(scene);
  const { current } = scene.conversation;
  if (current !== null) await showFiles(scene, current.name);
}

async function showFiles({ session, courier, face }: Scene, room: string): Promise<void> {
  const all = await roomFiles(session, room);
  const shown = all.slice(-ROWS_MAX);
  courier.listed = shown.map(({ name }) => shownFileName(name)).reverse();
  const older = all.length - shown.length;
  await face.print(
    rule(`files of #${room}: ${all.length}`),
    ...(older === 0 ? [] : [note(`The oldest ${older} are had by their numbers.`)]),
    ...shown.map(fileLine),
    note("/get NAME or number fetches one, /send PATH puts one here."),
  );
}

export async function get(scene: Scene, argument: string): Promise<void> {
  const { session, conversation, courier, rights, data } = scene;
  const { name: room } = looking(conversation);
  const { what, as } = readGet(argument);
  const place = as === null || isBare(as, OS) ? null : fileToMake(as, rights);
  if (place !== null && !reachable(place, rights)) throw new UsageError(unwritable(place, data, rights));
  const known = await fileCalled(scene, room, what);
  const sink = place !== null ? pathSink(place.path, data) : renamed(downloadsSink(data), as);
  courier.begin(session.transfers.get(room, known.file, sink, known));
}

/** `sink` for a file under another name; null for its own. */
function renamed(sink: Sink, name: string | null): Sink {
  return name === null ? sink : { open: (file, watch) => sink.open({ ...file, name }, watch) };
}

/** What `/get` needs and may not have. */
export function getRights({ rights }: Scene, argument: string): readonly Right[] {
  const { as } = readGet(argument);
  return as === null || isBare(as, OS) ? [] : fileToMake(as, rights).rights;
}

export async function remove(scene: Scene, argument: string): Promise<void> {
  const { session, conversation } = scene;
  const { name: room } = looking(conversation);
  const { file } = await fileCalled(scene, room, nameOf(argument));
  await session.request("remove", { room, file });
}

export function cancel({ courier }: Scene, argument: string): Promise<void> {
  courier.cancel(argument === "" ? "" : nameOf(argument));
  return Promise.resolve();
}

async function fileCalled({ session }: Scene, room: string, what: string): Promise<RoomFile> {
  if (what === "") throw new UsageError("Which file? Write its name or number. /files lists them.");
  return fileMeant(await roomFiles(session, room), room, what);
}

interface Wanted {
  readonly what: string;
  /** Where to; null for the folder of downloads. A name alone stands in that folder. */
  readonly as: string | null;
}

/** Reads `NAME or number [as PATH]`. A name that looks like that itself is put in quotes. */
function readGet(argument: string): Wanted {
  const words = wordsOf(argument, OS);
  const at = words.findLastIndex(({ text }, i) => text === "as" && i > 0);
  const middle = words[at];
  if (middle === undefined) return { what: nameOf(argument), as: null };
  const paths = pathsOf(argument.slice(middle.from + "as".length), OS);
  const [as] = paths;
  if (as === undefined || paths.length > 1) {
    throw new UsageError("Write /get NAME as PATH, and put quotes around what has spaces.");
  }
  return { what: nameOf(argument.slice(0, middle.from)), as };
}

/** A name as it was typed: of a word in quotes what stands in them, and all of several words. */
function nameOf(typed: string): string {
  const [word, ...others] = wordsOf(typed, OS);
  return word === undefined || others.length > 0 || word.open !== null ? typed.trim() : word.text;
}
