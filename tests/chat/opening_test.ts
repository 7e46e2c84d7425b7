/** Coming in: the greeting, `hello`, and the names that people get. */

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { encodeMessage, writeFrameHead } from "../../server/protocol/frames.ts";
import type { Peer } from "../support/peer.ts";
import { House } from "../support/server.ts";
import { quickHouse } from "./guests.ts";
import { Visitor } from "./support.ts";

async function refusals(peer: Peer, hellos: readonly object[]): Promise<string[]> {
  const codes: string[] = [];
  for (const hello of hellos) codes.push(await peer.refusal("hello", hello));
  return codes;
}

Deno.test("the server greets first, with its version and 32 random bytes, other ones for everybody", async () => {
  await using house = await House.start();
  const greetings = await Promise.all(
    [await house.connect(), await house.connect()].map((peer) => peer.event("greeting")),
  );
  for (const { protocol, server, nonce } of greetings) {
    assertEquals(protocol, [1]);
    assertMatch(server, /^chat\/\d+\.\d+\.\d+$/);
    assertMatch(nonce, /^[A-Za-z0-9_-]{43}$/);
  }
  assertNotEquals(greetings[0]?.nonce, greetings[1]?.nonce);
});

Deno.test("a hello is answered with name, session and limits; a motd only where there is one", async () => {
  await using plain = await House.start();
  const answer = await (await plain.connect()).hello("Maya", { client: "test/1", unknown: true });
  assertEquals(
    { ...answer, type: undefined, re: undefined, session: "" },
    {
      protocol: 1,
      name: "Maya",
      session: "",
      resumed: false,
      limits: { frame: 65_536, text: 4_096, file: 100 << 20 },
      type: undefined,
      re: undefined,
    },
  );
  assertMatch(answer.session, /^[A-Za-z0-9_-]{20,}$/);

  await using wordy = await House.start({ motd: "Be kind.", textBytesMax: 10_000 });
  const other = await (await wordy.connect()).hello();
  assertEquals([other.motd, other.limits.text], ["Be kind.", 10_000]);
});

Deno.test("whatever comes before hello gets hello_expected without re, and the connection ends", async () => {
  await using house = await House.start();
  const chunk = new Uint8Array(5 + 12);
  writeFrameHead(chunk, 0, 2, 12);
  const firsts: Uint8Array[] = [
    ...[{ type: "rooms", id: 1 }, { type: "pong" }, { type: "unknown" }, { type: "unknown", id: 1 }, {
      type: "say",
      id: 1,
      room: 7,
    }]
      .map(encodeMessage),
    chunk,
  ];
  for (const first of firsts) {
    const peer = await house.connect();
    await peer.raw(first);
    assertEquals(await peer.ending(), "hello_expected");
  }
});

Deno.test("a hello can be tried five times in all; the fifth refusal ends the connection", async () => {
  await using house = await House.start();
  const peer = await house.connect();
  const wrong = { protocol: 1, name: "two words" };
  assertEquals(
    await refusals(peer, [wrong, { protocol: 2 }, wrong, { protocol: "1" }, wrong]),
    ["name_invalid", "unsupported_protocol", "name_invalid", "bad_request", "name_invalid"],
  );
  assertEquals((await peer.rest()).map(({ is }) => is), ["event"]);

  const stubborn = await house.connect();
  await refusals(stubborn, Array(4).fill(wrong));
  assertEquals((await stubborn.hello("Maya")).name, "Maya");
});

Deno.test("a hello after hello is a bad request, and the connection goes on", async () => {
  await using house = await House.start();
  const maya = await house.enter("Maya");
  assertEquals(await maya.refusal("hello", { protocol: 1 }), "bad_request");
  await maya.ask("ping");
});

Deno.test("a hello whose id is no id ends the connection with bad_request", async () => {
  await using house = await House.start();
  for (const id of [undefined, 0, -1, 1.5, "1", null, 2 ** 53]) {
    const peer = await house.connect();
    await peer.send({ type: "hello", protocol: 1, id });
    assertEquals(await peer.ending(), "bad_request");
  }
});

Deno.test("guests get the lowest number that is free, as soon as it is", async () => {
  await using house = await House.start();
  const first = await house.connect();
  assertEquals((await first.hello()).name, "Client1");
  await house.enter("client3");
  assertEquals((await (await house.connect()).hello()).name, "Client2");
  assertEquals((await (await house.connect()).hello()).name, "Client4");
  await first.ask("bye");
  assertEquals((await (await house.connect()).hello()).name, "Client1");
});

Deno.test("a guest's number is free again however its name was spelt", async () => {
  await using house = await House.start();
  const spelt = await house.enter("ｃｌｉｅｎｔ1");
  assertEquals((await (await house.connect()).hello()).name, "Client2");
  await spelt.ask("bye");
  assertEquals((await (await house.connect()).hello()).name, "Client1");
});

