/** Who has shown to have a key: proofs of `hello` and `name` that are good, captured, relayed, forged and broken. */

import { Buffer } from "node:buffer";
import { assertEquals, assertNotEquals } from "@std/assert";
import { fingerprint } from "../../server/protocol/proofs.ts";
import { TestKey } from "../support/keys.ts";
import type { Peer } from "../support/peer.ts";
import { House } from "../support/server.ts";
import { quickHouse } from "./guests.ts";
import { type TestHouse, Visitor } from "./support.ts";

/** The nonce with which the visitors of a house without sockets are greeted. */
const VISITORS_NONCE = "a nonce";

/** How each of `tries` is refused by a server, over a connection of its own. */
async function refusals(house: House, tries: readonly ((peer: Peer, nonce: string) => object)[]) {
  const codes: string[] = [];
  for (const members of tries) {
    const peer = await house.connect();
    codes.push(await peer.refusal("hello", { protocol: 1, ...members(peer, await peer.nonce()) }));
  }
  return codes;
}

/** The code with which `hello` is refused in a house without sockets; null where it is not. */
async function refusal(house: TestHouse, members: object): Promise<string | null> {
  const visitor = new Visitor(house);
  await visitor.hand({ type: "hello", id: 1, protocol: 1, ...members });
  const [reply] = await visitor.take();
  return reply?.is === "refused" ? reply.error.code : null;
}

Deno.test("a proof that was captured is good for no other connection", async () => {
  await using house = await House.start();
  const maya = new TestKey();
  const first = await house.connect();
  const captured = maya.proof(await first.nonce(), "Maya");
  assertEquals((await first.hello("Maya", captured)).name, "Maya");
  const second = await house.connect();
  assertNotEquals(await second.nonce(), await first.nonce());
  assertEquals(await second.refusal("hello", { protocol: 1, name: "Maya", ...captured }), "bad_proof");
  await first.ask("bye");
  const third = await house.connect();
  assertEquals(await third.refusal("hello", { protocol: 1, name: "Maya", ...captured }), "bad_proof");
  assertEquals((await third.keyedHello(maya, "Maya")).name, "Maya", "its owner can still come");
});

Deno.test("a proof for one name is good for no other, however like it that is", async () => {
  await using house = await House.start();
  const maya = new TestKey();
  const codes = await refusals(house, [
    (_, nonce) => ({ name: "Ada", ...maya.proof(nonce, "Maya") }),
    (_, nonce) => ({ name: "maya", ...maya.proof(nonce, "Maya") }),
    (_, nonce) => ({ name: "Maya", ...maya.proof(nonce, "") }),
    (_, nonce) => maya.proof(nonce, "Maya"),
  ]);
  assertEquals(codes, Array(4).fill("bad_proof"));
  const peer = await house.connect();
  const name = "Jose\u0301";
  assertEquals((await peer.keyedHello(maya, name)).name, "José", "it is for the name as it was sent");
});

Deno.test("a proof made for one TLS server is no good at another, nor one without TLS at any, nor the reverse", async () => {
  const plain = await quickHouse();
  const [here, there] = ["ab".repeat(32), "cd".repeat(32)];
  const tls = { ...plain, binding: here };
  const maya = new TestKey();
  const proof = (binding: string) => ({ name: "Maya", ...maya.proof(VISITORS_NONCE, "Maya", binding) });
  assertEquals(await refusal(tls, proof(there)), "bad_proof");
  assertEquals(await refusal(tls, proof("plain")), "bad_proof");
  assertEquals(await refusal(tls, proof(here.toUpperCase())), "bad_proof");
  assertEquals(await refusal(plain, proof(here)), "bad_proof");
  assertEquals(plain.register?.ownerOf("maya"), null, "what proves nothing binds nothing");
  assertEquals(await refusal(tls, proof(here)), null);
});

Deno.test("a nonce that holds the rest of a proof makes none for another server", async () => {
  const house = await quickHouse();
  const tls = { ...house, binding: "ab".repeat(32) };
  const maya = new TestKey();
  // What a server in the middle has somebody sign by greeting them so.
  const greeted = `${VISITORS_NONCE}\n${tls.binding}\nMaya`;
  const own = "cd".repeat(32);
  const proof = maya.proof(greeted, "Ada", own);
  assertEquals(await refusal(tls, { name: "Maya", ...proof }), "bad_proof");
  assertEquals(await refusal(tls, { name: `Maya\n${own}\nAda`, ...proof }), "name_invalid");
});

Deno.test("the session of somebody with a key is no good without the key, nor with another", async () => {
  await using house = await House.start();
  const maya = new TestKey();
  const first = await house.connect();
  const { session } = await first.keyedHello(maya, "Maya");
  const captured = maya.proof(await first.nonce(), "Maya");
  const codes = await refusals(house, [
    () => ({ name: "Maya", session }),
    (_, nonce) => ({ name: "Maya", session, ...new TestKey().proof(nonce, "Maya") }),
    () => ({ name: "Maya", session, ...captured }),
    () => ({ name: "Maya", session, key: maya.key }),
  ]);
  assertEquals(codes, ["name_taken", "name_taken", "bad_proof", "bad_proof"]);
  await first.ask("ping");
  const thief = await (await house.connect()).keyedHello(new TestKey(), "Ada", { session });
  assertEquals([thief.resumed, thief.name], [false, "Ada"]);

  first.close();
  const back = await (await house.connect()).keyedHello(maya, "Maya", { session });
  assertEquals([back.resumed, back.session], [true, session]);
});

