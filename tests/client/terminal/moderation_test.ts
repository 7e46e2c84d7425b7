import { assertEquals, assertRejects } from "@std/assert";
import type { JsonObject } from "../../../server/protocol/shapes.ts";
import { Guest, quickHouse } from "../../chat/guests.ts";
import type { Peer } from "../support.ts";
import { Sitting } from "./sitting.ts";

const DAY_MS = 86_400_000;

/** The next request, which is a `type`, without what every request has. */
async function asked(peer: Peer, type: string): Promise<{ request: JsonObject; members: JsonObject }> {
  const request = await peer.expect(type);
  const { id: _id, type: _type, ...members } = request;
  return { request, members };
}

/** Types each line, answers what is asked as the request that stands behind it, and takes what is told. */
async function plays(lines: readonly (readonly [string, string, object, string])[]): Promise<void> {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  for (const [typed, type, wanted, told] of lines) {
    assertEquals(sitting.desk.take(typed), true, typed);
    const { request, members } = await asked(peer, type);
    assertEquals(members, { room: "lobby", name: "bo", ...wanted }, typed);
    await peer.ok(request, { room: "lobby", name: "Bo" });
    assertEquals(await sitting.face.told("Bo"), [`* ${told}`], typed);
  }
}

Deno.test("somebody is sent out of the room that is looked at, with a reason or without", async () => {
  await plays([
    ["/kick bo", "kick", {}, "Bo was sent out of #lobby."],
    ["/kick @bo too  loud ", "kick", { reason: "too  loud" }, "Bo was sent out of #lobby."],
    ["/kick bo for 2h", "kick", { reason: "for 2h" }, "Bo was sent out of #lobby."],
  ]);
});

Deno.test("one @ before a name is not of it, since no name begins with one", async () => {
  const house = await quickHouse();
  await assertRejects(() => Guest.enter(house, "@bo"));
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  for (const [typed, name] of [["/mute @bo", "bo"], ["/mute bo@", "bo@"], ["/mute @@bo", "@bo"]] as const) {
    sitting.desk.take(typed);
    assertEquals((await asked(peer, "mute")).members, { room: "lobby", name });
  }
});

Deno.test("a ban is for good, or for a time that may be longer than a timer can wait", async () => {
  const banned = "Bo is banned from #lobby";
  await plays([
    ["/ban bo", "kick", { ban: true }, `${banned}.`],
    ["/ban bo for 2h", "kick", { ban: true, for_ms: 7_200_000 }, `${banned} for 2h.`],
    [
      "/ban bo for 400d spam",
      "kick",
      { ban: true, for_ms: 400 * DAY_MS, reason: "spam" },
      `${banned} for 400d.`,
    ],
    [
      "/ban bo For 30s\nfor spam",
      "kick",
      { ban: true, for_ms: 30_000, reason: "for spam" },
      `${banned} for 30s.`,
    ],
  ]);
});

Deno.test("what stands behind for and begins with no number is a reason", async () => {
  await plays([
    ["/ban bo for spam", "kick", { ban: true, reason: "for spam" }, "Bo is banned from #lobby."],
    ["/ban bo fork 2h", "kick", { ban: true, reason: "fork 2h" }, "Bo is banned from #lobby."],
    ["/ban bo 2 warnings", "kick", { ban: true, reason: "2 warnings" }, "Bo is banned from #lobby."],
  ]);
});

Deno.test("with somebody's address everybody who shares it is banned", async () => {
  const also = "and so is everybody at the same network address.";
  await plays([
    ["/ban-address bo", "kick", { ban: true, address: true }, `Bo is banned from #lobby, ${also}`],
    [
      "/ban-address bo for 3d address of spammers",
      "kick",
      { ban: true, address: true, for_ms: 3 * DAY_MS, reason: "address of spammers" },
      `Bo is banned from #lobby for 3d, ${also}`,
    ],
  ]);
});

Deno.test("somebody is muted, given the room, and let back and speak", async () => {
  await plays([
    ["/mute bo", "mute", {}, "Bo is muted in #lobby."],
    ["/mute @bo for 10m", "mute", { for_ms: 600_000 }, "Bo is muted in #lobby for 10m."],
    ["/unmute bo", "unmute", {}, "Bo is not muted in #lobby any more."],
    ["/unban @bo", "unban", {}, "Bo is not banned from #lobby any more."],
    ["/owner bo", "owner", {}, "Bo owns #lobby now."],
  ]);
});

