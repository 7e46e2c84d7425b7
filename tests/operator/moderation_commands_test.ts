/** What the operator can do about people and rooms. */

import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { bar } from "../../server/chat/barring.ts";
import { sanctioned, sanctionOf, SANCTIONS_MAX } from "../../server/chat/sanctions.ts";
import { whomOf } from "../../server/chat/person.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { parseName } from "../../server/protocol/names.ts";
import { fingerprint } from "../../server/protocol/proofs.ts";
import { dateAndTime } from "../../server/protocol/times.ts";
import { keyOf, NOW, Quarters } from "./support.ts";

const [MAYA, BO] = [keyOf(1), keyOf(2)];
const HOUR_MS = 3_600_000;

Deno.test("kick ends all connections of somebody, who may come again", async () => {
  const quarters = await Quarters.open();
  const one = await quarters.enter("Bo", { key: BO });
  const other = await quarters.enter("Bo", { key: BO, network: "198.51.100.1" });
  const maya = await quarters.enter("Maya", { key: MAYA });
  assertEquals(await quarters.type("kick bo because too   loud"), ["Bo was sent away, and may come again."]);
  const ended = ["kicked", "The operator has sent you away: too loud. You may come again."] as const;
  assertEquals([one.line.ended, other.line.ended, maya.line.ended], [ended, ended, null]);
  assertEquals(quarters.audited, [
    `[KICK] server: Bo (key ${fingerprint(BO)}) by operator because "too loud"`,
  ]);
  assertEquals(quarters.house.people.resume(one.session.token, "Bo", BO, one.line), null);
  await quarters.enter("Bo", { key: BO });
});

Deno.test("kick from a room sends somebody out of it alone", async () => {
  const quarters = await Quarters.open();
  await quarters.room("tea");
  const bo = await quarters.enter("Bo", { rooms: ["lobby", "tea"] });
  assertEquals(await quarters.type("kick Bo from #tea"), ["Bo was sent out of #tea."]);
  assertEquals(bo.session.places.map(({ room }) => room), ["lobby"]);
  assertEquals(bo.line.sent.map(({ type, room, banned }) => [type, room, banned]), [[
    "kicked",
    "tea",
    false,
  ]]);
  assertEquals(bo.line.ended, null);
});

Deno.test("a ban by name is one by key too, ends what is there, and is on disk", async () => {
  const quarters = await Quarters.open();
  const bo = await quarters.enter("Bo", { key: BO });
  const maya = await quarters.enter("Maya", { key: MAYA });
  const until = dateAndTime(NOW + 2 * HOUR_MS);
  assertEquals(await quarters.type("ban bo for 2h because spam"), [
    `Bo (key ${fingerprint(BO)}) is banned from the server until ${until}.`,
  ]);
  assertEquals(bo.line.ended?.[0], "banned");
  assertMatch(bo.line.ended?.[1] ?? "", /^You are banned from this server for another 2 hours: spam\. /);
  assertEquals(maya.line.ended, null);
  const { bans } = quarters.house;
  assert(bans.find({ name: null, key: BO, network: null }) !== null);
  assertMatch(
    quarters.audited[0] ?? "",
    /^\[BAN\] server: Bo \(key .{22}\) by operator until .* because "spam"$/,
  );
  const [list] = await quarters.type("bans");
  assertMatch(list ?? "", new RegExp(`^ban  Bo    ${fingerprint(BO)} +${until}  operator  spam$`, "m"));
  assertEquals(await quarters.type(`unban ${fingerprint(BO)}`, "bans"), [
    `May come in again: Bo (key ${fingerprint(BO)}).`,
    "Nobody is banned.",
  ]);
  assertEquals(bans.find(whomOf(bo.session)), null);
});

