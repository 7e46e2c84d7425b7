import { assert, assertEquals } from "@std/assert";
import { turn } from "../support.ts";
import { Seat } from "./seat.ts";

const [CTRL_C, CTRL_D, ENTER, ESCAPE, UP, DOWN] = ["\x03", "\x04", "\r", "\x1b", "\x1b[A", "\x1b[B"];
const MENU = { prompt: "Choose:", options: ["join", "create", "leave"] };

Deno.test("a question is asked in place of the draft, which is there again after it", async () => {
  await using seat = await Seat.taken();
  await seat.type("draft");
  const answer = seat.face.ask({ prompt: "Name?" });
  assertEquals(await seat.type("Mayo", "\x7f", "a"), ["#lobby", "Name? Maya"]);
  assertEquals(await seat.type(ENTER), ["#lobby", "> draft"]);
  assertEquals(await answer, "Maya");
  assertEquals(seat.chat.taken, []);
});

Deno.test("an option is picked by its digit, or with the arrows round and round", async () => {
  await using seat = await Seat.taken();
  for (
    const [keys, expected] of [[[ENTER], "1"], [[DOWN], "2"], [[UP], "3"], [[UP, DOWN, DOWN], "2"]] as const
  ) {
    const answer = seat.face.ask(MENU);
    await seat.type(...keys, ...(keys[0] === ENTER ? [] : [ENTER]));
    assertEquals(await answer, expected);
  }
  const typed = seat.face.ask(MENU);
  assertEquals(await seat.type("2"), ["#lobby", "  1  join", "› 2  create", "  3  leave", "Choose: 2"]);
  await seat.type(ENTER);
  assertEquals(await typed, "2");
});

Deno.test("a word is an answer too, and an arrow after it picks again", async () => {
  await using seat = await Seat.taken();
  const word = seat.face.ask(MENU);
  await seat.type("lea", ENTER);
  assertEquals(await word, "lea");
  const arrow = seat.face.ask(MENU);
  await seat.type("lea", DOWN, ENTER);
  assertEquals(await arrow, "2");
});

Deno.test("of a secret no byte is written, typed or pasted", async () => {
  await using seat = await Seat.taken();
  const answer = seat.face.ask({ prompt: "Password:", secret: true });
  const before = seat.device.written.length;
  await seat.type("X", "Y", "Z", "\x7f", "\x1b[200~XXX\x1b[201~");
  assertEquals(seat.rows, ["#lobby", "Password:"]);
  await seat.type(ENTER);
  assertEquals(await answer, "XYXXX");
  assert(!/[XYZ]/.test(seat.device.written.slice(before)), seat.device.written.slice(before));
});

Deno.test("Ctrl-C and Ctrl-D decline", async () => {
  await using seat = await Seat.taken();
  for (const key of [CTRL_C, CTRL_D]) {
    const answer = seat.face.ask(MENU);
    await seat.type(key);
    assertEquals(await answer, null);
  }
  assertEquals(seat.chat.left, 0);
});

Deno.test("Escape empties the answer, and the question stays", async () => {
  await using seat = await Seat.taken();
  const answer = seat.face.ask({ prompt: "Name?" });
  await seat.type("Mayo", ESCAPE);
  seat.clock.advance(50);
  await turn();
  assertEquals(seat.rows, ["#lobby", "Name?"]);
  await seat.type("Maya", ENTER);
  assertEquals(await answer, "Maya");
});

Deno.test("blanks around an answer are no part of it, but of a secret they are", async () => {
  await using seat = await Seat.taken();
  const name = seat.face.ask({ prompt: "Name?" });
  await seat.type(" Maya ", ENTER);
  const password = seat.face.ask({ prompt: "Password:", secret: true });
  await seat.type(" a b ", ENTER);
  assertEquals([await name, await password], ["Maya", " a b "]);
});

Deno.test("a secret that is pasted with the line break behind it is given without that", async () => {
  await using seat = await Seat.taken();
  const answer = seat.face.ask({ prompt: "Password:", secret: true });
  await seat.type("\x1b[200~hidden\r\n\x1b[201~", ENTER);
  assertEquals(await answer, "hidden");
});

Deno.test("what is typed while a secret is looked at is of the next question, or of the draft after that", async () => {
  await using seat = await Seat.taken();
  const first = seat.face.ask({ prompt: "Password:", secret: true });
  const before = seat.device.written.length;
  await seat.type("WRONG\rRIG", "HT");
  assertEquals([await first, seat.rows], ["WRONG", ["#lobby", ">"]]);
  const second = seat.face.ask({ prompt: "Again:", secret: true });
  await turn();
  assertEquals(seat.rows, ["#lobby", "Again:"]);
  await seat.type("\rdra", "ft");
  assertEquals([await second, seat.rows], ["RIGHT", ["#lobby", ">"]]);
  seat.face.settle();
  await turn();
  assertEquals(seat.rows, ["#lobby", "> draft"]);
  assert(!/WRONG|RIG|HT/.test(seat.device.written.slice(before)), seat.device.written.slice(before));
  assertEquals(seat.chat.taken, []);
});

Deno.test("questions are asked one after another, and what is typed behind an answer is of the next", async () => {
  await using seat = await Seat.taken();
  const answers = [seat.face.ask({ prompt: "Password:", secret: true }), seat.face.ask({ prompt: "Room:" })];
  assertEquals(seat.rows.at(-1), ">");
  await seat.type("hidden\rlobby");
  assertEquals(seat.rows, ["#lobby", "Room: lobby"]);
  await seat.type(ENTER);
  assertEquals(await Promise.all(answers), ["hidden", "lobby"]);
});

Deno.test("where the input ends, nobody answers", async () => {
  const seat = new Seat();
  const answer = seat.face.ask({ prompt: "Your name:" });
  await turn();
  seat.device.end();
  await turn();
  const first = await Promise.race([answer, Promise.resolve("open")]);
  await seat[Symbol.asyncDispose]();
  assertEquals(first, null);
});
