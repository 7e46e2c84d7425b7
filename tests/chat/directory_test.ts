/** Which names can be had: others' and what looks like them, the house's own, and guests' numbers. */

import { assertEquals, assertRejects } from "@std/assert";
import { type ErrorCode, ProtocolError } from "../../server/protocol/errors.ts";
import { NO_CORPUS, tortureCases } from "../support/corpus.ts";
import { TestKey } from "../support/keys.ts";
import { Guest, type Manners, quickHouse } from "./guests.ts";
import { type TestHouse, Visitor } from "./support.ts";

/** Ways to come as somebody who is called admin. */
const ADMINS = {
  same: ["ADMIN", "ａｄｍｉｎ", "𝐚𝐝𝐦𝐢𝐧", "Ⓐdmin"],
  alike: ["ɑdmin", "admın"],
  invalid: ["аdmin", "αdmin", "ad\u200bmin", "admin\u200d", "admin ", "\u202enimda"],
};

async function refusal(entering: Promise<unknown>): Promise<ErrorCode> {
  return (await assertRejects(() => entering, ProtocolError)).code;
}

/** "ok", or the code with which each of `names` is refused, to whom it is given for a moment. */
async function outcomes(house: TestHouse, names: readonly string[], manners: Manners = {}) {
  const codes: string[] = [];
  for (const name of names) {
    try {
      await (await Guest.enter(house, name, manners)).ok("bye");
      codes.push("ok");
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      codes.push(error.code);
    }
  }
  return codes;
}

async function assertGuarded(house: TestHouse): Promise<void> {
  for (const manners of [{}, { key: new TestKey() }]) {
    const { same, alike, invalid } = ADMINS;
    for (const name of ["admin", ...same, ...alike]) {
      assertEquals(await outcomes(house, [name], manners), ["name_taken"], name);
    }
    assertEquals(await outcomes(house, invalid, manners), invalid.map(() => "name_invalid"));
  }
  const other = await Guest.enter(house, "Bob");
  for (const name of [...ADMINS.same, ...ADMINS.alike]) {
    assertEquals(await other.outcome("name", { name }), "name_taken", name);
  }
  await other.ok("bye");
}

/** The name that somebody gets who asks for none. */
async function guest(house: TestHouse): Promise<{ readonly name: string; leave(): Promise<void> }> {
  const visitor = new Visitor(house);
  await visitor.hand({ type: "hello", id: 1, protocol: 1 });
  const [reply] = await visitor.take();
  const name = reply?.is === "ok" ? String(reply.body.name) : "";
  return { name, leave: async () => void await visitor.hand({ type: "bye", id: 2 }) };
}

Deno.test("a name that is present is refused to others, and so is what looks like it", async () => {
  const house = await quickHouse();
  const admin = await Guest.enter(house, "admin");
  await assertGuarded(house);
  admin.drop();
  await assertGuarded(house);
  house.time.ms += 300_001;
  house.people.expire();
  assertEquals(await outcomes(house, [...ADMINS.same, ...ADMINS.alike]), Array(6).fill("ok"));
});

Deno.test("a name that belongs to a key is refused to others while its owner is away, and so is what looks like it", async () => {
  const house = await quickHouse();
  const key = new TestKey();
  await (await Guest.enter(house, "admin", { key })).ok("bye");
  await assertGuarded(house);
  assertEquals(await outcomes(house, ["admin", "ADMIN"], { key }), ["ok", "ok"]);
});

Deno.test("a name all of whose letters are another script's is refused where it looks like one that is there", async () => {
  const house = await quickHouse();
  await Guest.enter(house, "scope");
  assertEquals(await outcomes(house, ["ѕсоре", "Scoрe"]), ["name_taken", "name_invalid"]);
  await Guest.enter(house, "Οδος");
  assertEquals(await outcomes(house, ["ΟΔΟΣ", "οδοσ"]), ["name_taken", "name_taken"]);
});

Deno.test("the house's own names, and what looks like them, are nobody's, whatever key one has", async () => {
  const house = await quickHouse();
  const own = [
    ...["operator", "Operator", "ОРЕRATOR", "0perator", "ＯＰＥＲＡＴＯＲ"],
    ...["server", "SERVER", "ѕегvег", "system", "System", "systеm", "ꜱystem"],
    ...["@here", "#general", "/nick", "＠here", "＃x", "*", "***"],
  ];
  for (const manners of [{}, { key: new TestKey() }]) {
    for (const name of own) {
      const [code] = await outcomes(house, [name], manners);
      assertEquals(code === "name_taken" || code === "name_invalid", true, `${name}: ${code}`);
    }
  }
  const maya = await Guest.enter(house, "Maya");
  for (const name of ["operator", "SYSTEM", "@maya"]) {
    assertEquals(await maya.outcome("name", { name }), "name_taken", name);
  }
  assertEquals(await outcomes(house, ["operators", "a#b", "x@y", "*x"]), Array(4).fill("ok"));
});

