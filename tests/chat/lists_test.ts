/** Lists that do not fit a frame are paged: all of them, each once. */

import { assert, assertEquals, assertGreater } from "@std/assert";
import type { Peer } from "../support/peer.ts";
import { House } from "../support/server.ts";

/** A name of 64 bytes, of which JSON escapes every second. */
function longName(i: number): string {
  return `${String(i).padStart(4, "0")}${'"日'.repeat(14)}`;
}

/** One page of a list, as a reply holds it. */
interface Page<I> {
  readonly list: readonly I[];
  readonly more?: boolean;
  readonly next?: number;
}

/** All pages of a list, put together; asserts that there are several. Replies fit a frame, or they could not come. */
async function pages<I>(ask: (page: object) => Promise<Page<I>>): Promise<I[]> {
  const all: I[] = [];
  let count = 0;
  let page: number | undefined;
  do {
    const { list, more, next } = await ask(page === undefined ? {} : { page });
    assertGreater(list.length, 0);
    all.push(...list);
    assertEquals(more === true, next !== undefined);
    page = next;
    count++;
  } while (page !== undefined);
  assertGreater(count, 1, "it fitted one page");
  return all;
}

async function people(peer: Peer, type: "who" | "status", members: object): Promise<Page<{ name: string }>> {
  const answer = await peer.ask(type, members);
  return { ...answer, list: answer.people };
}

Deno.test("rooms with long names and titles are paged", async () => {
  await using house = await House.start({ sync: false });
  const peers = [await house.enter("Ada"), await house.enter("Bob")];
  const names = Array.from({ length: 300 }, (_, i) => longName(i));
  for (const [i, room] of names.entries()) {
    await peers[i % 2]?.ask("create", { room, title: '"'.repeat(200) });
  }
  const [ada = await house.enter()] = peers;
  const rooms = await pages(async (page) => {
    const answer = await ada.ask("rooms", page);
    return { ...answer, list: answer.rooms };
  });
  assertEquals(rooms.map(({ room }) => room), ["lobby", ...names]);
});

Deno.test("people with long names are paged, in who, in a room, and in status", async () => {
  await using house = await House.start();
  const names = Array.from({ length: 700 }, (_, i) => longName(i));
  const peers = await Promise.all(names.map((name) => house.member(name)));
  for (let i = 0; i < 50; i++) await peers[i]?.ask("bye");
  const present = names.slice(50);
  const asker = peers[60];
  assert(asker !== undefined);
  const sorted = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).toSorted();
  assertEquals(sorted(await pages((page) => people(asker, "who", page))), present);
  assertEquals(sorted(await pages((page) => people(asker, "who", { room: "lobby", ...page }))), present);
  assertEquals(sorted(await pages((page) => people(asker, "status", page))), names);
});

Deno.test("who names the rooms that the asker is in too, and who is connected now", async () => {
  await using house = await House.start();
  const [ada, bob, cleo] = [await house.member("Ada"), await house.member("Bob"), await house.enter("Cleo")];
  await bob.ask("create", { room: "tea" });
  await bob.ask("create", { room: "den" });
  await ada.ask("join", { room: "tea" });
  const who = async (peer: Peer, room?: string) =>
    (await peer.ask("who", room === undefined ? {} : { room })).people.map((
      { name, rooms },
    ) => [name, ...rooms]);
  assertEquals(await who(ada), [["Ada", "lobby", "tea"], ["Bob", "lobby", "tea"], ["Cleo"]]);
  assertEquals(await who(cleo), [["Ada"], ["Bob"], ["Cleo"]]);
  assertEquals(await who(bob, "den"), [["Bob", "tea", "den"].toSpliced(1, 0, "lobby")]);
  const [first] = (await ada.ask("who")).people;
  assert(first !== undefined && first.connected <= Date.now() && first.connected > Date.now() - 60_000);
  assertEquals(first.verified, false);
  await bob.ask("bye");
  assertEquals(await who(ada), [["Ada", "lobby", "tea"], ["Cleo"]]);
});

Deno.test("status tells of everybody who was here lately, oldest first, and when they went", async () => {
  await using house = await House.start();
  const bob = await house.enter("Bob");
  const ada = await house.enter("Ada");
  await bob.ask("bye");
  const { people } = await ada.ask("status");
  assertEquals(people.map(({ name }) => name), ["Bob", "Ada"]);
  const [gone, here] = people;
  assert(gone?.disconnected !== null && gone !== undefined && gone.disconnected >= gone.connected);
  assertEquals(here?.disconnected, null);
});
