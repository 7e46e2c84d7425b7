import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Output } from "../../../client/output.ts";
import { complaint, entryLine } from "../../../client/terminal/messages.ts";
import { PlainFace } from "../../../client/terminal/plain_face.ts";
import { Wake } from "../../../client/wake.ts";
import { turn } from "../support.ts";
import { FakeRights } from "./fake_rights.ts";
import { hostileText } from "./hostile_text.ts";
import { line } from "./screen_model.ts";
import { FakeChat } from "./seat.ts";

/** Somebody who has plain lines before them, and a keyboard. */
class Reader {
  readonly chat = new FakeChat();
  readonly face: PlainFace;
  readonly rights = new FakeRights();
  written = "";
  /** What became of the echo, and when: with what had been written. */
  readonly modes: string[] = [];
  readonly ran: Promise<void>;
  readonly #came = new Wake();
  #typed: string[] = [];
  #ended = false;

  constructor() {
    const decoder = new TextDecoder();
    const sink = {
      write: (bytes: Uint8Array) => {
        this.written += decoder.decode(bytes);
        return Promise.resolve(bytes.length);
      },
    };
    this.face = new PlainFace(
      {
        readsOnDemand: true,
        read: () => this.#read(),
        setRaw: (on) =>
          void this.modes.push(`${on ? "silent" : "shown"} after ${JSON.stringify(this.written)}`),
      },
      new Output(sink),
      this.rights,
    );
    this.face.attach(this.chat);
    this.ran = this.face.run();
  }

  async type(text: string): Promise<void> {
    this.#typed.push(text);
    this.#came.ring();
    await turn();
  }

  end(): Promise<void> {
    this.#ended = true;
    this.#came.ring();
    return this.ran;
  }

  async #read(): Promise<Uint8Array | null> {
    while (this.#typed.length === 0 && !this.#ended) await this.#came.wait();
    const text = this.#typed.shift();
    return text === undefined ? null : new TextEncoder().encode(text);
  }
}

Deno.test("every line that is typed goes to the chat, cut anywhere", async () => {
  const reader = new Reader();
  await reader.type("one\ntw");
  await reader.type("o\t🎸\n");
  assertEquals(reader.chat.taken, ["one", "two\t🎸"]);
  assertEquals(reader.written, "");
  await reader.end();
});

Deno.test("a message is one line, whatever is in it, and no byte of it steers a terminal", async () => {
  const reader = new Reader();
  await fc.assert(fc.asyncProperty(hostileText(), hostileText(), hostileText(), async (from, text, title) => {
    reader.written = "";
    const [at, seq] = [0, 1];
    await reader.face.print(
      entryLine({ seq, at, kind: "say", from, text }, "mention"),
      entryLine({ seq, at, kind: "title", from, title }, "other"),
      complaint(text),
    );
    const rows = reader.written.split("\n");
    assertEquals([rows.length, rows.at(-1)], [4, ""]);
    assert(!/[\p{Cc}\p{Cs}]/u.test(rows.join("")), reader.written);
  }));
  await reader.end();
});

Deno.test("what would draw on a screen writes nothing", async () => {
  const reader = new Reader();
  reader.face.update();
  reader.face.clear();
  reader.face.call();
  await reader.face.close();
  assertEquals(reader.written, "");
  assertEquals(reader.modes, []);
  await reader.end();
});

Deno.test("a question stands with its options, and the next line is its answer", async () => {
  const reader = new Reader();
  const answer = reader.face.ask({ prompt: "Choose:", options: ["join", "leave\x1b[2J"] });
  await turn();
  assertEquals(reader.written, "  1  join\n  2  leave␛[2J\nChoose:\n");
  await reader.type("2\nhi\n");
  assertEquals(await answer, "2");
  assertEquals([reader.chat.taken, reader.modes], [["hi"], []]);
  await reader.end();
});

Deno.test("a secret is not shown from before it is asked for until its answer has been looked at", async () => {
  const reader = new Reader();
  const answer = reader.face.ask({ prompt: "Password:", secret: true });
  await turn();
  assertEquals(reader.modes, ['silent after ""']);
  await reader.type("hidden\x7fn");
  await reader.type("\r");
  assertEquals(await answer, "hidden");
  assertEquals(reader.modes.length, 1);
  reader.face.settle();
  assertEquals(reader.modes.slice(1), ['shown after "Password:\\n"']);
  assertEquals(reader.written, "Password:\n");
  await reader.end();
});

Deno.test("Ctrl-C declines a secret; the end of input and the end of all decline what is asked", async () => {
  const question = { prompt: "Password:", secret: true };
  const reader = new Reader();
  const first = reader.face.ask(question);
  await reader.type("half\x03");
  assertEquals(await first, null);
  const second = reader.face.ask(question);
  await turn();
  await reader.face.close();
  assertEquals(await second, null);
  assertEquals(reader.modes, ['silent after ""', 'shown after "Password:\\nPassword:\\n"']);
  const third = reader.face.ask({ prompt: "Name:" });
  await reader.end();
  assertEquals(await third, null);
  assertEquals(reader.chat.left, 1);
});

Deno.test("what was typed half when a question is declined is no part of the next line", async () => {
  const reader = new Reader();
  const answer = reader.face.ask({ prompt: "Password:", secret: true });
  await reader.type("half\x03");
  assertEquals(await answer, null);
  reader.face.settle();
  await reader.type("hello\n");
  assertEquals(reader.chat.taken, ["hello"]);
  await reader.end();
});

Deno.test("what is typed while a secret is looked at is of the next question, or of the chat after that", async () => {
  const question = { prompt: "Password:", secret: true };
  const reader = new Reader();
  const first = reader.face.ask(question);
  await reader.type("wrong\nright\nhi\nthe");
  assertEquals(await first, "wrong");
  assertEquals(await reader.face.ask(question), "right");
  assertEquals([reader.chat.taken, reader.modes.length], [[], 1]);
  reader.face.settle();
  await reader.type("re\n");
  assertEquals([reader.chat.taken, reader.modes.length], [["hi", "there"], 2]);
  assertEquals(reader.written, "Password:\nPassword:\n");
  await reader.end();
});

Deno.test("blanks around an answer are no part of it, but of a secret they are", async () => {
  const reader = new Reader();
  for (const [secret, text] of [[false, "tea"], [true, " tea "]] as const) {
    const answer = reader.face.ask({ prompt: "Say:", secret });
    await turn();
    await reader.type(" tea \n");
    assertEquals(await answer, text);
  }
  await reader.end();
});

Deno.test("a terminal that is gone is the end of input", async () => {
  const chat = new FakeChat();
  const gone = new Error("Input/output error (os error 5)");
  const keyboard = {
    readsOnDemand: true,
    read: () => Promise.reject(gone),
    setRaw: () => {
      throw gone;
    },
  };
  const face = new PlainFace(
    keyboard,
    new Output({ write: (bytes) => Promise.resolve(bytes.length) }),
    new FakeRights(),
  );
  face.attach(chat);
  const answer = face.ask({ prompt: "Password:", secret: true });
  await face.run();
  assertEquals([await answer, chat.left], [null, 1]);
});

Deno.test("where nobody reads the lines any more, the chat is left", async () => {
  const chat = new FakeChat();
  const broken = { write: () => Promise.reject(new Deno.errors.BrokenPipe()) };
  const keyboard = { readsOnDemand: true, read: () => Promise.resolve(null), setRaw: () => {} };
  const face = new PlainFace(keyboard, new Output(broken), new FakeRights());
  face.attach(chat);
  await face.print(line("hi"));
  assertEquals(chat.left, 1);
});
