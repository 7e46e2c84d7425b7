/** The operator's commands about people and rooms: what a room's owner can do, everywhere, and more. */

import { bar, expel, unbar } from "../chat/barring.ts";
import { OPERATOR } from "../chat/directory.ts";
import type { House } from "../chat/house.ts";
import {
  closeRoom,
  handOver,
  kick as kickFromRoom,
  mute as muteIn,
  removeFile,
  type Scene,
  setPassword,
  setTitle,
  unmute as unmuteIn,
} from "../chat/moderation.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { UsageError } from "../protocol/flags.ts";
import { foldName } from "../protocol/names.ts";
import { quoted } from "../protocol/texts.ts";
import { dateAndTime } from "../protocol/times.ts";
import { party } from "./audit.ts";
import { type Command, type Controls, roomCalled } from "./command.ts";
import { type Clause, firstWord, parseOrder } from "./orders.ts";
import { whomMeant } from "./whom.ts";

const kick: Command = {
  usage: "kick NAME [from ROOM] [because TEXT]",
  help: "send somebody out of a room, or away from the server",
  async run({ house, print }, rest) {
    const order = parseOrder(rest, kick.usage, ["from", "because"]);
    if (order.room !== null) {
      const scene = sceneIn(house, order.room);
      const name = await kickFromRoom(house, scene, order.who, { reason: order.reason });
      return print(`${name.shown} was sent out of ${shown(scene)}.`);
    }
    const person = house.people.directory.find(order.who);
    if (person === undefined) throw nobody(order.who);
    expel(house, person, order.reason);
    print(`${person.name.shown} was sent away, and may come again.`);
  },
};

const ban: Command = {
  usage: "ban WHO [from ROOM] [for TIME] [because TEXT]",
  help: "keep a name, a key or an address out of the server, or a room",
  async run({ house, print }, rest) {
    const { who, room, forMs, reason } = parseOrder(rest, ban.usage, ["from", "for", "because"]);
    const whom = whomMeant(house, who);
    const networks = whom.name === null || whom.key !== null ? [] : networksOf(house, who);
    const place = room === null ? null : roomCalled(house, room);
    const sanction = await bar(house, { by: OPERATOR, whom, forMs, reason }, place);
    const from = place === null ? "the server" : `#${place.name.shown}`;
    const until = sanction.until === null ? "" : ` until ${dateAndTime(sanction.until)}`;
    print(`${party(sanction)} is banned from ${from}${until}.`);
    if (networks.length === 0) return;
    print(
      `They can come back under another name: ban ${
        networks.join(" or ")
      } keeps out all who come from there.`,
    );
  },
};

const unban: Command = {
  usage: "unban WHO [from ROOM]",
  help: "let them come in again",
  async run({ house, print }, rest) {
    const { who, room } = parseOrder(rest, unban.usage, ["from"]);
    const place = room === null ? null : roomCalled(house, room);
    const lifted = await unbar(house, OPERATOR, whomMeant(house, who), place);
    if (lifted.length === 0) throw new ProtocolError("no_such_person", `${quoted(who)} is not banned there.`);
    print(`May come in again: ${lifted.map(party).join(", ")}.`);
  },
};

const mute: Command = {
  usage: "mute NAME in ROOM [for TIME]",
  help: "let somebody be in a room and say nothing",
  async run({ house, print }, rest) {
    const { who, scene, forMs } = orderIn(house, rest, mute.usage, ["in", "for"]);
    const name = await muteIn(house, scene, who, forMs);
    print(`${name.shown} is muted in ${shown(scene)}.`);
  },
};

const unmute: Command = {
  usage: "unmute NAME in ROOM",
  help: "let them speak again",
  async run({ house, print }, rest) {
    const { who, scene } = orderIn(house, rest, unmute.usage, ["in"]);
    const name = await unmuteIn(house, scene, who);
    print(`${name.shown} may speak in ${shown(scene)} again.`);
  },
};

const title: Command = {
  usage: "title ROOM [TEXT]",
  help: "give a room a title, or take it away",
  async run({ house, print }, rest) {
    const { word, rest: text } = needed(rest, title.usage);
    const scene = sceneIn(house, word);
    const now = await setTitle(house, scene, text);
    print(
      now === ""
        ? `${shown(scene)} has no title now.`
        : `The title of ${shown(scene)} is ${quoted(now)} now.`,
    );
  },
};

