/** Names that belong to keys: whose they are, for how long, and that a restart changes nothing. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Register, type RegisterOptions } from "../../server/chat/register.ts";
import { ClaimError } from "../../server/history/claim.ts";
import { type ErrorCode, ProtocolError } from "../../server/protocol/errors.ts";
import { NAME_UNUSED_MS_MAX } from "../../server/protocol/limits.ts";
import { foldName, type Name, parseName } from "../../server/protocol/names.ts";
import { between, seeded } from "../protocol/random.ts";
import { SimDisk } from "../support/sim_disk.ts";

const FOLDER = "server";
const PATH = `${FOLDER}/people.json`;
const NOW = 1_760_000_000_000;
const DAY = 86_400_000;
const MAYA = keyOf("M");
const BO = keyOf("B");

/** The canonical form of some 32 bytes. */
function keyOf(letter: string): string {
  return letter.repeat(42) + "A";
}

function nameOf(raw: string): Name {
  return parseName(raw, "name_invalid");
}

function emptyDisk(seed = 1): SimDisk {
  const disk = new SimDisk(seeded(seed));
  disk.put(`${FOLDER}/unrelated.txt`, new Uint8Array());
  return disk;
}

/** A disk that counts the writes that it begins, and fails them while `full`. */
function countingDisk() {
  const disk = emptyDisk();
  const state = { disk, writes: 0, full: false };
  disk.hook = (operation) => {
    if (operation !== "write") return null;
    state.writes++;
    return state.full ? new Error("No space left on device") : null;
  };
  return state;
}

/** The register on `disk`, with a clock that tests set. */
async function open(disk: SimDisk, clock = { now: NOW }, options: Partial<RegisterOptions> = {}) {
  const reported: string[] = [];
  const register = await Register.open({
    disk,
    folder: FOLDER,
    now: () => clock.now,
    report: (_, text) => void reported.push(text),
    namesMax: 1_000,
    namesPerKeyMax: 5,
    limited: () => {},
    ...options,
  });
  const bind = (raw: string, key: string) => register.bind(nameOf(raw), key);
  const owner = (raw: string) => register.ownerOf(foldName(raw));
  return { register, bind, owner, reported, clock };
}

async function assertRefused(code: ErrorCode, refused: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => refused, ProtocolError);
  assertEquals(error.code, code, error.message);
  return error.message;
}

Deno.test("a name belongs to the key that first used it, in every way to write it, also after a restart", async () => {
  const disk = emptyDisk();
  const first = await open(disk);
  assertEquals(first.owner("René"), null);
  await first.bind("René", MAYA);
  for (const { register, owner } of [first, await open(disk)]) {
    for (const raw of ["René", "RENÉ", "Rene\u0301", "Ｒｅｎé"]) assertEquals(owner(raw), MAYA, raw);
    assertEquals(owner("Rene"), null);
    assertEquals([...register], [{ name: "René", key: MAYA, since: NOW, used: NOW }]);
    assertEquals([register.namesOf(MAYA), register.namesOf(BO)], [["René"], []]);
  }
});

Deno.test("another key gets neither a name nor one that looks like it, and is told why", async () => {
  const { register, bind, owner } = await open(emptyDisk());
  await bind("anna", MAYA);
  assertStringIncludes(await assertRefused("name_taken", bind("Anna", BO)), "Anna belongs to another key");
  for (const raw of ["ɑnna", "ΑΝΝΑ"]) {
    assertStringIncludes(await assertRefused("name_taken", bind(raw, BO)), `${raw} looks like anna`);
    for (const key of [BO, null]) assertEquals(register.lookAlike(nameOf(raw), key), "anna");
    assertEquals([owner(raw), register.lookAlike(nameOf(raw), MAYA)], [null, null]);
  }
  await bind("ɑnna", MAYA);
  assertEquals(register.namesOf(MAYA), ["anna", "ɑnna"]);
  assertEquals(register.whyTaken(nameOf("bob"), BO), null);
});

