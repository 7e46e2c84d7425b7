import { assert, assertEquals } from "@std/assert";
import { HISTORY_LIMIT_MAX } from "../../../server/protocol/limits.ts";
import { utf8Bytes } from "../../../server/protocol/texts.ts";
import { entry, type Peer, turn } from "../support.ts";
import { DAY, Sitting } from "./sitting.ts";

/** The texts of the next messages that are said, with the rooms. */
async function said(peer: Peer, count: number): Promise<readonly string[]> {
  const texts: string[] = [];
  while (texts.length < count) {
    const say = await peer.expect("say");
    texts.push(`#${say["room"]} ${say["text"]}`);
  }
  return texts;
}

Deno.test("what is typed is said as it is, and two slashes say one", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  for (const typed of ["hi", "  two\n  lines", "//join", "exit now", ""]) {
    assertEquals(sitting.desk.take(typed), true);
  }
  assertEquals(await said(peer, 4), [
    "#lobby hi",
    "#lobby   two\n  lines",
    "#lobby /join",
    "#lobby exit now",
  ]);
});

Deno.test("what is no command is not taken, and is explained", async () => {
  const { sitting } = await Sitting.inLobby();
  await using _ = sitting;
  assertEquals(sitting.desk.take("/jion lobby"), false);
  assertEquals(await sitting.face.told("!"), [
    "! There is no command /jion. /help lists them; to send a slash, type two: //jion",
  ]);
});

Deno.test("a message over the limit of the server is not taken, and its size is told", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  const most = "é".repeat(2_048);
  assertEquals(utf8Bytes(most), 4_096);
  assertEquals(sitting.desk.take(`${most}é`), false);
  await sitting.face.told("The message has 4098 bytes, and 4096 is the most.");
  assertEquals(sitting.desk.take(most), true);
  assertEquals(await said(peer, 1), [`#lobby ${most}`]);
});

Deno.test("in no room nothing can be said", async () => {
  const { sitting } = await Sitting.begin();
  await using _ = sitting;
  assertEquals(sitting.desk.take("hello?"), false);
  await sitting.face.told("You are in no room");
  assertEquals(sitting.desk.take("/who"), true);
  await sitting.face.told("You are in no room");
});

Deno.test("what is typed right behind /join goes into the new room, in its order", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  await peer.send({ type: "presence", room: "lobby", members: 2, joined: ["Bo"] });
  await sitting.face.until(() => sitting.conversation.current?.members === 2);
  for (const typed of ["/join ops", "one", "/title New", "two"]) assert(sitting.desk.take(typed));
  await peer.admit(0);
  const asked = [await peer.next(), await peer.next(), await peer.next()];
  assertEquals(asked.map((one) => `${one?.["type"]} #${one?.["room"]} ${one?.["text"] ?? ""}`).sort(), [
    "say #ops one",
    "say #ops two",
    "title #ops ",
  ]);
});

Deno.test("what is said on the way into a room is pending, and counted as waiting", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.take("/join ops");
  sitting.desk.take("hello");
  assertEquals(sitting.pending, ["[  …  ] Maya  hello"]);
  sitting.clock.advance(500);
  assertEquals(sitting.status, "#lobby  1 person  connected  1 waiting");
  await peer.admit(0);
  assertEquals(await said(peer, 1), ["#ops hello"]);
  assertEquals([sitting.pending, sitting.status], [
    ["[  …  ] Maya  hello"],
    "#ops  1 person  connected  1 waiting",
  ]);
});

Deno.test("on the way into a room only a command about a room waits", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  for (const typed of ["/join ops", "/who", "/msg Ada psst", "/help quit", "/quit"]) sitting.desk.take(typed);
  await peer.expect("tell");
  const join = await peer.expect("join");
  await sitting.face.told("leave the chat");
  assertEquals(sitting.left, 1);
  await peer.refuse(join, "banned");
  assertEquals((await peer.expect("who"))["room"], "lobby");
});

Deno.test("without a connection a command that needs the server says so at once, and the others work", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  peer.close();
  await sitting.face.until(() => sitting.conversation.connection.is === "waiting");
  const asking = [
    "/join ops",
    "/create",
    "/leave",
    "/rooms",
    "/who",
    "/msg Ada hi",
    "/name May",
    "/title Tea",
  ];
  const moderating = [
    "/kick Bo",
    "/ban Bo",
    "/ban-address Bo",
    "/unban Bo",
    "/mute Bo",
    "/unmute Bo",
    "/owner Bo",
    "/password",
    "/close-room",
  ];
  for (const typed of [...asking, "/history", "/search tea", "/status", ...moderating]) {
    assertEquals(sitting.desk.take(typed), true);
    await sitting.face.told("! There is no connection now. Try again when it is back.");
  }
  for (const typed of ["/room lobby", "/clear", "/bell all", "/help join", "/quit"]) sitting.desk.take(typed);
  await sitting.face.until(() => sitting.left === 1);
  assertEquals(sitting.face.printed.map((row) => row.trim().replace(/ {2}.*/, "")), [
    "/join ROOM",
    "* The bell is set to all.",
  ]);
});

