/** The server's bans: who is kept out, and that a restart keeps them out. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Bans } from "../../server/chat/bans.ts";
import { type Sanction, sanctionOf, SANCTIONS_MAX, type Whom } from "../../server/chat/sanctions.ts";
import { ClaimError } from "../../server/history/claim.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { parseName } from "../../server/protocol/names.ts";
import { between, seeded } from "../protocol/random.ts";
import { SimDisk } from "../support/sim_disk.ts";

const FOLDER = "server";
const PATH = `${FOLDER}/bans.json`;
const NOW = 1_760_000_000_000;

function emptyDisk(seed = 1): SimDisk {
  const disk = new SimDisk(seeded(seed));
  disk.put(`${FOLDER}/unrelated.txt`, new Uint8Array());
  return disk;
}

/** The bans on `disk`, with a clock that tests set. */
async function open(disk: SimDisk, clock = { now: NOW }) {
  const reported: string[] = [];
  const report = (_: string, text: string) => void reported.push(text);
  return { bans: await Bans.open({ disk, folder: FOLDER, now: () => clock.now, report }), reported, clock };
}

function whom(name: string | null, key: string | null = null, network: string | null = null): Whom {
  return { name: name === null ? null : parseName(name, "name_invalid"), key, network };
}

function ban(who: Whom, forMs?: number): Sanction {
  const until = forMs === undefined ? null : NOW + forMs;
  return sanctionOf(who, { by: "operator", at: NOW, until, reason: "spam" });
}

Deno.test("bans hold across a restart, also after a power cut, until they end", async () => {
  const disk = emptyDisk();
  const { bans } = await open(disk);
  await bans.add(ban(whom("Bo", "K1")));
  await bans.add(ban(whom(null, null, "192.0.2.7"), 1_000));
  disk.restart("power cut");
  const { bans: again, clock } = await open(disk);
  assertEquals(again.find(whom("BO")), ban(whom("Bo", "K1")));
  assertEquals(again.find(whom("Zoe", "K1"))?.reason, "spam");
  assertEquals(again.find(whom("Zoe", "K2")), null);
  assert(again.findNetwork("192.0.2.7") !== null);
  assertEquals([...again].length, 2);
  clock.now += 1_000;
  assertEquals(again.findNetwork("192.0.2.7"), null);
  assertEquals([...again].length, 1);
  assertEquals([...(await open(disk, clock)).bans].length, 1);
  assertEquals(disk.openFiles, 0);
});

Deno.test("a network is banned for as long as the longest of its bans, and only it", async () => {
  const { bans, clock } = await open(emptyDisk());
  await bans.add(ban(whom("Bo", "K1", "192.0.2.7"), 5_000));
  await bans.add(ban(whom("Zoe", "K2", "192.0.2.7"), 1_000));
  assertEquals(bans.findNetwork("192.0.2.8"), null);
  clock.now += 4_999;
  assertEquals(bans.findNetwork("192.0.2.7")?.name, "Bo");
  await bans.lift(whom("Bo"));
  assertEquals(bans.findNetwork("192.0.2.7"), null);
});

Deno.test("who is lifted may come in, after a restart too, and is named", async () => {
  const disk = emptyDisk();
  const { bans } = await open(disk);
  await bans.add(ban(whom("Bo", "K1")));
  await bans.add(ban(whom("Zoe")));
  assertEquals((await bans.lift(whom(null, "K1"))).map(({ name }) => name), ["Bo"]);
  assertEquals(await bans.lift(whom("Nobody")), []);
  assertEquals([...bans].map(({ name }) => name), ["Zoe"]);
  disk.restart("power cut");
  assertEquals([...(await open(disk)).bans].map(({ name }) => name), ["Zoe"]);
});

Deno.test("changes made at the same time are all stored", async () => {
  const disk = emptyDisk();
  const { bans } = await open(disk);
  const names = Array.from({ length: 8 }, (_, i) => `p${i}`);
  await Promise.all([...names.map((name) => bans.add(ban(whom(name)))), bans.lift(whom("p3"))]);
  disk.restart("power cut");
  const kept = [...(await open(disk)).bans].map(({ name }) => name);
  assertEquals(kept, names.filter((name) => name !== "p3"));
});

Deno.test("a ban that cannot be stored holds all the same, and is stored with the next", async () => {
  const disk = emptyDisk();
  const { bans, reported } = await open(disk);
  disk.hook = (operation) => operation === "write" ? new Error("No space left on device") : null;
  const error = await assertRejects(() => bans.add(ban(whom("Bo"))), ProtocolError);
  assertEquals(error.code, "storage_failed");
  assertEquals(reported, [`${PATH} could not be stored: No space left on device`]);
  assert(bans.find(whom("Bo")) !== null);
  disk.hook = () => null;
  await bans.add(ban(whom("Zoe")));
  disk.restart("power cut");
  assertEquals([...(await open(disk)).bans].map(({ name }) => name), ["Bo", "Zoe"]);
});

Deno.test("one ban too many is refused and changes nothing", async () => {
  const disk = emptyDisk();
  const list = Array.from(
    { length: SANCTIONS_MAX },
    (_, i) => ban(whom(null, null, `10.0.${i >> 8}.${i & 255}`)),
  );
  disk.put(PATH, new TextEncoder().encode(JSON.stringify({ bans: list })));
  const { bans } = await open(disk);
  const error = await assertRejects(() => bans.add(ban(whom("Bo"))), ProtocolError);
  assertEquals(error.code, "not_allowed");
  assertEquals([[...bans].length, bans.find(whom("Bo"))], [SANCTIONS_MAX, null]);
  assert(bans.findNetwork("10.0.3.231") !== null);
});

Deno.test("a damaged list keeps the server from starting, with a sentence that names the file", async () => {
  const wrong = ["", "{", "[]", `{"bans":{}}`, `{"bans":[{"name":"Bo"}]}`, `{"bans":[{"until":-1}]}`];
  for (const text of wrong) {
    const disk = emptyDisk();
    disk.put(PATH, new TextEncoder().encode(text));
    const error = await assertRejects(() => open(disk), ClaimError, PATH, text);
    assert(error.message.includes("restore it from a backup, or remove it"), text);
  }
});

Deno.test("a ban that was read at the start is not lost to a power cut after it, although a kill came before it was synced", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const disk = emptyDisk(seed);
    const { bans } = await open(disk);
    disk.hook = (operation) => operation === "syncFolder" ? new Error("killed") : null;
    await assertRejects(() => bans.add(ban(whom("Bo"))), ProtocolError);
    disk.hook = () => null;
    disk.restart("kill");
    assert((await open(disk)).bans.find(whom("Bo")) !== null);
    disk.restart("power cut");
    assert((await open(disk)).bans.find(whom("Bo")) !== null, `seed ${seed}`);
  }
});

/** Bans one after the other until the power is cut; gives how many were acknowledged. */
async function banUntilCrash(disk: SimDisk, from: number): Promise<number> {
  let done = from;
  const { bans } = await open(disk);
  try {
    while (true) {
      await bans.add(ban(whom(`p${done}`)));
      done++;
    }
  } catch (error) {
    if (!disk.crashed) throw error;
    return done;
  }
}

Deno.test("no ban that was acknowledged is lost in a crash", async () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seeded(seed);
    const disk = emptyDisk(seed);
    disk.crashAfter(between(random, 10, 60));
    const done = await banUntilCrash(disk, 0);
    disk.restart(random() < 0.7 ? "power cut" : "kill");
    const kept = [...(await open(disk)).bans].length;
    assert(kept === done || kept === done + 1, `seed ${seed}: ${kept} of ${done}`);
  }
});