Deno.test("a name of one's own is refused in a case in which it looks like somebody else's", async () => {
  const { register, bind } = await open(emptyDisk());
  await bind("ian", MAYA);
  await bind("lan", BO);
  await assertRefused("name_taken", bind("Ian", MAYA));
  await bind("iAN", MAYA);
  assertEquals([...register].map(({ name }) => name), ["iAN", "lan"]);
});

Deno.test("names that came to look alike later stay with their keys", async () => {
  const disk = emptyDisk();
  const names = [{ name: "anna", key: MAYA, since: 1, used: NOW }, {
    name: "ɑnna",
    key: BO,
    since: 2,
    used: NOW,
  }];
  disk.put(PATH, new TextEncoder().encode(JSON.stringify({ names })));
  const { bind } = await open(disk);
  await bind("anna", MAYA);
  await bind("ɑnna", BO);
  await assertRefused("name_taken", bind("annɑ", BO));
});

Deno.test("a key has so many names, and all keys together so many, until some are unused for too long", async () => {
  const hit: string[] = [];
  const limits = { namesMax: 4, namesPerKeyMax: 2, limited: (limit: string) => void hit.push(limit) };
  const { register, bind, clock } = await open(emptyDisk(), { now: NOW }, limits);
  await bind("one", MAYA);
  await bind("two", MAYA);
  assertStringIncludes(await assertRefused("not_allowed", bind("three", MAYA)), "one, two");
  await bind("TWO", MAYA);
  await bind("three", BO);
  await bind("four", BO);
  const message = await assertRefused("server_full", bind("five", keyOf("E")));
  assertStringIncludes(message, "4 names");
  assertEquals(hit, ["max-names-per-key", "max-names"], "each is counted for the operator");
  clock.now += NAME_UNUSED_MS_MAX;
  await bind("one", MAYA);
  clock.now += 1;
  await bind("five", keyOf("E"));
  await bind("six", MAYA);
  assertEquals([...register].map(({ name }) => name), ["one", "five", "six"]);
});

Deno.test("a name is nobody's when its key has not used it for 90 days", async () => {
  const disk = emptyDisk();
  const { register, bind, owner, clock } = await open(disk);
  await bind("anna", MAYA);
  clock.now += NAME_UNUSED_MS_MAX;
  assertEquals([owner("anna"), (await open(disk, clock)).owner("anna")], [MAYA, MAYA]);
  clock.now += 1;
  assertEquals([owner("anna"), (await open(disk, clock)).owner("anna")], [null, null]);
  assertEquals(register.lookAlike(nameOf("ɑnna"), BO), null);
  assertEquals([register.namesOf(MAYA), [...register], await register.release("anna")], [[], [], false]);
  await bind("anna", BO);
  assertEquals([owner("anna"), (await open(disk, clock)).owner("anna")], [BO, BO]);
  clock.now += NAME_UNUSED_MS_MAX + 1;
  await (await open(disk, clock)).bind("bob", BO);
  assert(!new TextDecoder().decode(disk.bytes(PATH)).includes("anna"), "it is not kept on disk for ever");
});

Deno.test("that a name is still used is written once a day", async () => {
  const counting = countingDisk();
  const { bind, clock } = await open(counting.disk);
  await bind("anna", MAYA);
  clock.now += DAY - 1;
  await bind("anna", MAYA);
  await bind("ANNA", MAYA);
  assertEquals(counting.writes, 1);
  clock.now += 1;
  await bind("anna", MAYA);
  await bind("anna", MAYA);
  assertEquals(counting.writes, 2);
  const [bond] = (await open(counting.disk, clock)).register;
  assertEquals(bond, { name: "anna", key: MAYA, since: NOW, used: NOW + DAY });
});