Deno.test("a ban by address keeps out all who come from that network", async () => {
  const quarters = await Quarters.open();
  const bo = await quarters.enter("Bo", { network: "2001:db8:0:1::/64" });
  const maya = await quarters.enter("Maya", { network: "2001:db8:0:2::/64" });
  assertEquals(await quarters.type("ban 2001:db8:0:1::77"), [
    "network 2001:db8:0:1::/64 is banned from the server.",
  ]);
  assertEquals([bo.line.ended?.[0], maya.line.ended], ["banned", null]);
  assert(quarters.house.bans.findNetwork("2001:db8:0:1::/64") !== null);
  await quarters.type("unban 2001:db8:0:1::/64");
  assertEquals(quarters.house.bans.findNetwork("2001:db8:0:1::/64"), null);
});

Deno.test("a ban by key or fingerprint needs no name, and nobody who is here", async () => {
  const quarters = await Quarters.open();
  const bo = await quarters.enter("Bo", { key: BO });
  for (const who of [BO, fingerprint(BO)]) {
    await quarters.type(`ban ${who}`);
    const ban = quarters.house.bans.find({ name: null, key: BO, network: null });
    assertEquals([ban?.name, ban?.key], [null, BO]);
    await quarters.type(`unban ${who}`);
  }
  quarters.house.people.end(bo.session);
  await quarters.type("ban Zoe", "ban bo");
  assertEquals([...quarters.house.bans].map(({ name, key }) => [name, key]), [["Zoe", null], ["bo", BO]]);
});

Deno.test("who has no key is banned by name, and the operator is told what that is worth", async () => {
  const quarters = await Quarters.open();
  const bo = await quarters.enter("Bo", { network: "192.0.2.7" });
  const printed = await quarters.type("ban Bo");
  assertEquals(bo.line.ended?.[0], "banned");
  assertStringIncludes(printed[1] ?? "", "ban 192.0.2.7");
});

Deno.test("a name that passes for another's key is not taken for it", async () => {
  const quarters = await Quarters.open();
  await quarters.enter("Maya", { key: MAYA });
  const mallory = await quarters.enter(fingerprint(MAYA), { network: "192.0.2.9" });
  assertStringIncludes(
    (await quarters.type(`ban ${fingerprint(MAYA)}`))[0] ?? "",
    "the fingerprint of another's key",
  );
  assertEquals([...quarters.house.bans], []);
  await quarters.type(`kick ${fingerprint(MAYA)}`);
  assertEquals(mallory.line.ended?.[0], "kicked");
});

Deno.test("an address that somebody has as a name is not taken for it, and both can be meant", async () => {
  const quarters = await Quarters.open();
  const { register, bans } = quarters.house;
  for (const [name, network] of [["203.0.113.5", "203.0.113.5"], ["::1", "::/64"]] as const) {
    // From before nobody could be called that.
    await register?.bind(parseName(name, "name_invalid"), BO);
    const [printed = ""] = await quarters.type(`ban ${name}`);
    assertStringIncludes(printed, `"${name}" is an address and somebody's name.`);
    assertEquals([...bans], []);
    const written = /with (?<written>\S+)\.$/.exec(printed)?.groups?.written ?? "";
    const meant = [];
    for (const who of [written, fingerprint(BO)]) {
      await quarters.type(`ban ${who}`);
      meant.push(...Array.from(bans, ({ key, network }) => [key, network]));
      await quarters.type(`unban ${who}`);
    }
    assertEquals(meant, [[null, network], [BO, null]]);
  }
});

Deno.test("where no more bans can be kept nothing is done, and nothing noted", async () => {
  const quarters = await Quarters.open();
  await quarters.room("tea");
  const { bans, rooms } = quarters.house;
  const full = Array.from(
    { length: SANCTIONS_MAX },
    (_, n) =>
      sanctionOf({ name: null, key: keyOf(n), network: `${n}` }, { by: "operator", at: 0, until: null }),
  );
  await Promise.all(full.map((ban) => bans.add(ban)));
  await rooms.amend(rooms.get("tea"), { banned: full });
  const zoe = await quarters.enter("Zoe", { rooms: ["tea"] });
  for (const line of ["ban Zoe", "ban 192.0.2.7", "ban Zoe from tea"]) {
    assertStringIncludes((await quarters.type(line))[0] ?? "", "Lift some first.");
  }
  assertEquals([zoe.line.ended, zoe.session.places.length, quarters.audited], [null, 1, []]);
});

