/** The client in real terminals, against a real server: what is typed and what arrives do not disturb each other. */

import { assertEquals } from "@std/assert";
import { draftOf, letters, openChat } from "../support/chat_pane.ts";
import { Folder, House, ServeProcess } from "../support/server.ts";
import { type Pane, paneTest, type Screen } from "../support/tmux.ts";

/** Wide, right-to-left, combining and joined letters, and so many words that they fill rows at any width. */
const DRAFT = "日本語 שלום עולם مرحبا بالعالم e\u0301 ñ 👩‍👩‍👧 👨‍👩‍👧 👍🏽 ❤️ 🇩🇪 한국어 नमस्ते 1️⃣ " +
  "and then so many plain words that the draft takes several rows of any window that it is looked at in, 東京 end";

/** A client in the lobby, whose dock is there. */
async function enter(port: number, name: string, cwd: string, rows = 30): Promise<Pane> {
  const pane = await openChat([`127.0.0.1:${port}`, "--name", name, "--room", "lobby"], {
    cwd,
    columns: 100,
    rows,
  });
  await pane.until(`${name} in the lobby`, inLobby);
  return pane;
}

function inLobby({ rows }: Screen): boolean {
  return rows.some((row) => /^#lobby {2}\d+ (person|people) {2}connected/.test(row));
}

/** Rows of the dock: its status line, and the first row of its input. */
function docks(rows: readonly string[]): number {
  return rows.filter((row) => row.startsWith("#lobby ") || /^> ?/.test(row)).length;
}

/** The numbers of the messages `line 1.`, `line 2.`, … that stand there. */
function numbers(rows: readonly string[]): number[] {
  return rows.flatMap((row) => [...row.matchAll(/line (\d+)\./g)].map(([, digits]) => Number(digits)));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

paneTest("a draft survives 300 messages and a window that becomes narrow and wide", async () => {
  await using house = await House.start();
  await using folder = new Folder();
  await using maya = await enter(house.port, "Maya", folder.path);
  await using other = new Folder();
  await using bo = await enter(house.port, "Bo", other.path);
  const say = async (from: number, to: number) => {
    const lines = upTo(to).slice(from - 1).map((i) =>
      `line ${i}. Words that make it longer than a narrow window.\r`
    );
    await bo.type(lines.join(""));
  };
  const half = DRAFT.indexOf("한국어");
  await maya.type(DRAFT.slice(0, half));
  const first = say(1, 100);
  await maya.type(DRAFT.slice(half));
  await first;
  await maya.until("the first hundred", ({ rows }) => rows.some((row) => row.includes("line 100.")));
  const second = say(101, 200);
  await maya.resize(40, 30);
  await second;
  await maya.until(
    "two hundred, narrow",
    (screen) => numbers(screen.rows).includes(200) && draftOf(screen) === letters(DRAFT),
  );
  const third = say(201, 300);
  await maya.resize(140, 30);
  await third;
  const screen = await maya.until(
    "all, wide",
    (screen) => numbers(screen.rows).includes(300) && draftOf(screen) === letters(DRAFT),
  );
  const history = await maya.history({ joined: true });
  assertEquals(numbers(history), upTo(300), "every message once, in order");
  assertEquals(docks(history), 2, `one dock, not what is left of others:\n${history.join("\n")}`);
  assertEquals(screen.cursor.shown, true);

  await maya.press("BSpace", "BSpace", "BSpace");
  await maya.type("fin");
  await maya.until("the cursor at its end", (now) => draftOf(now) === letters(DRAFT).replace(/end$/, "fin"));
  await maya.press("C-a");
  await maya.until("the cursor at its start", ({ rows, cursor }) => {
    return cursor.column === 2 && rows[cursor.row]?.startsWith("> ") === true;
  });
  await maya.press("Enter");
  await maya.until("it is stored", ({ rows }) => rows.some((row) => row.includes("fin ✓")));
  const eve = await house.member("Eve");
  const { entries } = await eve.ask("history", { room: "lobby", limit: 1 });
  assertEquals(entries[0]?.text, DRAFT.replace(/end$/, "fin"), "what was sent is what was typed");
});

paneTest(
  "a window that is resized again and again while messages come loses and doubles nothing",
  async () => {
    await using house = await House.start();
    await using folder = new Folder();
    await using maya = await enter(house.port, "Maya", folder.path);
    const bo = await house.member("Bo");
    await maya.type("half a draft");
    const words = "of words that are longer than some of the windows, and that end with a full stop.";
    for (const columns of [70, 33, 120, 50, 50, 41, 97, 30, 64, 100]) {
      await maya.resize(columns, 20 + columns % 7);
      for (let i = 0; i < 20; i++) await bo.ask("say", { room: "lobby", text: words });
    }
    await bo.ask("say", { room: "lobby", text: "the end" });
    await maya.until("the end", (screen) => {
      return screen.rows.some((row) => row.endsWith("Bo  the end")) && draftOf(screen) === "halfadraft";
    });
    const history = await maya.history({ joined: true });
    const told = history.join(" ").replace(/ +/g, " ");
    assertEquals(told.split(`Bo ${words}`).length - 1, 200, "every message whole, and once");
    assertEquals(docks(history), 2, `one dock:\n${history.join("\n")}`);
  },
);

paneTest("a paste of 40 lines is one draft, and one message", async () => {
  await using house = await House.start();
  await using folder = new Folder();
  await using maya = await enter(house.port, "Maya", folder.path);
  const bo = await house.member("Bo");
  const pasted = upTo(40).map((i) => `\tline ${i}. of the paste`).join("\n");
  await maya.type("Look: ");
  await maya.paste(pasted);
  await maya.until("the end of the paste", ({ rows }) => rows.some((row) => row.includes("line 40.")));
  await bo.ask("say", { room: "lobby", text: "Meanwhile." });
  await maya.until(
    "a message, and eight rows of input",
    ({ rows }) =>
      rows.some((row) => row.includes("Meanwhile.")) && numbers(rows).join() === "33,34,35,36,37,38,39,40",
  );
  await maya.press("Enter");
  await maya.until("it is sent", ({ rows }) => rows.some((row) => row.endsWith("✓")));
  const { entries } = await bo.ask("history", { room: "lobby" });
  assertEquals(entries.map(({ text }) => text), ["Meanwhile.", `Look: ${pasted}`]);
});

paneTest("a message over the limit is kept in the draft, and why is said", async () => {
  await using house = await House.start();
  await using folder = new Folder();
  await using maya = await enter(house.port, "Maya", folder.path);
  await maya.paste("long ".repeat(900));
  await maya.press("Enter");
  const screen = await maya.until(
    "why",
    ({ rows }) => rows.some((row) => /4500 bytes, and 4096 is the most/.test(row)),
  );
  assertEquals(
    screen.rows.filter((row) => /^[ ↑] [ long]{90}/.test(row)).length,
    7,
    "the draft is still there",
  );
});

paneTest("a server that is killed in the middle of a draft takes nothing with it", async () => {
  await using data = new Folder();
  await using folder = new Folder();
  const { child: server, port } = await ServeProcess.listening(data.path);
  {
    await using _ = server;
    await using maya = await enter(port, "Maya", folder.path);
    await maya.type("one");
    await maya.press("Enter");
    await maya.until("it is stored", ({ rows }) => rows.some((row) => row.endsWith("Maya  one ✓")));
    await maya.type(DRAFT);
    await maya.until("the draft", (screen) => draftOf(screen) === letters(DRAFT));
    server.kill("SIGKILL");
    await maya.until(
      "a countdown",
      ({ rows }) => rows.some((row) => /offline, trying again in \d+ s/.test(row)),
    );
    await maya.press("Enter");
    await maya.type("three, typed meanwhile");
    await maya.until("what waits", ({ rows }) => rows.some((row) => row.includes("  1 waiting")));
    await using again = new ServeProcess(["--host", "127.0.0.1", "--port", `${port}`, "--data", data.path]);
    await maya.until(
      "it is back, and all is sent but what is typed",
      (screen) =>
        inLobby(screen) && screen.rows.some((row) => row.includes("end ✓")) &&
        draftOf(screen) === letters("three, typed meanwhile"),
    );
    const history = await maya.history({ joined: true });
    assertEquals(history.filter((row) => row.includes("東京 end")).length, 1, "it was sent once");
    assertEquals(docks(history), 2);
    again.kill("SIGTERM");
    await again.ended();
  }
});