Deno.test("many who come at once share a write", async () => {
  const counting = countingDisk();
  const { bind } = await open(counting.disk, { now: NOW }, { namesPerKeyMax: 200 });
  await Promise.all(Array.from({ length: 200 }, (_, i) => bind(`${i}x`, i % 2 === 0 ? MAYA : BO)));
  assertEquals(counting.writes, 2, "one with whoever came first, one with all who came meanwhile");
  assertEquals([...(await open(counting.disk)).register].length, 200);
});

Deno.test("whoever comes while a name is being stored waits for it, or does not get it", async () => {
  const counting = countingDisk();
  const { bind, owner } = await open(counting.disk);
  const bound = bind("anna", MAYA);
  const again = bind("Anna", MAYA);
  assertEquals(owner("anna"), MAYA);
  await assertRefused("name_taken", bind("anna", BO));
  await assertRefused("name_taken", bind("ɑnna", BO));
  await again;
  assertEquals((await open(counting.disk)).owner("anna"), MAYA);
  await bound;
  assertEquals(counting.writes, 1);
});

Deno.test("a name that could not be stored is nobody's again, and what is stored next is without it", async () => {
  const counting = countingDisk();
  const { register, bind, owner, reported } = await open(counting.disk);
  await bind("bob", BO);
  counting.full = true;
  const bound = bind("anna", MAYA);
  const again = bind("ANNA", MAYA);
  await Promise.all([assertRefused("storage_failed", bound), assertRefused("storage_failed", again)]);
  assertEquals([owner("anna"), owner("bob")], [null, BO]);
  assertEquals(reported, [`${PATH} could not be stored: No space left on device`]);
  counting.full = false;
  await bind("ɑnna", BO);
  for (const { register: found } of [{ register }, await open(counting.disk)]) {
    assertEquals([...found].map(({ name }) => name), ["bob", "ɑnna"]);
  }
});

Deno.test("a write that fails takes only with it what it was the first to store", async () => {
  const disk = emptyDisk();
  let writes = 0;
  disk.hook = (operation) => operation === "write" && ++writes === 1 ? new Error("No space left") : null;
  const { bind, owner } = await open(disk);
  const bound = assertRefused("storage_failed", bind("anna", MAYA));
  const other = bind("bob", BO);
  await Promise.all([bound, other]);
  for (const look of [owner, (await open(disk)).owner]) assertEquals([look("anna"), look("bob")], [null, BO]);
  await bind("anna", BO);
});

Deno.test("nobody is kept from their own name because a date could not be written", async () => {
  const counting = countingDisk();
  const { bind, owner, reported, clock } = await open(counting.disk);
  await bind("anna", MAYA);
  clock.now += 2 * DAY;
  counting.full = true;
  await bind("anna", MAYA);
  assertEquals([reported.length, owner("anna")], [1, MAYA]);
});

Deno.test("a released name is nobody's, also after a restart, and can be had by another key", async () => {
  const disk = emptyDisk();
  const { register, bind, owner } = await open(disk);
  await bind("Anna", MAYA);
  assertEquals(await register.release(foldName("ANNA")), true);
  assertEquals(await register.release(foldName("ANNA")), false);
  assertEquals([owner("anna"), (await open(disk)).owner("anna")], [null, null]);
  await bind("anna", BO);
  assertEquals((await open(disk)).owner("anna"), BO);
});

Deno.test("a release that cannot be stored leaves the name where it was, unless somebody has it by then", async () => {
  const counting = countingDisk();
  const { register, bind, owner } = await open(counting.disk);
  await bind("anna", MAYA);
  counting.full = true;
  await assertRefused("storage_failed", register.release("anna"));
  assertEquals([owner("anna"), (await open(counting.disk)).owner("anna")], [MAYA, MAYA]);
  const released = assertRefused(
    "storage_failed",
    register.release("anna").finally(() => counting.full = false),
  );
  const bound = bind("anna", BO);
  await released;
  await bound;
  assertEquals([owner("anna"), (await open(counting.disk)).owner("anna")], [BO, BO]);
});

