/** However the client ends, its terminal is as it was before. */

import { assertEquals } from "@std/assert";
import { chatCommand, draftOf, openChat } from "../support/chat_pane.ts";
import { Folder, House } from "../support/server.ts";
import { Pane, paneTest } from "../support/tmux.ts";

interface Way {
  readonly name: string;
  readonly leave: (pane: Pane, house: House) => Promise<void>;
  readonly code: number;
  /** What the command line has beside the server's address. */
  readonly args?: readonly string[];
  /** What is on the screen when it is left. */
  readonly at?: RegExp;
}

const NAMED = ["--name", "Maya"];
const INSIDE = [...NAMED, "--room", "lobby"];

const WAYS: readonly Way[] = [
  { name: "Ctrl-C twice", leave: (pane) => pane.press("C-c", "C-c"), code: 0 },
  { name: "Ctrl-D", leave: (pane) => pane.press("C-d"), code: 0 },
  { name: "/quit", leave: (pane) => pane.press("/", "q", "u", "i", "t", "Enter"), code: 0 },
  { name: "exit", leave: (pane) => pane.press("e", "x", "i", "t", "Enter"), code: 0 },
  {
    name: "the menu",
    args: NAMED,
    at: /^ {2}3 {2}leave/,
    leave: (pane) => pane.press("3", "Enter"),
    code: 0,
  },
  {
    name: "Ctrl-C in the menu",
    args: NAMED,
    at: /^ {2}3 {2}leave/,
    leave: (pane) => pane.press("C-c"),
    code: 0,
  },
  {
    name: "Ctrl-C when asked for a name",
    args: [],
    at: /^Your name:/,
    leave: (pane) => pane.press("C-c"),
    code: 0,
  },
  { name: "SIGINT", leave: (pane) => signalled(pane, "SIGINT"), code: 0 },
  { name: "one SIGINT that comes twice", leave: (pane) => signalled(pane, "SIGINT", "SIGINT"), code: 0 },
  { name: "SIGTERM", leave: (pane) => signalled(pane, "SIGTERM"), code: 0 },
  { name: "SIGHUP", leave: (pane) => signalled(pane, "SIGHUP"), code: 0 },
  {
    name: "the server's end, without reconnecting",
    args: [...INSIDE, "--no-reconnect"],
    leave: (_, house) => house.close(),
    code: 1,
  },
];

function signalled(pane: Pane, ...signals: readonly Deno.Signal[]): Promise<void> {
  for (const signal of signals) pane.kill(signal);
  return Promise.resolve();
}

for (const { name, leave, code, args = INSIDE, at = /^#lobby {2}1 person {2}connected/ } of WAYS) {
  paneTest(`after ${name} the terminal is as it was`, async () => {
    await using house = await House.start();
    await using folder = new Folder();
    await using pane = await openChat([`127.0.0.1:${house.port}`, ...args], { cwd: folder.path });
    await pane.until("the dock", ({ rows }) => rows.some((row) => at.test(row)));
    await leave(pane, house);
    assertEquals(await pane.ended(), code);
    assertEquals(await pane.settings(), pane.before, "what stty says");
    const { rows, cursor } = await pane.screen();
    assertEquals(cursor.shown, true);
    assertEquals(rows.filter((row) => /^(#lobby|>|Choose:|Your name:)/.test(row)), [], "the dock is gone");
    assertEquals(rows[cursor.row], "", "what comes next begins on a row of its own");
    assertEquals(modesLeftOn(pane.raw()), []);
  });
}

paneTest("Ctrl-Z gives the terminal back to the shell, and fg brings the draft back", async () => {
  await using house = await House.start();
  await using folder = new Folder();
  await using pane = await Pane.open(["bash", "--norc", "-i"], { cwd: folder.path, columns: 100 });
  const command = ["env", "-u", "INIT_CWD", ...chatCommand([`127.0.0.1:${house.port}`, ...INSIDE])];
  await pane.type(command.map((word) => `'${word}'`).join(" "));
  await pane.press("Enter");
  await pane.until("the dock", ({ rows }) => rows.some((row) => /^#lobby {2}1 person/.test(row)));
  await pane.type("half a draft");
  await pane.until("the draft", (screen) => draftOf(screen) === "halfadraft");
  await pane.press("C-z");
  await pane.until("the shell", ({ rows }) => rows.some((row) => /Stopped/.test(row)));
  await pane.type("echo $((6 * 7)); fg");
  await pane.press("Enter");
  const { rows } = await pane.until("the draft again", (screen) => draftOf(screen) === "halfadraft");
  assertEquals(rows.includes("42"), true, "the shell had the terminal");
  await pane.press("C-u", "C-d");
  await pane.until("the shell again", ({ rows, cursor }) => /^bash/.test(rows[cursor.row] ?? ""));
  await pane.press("C-d");
  assertEquals(await pane.ended(), 0);
});

// deno-lint-ignore no-control-regex -- escape codes are what this is about
const MODE = /\x1b\[(\?\d+)([hl])/g;

/** The modes that were switched on and not off again (off and not on again: wrapping and the cursor). */
function modesLeftOn(raw: Uint8Array): string[] {
  const text = new TextDecoder().decode(raw);
  const wanted = { "?2004": "l", "?1004": "l", "?2026": "l", "?25": "h", "?7": "h" };
  const last = new Map([...text.matchAll(MODE)].map(([, mode = "", end = ""]) => [mode, end]));
  return Object.entries(wanted).filter(([mode, end]) => last.get(mode) !== end).map(([mode]) => mode);
}