Deno.test("a command goes out after what was said before it", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.take("bye all");
  sitting.desk.take("/leave");
  assertEquals([(await peer.next())?.["type"], (await peer.next())?.["type"]], ["say", "leave"]);
});

Deno.test("what is typed right behind a /join that is refused is told with it, not said in the room before it", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.take("/join secrets");
  sitting.desk.take("for nobody else");
  await peer.refuse(await peer.expect("join"), "banned", "You are banned from this room.");
  assertEquals(await sitting.face.told("Not sent"), [
    "! You are banned from this room.",
    "! Not sent: for nobody else",
  ]);
  assertEquals(sitting.pending, []);
  sitting.desk.take("hi");
  assertEquals(await said(peer, 1), ["#lobby hi"]);
});

Deno.test("a thousand messages wait at most, and what is over that stays where it is typed", async () => {
  const { sitting } = await Sitting.inLobby();
  await using _ = sitting;
  for (let i = 0; i < 1_000; i++) assert(sitting.desk.take(`m${i}`));
  assertEquals(sitting.desk.take("one more"), false);
  await sitting.face.told("1000 messages wait for the server");
});

Deno.test("a room with a password is entered once it is right, and a password that is not given ends it", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.face.answer("wrong", "right");
  sitting.desk.take("/join tea");
  await peer.refuse(await peer.expect("join"), "wrong_password", "This room has a password.");
  const second = await peer.expect("join");
  await peer.refuse(second, "wrong_password", "That is not its password.");
  const third = await peer.admit(0);
  assertEquals([second["password"], third["password"]], ["wrong", "right"]);
  assertEquals((await sitting.face.told("You are in #tea")).slice(0, 2), [
    "* This room has a password.",
    "* That is not its password.",
  ]);
  assertEquals(sitting.face.questions, [
    { prompt: "Password of #tea:", secret: true },
    { prompt: "Password of #tea:", secret: true },
  ]);
  sitting.face.answer(null);
  sitting.desk.take("/join coffee");
  await peer.refuse(await peer.expect("join"), "wrong_password", "This room has a password.");
  await sitting.face.told("! This room has a password.");
  assertEquals([sitting.conversation.current?.name, sitting.face.settled], ["tea", 3]);
});

Deno.test("/room and a place turn to a room of ours, by name and number; to another one they say what there is", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  await sitting.enter(peer, "ops");
  sitting.desk.take("/room #LOBBY");
  await sitting.face.told("── #lobby ──");
  sitting.desk.turnTo(2);
  await sitting.face.told("── #ops ──");
  sitting.desk.turnTo(3);
  sitting.desk.take("/room 1");
  await sitting.face.told("── #lobby ──");
  sitting.desk.take("/room tea");
  await sitting.face.told("! You are not in #tea. You are in 1 #lobby, 2 #ops. /join goes into it.");
});

Deno.test("a number is the place of one of our rooms, and with a # a room of that name", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  for (const room of ["3", "tea"]) await sitting.enter(peer, room);
  for (const [typed, room] of [["#3", "3"], ["3", "tea"], ["2", "3"], ["#tea", "tea"]] as const) {
    sitting.desk.take(`/room ${typed}`);
    await sitting.face.told(`── #${room} ──`);
  }
});

Deno.test("the next room with news is one that mentions us, then the first of the others", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  for (const room of ["ops", "tea", "quiet"]) await sitting.enter(peer, room);
  await peer.send(entry(1, "hi"), entry(1, "hi", "ops"), entry(1, "Maya!", "tea"));
  await sitting.face.until(() => sitting.conversation.unread.length === 3);
  for (const room of ["tea", "lobby", "ops"]) {
    sitting.desk.turnToUnread();
    await sitting.face.told(`── #${room} ──`);
  }
  sitting.desk.turnToUnread();
  assertEquals(sitting.conversation.current?.name, "ops");
});

Deno.test("who wrote to us alone, and rooms that were listed, are offered for completion", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  for (const from of ["Ada", "Bo", "Ada"]) {
    await peer.send({ type: "direct", from, text: `I am ${from}`, at: 1_000 });
  }
  await sitting.face.until(() => sitting.face.printed.length === 3);
  sitting.desk.take("/rooms");
  await peer.ok(await peer.expect("rooms"), { rooms: [{ room: "tea", locked: false }] });
  await sitting.face.told("/join ROOM");
  assertEquals([sitting.desk.sources.names(), sitting.desk.sources.rooms()], [["Ada", "Bo"], [
    "lobby",
    "tea",
  ]]);
});