Deno.test("a name that one gives up and another takes in the same write stays with the first where that fails", async () => {
  const disk = emptyDisk();
  const { register, bind, owner } = await open(disk);
  await bind("anna", MAYA);
  let writes = 0;
  disk.hook = (operation) => operation === "write" && ++writes === 2 ? new Error("No space left") : null;
  const before = bind("bob", MAYA);
  const released = assertRefused("storage_failed", register.release("anna"));
  await Promise.all([before, released, assertRefused("storage_failed", bind("anna", BO))]);
  for (const found of [owner, (await open(disk)).owner]) {
    assertEquals([found("anna"), found("bob")], [MAYA, MAYA]);
  }
});

Deno.test("a name that is just being stored is released once it is", async () => {
  const counting = countingDisk();
  const { register, bind, owner } = await open(counting.disk);
  const bound = bind("anna", MAYA);
  const released = register.release("anna");
  await bound;
  assertEquals([await released, owner("anna"), (await open(counting.disk)).owner("anna")], [
    true,
    null,
    null,
  ]);
  counting.full = true;
  const failing = assertRefused("storage_failed", bind("anna", MAYA));
  assertEquals(await register.release("anna"), false);
  await failing;
});

Deno.test("a damaged list of names is an error that names the file and what is wrong", async () => {
  const bond = { name: "anna", key: MAYA, since: NOW, used: NOW };
  const damaged: readonly (readonly [string, string])[] = [
    ["{", "JSON"],
    ["[]", "no list of names"],
    ["{}", "no list of names"],
    [JSON.stringify({ names: [{ ...bond, used: "x" }] }), "no list of names"],
    [JSON.stringify({ names: [{ ...bond, name: "a b" }] }), '"a b" is no name'],
    [JSON.stringify({ names: [{ ...bond, key: "B".repeat(43) }] }), "the key of anna is none"],
    [JSON.stringify({ names: [bond, { ...bond, name: "ANNA", key: BO }] }), "ANNA is there twice"],
  ];
  for (const [text, why] of damaged) {
    const disk = emptyDisk();
    disk.put(PATH, new TextEncoder().encode(text));
    const error = await assertRejects(() => open(disk), ClaimError, `${PATH} is damaged`);
    assertStringIncludes(error.message, why);
    assertEquals(disk.openFiles, 0);
  }
});

/** Binds and releases until the power is cut, and looks whose the names are then. */
async function crashWhileBinding(seed: number): Promise<void> {
  const random = seeded(seed);
  const disk = emptyDisk(seed);
  /** Of each name whose it may be: what was acknowledged last, and what was asked for since. */
  const possible = new Map<string, Set<string | null>>();
  for (let round = 0; round < 6; round++) {
    const { register, bind } = await open(disk);
    for (const [name, owners] of possible) {
      const owner = register.ownerOf(name);
      assert(owners.has(owner), `seed ${seed}: ${name} belongs to ${owner}`);
      possible.set(name, new Set([owner]));
    }
    disk.crashAfter(between(random, 0, 60));
    const someone = async (): Promise<void> => {
      while (!disk.crashed) {
        const name = `n${between(random, 0, 5)}`;
        const owner = register.ownerOf(name);
        const wanted = owner === null ? keyOf(String.fromCharCode(between(random, 97, 122))) : null;
        possible.set(name, (possible.get(name) ?? new Set([owner])).add(wanted));
        try {
          if (wanted === null) await register.release(name);
          else await bind(name, wanted);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }
    };
    const alone = async (name: string): Promise<void> => {
      const key = keyOf(String.fromCharCode(between(random, 65, 90)));
      possible.set(name, new Set([null, key]));
      try {
        await bind(name, key);
        possible.set(name, new Set([key]));
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    };
    await Promise.all([someone(), someone(), alone(`alone${round}`), alone(`only${round}`)]);
    disk.restart(random() < 0.7 ? "power cut" : "kill");
  }
}

Deno.test("a name that was acknowledged is its key's after a crash", async () => {
  for (let seed = 0; seed < 200; seed++) await crashWhileBinding(seed);
});
