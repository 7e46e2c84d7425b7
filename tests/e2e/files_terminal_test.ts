/** Files in real terminals: the runtime's question about a path, the dock after it, and what comes of it. */

import { assert, assertEquals } from "@std/assert";
import { systemClock, within } from "../../client/clock.ts";
import { draftOf, letters, openChat } from "../support/chat_pane.ts";
import { Folder, House } from "../support/server.ts";
import { type Pane, paneTest } from "../support/tmux.ts";

const ASKED = /^┗ Allow\? /;
const DRAFT = "👍 שלום 日本";

async function enter(pane: Pane, text: string): Promise<void> {
  await pane.type(text);
  await pane.press("Enter");
}

/** Waits for a row, and gives all of them. */
async function row(pane: Pane, wanted: RegExp): Promise<readonly string[]> {
  const { rows } = await pane.until(`${wanted}`, ({ rows }) => rows.some((row) => wanted.test(row)));
  return rows;
}

/** Deno throws away what is typed before its question has stood for so long: who answers at once answers again. */
const DEAF_MS = 300;

/** Answers the runtime's question, and waits until it has taken that. */
async function answer(pane: Pane, key: "y" | "n"): Promise<void> {
  const taken = row(pane, key === "y" ? /^✅ Granted/ : /^❌ Denied/);
  do await enter(pane, key); while (!await within(systemClock, DEAF_MS, taken));
}

function lobby(house: House, cwd: string): Promise<Pane> {
  const args = [`127.0.0.1:${house.port}`, "--name", "Maya", "--room", "lobby"];
  return openChat(args, { cwd, columns: 100, rows: 30 });
}

paneTest(
  "a path outside is asked for, with the dock away, and after a yes the file is in the room",
  async () => {
    await using house = await House.start();
    await using folder = new Folder();
    await using outside = new Folder();
    const path = `${outside.path}/a b.txt`;
    await Deno.writeTextFile(path, "hello");
    const bo = await house.member("Bo");
    await using maya = await lobby(house, folder.path);
    await row(maya, /^#lobby {2}2 people/);
    await enter(maya, `/send '${path}'`);
    const asking = await row(maya, ASKED);
    assert(asking.every((one) => !/^(#lobby|>)/.test(one)), asking.join("\n"));
    for (let i = 1; i <= 5; i++) await bo.ask("say", { room: "lobby", text: `meanwhile ${i} ${DRAFT}` });
    await answer(maya, "y");
    const rows = await row(maya, /Maya put a b\.txt, 5 B: \/get \d+$/);
    const said = rows.filter((one) => / Bo {2}/.test(one)).map((one) => /meanwhile (\d)/.exec(one)?.[1]);
    assertEquals(said, ["1", "2", "3", "4", "5"]);
    assertEquals(rows.filter((one) => one.startsWith("#lobby")).length, 1);
    await maya.type(DRAFT);
    await maya.until("the draft", (screen) => draftOf(screen) === letters(DRAFT));
  },
);

paneTest(
  "after a no it is said what to do, and nothing is asked again",
  async () => {
    await using house = await House.start();
    await using folder = new Folder();
    await using outside = new Folder();
    await Deno.writeTextFile(`${outside.path}/x`, "hello");
    await using maya = await lobby(house, folder.path);
    await row(maya, /^#lobby {2}1 person/);
    await enter(maya, `/send ${outside.path}/x`);
    await row(maya, ASKED);
    await answer(maya, "n");
    await maya.resize(70, 24);
    await row(maya, /^! The right to read/);
    await maya.type(DRAFT);
    const { rows } = await maya.until("the draft", (screen) => draftOf(screen) === letters(DRAFT));
    assertEquals(rows.filter((one) => one.startsWith("#lobby")).length, 1);
    await maya.press("C-c");
    await enter(maya, `/send ${outside.path}/x`);
    await maya.until("the second refusal", ({ rows }) => {
      return rows.filter((one) => /^! The right to read/.test(one)).length === 2;
    });
    assertEquals((await maya.history()).filter((one) => /^❌ Denied/.test(one)).length, 1);
  },
);
