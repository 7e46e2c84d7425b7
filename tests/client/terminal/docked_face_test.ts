import { assert, assertEquals } from "@std/assert";
import { PROBES, Ruler } from "../../../client/terminal/ruler.ts";
import { turn } from "../support.ts";
import { IN_PARTS } from "./hostile_text.ts";
import { line } from "./screen_model.ts";
import { Seat } from "./seat.ts";

const [CTRL_C, CTRL_D, CTRL_J, CTRL_L, CTRL_Z] = ["\x03", "\x04", "\n", "\x0c", "\x1a"];
const [ENTER, ALT_ENTER, TAB, ESCAPE] = ["\r", "\x1b\r", "\t", "\x1b"];
const [UP, DOWN, LEFT, BACK_TAB] = ["\x1b[A", "\x1b[B", "\x1b[D", "\x1b[Z"];

function pasted(text: string): string {
  return `\x1b[200~${text}\x1b[201~`;
}

Deno.test("what is typed is in the draft, and Enter gives it to the chat", async () => {
  await using seat = await Seat.taken();
  assertEquals(await seat.type("hallo", LEFT, LEFT, "\x7f", "l", "\x1b[F", "!"), ["#lobby", "> hallo!"]);
  assertEquals(await seat.type(ENTER), ["#lobby", ">"]);
  assertEquals(seat.chat.taken, ["hallo!"]);
});

Deno.test("what the chat refuses stays in the draft", async () => {
  await using seat = await Seat.taken();
  seat.chat.refuses = true;
  assertEquals(await seat.type("too long", ENTER), ["#lobby", "> too long"]);
  assertEquals(await seat.type(ENTER, UP), ["#lobby", "> too long"], "and was not sent before");
});

Deno.test("Alt-Enter and Ctrl-J break a line, and Enter sends all lines as one message", async () => {
  await using seat = await Seat.taken();
  assertEquals(await seat.type("one", ALT_ENTER, "two", CTRL_J, "three"), [
    "#lobby",
    "> one",
    "  two",
    "  three",
  ]);
  await seat.type(ENTER);
  assertEquals(seat.chat.taken, ["one\ntwo\nthree"]);
});

Deno.test("up and down go through the rows of the draft, and then through what was sent", async () => {
  await using seat = await Seat.taken();
  await seat.type("first", ENTER, "second", ENTER, "one", CTRL_J, "two", UP);
  assertEquals(seat.device.terminal.cursor, { row: 1, column: 5 });
  assertEquals(await seat.type(UP), ["#lobby", "> second"]);
  assertEquals(await seat.type(UP, UP), ["#lobby", "> first"]);
  assertEquals(await seat.type(DOWN, DOWN), ["#lobby", "> one", "  two"]);
  assertEquals(await seat.type(DOWN), ["#lobby", "> one", "  two"]);
});

Deno.test("Tab completes and goes on, Shift-Tab goes back, and another key ends it", async () => {
  await using seat = await Seat.taken();
  assertEquals(await seat.type(TAB), ["#lobby", "> Maya:"]);
  assertEquals(await seat.type(TAB), ["#lobby", "> Tomás:"]);
  assertEquals(await seat.type(BACK_TAB), ["#lobby", "> Maya:"]);
  assertEquals(await seat.type("and t", TAB), ["#lobby", "> Maya: and Tomás"]);
});

Deno.test("Ctrl-C clears the draft; without one it asks, and leaves the second time", async () => {
  await using seat = await Seat.taken();
  assertEquals(await seat.type("hi", CTRL_C), ["#lobby", ">"]);
  assertEquals(await seat.type(CTRL_C), ["Press Ctrl-C again to leave the chat.", ">"]);
  assertEquals(await seat.type("a", "\x7f"), ["#lobby", ">"]);
  await seat.type(CTRL_C);
  assertEquals(seat.chat.left, 0);
  await seat.type(CTRL_C);
  assertEquals(seat.chat.left, 1);
});

Deno.test("Ctrl-D leaves where the draft is empty, and deletes where it is not", async () => {
  await using seat = await Seat.taken();
  assertEquals(await seat.type("ab", LEFT, CTRL_D), ["#lobby", "> a"]);
  assertEquals(seat.chat.left, 0);
  await seat.type("\x7f", CTRL_D);
  assertEquals(seat.chat.left, 1);
});

Deno.test("where the program cannot be stopped Ctrl-Z says so, and Ctrl-C asks all the same", async () => {
  await using seat = await Seat.taken();
  const [status = ""] = await seat.type(CTRL_Z);
  assert(status.includes("Ctrl-Z"), status);
  await seat.type(CTRL_C);
  assertEquals(seat.chat.left, 0);
});

Deno.test("Ctrl-Z takes the dock away before the program stops, and it is back when it goes on", async () => {
  const raised: [string, readonly string[], boolean][] = [];
  const raise = (signal: Deno.Signal) => {
    raised.push([signal, seat.rows, seat.device.raw]);
  };
  await using seat = await Seat.taken({ raise });
  await seat.face.print(line("m1"));
  await seat.type("hi", CTRL_Z);
  assertEquals(raised[0], ["SIGTSTP", ["m1"], false]);
  seat.device.terminal.write("$ fg\r\n");
  seat.device.tell("SIGCONT");
  await turn();
  assertEquals(seat.rows, ["m1", "$ fg", "#lobby", "> hi"]);
  assertEquals(seat.device.raw, true);
});

Deno.test("Ctrl-Z pressed twice stops the program once", async () => {
  const raised: string[] = [];
  await using seat = await Seat.taken({ raise: (signal) => void raised.push(signal) });
  await seat.type(CTRL_Z + CTRL_Z);
  assertEquals(raised, ["SIGTSTP", "SIGCONT"]);
});