Deno.test("the session of somebody without a key is not taken up with one", async () => {
  await using house = await House.start();
  const guest = await house.connect();
  const { session } = await guest.hello("Maya");
  const codes = await refusals(house, [(_, nonce) => ({
    name: "Maya",
    session,
    ...new TestKey().proof(nonce, "Maya"),
  })]);
  assertEquals(codes, ["name_taken"]);
  assertEquals((await (await house.connect()).hello("Maya", { session })).resumed, true);
});

Deno.test("keys and proofs that are none are bad_proof, and what is no text is a bad request", async () => {
  await using house = await House.start();
  const maya = new TestKey();
  const forms = (nonce: string) => {
    const { key, proof } = maya.proof(nonce, "Maya");
    return { key, proof, bytes: Buffer.from(key, "base64url"), signature: Buffer.from(proof, "base64url") };
  };
  const nobody = Buffer.alloc(64);
  nobody.writeUInt8(1, 0);
  const everybodys = {
    key: nobody.subarray(0, 32).toString("base64url"),
    proof: nobody.toString("base64url"),
  };
  type Forms = ReturnType<typeof forms>;
  const bad: ((made: Forms) => object)[] = [
    ({ key }) => ({ key }),
    ({ proof }) => ({ proof }),
    ({ proof }) => ({ key: "", proof }),
    ({ key }) => ({ key, proof: "" }),
    ({ key, proof }) => ({ key: proof, proof: key }),
    ({ proof, bytes }) => ({ key: bytes.subarray(1).toString("base64url"), proof }),
    ({ proof, bytes }) => ({ key: Buffer.concat([bytes, bytes]).toString("base64url"), proof }),
    ({ proof, bytes }) => ({ key: bytes.toString("hex"), proof }),
    ({ proof }) => ({ key: Buffer.alloc(32, 0xff).toString("base64url"), proof }),
    ({ key, signature }) => ({ key, proof: signature.subarray(0, 63).toString("base64url") }),
    ({ key, signature }) => ({ key, proof: signature.toString("hex") }),
    () => everybodys,
  ];
  const codes = await refusals(
    house,
    bad.map((members) => (_, nonce) => ({ name: "Maya", ...members(forms(nonce)) })),
  );
  assertEquals(codes, bad.map(() => "bad_proof"));
  const untyped: object[] = [{ key: 7, proof: "A" }, { key: null }, { key: "A", proof: [] }, { proof: {} }];
  assertEquals(
    await refusals(house, untyped.map((members) => () => ({ name: "Maya", ...members }))),
    untyped.map(() => "bad_request"),
  );
  assertEquals(house.server.house.register?.ownerOf("maya"), null);
});

Deno.test("a key that is written in another way is the same key", async () => {
  await using house = await House.start();
  const maya = new TestKey();
  await house.keyed(maya, "Maya");
  const written = Buffer.from(maya.key, "base64url").toString("base64");
  for (const key of [written, written.replace("=", "")]) {
    const peer = await house.connect();
    const { proof } = maya.proof(await peer.nonce(), "Maya");
    const standard = Buffer.from(proof, "base64url").toString("base64");
    assertEquals((await peer.hello("Maya", { key, proof: standard })).name, "Maya");
  }
  assertEquals((await (await house.enter("Ada")).ask("who")).people.map(({ name }) => name), ["Maya", "Ada"]);
});

Deno.test("a name is taken over with a proof for it over the same connection", async () => {
  await using house = await House.start();
  const maya = new TestKey();
  const peer = await house.keyed(maya, "Maya");
  const nonce = await peer.nonce();
  assertEquals(await peer.refusal("name", { name: "Mia", ...maya.proof(nonce, "Maya") }), "bad_proof");
  assertEquals(await peer.refusal("name", { name: "Mia", ...maya.proof("other", "Mia") }), "bad_proof");
  assertEquals(await peer.refusal("name", { name: "Mia", key: maya.key }), "bad_proof");
  assertEquals((await peer.ask("name", { name: "Mia", ...maya.proof(nonce, "Mia") })).name, "Mia");
  assertEquals(house.server.house.register?.ownerOf("mia"), maya.key);
});

Deno.test("who has a key is verified under the names that belong to it, and nobody else is", async () => {
  await using house = await House.start();
  const maya = new TestKey();
  const peer = await house.keyed(maya, "Maya");
  await house.enter("Ada");
  const verified = async () =>
    (await peer.ask("who")).people.map(({ name, verified }) => `${name} ${verified}`);
  assertEquals(await verified(), ["Maya true", "Ada false"]);
  await peer.ask("name", { name: "Mia" });
  assertEquals(await verified(), ["Mia false", "Ada false"], "without a proof the name is nobody's");
  await peer.ask("name", { name: "Maya" });
  assertEquals(await verified(), ["Maya true", "Ada false"]);
});

Deno.test("what somebody with a key writes carries its fingerprint, in the room and in its history", async () => {
  await using house = await House.start();
  const maya = new TestKey();
  const [keyed, guest] = [await house.member("Maya", "lobby", maya), await house.member("Ada")];
  await keyed.ask("say", { room: "lobby", text: "one" });
  await guest.ask("say", { room: "lobby", text: "two" });
  assertEquals((await guest.entries(2)).map(({ by }) => by), [fingerprint(maya.key), undefined]);
  const { entries } = await guest.ask("history", { room: "lobby" });
  assertEquals(entries.map(({ by }) => by), [fingerprint(maya.key), undefined]);
});

Deno.test("the operator is told who came with which key, and nothing that could be used again", async () => {
  await using house = await House.start();
  const maya = new TestKey();
  const peer = await house.connect();
  const { session } = await peer.keyedHello(maya, "Maya");
  const { proof } = maya.proof(await peer.nonce(), "Maya");
  const told = house.lines.join("\n");
  assertEquals(told.includes(fingerprint(maya.key)), true);
  for (const secret of [session, proof, await peer.nonce()]) assertEquals(told.includes(secret), false);
});
