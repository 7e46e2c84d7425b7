import { assertEquals } from "@std/assert";
import { runMenu } from "../../../client/terminal/menu.ts";
import type { Peer } from "../support.ts";
import { Sitting } from "./sitting.ts";

const ROOMS = [
  { room: "lobby", locked: false, members: 1 },
  { room: "tea", locked: true, members: 3, title: "Of tea" },
  { room: "1", locked: false },
];

const WHICH = "Which room? Number or name:";

/** Answers the next question for the rooms. */
async function list(peer: Peer, rooms: readonly object[] = ROOMS): Promise<void> {
  await peer.ok(await peer.expect("rooms"), { rooms });
}

Deno.test("the menu takes numbers and how its words begin, and asks again after what is neither", async () => {
  const { sitting } = await Sitting.begin();
  await using _ = sitting;
  sitting.face.answer("4", "0", "", "dance", " LEA");
  await runMenu(sitting.scene, sitting.desk);
  assertEquals(sitting.face.questions.length, 5);
  assertEquals(sitting.face.questions[0], {
    prompt: "Choose:",
    options: ["join a group chat", "create a group chat", "leave"],
    root: true,
  });
  assertEquals(
    await sitting.face.told("dance"),
    ["4", "0", "", "dance"].map((typed) => `! "${typed}" is none of these: type 1, 2 or 3.`),
  );
  assertEquals(sitting.left, 1);
});

Deno.test("no answer leaves, and so does a word that leaves elsewhere", async () => {
  for (const answer of [null, "exit", "/quit"]) {
    const { sitting } = await Sitting.begin();
    await using _ = sitting;
    sitting.face.answer(answer);
    await runMenu(sitting.scene, sitting.desk);
    assertEquals(sitting.left, 1, `${answer}`);
  }
});

Deno.test("a room is joined by its place in the list, which says who is there and whether it is locked", async () => {
  const { sitting, peer } = await Sitting.begin();
  await using _ = sitting;
  sitting.face.answer("1", "2", "secret");
  const menu = runMenu(sitting.scene, sitting.desk);
  await list(peer);
  await peer.refuse(await peer.expect("join"), "wrong_password", "This room has a password.");
  const join = await peer.admit(0);
  await menu;
  assertEquals([join["room"], join["password"]], ["tea", "secret"]);
  assertEquals(sitting.face.questions[1]?.options, [
    "#lobby  1 person",
    '#tea  3 people  locked  "Of tea"',
    "#1",
  ]);
});

Deno.test("a room is joined by its name, as one types it, also where the list does not have it", async () => {
  for (const [typed, room] of [["tea", "tea"], ["#hidden", "hidden"]] as const) {
    const { sitting, peer } = await Sitting.begin();
    await using _ = sitting;
    sitting.face.answer("join", typed);
    const menu = runMenu(sitting.scene, sitting.desk);
    await list(peer);
    assertEquals((await peer.admit(0))["room"], room);
    await menu;
  }
});

Deno.test("a number is a place in the list, also where a room is called so; with a # it is that room", async () => {
  for (const [typed, room] of [["1", "lobby"], ["#1", "1"]] as const) {
    const { sitting, peer } = await Sitting.begin();
    await using _ = sitting;
    sitting.face.answer("1", typed);
    const menu = runMenu(sitting.scene, sitting.desk);
    await list(peer);
    assertEquals((await peer.admit(0))["room"], room);
    await menu;
  }
});

Deno.test("a wrong room and a wrong password say so, and the rooms are asked for again", async () => {
  const { sitting, peer } = await Sitting.begin();
  await using _ = sitting;
  sitting.face.answer("1", "nowhere", "tea", "a", "b", "c", "lobby");
  const menu = runMenu(sitting.scene, sitting.desk);
  await list(peer);
  await peer.refuse(await peer.expect("join"), "no_such_room", "There is no room nowhere.");
  await list(peer);
  for (let i = 0; i < 4; i++) {
    await peer.refuse(await peer.expect("join"), "wrong_password", "That is not its password.");
  }
  await list(peer);
  await peer.admit(0);
  await menu;
  const told = await sitting.face.told("You are in");
  assertEquals(told.filter((row) => row.startsWith("!")), [
    "! There is no room nowhere.",
    "! That is not its password.",
  ]);
});

Deno.test("without a connection the menu says so, and asks again", async () => {
  const { sitting, peer } = await Sitting.begin();
  await using _ = sitting;
  peer.close();
  await sitting.face.until(() => sitting.conversation.connection.is === "waiting");
  await sitting.face.told("lost");
  sitting.face.answer("1", "2", "/rooms", "3");
  await runMenu(sitting.scene, sitting.desk);
  assertEquals(sitting.face.questions.map(({ prompt }) => prompt), Array(4).fill("Choose:"));
  assertEquals(
    sitting.face.printed,
    Array(3).fill("! There is no connection now. Try again when it is back."),
  );
});

Deno.test("commands work in the menu too", async () => {
  const { sitting, peer } = await Sitting.begin();
  await using _ = sitting;
  sitting.face.answer("/help join", "/join tea");
  const menu = runMenu(sitting.scene, sitting.desk);
  assertEquals((await peer.admit(0))["room"], "tea");
  await menu;
  await sitting.face.told("go into a room");
});

Deno.test("no room goes back to the menu", async () => {
  const { sitting, peer } = await Sitting.begin();
  await using _ = sitting;
  sitting.face.answer("1", "", "1", null, "3");
  const menu = runMenu(sitting.scene, sitting.desk);
  await list(peer, []);
  await list(peer, []);
  await menu;
  assertEquals(sitting.face.questions.map(({ prompt }) => prompt), [
    "Choose:",
    WHICH,
    "Choose:",
    WHICH,
    "Choose:",
  ]);
});

Deno.test("a room is created with a name and a password, or with neither", async () => {
  for (const [name, password] of [["tea", "secret"], ["", ""]] as const) {
    const { sitting, peer } = await Sitting.begin();
    await using _ = sitting;
    sitting.face.answer("2", name, password);
    const menu = runMenu(sitting.scene, sitting.desk);
    const create = await peer.expect("create");
    const given = name === "" ? [undefined, undefined] : [name, password];
    assertEquals([create["room"], create["password"]], given);
    await peer.ok(create, { room: name || "1", log: "log-1", head: 0 });
    await menu;
    assertEquals(sitting.face.questions.at(-1)?.secret, true);
    assertEquals(sitting.conversation.current?.name, name || "1");
  }
});

Deno.test("who gives no name or no answer to the password creates nothing; a name that is taken is told", async () => {
  const { sitting, peer } = await Sitting.begin();
  await using _ = sitting;
  sitting.face.answer("2", null, "2", "tea", null, "2", "tea", "", "3");
  const menu = runMenu(sitting.scene, sitting.desk);
  await peer.refuse(await peer.expect("create"), "room_exists", "There is a room tea already.");
  await menu;
  await sitting.face.told("! There is a room tea already.");
  assertEquals(sitting.conversation.current, null);
});
