/** From the first question to the second room, in real terminals: on the screen, and in plain lines. */

import { assert, assertEquals } from "@std/assert";
import { chatCommand, draftOf, openChat } from "../support/chat_pane.ts";
import { Folder, House } from "../support/server.ts";
import { Pane, paneTest } from "../support/tmux.ts";

async function enter(pane: Pane, text: string): Promise<void> {
  await pane.type(text);
  await pane.press("Enter");
}

/** Waits for a row, and gives all of them. */
async function row(pane: Pane, wanted: RegExp): Promise<readonly string[]> {
  const { rows } = await pane.until(`${wanted}`, ({ rows }) => rows.some((row) => wanted.test(row)));
  return rows;
}

paneTest(
  "a stranger is asked for a name and a room, makes one with a password, and others need it",
  async () => {
    await using house = await House.start();
    await using folder = new Folder();
    await house.member("Bo");
    await using maya = await openChat([`127.0.0.1:${house.port}`], { cwd: folder.path });
    await row(maya, /^Your name:/);
    await enter(maya, "Bo");
    await row(maya, /^! .*name/);
    await row(maya, /^Your name:/);
    await enter(maya, "Maya");
    await row(maya, /^› 1 {2}join a group chat/);
    await enter(maya, "7");
    await row(maya, /^! "7" is none of these/);
    await maya.press("Down");
    await row(maya, /^› 2 {2}create a group chat/);
    await maya.press("Enter");
    await row(maya, /^Name of the room/);
    await enter(maya, "tea");
    await row(maya, /^Password of #tea, or nothing for none:/);
    await enter(maya, "oolong");
    await row(maya, /^#tea {2}1 person/);
    assertEquals((await maya.history()).filter((row) => row.includes("oolong")), [], "it is not shown");

    await using other = new Folder();
    await using noa = await openChat([`127.0.0.1:${house.port}`, "--name", "Noa"], { cwd: other.path });
    await row(noa, /^› 1 {2}join/);
    await enter(noa, "1");
    await row(noa, /2 {2}#tea {2}locked/);
    await enter(noa, "nowhere");
    await row(noa, /^! There is no room "nowhere"/);
    await row(noa, /2 {2}#tea {2}locked/);
    await enter(noa, "2");
    await row(noa, /^Password of #tea:/);
    await enter(noa, "green");
    await row(noa, /^\* That is not the password of #tea/);
    await enter(noa, "oolong");
    await row(noa, /^#tea {2}2 people/);
    await row(maya, /^\* Noa joined/);
  },
);

paneTest("what comes in another room is counted, calls, and is shown when it is looked at", async () => {
  await using house = await House.start();
  await using folder = new Folder();
  await using maya = await openChat([`127.0.0.1:${house.port}`, "--name", "Maya", "--room", "lobby"], {
    cwd: folder.path,
  });
  await row(maya, /^#lobby {2}1 person/);
  await enter(maya, "/create ops");
  await row(maya, /^Password of #ops/);
  await maya.press("Enter");
  await row(maya, /^#ops {2}1 person/);
  const bo = await house.member("Bo");
  await bo.ask("say", { room: "lobby", text: "first" });
  await row(maya, /^#ops .* 1:#lobby\(1\)/);
  assertEquals(await maya.show("#{pane_title}"), "#ops – chat");

  await maya.type("half a draft\x1b[O");
  await bo.ask("say", { room: "lobby", text: "Are you there, Maya?" });
  await row(maya, /^#ops .* 1:#lobby\(2\)/);
  await bo.ask("tell", { to: "Maya", text: "psst" });
  await row(maya, /Bo → you {2}psst$/);
  assertEquals(await maya.show("#{pane_title}"), "(2) #ops – chat");
  const written = new TextDecoder().decode(maya.raw());
  assert(
    written.includes("\x07\x1b]777;notify;Bo in #lobby;Are you there, Maya?\x1b\\"),
    "a bell and a notification",
  );
  await maya.type("\x1b[I");
  await maya.press("M-1");
  const rows = await row(maya, /^#lobby .*people {2}connected$/);
  const from = rows.findIndex((row) => row === "── #lobby ──");
  assertEquals(
    rows.slice(from).map((row) => row.replace(/^\[\d\d:\d\d\] /, "")).filter((row) => !/day, /.test(row))
      .slice(0, 4),
    ["── #lobby ──", "── new since you left: 2 messages ──", "Bo  first", "Bo  Are you there, Maya?"],
  );
  await maya.until("the draft", (screen) => draftOf(screen) === "halfadraft");
  assertEquals(await maya.show("#{pane_title}"), "#lobby – chat");
  await maya.press("C-u");
  await enter(maya, "/bell off");
  await row(maya, /^\* The bell is set to off/);
  const settings = await Deno.readTextFile(`${folder.path}/chat-data/client/settings.json`);
  assertEquals(JSON.parse(settings), { bell: "off" });
});

paneTest("plain lines have no escape codes, and a password is not shown", async () => {
  await using house = await House.start();
  await using folder = new Folder();
  const bo = await house.enter("Bo");
  await bo.ask("create", { room: "tea", password: "oolong" });
  const command = chatCommand([`127.0.0.1:${house.port}`, "--name", "Maya", "--plain"]);
  await using maya = await Pane.open(["sh", "-c", '"$@" | tee out', "sh", ...command], { cwd: folder.path });
  await row(maya, /^ {2}3 {2}leave/);
  await enter(maya, "join");
  await row(maya, /^ {2}2 {2}#tea {2}locked/);
  await enter(maya, "tea");
  await row(maya, /^Password of #tea:/);
  await enter(maya, "oolong");
  await row(maya, /^\* You are in #tea, with 1 more/);
  await bo.ask("say", { room: "tea", text: "two\nlines \x1b[2J שלום" });
  await row(maya, /^\[\d\d:\d\d\] Bo {2}two ⏎ lines \[2J שלום$/);
  await enter(maya, "hello");
  await row(maya, /^\[\d\d:\d\d\] Maya {2}hello ✓$/);
  await enter(maya, "exit");
  assertEquals(await maya.ended(), 0);
  assertEquals(await maya.settings(), maya.before);
  const out = await Deno.readTextFile(`${folder.path}/out`);
  // deno-lint-ignore no-control-regex -- controls are what must not be there
  assertEquals(out.match(/[\x00-\x09\x0b-\x1f\x7f]/), null);
  assertEquals((await maya.history()).filter((row) => row.includes("oolong")), []);
});
