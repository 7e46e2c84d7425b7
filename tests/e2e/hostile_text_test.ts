/** Hostile texts and names in a real terminal: nothing but the client's own codes gets there, and no row is broken. */

import { assertEquals } from "@std/assert";
import { ScriptedServer } from "../client/support.ts";
import { draftOf, openChat } from "../support/chat_pane.ts";
import { tortureCases } from "../support/corpus.ts";
import { Folder, House } from "../support/server.ts";
import { type Pane, paneTest } from "../support/tmux.ts";

const cases = tortureCases();

/** What is tried where the folder of hostile texts is not there. */
const SAMPLES = [
  "\x1b[2J\x1b[H gone",
  "\x1b]2;title\x07\x1b]52;c;aGk=\x07",
  "\x9b31m\x90q\x9c",
  "a\rb\bc\x07d\x7f\x00",
  "\u202eevil\u202c \u2066x\u2069 \u200b\u200e",
  "\x1b[6n\x1b[c\x1b[?1003h\x05",
  "line\n[12:00] Admin  forged\n> forged\n#lobby  9 people",
  "שלום [12:00] (עולם) مرحبا",
  "e" + "\u0301".repeat(200),
  "👩‍👩‍👧‍👦👍🏽🏴󠁧󠁢󠁥󠁮󠁧󠁿".repeat(40),
  "日本".repeat(300),
  "\ud83d lone \udc4d",
  "W".repeat(900),
];

/** All codes that the client may send, and nothing that a text could add to one of them. */
const OWN =
  // deno-lint-ignore no-control-regex -- escape codes are what this is about
  /\x1b\[(?:\?(?:7|25|1004|2004|2026)[hl]|2[23];0t|6n|\d+[AG]|[HJK]|[0-9;]*m)|\x1b\]2;[^\x07\x1b]*\x1b\\|\x1b\]777;notify;[^\x07\x1b]*\x1b\\/g;

const STEERING = /(?![\r\n])[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2066\u2067\u061c\ufeff]/u;

/** What of `raw` is neither text nor a code of the client's own. */
function foreign(raw: Uint8Array): string | null {
  const all = new TextDecoder("utf-8", { fatal: true }).decode(raw);
  // Before its first code, Deno itself may have cleared a row.
  const text = all.slice(all.indexOf("\x1b[22;0t")).replace(OWN, "").replaceAll("\x07", "");
  const at = text.search(STEERING);
  return at === -1 ? null : JSON.stringify(text.slice(Math.max(0, at - 40), at + 40));
}

/** Isolates that are not closed in their row, which would reorder what stands below. */
function unclosed(raw: Uint8Array): readonly string[] {
  const rows = new TextDecoder().decode(raw).split("\r\n");
  return rows.filter((row) => {
    let open = 0;
    for (const [letter] of row.matchAll(/[\u2068\u2069]/g)) {
      open += letter === "\u2068" ? 1 : -1;
      if (open < 0 || open > 1) return true;
    }
    return open !== 0;
  });
}

const texts = [...SAMPLES, ...(cases ?? []).map(({ value }) => value)];
const without = cases === null
  ? " (samples alone: set CHAT_CORPUS to the folder of the chat corpus for all)"
  : "";

function hostileTest(name: string, run: () => Promise<void>): void {
  paneTest(name + without, run);
}

const DRAFT = "half a draft שלום 日本";

/** Waits for the last message, and looks at what came before it. */
async function look(pane: Pane, messages: number): Promise<void> {
  const screen = await pane.until(
    "the end",
    (screen) => screen.rows.some((row) => row.endsWith("  the end")) && draftOf(screen) !== null,
  );
  assertEquals(draftOf(screen), "halfadraftשלום日本", "the draft is as it was");
  assertEquals(foreign(pane.raw()), null, "nothing but text and the client's own codes");
  assertEquals(unclosed(pane.raw()), []);
  const rows = await pane.history();
  const heads = rows.filter((row) => /^\[\d\d:\d\d\]( |$)/.test(row));
  assertEquals(heads.length, messages, "each message has one head, where rows begin");
  assertEquals(rows.filter((row) => /^(#lobby |> )/.test(row)).length, 2, "there is one dock");
}

hostileTest("what the server lets through does nothing to the terminal", async () => {
  await using house = await House.start();
  await using folder = new Folder();
  await using pane = await openChat([`127.0.0.1:${house.port}`, "--name", "Maya", "--room", "lobby"], {
    cwd: folder.path,
  });
  await pane.until("the dock", ({ rows }) => rows.some((row) => row.startsWith("#lobby")));
  await pane.type(DRAFT);
  let said = 0;
  for (const [i, text] of [...texts, "the end"].entries()) {
    const name = texts[i] ?? "Eve";
    const peer = await house.connect();
    // Some of the texts are names that the server takes; who has another one is called Eve.
    const [id = 0] = await peer.post({ type: "hello", protocol: 1, name });
    if ((await peer.reply(id)).is === "refused") await peer.hello(`Eve${i}`);
    await peer.ask("join", { room: "lobby", last: 0 });
    const [say = 0] = await peer.post({ type: "say", room: "lobby", text });
    if ((await peer.reply(say)).is === "ok") said++;
    await peer.ask("bye");
    peer.close();
  }
  await look(pane, said);
});

hostileTest("nor does what a server sends that cleans nothing", async () => {
  using server = new ScriptedServer();
  await using folder = new Folder();
  await using pane = await openChat([`127.0.0.1:${server.port}`, "--name", "Maya", "--room", "lobby"], {
    cwd: folder.path,
  });
  const { peer } = await server.welcome();
  await peer.admit(0, { title: texts.join(""), names: texts.slice(0, 5) });
  await pane.until("the dock", ({ rows }) => rows.some((row) => row.startsWith("#lobby")));
  await pane.type(DRAFT);
  const at = Date.now();
  for (const [i, text] of texts.entries()) {
    const room = "lobby";
    await peer.send(
      { type: "entry", room, seq: 2 * i + 1, at, kind: "say", from: text, text },
      { type: "entry", room, seq: 2 * i + 2, at, kind: "title", from: text, title: text },
      { type: "presence", room, members: 2, joined: [text], left: [`${text}x`] },
      { type: "direct", from: text, text, at },
      { type: "notice", text },
    );
  }
  await peer.send({
    type: "entry",
    room: "lobby",
    seq: 2 * texts.length + 1,
    at,
    kind: "say",
    from: "Eve",
    text: "the end",
  });
  await look(pane, 3 * texts.length + 1);
});