Deno.test("nobody is called like an address, nor by what looks like one, whatever key one has", async () => {
  const house = await quickHouse();
  const addresses = [
    ...[
      "203.0.113.5",
      "203.0.113.5:50000",
      "203.0.113.5/32",
      "２０３.０.１１３.５",
      "2O3.o.lI3.5",
      "127.0.0.l",
    ],
    ...["::1", "::", "2001:DB8::1", "2001:db8::/64", "[::1]:7000", "::ffff:192.0.2.7", "fe80::1%eth0", "::l"],
  ];
  for (const manners of [{}, { key: new TestKey() }]) {
    assertEquals(await outcomes(house, addresses, manners), addresses.map(() => "name_taken"));
  }
  const maya = await Guest.enter(house, "Maya");
  assertEquals(await maya.outcome("name", { name: "203.0.113.5" }), "name_taken");
  const free = ["203.0.113", "203.0.113.256", "1.2.3.4.5", "v1.2.3.4", "12:30", "a::z", "face", "l0l"];
  assertEquals(await outcomes(house, free), free.map(() => "ok"));
});

Deno.test("somebody's own name in another case is no look-alike, unless it then looks like another's", async () => {
  const house = await quickHouse();
  const ida = await Guest.enter(house, "ida");
  assertEquals(await ida.outcome("name", { name: "IDA" }), "ok");
  assertEquals(await ida.outcome("name", { name: "ida" }), "ok");
  await Guest.enter(house, "lda");
  assertEquals(await ida.outcome("name", { name: "Ida" }), "name_taken");
  assertEquals(await ida.outcome("name", { name: "ida" }), "ok");
});

Deno.test("a key may have two names that look alike; while one of them is present, no other gets either", async () => {
  const house = await quickHouse({ openNames: true });
  const key = new TestKey();
  const [one, other] = ["cope", "соре"];
  const first = await Guest.enter(house, one, { key });
  const second = await Guest.enter(house, other, { key });
  assertEquals(await outcomes(house, [one, other]), ["name_taken", "name_taken"]);
  await second.ok("bye");
  assertEquals(await outcomes(house, [other]), ["name_taken"], "it still looks like the first");
  await first.ok("bye");
  assertEquals(await outcomes(house, [other]), ["ok"]);
});

Deno.test("guests' names never belong to anybody, with a key or without", async () => {
  const house = await quickHouse();
  const key = new TestKey();
  for (const name of ["Client1", "client22", "ｃｌｉｅｎｔ3", "Client007", "Client0"]) {
    const maya = await Guest.enter(house, name, { key });
    assertEquals(await refusal(Guest.enter(house, name)), "name_taken", "while somebody has it");
    await maya.ok("bye");
  }
  const maya = await Guest.enter(house, "Maya", { key });
  await maya.ok("name", { name: "Client5", ...key.proof("a nonce", "Client5") });
  assertEquals(house.register?.namesOf(key.key), ["Maya"]);
  await maya.ok("bye");
  for (const name of ["Client1", "Client5"]) assertEquals(await outcomes(house, [name]), ["ok"]);
  assertEquals((await guest(house)).name, "Client1");
});

Deno.test("guests' numbers begin with 1, whatever others called themselves", async () => {
  const house = await quickHouse();
  assertEquals(
    await outcomes(house, ["Client0", "Client00", "Client99999999999999999999"]),
    Array(3).fill("ok"),
  );
  const [one, two] = [await guest(house), await guest(house)];
  assertEquals([one.name, two.name], ["Client1", "Client2"]);
  await one.leave();
  assertEquals((await guest(house)).name, "Client1");
});

Deno.test("nobody gets a name that looks like a guest's, with a key or without, and guests lose no number by it", async () => {
  const house = await quickHouse();
  for (const name of ["CIient1", "Clientl", "ClientO7", "ｃlient\u04001"]) {
    for (const options of [{}, { key: new TestKey() }]) {
      const code = await refusal(Guest.enter(house, name, options));
      assertEquals(code, name.includes("\u0400") ? "name_invalid" : "name_taken", name);
    }
  }
  assertEquals((await guest(house)).name, "Client1");
});

const TORTURE = tortureCases()?.filter(({ kind }) => kind === "name") ?? null;
/** The same as another of them, like another of them, or the house's own. */
const TAKEN = [180, 182, 183, 184, 189, 196, 198, 215, 216, 217, 218, 219, 229];
/** What harms programs that use names as paths, markup or options; and the honest ones. */
const FREE = [178, 195, 197, 199, 200, 201, 220, 221, 222, 223, 224, 225, 226, 227, 228];

Deno.test({
  name: `every name of the torture file is let in or not as its reason says ${TORTURE ? "" : NO_CORPUS}`
    .trim(),
  ignore: TORTURE === null,
  async fn() {
    const house = await quickHouse();
    for (const { id, value, why } of TORTURE ?? []) {
      const wanted = FREE.includes(id) ? "ok" : TAKEN.includes(id) ? "name_taken" : "name_invalid";
      const visitor = new Visitor(house);
      await visitor.hand({ type: "hello", id: 1, protocol: 1, name: value });
      const [reply] = await visitor.take();
      assertEquals(reply?.is === "refused" ? reply.error.code : reply?.is, wanted, `${id}: ${why}`);
    }
  },
});