Deno.test("a name is taken in every case, form and width of its letters", async () => {
  await using house = await House.start();
  await house.enter("Café");
  for (const name of ["Café", "café", "CAFÉ", "Cafe\u0301", "Ｃａｆé", "Caf\u00e9\ufe0f"]) {
    const peer = await house.connect();
    assertEquals(await peer.refusal("hello", { protocol: 1, name }), "name_taken", name);
  }
  assertEquals((await (await house.connect()).hello("Cafe")).name, "Cafe");
});

Deno.test("a name is shown normalised to NFC", async () => {
  await using house = await House.start();
  assertEquals((await (await house.connect()).hello("Jose\u0301")).name, "José");
});

Deno.test("names that nobody can have are refused", async () => {
  await using house = await House.start();
  const invalid = [
    "",
    "a b",
    "a\tb",
    "a\u200bb",
    "a\u202eb",
    "\u0007",
    "Mаya", // the second letter is Cyrillic
    "x".repeat(33),
    "日".repeat(22),
    "\ud800",
    "\ue000",
    "x".repeat(60_000),
  ];
  for (const name of invalid) {
    const peer = await house.connect();
    assertEquals(await peer.refusal("hello", { protocol: 1, name }), "name_invalid", name.slice(0, 40));
  }
  for (const name of ["x".repeat(32), "日".repeat(21), "Ада", "李雷"]) {
    assertEquals((await (await house.connect()).hello(name)).name, name);
  }
});

Deno.test("nobody can be called what the operator's words are signed with", async () => {
  await using house = await House.start();
  const peer = await house.connect();
  assertEquals(await peer.refusal("hello", { protocol: 1, name: "Operator" }), "name_taken");
  await peer.hello("Maya");
  assertEquals(await peer.refusal("name", { name: "operator" }), "name_taken");
});

Deno.test("whoever is gone before hello is answered leaves nothing behind, and the name is free at once", async () => {
  const house = await quickHouse();
  for (const name of [{ name: "Maya" }, {}]) {
    const visitor = new Visitor(house);
    const opening = visitor.hand({ type: "hello", id: 1, protocol: 1, ...name });
    visitor.client.closed();
    await opening;
    assertEquals([house.people.connected, visitor.client.gone], [0, true]);
  }
  const next = new Visitor(house);
  await next.hand({ type: "hello", id: 1, protocol: 1, name: "Maya" });
  assertEquals((await next.take()).map(({ is }) => is), ["ok"]);
});

Deno.test("server_full refuses a hello, and whoever leaves makes room", async () => {
  await using house = await House.start({ clientsMax: 2 });
  const first = await house.enter("Ada");
  await house.enter("Bob");
  const third = await house.connect();
  assertEquals(await third.refusal("hello", { protocol: 1, name: "Cleo" }), "server_full");
  await first.ask("bye");
  assertEquals((await third.hello("Cleo")).name, "Cleo");
});

Deno.test("silent connections do not keep people out: the oldest of them makes room", async () => {
  await using house = await House.start({ clientsMax: 1 });
  const oldest = await house.connect();
  await oldest.event("greeting");
  const silent = [];
  for (let i = 0; i < 512; i++) silent.push(await house.connect());
  assertEquals(await oldest.rest(), []);
  assertEquals((await silent.at(-1)?.hello("Maya"))?.name, "Maya");
  assertEquals((await silent[0]?.event("greeting"))?.type, "greeting");
});

Deno.test("bytes that are no frame of the protocol get bad_frame, and the connection ends", async () => {
  await using house = await House.start();
  const text = (body: string | Uint8Array<ArrayBuffer>) => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const frame = new Uint8Array(5 + bytes.length);
    frame.set(bytes, writeFrameHead(frame, 0, 1, bytes.length));
    return frame;
  };
  const bad = [
    new Uint8Array([0, 0, 0, 0]),
    new Uint8Array([0, 1, 0, 1, 1]),
    new Uint8Array([0xff, 0xff, 0xff, 0xff]),
    new Uint8Array([0, 0, 0, 2, 3, 0x7b]),
    new Uint8Array([0, 0, 0, 2, 0, 0x7b]),
    new Uint8Array([0, 0, 0, 4, 2, 0, 0, 0]),
    text(""),
    text("[]"),
    text("null"),
    text("{}"),
    text('{"type":7}'),
    text('{"type":"ping","id":1'),
    text(new Uint8Array([0x7b, 0xff, 0x7d])),
    text('\ufeff{"type":"ping","id":1}'),
    text("[".repeat(60_000)),
  ];
  for (const bytes of bad) {
    for (const greeted of [false, true]) {
      const peer = await house.connect();
      if (greeted) await peer.hello();
      await peer.raw(bytes);
      assertEquals(await peer.ending(), "bad_frame", [...bytes.subarray(0, 20)].join(" "));
    }
  }
  assert((await house.enter("Maya")) !== null, "the server goes on");
});
