/** The server's password: who needs it, how often it may be guessed, and that it is nowhere to be read. */

import { assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import type { ErrorCode } from "../../server/protocol/errors.ts";
import { TestKey } from "../support/keys.ts";
import { House } from "../support/server.ts";
import { Guest, memoryDisk, quickHouse } from "./guests.ts";
import { type TestHouse, Visitor } from "./support.ts";

const PASSWORD = "gr\u00fcn und still";
const HERE = "192.0.2.7";
const THERE = "198.51.100.1";

interface Refused {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryMs: number | undefined;
}

/** How a `hello` is refused that comes from `network`; null where it is not. */
async function refused(house: TestHouse, network: string, members: object): Promise<Refused | null> {
  const visitor = new Visitor(house, network);
  await visitor.hand({ type: "hello", id: 1, protocol: 1, ...members });
  const [reply] = await visitor.take();
  return reply?.is === "refused" ? reply.error : null;
}

async function guess(house: TestHouse, network: string, times: number): Promise<string[]> {
  const codes: string[] = [];
  for (let n = 0; n < times; n++) {
    codes.push((await refused(house, network, { password: `wrong ${n}` }))?.code ?? "ok");
  }
  return codes;
}

Deno.test("a server with a password lets in whoever knows it, in whichever form it was typed, and nobody else", async () => {
  await using house = await House.start({ password: PASSWORD });
  const peer = await house.connect();
  for (const password of [undefined, "", "green", PASSWORD.toUpperCase(), ` ${PASSWORD}`]) {
    const code = await peer.refusal("hello", { protocol: 1, name: "Maya", password });
    assertEquals(code, "wrong_password", password);
    if (password === "green") break;
  }
  assertEquals((await peer.hello("Maya", { password: PASSWORD })).name, "Maya");
  const other = await house.connect();
  assertEquals((await other.hello("Ada", { password: PASSWORD.normalize("NFD") })).name, "Ada");
});

Deno.test("a server without a password asks for none, and takes no offence at one", async () => {
  const house = await quickHouse();
  assertEquals(await refused(house, HERE, {}), null);
  assertEquals(await refused(house, HERE, { password: "whatever" }), null);
});

Deno.test("nobody is told before the password who is there, and no name is given for a wrong one", async () => {
  const house = await quickHouse({ password: PASSWORD });
  const key = new TestKey();
  const hello = { name: "Maya", ...key.proof("a nonce", "Maya") };
  assertEquals((await refused(house, HERE, { ...hello, password: "wrong" }))?.code, "wrong_password");
  assertEquals(house.register?.ownerOf("maya"), null);
  assertEquals(await refused(house, HERE, { name: "Maya", password: PASSWORD }), null);
  assertEquals((await refused(house, HERE, { name: "Maya" }))?.code, "wrong_password");
  assertEquals((await refused(house, HERE, { name: "Maya", password: PASSWORD }))?.code, "name_taken");
});

Deno.test("a session is taken up without the password; without its token nobody is", async () => {
  await using house = await House.start({ password: PASSWORD });
  const key = new TestKey();
  const guest = await house.connect();
  const { session } = await guest.hello("Ada", { password: PASSWORD });
  const keyed = await house.connect();
  const { session: keyedSession } = await keyed.keyedHello(key, "Maya", { password: PASSWORD });
  guest.close();
  keyed.close();
  const peers = [await house.connect(), await house.connect(), await house.connect()] as const;
  assertEquals((await peers[0].hello("Ada", { session })).resumed, true);
  assertEquals((await peers[1].keyedHello(key, "Maya", { session: keyedSession })).resumed, true);
  for (const other of [{}, { session: "another" }]) {
    assertEquals(await peers[2].refusal("hello", { protocol: 1, name: "Ada", ...other }), "wrong_password");
  }
});

Deno.test("five wrong passwords in a minute close the door to a network, for longer each time, and to no other", async () => {
  const house = await quickHouse({ password: PASSWORD });
  assertEquals(await guess(house, HERE, 5), Array(5).fill("wrong_password"));
  const closed = await refused(house, HERE, { password: PASSWORD });
  assertEquals([closed?.code, closed?.retryMs], ["too_many_attempts", 60_000]);
  assertEquals(await refused(house, THERE, { password: PASSWORD }), null);
  house.time.ms += 59_999;
  assertEquals((await refused(house, HERE, { password: PASSWORD }))?.retryMs, 1);
  house.time.ms += 1;
  assertEquals(await guess(house, HERE, 5), Array(5).fill("wrong_password"));
  assertEquals((await refused(house, HERE, { password: PASSWORD }))?.retryMs, 120_000);
  house.time.ms += 120_000;
  assertEquals(await refused(house, HERE, { password: PASSWORD }), null);
});

Deno.test("coming without a password is no guess", async () => {
  const house = await quickHouse({ password: PASSWORD });
  for (let n = 0; n < 20; n++) assertEquals((await refused(house, HERE, {}))?.code, "wrong_password");
  assertEquals(await refused(house, HERE, { password: PASSWORD }), null);
});

Deno.test("a key that has a name here gets in while its network is closed, and has five guesses of its own", async () => {
  const disk = memoryDisk();
  const open = await quickHouse({ disk });
  const key = new TestKey();
  await (await Guest.enter(open, "Maya", { key })).ok("bye");
  await open.rooms.end();
  const house = await quickHouse({ disk, password: PASSWORD });
  await guess(house, HERE, 5);
  const stranger = new TestKey();
  const hello = (by: TestKey, name: string, password: string) => ({
    name,
    password,
    ...by.proof("a nonce", name),
  });
  assertEquals((await refused(house, HERE, hello(stranger, "Ada", PASSWORD)))?.code, "too_many_attempts");
  assertEquals(await refused(house, HERE, hello(key, "Maya", PASSWORD)), null);
  for (let n = 0; n < 5; n++) {
    assertEquals((await refused(house, THERE, hello(key, "Maya", "wrong")))?.code, "wrong_password");
  }
  assertEquals((await refused(house, THERE, hello(key, "Maya", PASSWORD)))?.code, "too_many_attempts");
  assertEquals(await refused(house, THERE, { password: PASSWORD }), null, "the network is not to blame");
});

Deno.test("a connection has five tries, and a retry_ms goes over the wire", async () => {
  await using house = await House.start({ password: PASSWORD });
  const peer = await house.connect();
  for (let n = 0; n < 5; n++) {
    assertEquals(await peer.refusal("hello", { protocol: 1, password: "wrong" }), "wrong_password");
  }
  assertEquals((await peer.rest()).map(({ is }) => is), ["event"]);
  const next = await house.connect();
  const [id = 0] = await next.post({ type: "hello", protocol: 1, password: PASSWORD });
  const reply = await next.reply(id);
  if (reply.is !== "refused") throw new TypeError("it was not refused");
  assertEquals(reply.error.code, "too_many_attempts");
  const retryMs = reply.error.retryMs ?? 0;
  assertLessOrEqual(retryMs, 60_000);
  assertLess(30_000, retryMs);
});

Deno.test("neither the password nor a guess stands in the journal or in an answer", async () => {
  await using house = await House.start({ password: PASSWORD });
  const peer = await house.connect();
  const [id = 0] = await peer.post({ type: "hello", protocol: 1, name: "Maya", password: "a wrong guess" });
  const reply = await peer.reply(id);
  await peer.hello("Maya", { password: PASSWORD });
  const told = JSON.stringify([house.lines, reply]);
  for (const secret of [PASSWORD, "a wrong guess"]) assertEquals(told.includes(secret), false);
});
