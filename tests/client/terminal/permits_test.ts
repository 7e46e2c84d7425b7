import { assert, assertEquals } from "@std/assert";
import { Output } from "../../../client/output.ts";
import type { Right } from "../../../client/rights.ts";
import { PlainFace } from "../../../client/terminal/plain_face.ts";
import { turn } from "../support.ts";
import { FakeDevice } from "./fake_device.ts";
import { FakeRights } from "./fake_rights.ts";
import { line } from "./screen_model.ts";
import { FakeChat, Seat } from "./seat.ts";

const HOSTNAME: Right = { name: "read", path: "/nowhere/hostname" };
const ELSEWHERE: Right = { name: "write", path: "/tmp/report.pdf" };

/** A seat whose chat asks for `wanted` with every line that is sent, and remembers what came of it. */
async function asking(wanted: readonly Right[]): Promise<{ readonly seat: Seat; readonly done: string[] }> {
  const seat = await Seat.taken();
  const done: string[] = [];
  seat.chat.take = (text) => {
    void seat.face.permit(wanted).then(() =>
      done.push(`${text}: ${wanted.map((right) => seat.rights.query(right))}`)
    );
    return true;
  };
  return { seat, done };
}

Deno.test("while the runtime asks, no read is pending, the dock is away and the terminal as it was found", async () => {
  const { seat, done } = await asking([HOSTNAME]);
  await using _ = seat;
  let seen: unknown;
  seat.rights.answer = async () => {
    seen = { reading: seat.device.reading, raw: seat.device.raw, rows: seat.rows };
    await seat.face.print(line("a message that comes meanwhile"));
    await turn();
    assertEquals(seat.rows, []);
    return true;
  };
  await seat.type("שלום 日本 👍", "\r");
  await turn();
  assertEquals(seen, { reading: false, raw: false, rows: [] });
  assertEquals(done, ["שלום 日本 👍: granted"]);
  assertEquals([seat.device.raw, seat.device.reading], [true, true]);
  assertEquals(seat.rows, ["a message that comes meanwhile", "#lobby", ">"]);
  assertEquals(await seat.type("on"), ["a message that comes meanwhile", "#lobby", "> on"]);
});

Deno.test("one right is asked for after the other, and what was denied is not asked for again", async () => {
  const { seat, done } = await asking([HOSTNAME, ELSEWHERE]);
  await using _ = seat;
  seat.rights.answer = ({ name }) => name === "write";
  await seat.type("one\r");
  await turn();
  await seat.type("two\r");
  assertEquals(seat.rights.asked, ["read /nowhere/hostname", "write /tmp/report.pdf"]);
  assertEquals(done, ["one: denied,granted", "two: denied,granted"]);
});

Deno.test("two commands in one read are asked about in their order, and what is typed behind them is the draft", async () => {
  const { seat, done } = await asking([HOSTNAME]);
  await using _ = seat;
  let draft: readonly string[] = [];
  seat.rights.answer = () => {
    draft = seat.rows;
    return true;
  };
  await seat.type("one\rtwo\rdraft");
  await turn();
  assertEquals([seat.rights.asked, draft, done], [["read /nowhere/hostname"], [], [
    "one: granted",
    "two: granted",
  ]]);
  assertEquals(seat.rows, ["#lobby", "> draft"]);
});

Deno.test("while a read is pending nothing is asked: what was typed behind a secret is refused instead", async () => {
  const { seat, done } = await asking([HOSTNAME]);
  await using _ = seat;
  const answer = seat.face.ask({ prompt: "Password:", secret: true });
  await seat.type("hidden\r/send /nowhere/hostname\r");
  assertEquals(await answer, "hidden");
  assert(seat.device.reading);
  seat.face.settle();
  await turn();
  assertEquals([seat.rights.asked, done], [[], ["/send /nowhere/hostname: prompt"]]);
});

Deno.test("a window that is resized while the runtime asks is drawn in its new size", async () => {
  const { seat } = await asking([HOSTNAME]);
  await using _ = seat;
  seat.rights.answer = () => {
    seat.device.resize({ columns: 30, rows: 10 });
    return true;
  };
  await seat.type("x\r");
  await turn();
  seat.clock.advance(300);
  await turn();
  await seat.type("y".repeat(40));
  assertEquals(seat.rows, ["#lobby", `> ${"y".repeat(27)}`, `  ${"y".repeat(13)}`]);
});

Deno.test("a chat that is left before the runtime could ask leaves nobody waiting, and the terminal alone", async () => {
  const { seat, done } = await asking([HOSTNAME]);
  seat.device.hold();
  await seat.type("x\r");
  const closing = seat.face.close();
  seat.device.release();
  await closing;
  await turn();
  assertEquals([seat.rights.asked, done, seat.device.raw], [[], ["x: prompt"], false]);
  seat.device.end();
  await seat[Symbol.asyncDispose]();
});

Deno.test("with plain lines the runtime asks between two lines, and where keys are read ahead it does not ask", async () => {
  for (const readsOnDemand of [true, false]) {
    const device = new FakeDevice();
    const [rights, chat] = [new FakeRights(), new FakeChat()];
    const keyboard = { ...device.keyboard, readsOnDemand };
    const out = new Output({ write: (bytes) => Promise.resolve(bytes.length) });
    const face = new PlainFace(keyboard, out, rights);
    const done: string[] = [];
    chat.take = (text) => {
      void face.permit([HOSTNAME]).then(() => done.push(text));
      return true;
    };
    face.attach(chat);
    let reading: boolean | null = null;
    rights.answer = () => {
      reading = device.reading;
      return true;
    };
    const running = face.run();
    device.type("one\n");
    await turn();
    assertEquals(
      [rights.asked.length, reading, done],
      readsOnDemand ? [1, false, ["one"]] : [0, null, ["one"]],
    );
    device.end();
    await running;
  }
});
