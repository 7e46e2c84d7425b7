/** What the operator reads of wrong passwords: each of them once, by whom and from where, and never what was given. */

import { assertEquals } from "@std/assert";
import { Passwords } from "../../server/chat/passwords.ts";
import { TestKey } from "../support/keys.ts";
import { House } from "../support/server.ts";
import { Guest, memoryDisk, quickHouse } from "./guests.ts";
import { Visitor } from "./support.ts";

const HERE = "192.0.2.7";
const THERE = "198.51.100.1";

/** A house, and the lines of its journal about wrong passwords; `take` gives those that are new. */
async function watched(password?: string) {
  const lines: string[] = [];
  const house = await quickHouse({
    disk: memoryDisk(),
    report: (tag, text) => void (tag === "WRONG PASSWORD" && lines.push(text)),
    ...(password === undefined ? {} : { password }),
  });
  return { house, take: () => lines.splice(0) };
}

Deno.test("a wrong password of the server is told with where it came from, none and the right one are not", async () => {
  const { house, take } = await watched("green");
  const hello = async (network: string, members: object) => {
    const visitor = new Visitor(house, network);
    await visitor.hand({ type: "hello", id: 1, protocol: 1, name: "Bo", ...members });
    visitor.client.closed();
    return take();
  };
  assertEquals(await hello(HERE, { password: "black" }), [`for the server, from ${HERE}:2`]);
  assertEquals(await hello(THERE, { password: "" }), [`for the server, from ${THERE}:2`]);
  assertEquals(await hello(HERE, {}), []);
  assertEquals(await hello(HERE, { password: "green" }), []);
  for (let n = 0; n < 4; n++) assertEquals((await hello(HERE, { password: "black" })).length, 1);
  assertEquals(await hello(HERE, { password: "black" }), [], "what is not looked at fills no journal");
});

Deno.test("a wrong password of a room is told with by whom it was, none and the right one are not", async () => {
  const { house, take } = await watched();
  const olga = await Guest.enter(house, "Olga", { key: new TestKey() });
  await olga.ok("create", { room: "Tea", password: "green" });
  const bo = await Guest.enter(house, "Bo");
  const join = async (members: object) => {
    const outcome = await bo.outcome("join", { room: "tea", ...members });
    return [outcome, ...take()];
  };
  const line = `for Tea, by Bo from ${HERE}:2`;
  assertEquals(await join({}), ["wrong_password"]);
  assertEquals(await join({ password: "black" }), ["wrong_password", line]);
  assertEquals(await join({ password: "green" }), ["ok"]);
  assertEquals(await join({ password: "black" }), ["ok"], "who is there is not asked");
  await bo.ok("leave", { room: "tea" });
  for (let n = 0; n < 4; n++) assertEquals(await join({ password: "black" }), ["wrong_password", line]);
  assertEquals(await join({ password: "black" }), ["too_many_attempts"]);
  await house.rooms.end();
});

Deno.test("a password of a room that was changed while it was checked is told as a wrong one", async () => {
  const { house, take } = await watched();
  const olga = await Guest.enter(house, "Olga", { key: new TestKey() });
  await olga.ok("create", { room: "tea", password: "green" });
  const checking = Promise.withResolvers<void>();
  const derive = async (password: string, salt: Uint8Array) => {
    await checking.promise;
    return new Uint8Array([...new TextEncoder().encode(password), ...salt]);
  };
  const bo = await Guest.enter({ ...house, passwords: new Passwords(derive) }, "Bo");
  const join = bo.post({ type: "join", room: "tea", password: "green" });
  await olga.ok("password", { room: "tea", password: "black" });
  assertEquals(take(), []);
  checking.resolve();
  await join.taken;
  assertEquals([(await bo.reply(join.id)).is, ...take()], ["refused", `for tea, by Bo from ${HERE}:2`]);
  await house.rooms.end();
});

Deno.test("the journal has the line, and nothing of what was given", async () => {
  await using house = await House.start({ password: "green" });
  const peer = await house.connect();
  await peer.refusal("hello", { protocol: 1, name: "Bo", password: "black" });
  await peer.hello("Bo", { password: "green" });
  await peer.ask("create", { room: "tea", password: "blue" });
  await peer.ask("leave", { room: "tea" });
  await peer.refusal("join", { room: "tea", password: "brown" });
  const told = house.lines.filter((line) => line.includes("[WRONG PASSWORD]"));
  assertEquals(
    told.map((line) => line.replace(/^.*\] /, "").replace(/127\.0\.0\.1:\d+/, "HERE")),
    ["for the server, from HERE (0 connected)", "for tea, by Bo from HERE (1 connected)"],
  );
  for (const given of ["black", "brown"]) assertEquals(house.lines.join("\n").includes(given), false);
});
