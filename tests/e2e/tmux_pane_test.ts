/** The driver of real terminals: what it types, sees and tells is what the program got, showed and did. */

import { assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Folder } from "../support/server.ts";
import { Pane, type PaneOptions, paneTest } from "../support/tmux.ts";

/** Wide, joined, combining and right-to-left letters, and what tmux or a shell would take for its own. */
const HARD = "-l e\u0301 👩‍👩‍👧 שלום مرحبا 東京\n'a' \"b\" \\n $HOME `c` #{d} ~ %e \x1b[I\x01\x7f;";

function shell(script: string, options?: PaneOptions): Promise<Pane> {
  return Pane.open(["sh", "-c", script], options);
}

paneTest("text is typed byte for byte", async () => {
  await using folder = new Folder();
  const { length } = new TextEncoder().encode(HARD);
  await using pane = await shell(`stty raw -echo; echo ready; head -c ${length} >typed`, {
    cwd: folder.path,
  });
  await pane.until("ready", ({ rows }) => rows[0] === "ready");
  await pane.type(HARD);
  assertEquals(await pane.ended(), 0);
  assertEquals(await Deno.readTextFile(`${folder.path}/typed`), HARD);
});

paneTest("a paste has brackets around where the program asked for them, and only there", async () => {
  await using pane = await shell(
    "stty -echo; echo ready; head -n 1; printf '\\033[?2004hnow\\n'; exec cat -v",
  );
  await pane.until("ready", ({ rows }) => rows[0] === "ready");
  await pane.paste("one\n");
  await pane.until("a line", ({ rows }) => rows[2] === "now");
  await pane.paste("two\nthree");
  await pane.press("Enter");
  const { rows } = await pane.until("two lines", ({ rows }) => rows[4] !== "");
  assertEquals(rows.slice(0, 6), ["ready", "one", "now", "^[[200~two", "three^[[201~", ""]);
});

paneTest("a resize reaches the program and the screen", async () => {
  await using pane = await shell("trap 'stty size' WINCH; echo ready; while :; do read -r line; done", {
    columns: 50,
    rows: 7,
  });
  await pane.until("ready", ({ rows }) => rows[0] === "ready");
  await pane.resize(31, 5);
  const { rows } = await pane.until("the new size", ({ rows }) => rows.includes("5 31"));
  assertEquals(rows.length, 5);
});

paneTest("what was written is kept byte for byte, broken letters and controls too", async () => {
  await using pane = await shell("printf '\\033[1mA\\\\101 \\377\\303'; printf '\\251\\177\\001'");
  assertEquals(await pane.ended(), 0);
  const bytes = [...new TextEncoder().encode("\x1b[1mA\\101 "), 0xff, 0xc3, 0xa9, 0x7f, 0x01];
  assertEquals([...pane.raw()], bytes);
});

paneTest("the end comes after all that was written", async () => {
  await using pane = await shell("seq 50000");
  assertEquals(await pane.ended(), 0);
  assertEquals(new TextDecoder().decode(pane.raw().slice(-7)), "50000\r\n");
});

paneTest(
  "the history has what went off the screen, and wrapped rows as one where that is asked for",
  async () => {
    await using pane = await shell("seq 30; printf '%025d' 7; echo; printf '\\033[?25l'", {
      columns: 20,
      rows: 4,
    });
    await pane.ended();
    const numbers = Array.from({ length: 30 }, (_, i) => `${i + 1}`);
    assertEquals(await pane.history(), [...numbers, "0".repeat(20), "00007"]);
    assertEquals(await pane.history({ joined: true }), [...numbers, `${"0".repeat(24)}7`]);
    assertEquals(await pane.screen(), {
      rows: ["30", "0".repeat(20), "00007", ""],
      cursor: { column: 0, row: 3, shown: false },
    });
  },
);

paneTest("waiting ends with the program, and shows the last screen", async () => {
  await using pane = await shell("echo 'no such room'; exit 3");
  const error = await assertRejects(() => pane.until("a room", ({ rows }) => rows.includes("#lobby")), Error);
  assertStringIncludes(error.message, "not seen: a room (ended)\nno such room\n");
  assertEquals(await pane.ended(), 3);
});

paneTest("the terminal's settings can be compared after a program was killed", async () => {
  await using pane = await shell("stty raw -echo; echo ready; exec cat");
  await pane.until("ready", ({ rows }) => rows[0] === "ready");
  pane.kill("SIGTERM");
  assertEquals(await pane.ended(), 128 + 15);
  assertNotEquals(await pane.settings(), pane.before);
  assertEquals(new TextDecoder().decode(pane.raw()), "ready\n");
});