Deno.test("nobody is banned from a room that was closed meanwhile, nor is that noted", async () => {
  const quarters = await Quarters.open();
  await quarters.room("tea");
  const { house } = quarters;
  const tea = house.rooms.get("tea");
  await house.rooms.close(tea);
  const whom = { name: parseName("Zoe", "name_invalid"), key: null, network: null };
  await assertRejects(() => bar(house, { by: "operator", whom }, tea), ProtocolError, "no room");
  assertEquals(quarters.audited, []);
  await house.rooms.end();
});

Deno.test("a ban from a room, by whatever they are known by, sends them out of it", async () => {
  const quarters = await Quarters.open();
  await quarters.room("tea", MAYA);
  const rooms = ["lobby", "tea"];
  const bo = await quarters.enter("Bo", { key: BO, rooms });
  const zoe = await quarters.enter("Zoe", { network: "198.51.100.1", rooms });
  const maya = await quarters.enter("Maya", { key: MAYA, rooms });
  await quarters.type("ban Bo from tea because loud", "ban 198.51.100.1 from tea for 1h");
  assertEquals(bo.line.sent.at(-1), {
    type: "kicked",
    room: "tea",
    by: "operator",
    reason: "loud",
    banned: true,
  });
  assertEquals(
    [bo, zoe, maya].map(({ session }) => session.places.length),
    [1, 1, 2].map((n) => n === 1 ? 1 : 2),
  );
  const { banned } = quarters.house.rooms.get("tea").record;
  assertEquals(banned.map(({ name, network }) => name ?? network), ["Bo", "198.51.100.1"]);
  assertEquals([...quarters.house.bans], []);
  assertEquals((await quarters.type("unban Bo from tea", "unban Bo from tea", "bans tea")).length, 3);
  assertEquals(quarters.house.rooms.get("tea").record.banned.length, 1);
});

Deno.test("a ban that cannot be stored sends them out all the same", async () => {
  const quarters = await Quarters.open();
  const bo = await quarters.enter("Bo", { key: BO });
  quarters.disk.hook = (operation) => operation === "write" ? new Error("No space left") : null;
  assertStringIncludes((await quarters.type("ban Bo"))[0] ?? "", "could not store it");
  assertEquals(bo.line.ended?.[0], "banned");
  assertEquals(quarters.audited.length, 1);
});

Deno.test("a ban whose lifting cannot be stored is lifted all the same, and that is noted", async () => {
  const quarters = await Quarters.open();
  await quarters.room("tea");
  await quarters.type("ban Bo", "ban Bo from tea");
  quarters.disk.hook = (operation) => operation === "write" ? new Error("No space left") : null;
  for (const line of ["unban Bo", "unban Bo from tea"]) {
    assertStringIncludes((await quarters.type(line))[0] ?? "", "could not store it");
  }
  assertEquals([[...quarters.house.bans], quarters.house.rooms.get("tea").record.banned], [[], []]);
  assertEquals(quarters.audited.slice(2), [
    "[UNBAN] server: Bo (no key) by operator",
    "[UNBAN] room tea: Bo (no key) by operator",
  ]);
});

Deno.test("mute and unmute say who may speak in a room", async () => {
  const quarters = await Quarters.open();
  await quarters.room("tea");
  const bo = await quarters.enter("Bo", { key: BO, rooms: ["tea"] });
  const muted = () => sanctioned(quarters.house.rooms.get("tea").record.muted, whomOf(bo.session), NOW);
  await quarters.type("mute Bo in tea for 10m");
  assertEquals(muted()?.until, NOW + 600_000);
  assertMatch((await quarters.type("bans tea"))[0] ?? "", /^mute +Bo/m);
  await quarters.type("unmute Bo in tea");
  assertEquals(muted(), null);
  assertEquals(quarters.audited.map((line) => line.split("]")[0]), ["[MUTE", "[UNMUTE"]);
});