Deno.test("an unfinished or mistyped command asks nothing of the server, and says how it is written", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  const time = 'Behind "for" stands a time like 30s, 10m, 2h or 3d, not';
  const wrong: readonly (readonly [string, string])[] = [
    ["/kick", "Write /kick NAME [REASON]."],
    ["/ban", "Write /ban NAME [for TIME] [REASON]."],
    ["/ban-address", "Write /ban-address NAME [for TIME] [REASON]."],
    ["/ban Bo 2h", 'Write "for 2h" for a time.'],
    ["/ban Bo for", `${time} "".`],
    ["/ban Bo for 2hours", `${time} "2hours".`],
    ["/ban Bo for 2 hours", `${time} "2".`],
    ["/ban Bo for 0s", `${time} "0s".`],
    ["/mute Bo for 9999999999999d", `${time} "9999999999999d".`],
    ["/mute Bo for 2h spam", "Write /mute NAME [for TIME]."],
    ["/mute Bo spam", "Write /mute NAME [for TIME]."],
    ["/unmute Bo now", "Write /unmute NAME."],
    ["/unban", "Write /unban NAME."],
    ["/owner Bo Ada", "Write /owner NAME."],
  ];
  for (const [typed, sentence] of wrong) {
    sitting.desk.take(typed);
    assertEquals(await sitting.face.told("!"), [`! ${sentence}`], typed);
  }
  sitting.desk.take("the next request");
  await peer.expect("say");
});

Deno.test("who is in no room is told so, and what the server does not allow is told", async () => {
  const { sitting, peer } = await Sitting.begin();
  await using _ = sitting;
  for (const typed of ["/kick Bo", "/password", "/close-room"]) {
    sitting.desk.take(typed);
    await sitting.face.told("! You are in no room");
  }
  await sitting.enter(peer, "tea");
  sitting.desk.take("/kick Bo");
  await peer.refuse(await peer.expect("kick"), "not_allowed", "Only the owner of #tea can do that.");
  assertEquals(await sitting.face.told("!"), ["! Only the owner of #tea can do that."]);
});

Deno.test("a room's password is asked for twice and unseen, and set or taken away", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  for (
    const [answers, password, told] of [
      [["se cret", "se cret"], "se cret", "#lobby has a new password."],
      [[""], null, "#lobby has no password now."],
    ] as const
  ) {
    sitting.face.answer(...answers);
    sitting.desk.take("/password");
    const { request, members } = await asked(peer, "password");
    assertEquals(members, { room: "lobby", password });
    await peer.ok(request, { room: "lobby" });
    assertEquals(await sitting.face.told("#lobby"), [`* ${told}`]);
  }
  assertEquals(sitting.face.questions, [
    { prompt: "New password of #lobby, or nothing for none:", secret: true },
    { prompt: "The same again:", secret: true },
    { prompt: "New password of #lobby, or nothing for none:", secret: true },
  ]);
});

Deno.test("a password stays as it is where the two differ, one is declined, or it was written on the screen", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.face.answer("secret", "secert");
  sitting.desk.take("/password");
  await sitting.face.told("! The two are not the same. The password of #lobby is as it was.");
  sitting.face.answer(null);
  sitting.desk.take("/password");
  await sitting.face.until(() => sitting.face.settled === 2);
  sitting.face.answer("secret", null);
  sitting.desk.take("/password");
  await sitting.face.until(() => sitting.face.settled === 3);
  sitting.desk.take("/password secret");
  assertEquals(await sitting.face.told("!"), [
    "! Write /password alone: it asks for the new one unseen. Do not use what you just wrote.",
  ]);
  assertEquals(sitting.face.questions.length, 5);
  sitting.desk.take("the next request");
  await peer.expect("say");
});

Deno.test("a room is closed once its name is typed, in any case and with or without its sign", async () => {
  for (const answer of ["tea", " #TEA "]) {
    const { sitting, peer } = await Sitting.begin();
    await using _ = sitting;
    await sitting.enter(peer, "tea");
    sitting.face.answer(answer);
    sitting.desk.take("/close-room");
    const { request, members } = await asked(peer, "close");
    assertEquals(members, { room: "tea" });
    const reason = "The room was closed.";
    await peer.send({ type: "kicked", room: "tea", by: "Maya", reason, banned: false });
    await peer.ok(request, { room: "tea" });
    assertEquals(await sitting.face.told("* You closed #tea."), ["* You closed #tea."]);
    assertEquals(sitting.face.questions, [
      { prompt: "This closes #tea for everybody and for good. To do it, type the room's name:" },
    ]);
  }
});

Deno.test("a room stays open where another name is typed, or none", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.face.answer("yes");
  sitting.desk.take("/close-room");
  assertEquals(await sitting.face.told("!"), ['! "yes" is not its name. #lobby stays open.']);
  for (const answer of ["", null]) {
    sitting.face.answer(answer);
    sitting.desk.take("/close-room");
  }
  await sitting.face.until(() => sitting.face.questions.length === 3);
  sitting.desk.take("the next request");
  await peer.expect("say");
  assertEquals(sitting.face.printed, []);
});

Deno.test("the names of those who are here are completed behind the commands that are about somebody", async () => {
  const { sitting } = await Sitting.inLobby();
  await using _ = sitting;
  const { commands, argument } = sitting.desk.sources;
  for (const command of ["kick", "ban", "ban-address", "unban", "mute", "unmute", "owner"]) {
    assertEquals([commands.includes(`/${command}`), argument(`/${command}`, 0)], [true, "name"], command);
  }
});
