import { assertEquals } from "@std/assert";
import { dayLine } from "../../../client/terminal/messages.ts";
import { plainText } from "../../../client/terminal/plain_face.ts";
import { entry, type Peer, turn } from "../support.ts";
import { DAY, Sitting } from "./sitting.ts";

/** What came of a message of ours, as the server tells everybody. */
function own(seq: number, text: string, key: string, room = "lobby"): object {
  return { ...entry(seq, text, room), from: "Maya", key };
}

const KICKED = { type: "kicked", by: "an operator", banned: false };

function presence(peer: Peer, change: object, room = "lobby"): Promise<void> {
  return peer.send({ type: "presence", room, members: 3, ...change });
}

Deno.test("a room is entered with a line about it, and its messages stand under the day they are of", async () => {
  const { sitting, peer } = await Sitting.begin();
  await using _ = sitting;
  void sitting.scene.doors.join("lobby");
  const tomorrow = { ...entry(3, "three"), at: 86_400_000 * 2 };
  await peer.admit(2, { title: "Tea", members: 2 }, entry(1, "one"), entry(2, "two\nlines"), tomorrow);
  assertEquals(await sitting.face.told("three"), [
    '* You are in #lobby "Tea", with 1 more: Maya.',
    DAY,
    "[--:--] Ada  one",
    "[--:--] Ada  two ⏎ lines",
    plainText(dayLine(86_400_000 * 2)),
    "[--:--] Ada  three",
  ]);
});

Deno.test("what is said in another room is counted, and shown when that is turned to, behind what was seen", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  await peer.send(entry(1, "seen"));
  await sitting.face.told("seen");
  await sitting.enter(peer, "ops");
  await peer.send(entry(2, "two"), entry(3, "Maya, three"), entry(1, "here", "ops"));
  await sitting.face.told("here");
  assertEquals(sitting.status, "#ops  1 person  connected  1:#lobby(2)");
  assertEquals(sitting.conversation.unread[0]?.mentioned, true);
  sitting.desk.turnTo(1);
  assertEquals(await sitting.face.told("Maya, three"), [
    "── #lobby ──",
    DAY,
    "[--:--] Ada  seen",
    "── new since you left: 2 messages ──",
    "[--:--] Ada  two",
    "[--:--] Ada  Maya, three",
  ]);
  assertEquals(sitting.status, "#lobby  1 person  connected");
  sitting.desk.turnTo(2);
  assertEquals(await sitting.face.told("here"), ["── #ops ──", DAY, "[--:--] Ada  here"]);
});

Deno.test("what was missed stands under a line that says how much it is, after a reconnect", async () => {
  const { sitting, peer } = await Sitting.inLobby(entry(1));
  await using _ = sitting;
  await sitting.face.told("text 1");
  const next = await sitting.reconnect(peer);
  await next.admit(4, {}, entry(2), entry(3), entry(4));
  const told = await sitting.face.told("text 4");
  assertEquals(told.slice(told.indexOf("* Connected again as Maya.")), [
    "* Connected again as Maya.",
    "── new since you left: 3 messages while you were away ──",
    "[--:--] Ada  text 2",
    "[--:--] Ada  text 3",
    "[--:--] Ada  text 4",
  ]);
});

Deno.test("what we say is pending until it is stored, and then stands in its place once, with a ✓", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.take("one");
  sitting.desk.take("two");
  assertEquals(sitting.pending, ["[  …  ] Maya  one", "[  …  ] Maya  two"]);
  const one = await peer.expect("say");
  const two = await peer.expect("say");
  await peer.ok(one, { room: "lobby", seq: 2, at: 1_000 });
  await peer.send(entry(1, "before"), own(2, "one", "k1"));
  await sitting.face.told("one");
  assertEquals(sitting.pending, ["[  …  ] Maya  two"]);
  // The entry can also come first.
  await peer.send(own(3, "two", "k2"), entry(4, "after"));
  await peer.ok(two, { room: "lobby", seq: 3, at: 1_000 });
  assertEquals(await sitting.face.told("after"), ["[--:--] Maya  two ✓", "[--:--] Ada  after"]);
  assertEquals(sitting.pending, []);
});

Deno.test("what we said before the connection was lost goes out again, and is shown once", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.take("kept");
  await peer.expect("say");
  const next = await sitting.reconnect(peer);
  assertEquals(sitting.pending, ["[  …  ] Maya  kept"]);
  await next.admit(1, {}, own(1, "kept", "k1"));
  await sitting.face.told("Maya  kept ✓");
  await next.store(1);
  await next.send(entry(2, "after"));
  assertEquals(await sitting.face.told("after"), ["[--:--] Ada  after"]);
  assertEquals(sitting.pending, []);
});