Deno.test("a room gets another title, password and owner, and is closed", async () => {
  const quarters = await Quarters.open();
  await quarters.room("tea");
  await quarters.enter("Maya", { key: MAYA, rooms: ["tea"] });
  const tea = quarters.house.rooms.get("tea");
  assertEquals(await quarters.type("title tea Tea  time", "password #tea green leaves", "owner tea Maya"), [
    'The title of #tea is "Tea time" now.',
    "#tea has a new password now.",
    "#tea is Maya's now.",
  ]);
  assertEquals([tea.record.title, tea.locked, tea.record.owner], ["Tea time", true, MAYA]);
  assertMatch((await quarters.type("rooms"))[0] ?? "", /^tea +locked +1 +Maya +Tea time$/m);
  await quarters.type("password tea none", "title tea");
  assertEquals([tea.record.title, tea.locked], ["", false]);
  assertEquals(await quarters.type("close-room tea"), ["#tea is closed."]);
  assertEquals(quarters.house.rooms.find("tea"), undefined);
  // What the password was stands nowhere.
  assertEquals(quarters.audited.filter((line) => line.includes("green")), []);
  await quarters.house.rooms.end();
});

Deno.test("a name that is released is nobody's, whoever had it", async () => {
  const quarters = await Quarters.open();
  const { register } = quarters.house;
  const { name } = (await quarters.enter("Maya", { key: MAYA })).session;
  await register?.bind(name, MAYA);
  assertStringIncludes((await quarters.type("release maya"))[0] ?? "", "maya belongs to nobody now.");
  assertEquals(register?.ownerOf(name.folded), null);
  assertEquals(await quarters.type("release Maya"), ['"Maya" belongs to nobody.']);
  assertEquals(quarters.audited, [`[RELEASE] server: maya (key ${fingerprint(MAYA)}) by operator`]);
});

Deno.test("who lists people with the key that they are known by", async () => {
  const quarters = await Quarters.open();
  await quarters.enter("Maya", { key: MAYA });
  await quarters.enter("Maya", { key: MAYA, network: "198.51.100.1" });
  await quarters.enter("Bo");
  const rows = (await quarters.type("who"))[0]?.split("\n") ?? [];
  assertMatch(rows[1] ?? "", new RegExp(`^Maya  ${fingerprint(MAYA)} +192.0.2.7:50000 198.51.100.1:50000$`));
  assertMatch(rows[2] ?? "", /^Bo +unverified +192.0.2.7:50000$/);
  assertEquals(rows.length, 3);
});

Deno.test("what is not clear or cannot be done changes nothing, and is said", async () => {
  const quarters = await Quarters.open();
  await quarters.room("tea");
  await quarters.enter("Bo", { rooms: ["tea"] });
  const cases: readonly (readonly [string, string])[] = [
    ["kick", "usage: kick NAME"],
    ["kick Zoe", 'Nobody called "Zoe" is here.'],
    ["kick Zoe from tea", "Zoe"],
    ["ban Bo form tea", '"form" is not clear.'],
    ["ban Bo from coffee", "no room"],
    ["ban Bo for ever", "A time is written like"],
    [`ban Bo because ${"x".repeat(201)}`, "200"],
    ["ban B\u043e", "does not mix Latin with Cyrillic"],
    ["ban 192.0.2.0/24 for 2h", '"192.0.2.0/24" is a range'],
    ["unban Zoe", '"Zoe" is not banned there.'],
    ["mute Bo", "Say in which room."],
    ["unmute Bo in tea", "Bo"],
    ["password tea", "usage: password ROOM NEW"],
    ["owner tea", "usage: owner ROOM NAME"],
    ["owner tea Bo", "has no key"],
    ["title", "usage: title ROOM"],
    ["close-room", "usage: close-room ROOM"],
    ["close-room lobby", "#lobby cannot be closed"],
    ["close tea", '"close-room ROOM" closes a room'],
    ["release Zoe", '"Zoe" belongs to nobody.'],
    ["bans coffee", "no room"],
  ];
  for (const [line, wanted] of cases) {
    const printed = await quarters.type(line);
    assertEquals(printed.length, 1, line);
    assertStringIncludes(printed[0] ?? "", wanted, line);
  }
  assertEquals(quarters.acts, []);
});
