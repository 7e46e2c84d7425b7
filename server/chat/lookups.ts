/** Requests that change nothing: `rooms`, `who`, `status`, `history`, `search`. */

import { messageOf, ProtocolError } from "../protocol/errors.ts";
import { HISTORY_LIMIT_DEFAULT, QUERY_BYTES_MAX } from "../protocol/limits.ts";
import { cleanText } from "../protocol/texts.ts";
import type { Handler } from "./handler.ts";
import type { House } from "./house.ts";
import { fillPage, fitting } from "./pages.ts";
import type { Person, Session } from "./person.ts";
import type { Room } from "./room.ts";

export const rooms: Handler<"rooms"> = async ({ rooms }, { session }, { page = 0 }) => {
  async function* describe() {
    for (const room of rooms) {
      if (room.number >= page) yield [room.number, await describeRoom(room, session)] as const;
    }
  }
  const { list, rest } = await fillPage(describe());
  return { answer: { rooms: list, ...rest } };
};

async function describeRoom(room: Room, asker: Session) {
  const { locked, size, name } = room;
  if (locked && room.member(asker) === undefined) return { room: name.shown, locked };
  const { title } = room.record;
  return {
    room: name.shown,
    locked,
    ...(title === "" ? {} : { title }),
    members: size,
    ...await headOf(room),
  };
}

/** A room that cannot be read is listed all the same. */
async function headOf(room: Room): Promise<{ head?: number }> {
  try {
    return { head: await room.head() };
  } catch (error) {
    if (error instanceof ProtocolError) return {};
    throw error;
  }
}

export const who: Handler<"who"> = async ({ people }, { session }, { page = 0 }, standing) => {
  const mine = new Set(listedRooms(session.person));
  function* describe() {
    for (const person of people.present()) {
      const { number, connected } = person.visit;
      if (number < page || standing?.room.lists(person) === false) continue;
      const rooms = listedRooms(person).filter((room) => mine.has(room));
      const verified = people.directory.verified(person);
      yield [number, { name: person.name.shown, rooms, connected, verified }] as const;
    }
  }
  const { list, rest } = await fillPage(describe());
  return { answer: { people: list, ...rest } };
};

/** The rooms in which a person is seen. */
export function listedRooms({ sessions }: Person): string[] {
  const places = sessions.flatMap(({ places }) => places);
  return [...new Set(places.filter(({ listed }) => listed).map(({ room }) => room))];
}

export const status: Handler<"status"> = async ({ people }, _asker, { page = 0 }) => {
  function* describe() {
    for (const { number, name, connected, disconnected } of people.visits) {
      if (number >= page) yield [number, { name, connected, disconnected }] as const;
    }
  }
  const { list, rest } = await fillPage(describe());
  return { answer: { people: list, ...rest } };
};

export const history: Handler<"history"> = async (house, _asker, asked, { room, member, log }) => {
  const { first } = member;
  const before = Math.max(first, Math.min(asked.before ?? Infinity, log.head + 1));
  const from = Math.max(first, before - (asked.limit ?? HISTORY_LIMIT_DEFAULT));
  const found = await reading(house, room, () => log.entries(from, before - 1));
  const newest = found.toReversed();
  const entries = newest.slice(0, fitting(newest)).toReversed();
  return { answer: { room: room.name.shown, entries, more: (entries[0]?.seq ?? from) > first } };
};

export const search: Handler<"search"> = async (house, _asker, asked, { room, member, log }) => {
  const query = cleanText(asked.query, QUERY_BYTES_MAX);
  const { before = Infinity, limit = HISTORY_LIMIT_DEFAULT } = asked;
  // It may wait for its turn: what is said meanwhile may not be for somebody who was sent out.
  const newest = Math.min(before, log.head + 1);
  const search = () => log.search(query, member.first, newest, limit);
  const found = await reading(house, room, () => house.searches.run(search));
  const entries = found.entries.slice(0, fitting(found.entries));
  return {
    answer: { room: room.name.shown, entries, more: found.more || entries.length < found.entries.length },
  };
};

/** What `read` gives; where the disk cannot, the operator is told why and the asker that it is so. */
async function reading<T>(house: House, room: Room, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // The disk gives errors of Deno's, what it holds a DamagedLogError, RangeError or SyntaxError; a TypeError is a bug.
    if (error instanceof TypeError) throw error;
    house.report("ERROR", `${room.name.shown} cannot be read: ${messageOf(error)}`);
    const message =
      `A part of the history of #${room.name.shown} cannot be read. Tell the server's operator.`;
    throw new ProtocolError("storage_failed", message);
  }
}