Deno.test("what is refused is told with its text, and is pending no more", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.take("hello");
  await peer.refuse(await peer.expect("say"), "muted", "You are muted.");
  assertEquals(await sitting.face.told("Not sent"), ["! Not sent: You are muted. (hello)"]);
  assertEquals(sitting.pending, []);
});

Deno.test("what we said in a room that we left is pending no more once it is stored", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.take("bye all");
  const say = await peer.expect("say");
  sitting.desk.take("/leave");
  await peer.ok(say, { room: "lobby", seq: 1, at: 1_000 });
  await peer.ok(await peer.expect("leave"), { room: "lobby" });
  await sitting.face.until(() => sitting.conversation.current === null);
  assertEquals(sitting.conversation.pending.all, []);
});

Deno.test("a direct message is shown wherever we are, and calls who looks away", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  sitting.desk.seen("unfocused");
  await peer.send({ type: "direct", from: "Ada", text: "psst", at: 1_000 });
  assertEquals(await sitting.face.told("psst"), ["[--:--] Ada → you  psst"]);
  await sitting.face.until(() => sitting.face.calls.at(-1)?.alert !== null);
  assertEquals(sitting.face.calls.at(-1), {
    title: "(1) #lobby – chat",
    alert: { title: "Ada", text: "psst" },
  });
});

Deno.test("only what is new and from others calls", async () => {
  const { sitting, peer } = await Sitting.begin();
  await using _ = sitting;
  sitting.desk.seen("unfocused");
  await sitting.enter(peer, "lobby", entry(1, "Maya, an old one"));
  await sitting.face.told("an old one");
  await peer.send({ ...entry(2, "I am Maya"), from: "maya" }, entry(3, "no name"), entry(4, "hi Maya"));
  await sitting.face.told("hi Maya");
  await sitting.face.until(() => sitting.face.calls.at(-1)?.alert !== null);
  assertEquals(sitting.face.calls.map(({ title }) => title), [
    "#lobby – chat",
    "(1) #lobby – chat",
    "(2) #lobby – chat",
  ]);
  assertEquals(sitting.face.calls.map(({ alert }) => alert?.text), [undefined, undefined, "hi Maya"]);
});

Deno.test("who comes and goes is told in one line after a second, or before the next message", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  await presence(peer, { joined: ["Ada"] });
  await presence(peer, { joined: ["Bo"], left: ["Cy"] });
  await sitting.face.until(() => sitting.conversation.current?.names.includes("Bo") ?? false);
  sitting.clock.advance(999);
  await turn();
  assertEquals(sitting.face.printed, []);
  sitting.clock.advance(1);
  assertEquals(await sitting.face.told("Ada"), ["* Ada and Bo joined, Cy left"]);
  await presence(peer, { left: ["Bo"] });
  await peer.send(entry(1, "hi"));
  assertEquals(await sitting.face.told("hi"), ["* Bo left", DAY, "[--:--] Ada  hi"]);
  assertEquals(sitting.status, "#lobby  3 people  connected");
});

Deno.test("who is removed from the room that they look at looks at none, and says nothing, until they choose", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  await sitting.enter(peer, "ops");
  await peer.send({ ...KICKED, room: "ops", reason: "spam" });
  assertEquals(await sitting.face.told("Go on"), [
    "! an operator removed you from #ops: spam.",
    "* /join ops goes back, if #ops is still there.",
    "* You look at no room now. Go on with /room #lobby.",
  ]);
  assertEquals([sitting.status, sitting.desk.take("half typed")], ["chat  connected", false]);
  await sitting.face.told("! Nobody would read it. You look at no room now");
  assertEquals(sitting.desk.take("/room lobby"), true);
  await sitting.face.told("── #lobby ──");
  sitting.desk.take("hi");
  assertEquals((await peer.expect("say"))["room"], "lobby");
});

Deno.test("who is removed from another room goes on where they are, and from the last one is in none", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  await sitting.enter(peer, "ops");
  await peer.send({ ...KICKED, room: "lobby" });
  assertEquals(await sitting.face.told("goes back"), [
    "! an operator removed you from #lobby.",
    "* /join lobby goes back, if #lobby is still there.",
  ]);
  assertEquals(sitting.status, "#ops  1 person  connected");
  await peer.send({ ...KICKED, room: "ops" });
  assertEquals((await sitting.face.told("goes back"))[0], "! an operator removed you from #ops.");
  assertEquals([sitting.status, sitting.conversation.rooms], ["chat  connected", []]);
});