/** The terminal shows what is typed: it is the operator's own. Nothing else does. */
const password: Command = {
  usage: "password ROOM NEW",
  help: 'lock a room with a new password; "none" opens it',
  async run({ house, print }, rest) {
    const { word, rest: text } = needed(rest, password.usage);
    if (text === "") throw new UsageError(`usage: ${password.usage}`);
    const scene = sceneIn(house, word);
    await setPassword(house, scene, text === "none" ? null : text, OPERATOR);
    print(text === "none" ? `${shown(scene)} is open now.` : `${shown(scene)} has a new password now.`);
  },
};

const owner: Command = {
  usage: "owner ROOM NAME",
  help: "make somebody who has a key a room's owner",
  async run({ house, print }, rest) {
    const { word, rest: who } = needed(rest, owner.usage);
    if (who === "") throw new UsageError(`usage: ${owner.usage}`);
    const scene = sceneIn(house, word);
    const name = await handOver(house, scene, who);
    print(`${shown(scene)} is ${name.shown}'s now.`);
  },
};

const closing: Command = {
  usage: "close-room ROOM",
  help: "close a room for good, with all that was said in it",
  async run({ house, print }, rest) {
    const scene = sceneIn(house, needed(rest, closing.usage).word);
    await closeRoom(house, scene);
    print(`${shown(scene)} is closed.`);
  },
};

const remove: Command = {
  usage: "remove FILE from ROOM",
  help: "take a file out of a room; FILE is its number",
  async run({ house, print }, rest) {
    const { who, room } = parseOrder(rest, remove.usage, ["from"]);
    if (room === null || !/^\d+$/.test(who)) throw new UsageError(`usage: ${remove.usage}`);
    const scene = sceneIn(house, room);
    const { name } = await removeFile(house, scene, Number(who));
    print(`${quoted(name)} is removed from ${shown(scene)}.`);
  },
};

const release: Command = {
  usage: "release NAME",
  help: "make a name that belongs to a key nobody's",
  async run({ house, print }, rest) {
    const { word: name } = needed(rest, release.usage);
    const folded = foldName(name);
    const key = house.register?.ownerOf(folded) ?? null;
    if (key === null || !await house.register?.release(folded)) {
      throw new ProtocolError("no_such_person", `${quoted(name)} belongs to nobody.`);
    }
    house.audit({ deed: "RELEASE", by: OPERATOR, room: null, whom: { name, key } });
    const here = house.people.directory.find(name) !== undefined;
    print(
      `${name} belongs to nobody now.${here ? " Who is here under it takes it again: kick them too." : ""}`,
    );
  },
};

/** By what is typed for each. */
export const MODERATION: Readonly<Record<string, Command>> = {
  kick,
  ban,
  unban,
  mute,
  unmute,
  title,
  password,
  owner,
  "close-room": closing,
  remove,
  release,
};

function sceneIn(house: House, room: string): Scene {
  return { by: OPERATOR, room: roomCalled(house, room) };
}

function shown({ room }: Scene): string {
  return `#${room.name.shown}`;
}

/** An order that has to say in which room. */
function orderIn(house: House, rest: string, usage: string, clauses: readonly Clause[]) {
  const { who, room, forMs } = parseOrder(rest, usage, clauses);
  if (room === null) throw new UsageError(`Say in which room. usage: ${usage}`);
  return { who, forMs, scene: sceneIn(house, room) };
}

/** The first word, which has to be there. */
function needed(rest: string, usage: string) {
  const words = firstWord(rest);
  if (words.word === "") throw new UsageError(`usage: ${usage}`);
  return words;
}

function networksOf({ people }: Controls["house"], who: string): readonly string[] {
  const sessions = [...people.directory.find(who)?.sessions ?? []];
  return [...new Set(sessions.map(({ network }) => network))];
}

function nobody(who: string): ProtocolError {
  return new ProtocolError("no_such_person", `Nobody called ${quoted(who)} is here.`);
}