Deno.test("Ctrl-L draws everything anew", async () => {
  await using seat = await Seat.taken();
  await seat.face.print(line("m1"));
  await seat.type("hi");
  seat.device.terminal.write("\rrubbish\x1b[1A\rrubbish");
  await seat.type(CTRL_L);
  assertEquals(seat.device.terminal.screen.filter((row) => row !== ""), ["m1", "#lobby", "> hi"]);
});

Deno.test("in a window that has become narrow the draft stands in as many rows as it needs", async () => {
  await using seat = await Seat.taken();
  await seat.face.print(line("m1"));
  await seat.type("one-two-three");
  seat.device.resize({ columns: 10, rows: 20 });
  seat.clock.advance(500);
  await turn();
  assertEquals(seat.rows, ["m1", "#lobby", "> one-two", "  -three"]);
});

Deno.test("Alt-A turns to a room with news", async () => {
  await using seat = await Seat.taken();
  assertEquals(await seat.type("hi", "\x1ba"), ["#lobby", "> hi"]);
  assertEquals(seat.chat.turned, ["unread"]);
});

Deno.test("of the titles and alerts that a slow terminal has not taken yet, the last one of each is sent", async () => {
  await using seat = await Seat.taken();
  seat.device.hold();
  await seat.type("a");
  const before = seat.device.written.length;
  for (const [count, alert] of [[1, "one"], [2, "two"], [3, null]] as const) {
    const title = `(${count}) #lobby – chat`;
    seat.face.call({ title, alert: alert === null ? null : { title: "Ada", text: alert } });
  }
  seat.device.release();
  await turn();
  seat.clock.advance(16);
  await turn();
  const sent = seat.device.written.slice(before).split("\x1b");
  assertEquals(sent.filter((code) => code.startsWith("]")), ["]777;notify;Ada;two", "]2;(3) #lobby – chat"]);
  assertEquals(sent.filter((code) => code.includes("\x07")).length, 1);
  const after = seat.device.written.length;
  await seat.type("b");
  assert(!seat.device.written.slice(after).includes("\x1b]"), "and not again");
});

Deno.test("Alt and a digit turn to a room, and the window's focus is passed on", async () => {
  await using seat = await Seat.taken();
  await seat.type("\x1b3", "\x1b[O", "\x1b[I");
  assertEquals(seat.chat.turned, [3]);
  assertEquals(seat.chat.saw, ["key", "unfocused", "focused"]);
});

Deno.test("a lone ESC is a key once nothing has followed, and what follows in time is of one key with it", async () => {
  await using seat = await Seat.taken();
  await seat.type("a", ESCAPE);
  assertEquals(seat.chat.saw.length, 1);
  seat.clock.advance(50);
  await turn();
  assertEquals(seat.chat.saw.length, 2);
  assertEquals(await seat.type(ESCAPE, "[D", "b"), ["#lobby", "> ba"]);
});

Deno.test("a paste is in the draft as it is, with its line breaks", async () => {
  await using seat = await Seat.taken();
  assertEquals(await seat.type(pasted("one\r\ntwo\rthree")), ["#lobby", "> one", "  two", "  three"]);
  assertEquals(seat.chat.taken, []);
});

Deno.test("a paste that is too long is not taken, and the draft is kept", async () => {
  await using seat = await Seat.taken();
  for (const length of [70_000, 300_000]) {
    const rows = await seat.type("x", pasted("y".repeat(length)));
    assert(rows.some((row) => row.startsWith("! That is too long")), rows.join("\n"));
    assert(/^> x+$/.test(rows.at(-1) ?? ""), rows.join("\n"));
  }
});

Deno.test("what the terminal answers to the probes is how wide it draws", async () => {
  const ruler = new Ruler();
  for (const { kind } of PROBES) ruler.measured(kind, IN_PARTS[kind]);
  await using seat = await Seat.taken({ ruler });
  await seat.type("👍🏽x");
  assertEquals(seat.device.terminal.cursor.column, "> ".length + IN_PARTS.modifier + "x".length);
});

Deno.test("a terminal that answers no probe is drawn on after a moment", async () => {
  await using seat = await Seat.taken({ answers: false });
  assertEquals(await seat.type("hi"), []);
  seat.clock.advance(150);
  await turn();
  assertEquals(seat.rows, ["#lobby", "> hi"]);
});

Deno.test("after the end the terminal is as it was found, and nobody listens to it", async () => {
  const seat = await Seat.taken();
  await seat.face.print(line("m1"));
  await seat.type("hi");
  assertEquals(seat.device.terminal.modes, ["?1004", "?2004", "?25", "?7"]);
  await seat[Symbol.asyncDispose]();
  assertEquals(seat.rows, ["m1"]);
  assertEquals(seat.device.terminal.modes, ["?25", "?7"]);
  assertEquals([seat.device.raw, seat.device.listening], [false, 0]);
  assert(seat.device.written.endsWith("\x1b[23;0t"), "the title is back");
});

Deno.test("what was printed is out at the end, also where the terminal has not answered the probes yet", async () => {
  const seat = await Seat.taken({ answers: false });
  await seat.face.print(line("m1"));
  const closing = seat.face.close();
  seat.clock.advance(150);
  await closing;
  assertEquals(seat.rows, ["m1"]);
  await seat[Symbol.asyncDispose]();
  assertEquals(seat.rows, ["m1"]);
  assert(seat.device.written.endsWith("\x1b[23;0t"), "nothing is drawn behind the end");
});

Deno.test("at the end of input the chat is left", async () => {
  await using seat = await Seat.taken();
  seat.device.end();
  await turn();
  assertEquals(seat.chat.left, 1);
});