Deno.test("/history goes further back each time, under a line of its own", async () => {
  const { sitting, peer } = await Sitting.begin();
  await using _ = sitting;
  void sitting.scene.doors.join("lobby");
  await peer.admit(9, {}, entry(9));
  await sitting.face.told("text 9");
  for (const [before, seqs] of [[9, [7, 8]], [7, [5, 6]], [5, []]] as const) {
    sitting.desk.take("/history 2");
    const asked = await peer.expect("history");
    assertEquals([asked["before"], asked["limit"]], [before, 2]);
    await peer.ok(asked, { room: "lobby", entries: seqs.map((seq) => entry(seq)), more: seqs.length > 0 });
    if (seqs.length === 0) continue;
    const told = await sitting.face.told("that was before");
    assertEquals(told[0], "── older messages of #lobby: 2 ──");
    assertEquals(told.slice(-3, -1), seqs.map((seq) => `[--:--] Ada  text ${seq}`));
  }
  await sitting.face.told("#lobby has no older messages.");
  for (const wrong of ["0", "1.5", "many", `${HISTORY_LIMIT_MAX + 1}`]) {
    sitting.desk.take(`/history ${wrong}`);
    await sitting.face.told("Write /history N with a number");
  }
});

Deno.test("what /search has found stands from old to new", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.take("/search tea time");
  const asked = await peer.expect("search");
  assertEquals(asked["query"], "tea time");
  await peer.ok(asked, { room: "lobby", entries: [entry(5), entry(2)], more: true });
  assertEquals(await sitting.face.told("that was the search"), [
    "── found in #lobby: the newest 2 ──",
    DAY,
    "[--:--] Ada  text 2",
    "[--:--] Ada  text 5",
    "── that was the search for tea time ──",
  ]);
});

Deno.test("list shows the rooms, read to the last page, and the files of the room that is looked at", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.take("list");
  const first = await peer.expect("rooms");
  await peer.ok(first, { rooms: [{ room: "lobby", locked: false, members: 1 }], next: 7 });
  const second = await peer.expect("rooms");
  assertEquals([first["page"], second["page"]], [undefined, 7]);
  await peer.ok(second, { rooms: [{ room: "tea", locked: true, members: 2, title: "Of tea" }] });
  assertEquals(await sitting.face.told("/join ROOM"), [
    "  #lobby  1 person  yours: /room 1",
    '  #tea  2 people  locked  "Of tea"',
    "* /join ROOM goes into one, /create makes one.",
  ]);
  const asked = await peer.expect("files");
  assertEquals(asked["room"], "lobby");
  const file = { file: 3, name: "tea.pdf", size: 2_048, sha256: "0".repeat(64), from: "Ada", at: 0 };
  await peer.ok(asked, { files: [file] });
  const told = await sitting.face.told("/get NAME");
  assertEquals([told[0], told[1]?.includes("tea.pdf")], ["── files of #lobby: 1 ──", true]);
});

Deno.test("/msg tells one person, /name takes another name, /bell is set, and wrong ones say how they are written", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.take("/msg @Ada one\ntwo");
  const tell = await peer.expect("tell");
  assertEquals([tell["to"], tell["text"]], ["Ada", "one\ntwo"]);
  await peer.ok(tell, { at: 1_000 });
  await sitting.face.told("[--:--] you → Ada  one ⏎ two");
  sitting.desk.take("/name May");
  await peer.ok(await peer.expect("name"), { name: "May" });
  await sitting.face.told("You are called May now.");
  assertEquals([sitting.session.name, sitting.conversation.current?.names], ["May", ["May"]]);
  sitting.desk.take("/bell all");
  await sitting.face.told("The bell is set to all.");
  for (
    const [typed, answer] of [
      ["/msg Ada", "Write /msg NAME TEXT."],
      ["/name", "You are called May."],
      [
        "/bell loud",
        'There is no bell "loud". Write /bell off, /bell mentions, /bell all.',
      ],
      ["/join", "Which room?"],
    ] as const
  ) {
    sitting.desk.take(typed);
    await sitting.face.told(`! ${answer}`);
  }
});

Deno.test("a server that is slow to answer is seen in the status before it has answered", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.open();
  sitting.clock.advance(1_000);
  const ping = await peer.expect("ping");
  sitting.clock.advance(500);
  assertEquals(sitting.status, "#lobby  1 person  connected");
  sitting.clock.advance(700);
  assertEquals(sitting.status, "#lobby  1 person  connected  lag 1.2 s");
  await peer.ok(ping);
  await peer.send(entry(1));
  await sitting.face.told("text 1");
  assertEquals(sitting.status, "#lobby  1 person  connected  lag 1.2 s");
  sitting.desk.close();
});

Deno.test("words that leave elsewhere leave here, where they stand alone", async () => {
  const { sitting } = await Sitting.inLobby();
  await using _ = sitting;
  for (const word of ["exit", "bye ", "quit", "/quit", "/QUIT"]) sitting.desk.take(word);
  await turn();
  assertEquals(sitting.left, 5);
});