Deno.test("who is banned is told who can let them back, and a reason cannot pass for a line of its own", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  await peer.send({
    ...KICKED,
    room: "lobby",
    by: "Ada",
    banned: true,
    reason: "spam\n* Ada owns #lobby\x1b[2J",
  });
  assertEquals(await sitting.face.told("let you back"), [
    "! Ada banned you from #lobby: spam ⏎ * Ada owns #lobby␛[2J.",
    "* You are banned from #lobby: its owner, or whoever runs the server, can let you back.",
  ]);
  assertEquals(sitting.conversation.current, null);
});

Deno.test("who closes a room themselves is not told that somebody removed them", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  await sitting.enter(peer, "tea");
  await peer.send({ ...KICKED, room: "tea", by: "maya", reason: "The room was closed." });
  assertEquals(await sitting.face.told("Go on"), [
    "* You closed #tea.",
    "* You look at no room now. Go on with /room #lobby.",
  ]);
});

Deno.test("who leaves a room looks at the last of their others", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  for (const room of ["ops", "tea"]) await sitting.enter(peer, room);
  sitting.desk.turnTo(1);
  await sitting.face.told("── #lobby ──");
  sitting.desk.take("/leave");
  await peer.ok(await peer.expect("leave"), { room: "lobby" });
  await sitting.face.told("── #tea ──");
});

Deno.test("the title of a room stands behind its name in the line on turning to it", async () => {
  const { sitting, peer } = await Sitting.begin();
  await using _ = sitting;
  void sitting.scene.doors.join("tea");
  await peer.admit(0, { title: "Of tea" });
  await sitting.face.told("You are in #tea");
  await sitting.enter(peer, "ops");
  sitting.desk.turnTo(1);
  await sitting.face.told('── #tea  "Of tea" ──');
  sitting.desk.turnTo(2);
  await sitting.face.told("── #ops ──");
  await peer.send({
    type: "entry",
    room: "tea",
    seq: 1,
    at: 1_000,
    kind: "title",
    from: "Ada",
    title: "Of time",
  });
  await sitting.face.until(() => sitting.conversation.unread.length === 1);
  sitting.desk.turnTo(1);
  await sitting.face.told('── #tea  "Of time" ──');
});

Deno.test("a room that does not take us back is left behind", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  const next = await sitting.reconnect(peer);
  await next.refuse(await next.expect("join"), "banned", "You are banned from this room.");
  await sitting.face.told("! #lobby did not take us back: You are banned from this room.");
  await sitting.face.until(() => sitting.conversation.current === null);
});

Deno.test("a log that is another one is said to be that, and nothing of the old one is shown again", async () => {
  const { sitting, peer } = await Sitting.inLobby(entry(1, "old"));
  await using _ = sitting;
  await sitting.face.told("old");
  const next = await sitting.reconnect(peer);
  await next.admit(1, { log: "log-2", reset: true }, entry(1, "new"));
  await sitting.face.told("new");
  await sitting.enter(next, "ops");
  sitting.desk.turnTo(1);
  assertEquals(await sitting.face.told("new"), ["── #lobby ──", DAY, "[--:--] Ada  new"]);
});

Deno.test("in a log that is another one and shorter, what is new and names us calls", async () => {
  const { sitting, peer } = await Sitting.inLobby(entry(1), entry(2), entry(3));
  await using _ = sitting;
  await sitting.face.told("text 3");
  sitting.desk.seen("unfocused");
  const next = await sitting.reconnect(peer);
  await next.admit(
    1,
    { log: "log-2", reset: true },
    entry(1, "Maya, an old one"),
    entry(2, "Maya, a new one"),
  );
  await sitting.face.told("a new one");
  await sitting.face.until(() => sitting.face.calls.at(-1)?.alert !== null);
  assertEquals(sitting.face.calls.at(-1), {
    title: "(1) #lobby – chat",
    alert: { title: "Ada in #lobby", text: "Maya, a new one" },
  });
});

Deno.test("while there is no connection the status counts down, and each loss and return is told", async () => {
  const { sitting, peer } = await Sitting.inLobby();
  await using _ = sitting;
  peer.close();
  await sitting.face.until(() => sitting.conversation.connection.is === "waiting");
  assertEquals(sitting.status.slice(0, 48), "#lobby  1 person  offline, trying again in 1 s  ");
  sitting.desk.take("typed meanwhile");
  assertEquals(sitting.status.includes("  1 waiting"), true);
  assertEquals((await sitting.face.told("lost")).length, 1);
});
