/** Notices of what was done: who reads one, who reads none, and what it says. */

import { assertEquals } from "@std/assert";
import { handOver, mute, setPassword, unmute } from "../../server/chat/moderation.ts";
import { TestKey } from "../support/keys.ts";
import { Guest, quickHouse } from "./guests.ts";

const HOUR_MS = 3_600_000;
const OLGA = new TestKey();
const BO = new TestKey();

/** Olga's room #tea with Bo and Kim, a connection of Bo's and of Olga's that are not in it, and Zoe, who is not either. */
async function tea() {
  const house = await quickHouse();
  const olga = await Guest.enter(house, "Olga", { key: OLGA });
  await olga.ok("create", { room: "tea" });
  const people = {
    olga,
    olga2: await Guest.enter(house, "Olga", { key: OLGA }),
    bo: await Guest.enter(house, "Bo", { key: BO, rooms: ["tea"] }),
    bo2: await Guest.enter(house, "Bo", { key: BO }),
    kim: await Guest.enter(house, "Kim", { rooms: ["tea"] }),
    zoe: await Guest.enter(house, "Zoe", { rooms: ["lobby"] }),
  };
  /** What each of them was told since the last time, but for those who were told nothing. */
  const told = async () => {
    const all: { [name: string]: string[] } = {};
    for (const [name, guest] of Object.entries(people)) {
      const texts = (await guest.events("notice")).map(({ text }) => text);
      if (texts.length > 0) all[name] = texts;
    }
    return all;
  };
  return { house, ...people, told, byOperator: { by: "operator", room: house.rooms.get("tea") } as const };
}

Deno.test("who is muted reads where and for how long, over all their connections, and nobody else does", async () => {
  const { house, olga, byOperator, told } = await tea();
  const muted = (term: string) => [`You are muted in #tea${term}. Ask whoever runs it to lift that.`];
  await olga.ok("mute", { room: "tea", name: "bo", for_ms: 2 * HOUR_MS });
  assertEquals(await told(), { bo: muted(" for another 2 hours"), bo2: muted(" for another 2 hours") });
  await mute(house, byOperator, "Kim", undefined);
  assertEquals(await told(), { kim: muted("") });
  await olga.ok("mute", { room: "tea", name: "Zoe" });
  assertEquals(await told(), { zoe: muted("") }, "also who is not in the room");
  await house.rooms.end();
});

Deno.test("who may speak again reads that, over all their connections, and nobody else does", async () => {
  const { house, olga, byOperator, told } = await tea();
  for (const name of ["Bo", "Kim"]) await olga.ok("mute", { room: "tea", name });
  await told();
  await olga.ok("unmute", { room: "tea", name: "Bo" });
  const again = ["You may speak in #tea again."];
  assertEquals(await told(), { bo: again, bo2: again });
  await unmute(house, byOperator, "Kim");
  assertEquals(await told(), { kim: again });
  await house.rooms.end();
});

Deno.test("who is given a room reads by whom, over all their connections, and nobody else does", async () => {
  const { house, olga, byOperator, told } = await tea();
  await olga.ok("owner", { room: "tea", name: "Bo" });
  const yours = (by: string) => [`#tea is yours now: ${by} handed it on to you.`];
  assertEquals(await told(), { bo: yours("Olga"), bo2: yours("Olga") });
  await handOver(house, byOperator, "Olga");
  assertEquals(await told(), { olga: yours("operator"), olga2: yours("operator") });
  await house.rooms.end();
});

Deno.test("who is in a room reads that it was locked anew or opened, but for whoever did that", async () => {
  const { house, olga, olga2, byOperator, told } = await tea();
  await olga2.ok("join", { room: "tea" });
  const locked = ["#tea has another password now."];
  const open = ["#tea is open now."];
  await olga.ok("password", { room: "tea", password: "green" });
  assertEquals(await told(), { bo: locked, kim: locked });
  await olga.ok("password", { room: "tea", password: null });
  assertEquals(await told(), { bo: open, kim: open });
  await setPassword(house, byOperator, "black", "192.0.2.1");
  assertEquals(await told(), { olga: locked, olga2: locked, bo: locked, kim: locked });
  await house.rooms.end();
});

Deno.test("who has no connection is told nothing, then or when they are back", async () => {
  const { house, olga, bo, bo2, kim, told } = await tea();
  for (const guest of [bo, kim]) guest.drop();
  await olga.ok("password", { room: "tea", password: "green" });
  assertEquals(await told(), {});
  for (const name of ["Bo", "Kim", "Nobody"]) await olga.ok("mute", { room: "tea", name });
  assertEquals(Object.keys(await told()), ["bo2"]);
  await olga.ok("unmute", { room: "tea", name: "Kim" });
  bo2.drop();
  await olga.ok("owner", { room: "tea", name: "Bo" });
  const back = [
    await Guest.enter(house, "Bo", { key: BO, session: bo.token, rooms: ["tea"] }),
    await Guest.enter(house, "Kim", { session: kim.token, rooms: ["tea"] }),
  ];
  for (const guest of back) assertEquals(await guest.events("notice"), []);
  assertEquals(await told(), {});
  await house.rooms.end();
});

Deno.test("of what is refused nobody is told", async () => {
  const { house, olga, kim, told } = await tea();
  const refused = [
    await olga.outcome("mute", { room: "tea", name: "Olga" }),
    await olga.outcome("unmute", { room: "tea", name: "Bo" }),
    await olga.outcome("owner", { room: "tea", name: "Kim" }),
    await olga.outcome("password", { room: "tea", password: "" }),
    await kim.outcome("mute", { room: "tea", name: "Bo" }),
    await kim.outcome("password", { room: "tea", password: "green" }),
  ];
  assertEquals(refused, [
    "not_allowed",
    "no_such_person",
    "not_allowed",
    "bad_request",
    "not_allowed",
    "not_allowed",
  ]);
  assertEquals(await told(), {});
  await house.rooms.end();
});
