import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import {
  type Key,
  KeyReader,
  PASTE_BYTES_MAX,
  type PressName,
  SEQUENCE_BYTES_MAX,
  STRING_BYTES_MAX,
} from "../../../client/terminal/keys.ts";

const encoder = new TextEncoder();
// deno-lint-ignore no-control-regex -- control characters are what this is about
const CONTROLS = /[\x00-\x1f\x7f]/g;

function text(text: string): Key {
  return { is: "text", text };
}

function paste(text: string, cut = false): Key {
  return { is: "paste", text, cut };
}

/** `press("left", "ctrl", "alt")`. */
function press(name: PressName, ...held: readonly ("ctrl" | "alt" | "shift")[]): Key {
  const [ctrl, alt, shift] = [held.includes("ctrl"), held.includes("alt"), held.includes("shift")];
  return { is: "press", name, ctrl, alt, shift };
}

function bytesOf(input: string | readonly number[]): Uint8Array {
  return typeof input === "string" ? encoder.encode(input) : new Uint8Array(input);
}

/** Feeds `bytes` cut at `ends`, and joins texts that follow each other, which depend on the cuts. */
function inPieces(bytes: Uint8Array, ends: readonly number[], reader = new KeyReader()): Key[] {
  return joined([0, ...ends].flatMap((start, i) => reader.feed(bytes.subarray(start, ends[i]))));
}

function joined(keys: readonly Key[]): Key[] {
  return keys.reduce<Key[]>((before, key) => {
    const last = before.at(-1);
    if (last?.is !== "text" || key.is !== "text") return [...before, key];
    return [...before.slice(0, -1), text(last.text + key.text)];
  }, []);
}

/** What terminals send, and what it comes to wherever it is split. */
const SENT: readonly (readonly [string | readonly number[], ...Key[]])[] = [
  // Text.
  ["hello", text("hello")],
  ["\ufeffé€😀שלום", text("\ufeffé€😀שלום")],
  ["\u0085\u009b31m", text("\u0085\u009b31m")],
  ["a\rb", text("a"), press("enter"), text("b")],
  [[0x61, 0xff, 0x62], text("a\ufffdb")],
  [[0xe2, 0x82, 0x0d], text("\ufffd"), press("enter")],
  [[0xe2, 0x82, 0x61], text("\ufffda")],
  [[0x9b, 0x41], text("\ufffdA")],
  [[0xed, 0xa0, 0x80], text("\ufffd\ufffd\ufffd")],
  // Controls.
  ["\r\n", press("enter"), press("j", "ctrl")],
  ["\t\x7f\x08", press("tab"), press("backspace"), press("backspace", "ctrl")],
  ["\x01\x03\x1a", press("a", "ctrl"), press("c", "ctrl"), press("z", "ctrl")],
  ["a\x00\x1c\x1d\x1e\x1fb", text("ab")],
  // Alt.
  ["\x1bb\x1bF", press("b", "alt"), press("f", "alt", "shift")],
  ["\x1b1\x1b9", press("1", "alt"), press("9", "alt")],
  ["\x1b\r\x1b\n", press("enter", "alt"), press("j", "ctrl", "alt")],
  ["\x1b\x7f\x1b\x08", press("backspace", "alt"), press("backspace", "ctrl", "alt")],
  ["\x1b\t\x1b\x01", press("tab", "alt"), press("a", "ctrl", "alt")],
  ["\x1b.\x1b a", text("a")],
  ["\x1bä", press("escape"), text("ä")],
  ["\x1b\x1bx", press("escape"), press("x", "alt")],
  ["\x1b\x1b\x1b[A", press("escape"), press("up", "alt")],
  // Cursor keys: xterm, VTE, tmux, Windows; the same in application mode.
  ["\x1b[A\x1b[B\x1b[C\x1b[D", press("up"), press("down"), press("right"), press("left")],
  ["\x1bOA\x1bOB\x1bOC\x1bOD", press("up"), press("down"), press("right"), press("left")],
  ["\x1b[H\x1b[F\x1bOH\x1bOF", press("home"), press("end"), press("home"), press("end")],
  ["\x1b[1;2A\x1b[1;3B", press("up", "shift"), press("down", "alt")],
  ["\x1b[1;5D\x1b[1;6C", press("left", "ctrl"), press("right", "ctrl", "shift")],
  ["\x1b[1;8H\x1b[1;9F", press("home", "ctrl", "alt", "shift"), press("end", "alt")],
  ["\x1b[5D\x1bO5C", press("left", "ctrl"), press("right", "ctrl")],
  ["\x1b[1;0D\x1b[1;D\x1b[;5D", press("left"), press("left"), press("left", "ctrl")],
  ["\x1b[1;69A\x1b[1;5:1A", press("up", "ctrl"), press("up", "ctrl")],
  // Editing keys: xterm; 1 and 4 also on the Linux console and in tmux, 7 and 8 in rxvt.
  ["\x1b[1~\x1b[4~\x1b[7~\x1b[8~", press("home"), press("end"), press("home"), press("end")],
  ["\x1b[3~\x1b[5~\x1b[6~", press("delete"), press("pageup"), press("pagedown")],
  ["\x1b[3;5~\x1b[5;3~", press("delete", "ctrl"), press("pageup", "alt")],
  // rxvt.
  [
    "\x1b[3^\x1b[3$\x1b[3@",
    press("delete", "ctrl"),
    press("delete", "shift"),
    press("delete", "ctrl", "shift"),
  ],
  [
    "\x1b[a\x1b[d\x1bOa\x1bOd",
    press("up", "shift"),
    press("left", "shift"),
    press("up", "ctrl"),
    press("left", "ctrl"),
  ],
  ["\x1b\x1b[A\x1b\x1bOD\x1b\x1b[3~", press("up", "alt"), press("left", "alt"), press("delete", "alt")],
  // Tab and Enter.
  ["\x1b[Z\x1b[1;5Z", press("tab", "shift"), press("tab", "ctrl", "shift")],
  ["\x1bOM", press("enter")],
  // CSI u, and xterm's modifyOtherKeys.
  ["\x1b[13;2u\x1b[27;5;13~", press("enter", "shift"), press("enter", "ctrl")],
  ["\x1b[9;5u\x1b[27u\x1b[127;3u", press("tab", "ctrl"), press("escape"), press("backspace", "alt")],
  ["\x1b[97;5u\x1b[65;6u\x1b[27;5;106~", press("a", "ctrl"), press("a", "ctrl", "shift"), press("j", "ctrl")],
  ["\x1b[32;2u\x1b[27;2;196~\x1b[97;65u", text(" Äa")],
  ["\x1b[57358u\x1b[55296u\x1b[1114112u\x1b[155u\x1b[46;5u\x1b[u\x1b[27~"],
  // Reports.
  ["\x1b[I\x1b[O", { is: "focus", focused: true }, { is: "focus", focused: false }],
  ["\x1b[12;80R", { is: "position", row: 12, column: 80 }],
  ["\x1b[R\x1b[5R\x1b[;R\x1b[0;1R\x1b[?1;1R"],
  // What means nothing goes whole.
  ["a\x1b[15~\x1b[24;5~\x1bOP\x1b[2~\x1b[99~b", text("ab")],
  ["\x1b[?2026;2$y\x1b[4;2$yb", text("b")],
  ["\x1b[?62;22c\x1b[>1;10c\x1b[201~\x1b[65;30;97;1;0;1_b", text("b")],
  ["\x1b[[A\x1b[[Eb", text("b")],
  ["\x1b[M #$\x1b[<0;35;4M\x1b[32;35;4Mb", text("b")],
  ["\x1b]11;rgb:1e1e/1e1e/1e1e\x07b", text("b")],
  ["\x1b]11;rgb:1e1e/ü\x1b\\b", text("b")],
  ["\x1bP>|XTerm(388)\x1b\\\x1b_Gi=1;OK\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\b", text("b")],
  // What is broken off ends there.
  ["\x1b[1;\x1b[A", press("up")],
  ["\x1b[\r\x1bO\x7f\x1b[1é", press("enter"), press("backspace"), text("é")],
  ["\x1b]0;title\x1b[A", press("up")],
  // Pastes.
  ["\x1b[200~\x1b[201~", paste("")],
  ["a\x1b[200~b\x1b[201~c", text("a"), paste("b"), text("c")],
  ["\x1b[200~1\r\n2\r3\n\r4\t€\x1b[201~", paste("1\n2\n3\n\n4\t€")],
  [
    "\x1b[200~\x03\x1b[A\x1b[200~\x1b]0;x\x07\x1b[I\x7f\x1b[201~",
    paste("\x03\x1b[A\x1b[200~\x1b]0;x\x07\x1b[I\x7f"),
  ],
  ["\x1b[200~\x1b\x1b[20\x1b[201\x1b[2011~\x1b[201~", paste("\x1b\x1b[20\x1b[201\x1b[2011~")],
  ["\x1b[200~\ufeffx\x1b[201~\x1b[200~y\x1b[201~", paste("\ufeffx"), paste("y")],
  [[...encoder.encode("\x1b[200~"), 0xe2, 0x82, ...encoder.encode("\x1b[201~")], paste("\ufffd")],
];

Deno.test("what terminals send is read as keys", () => {
  for (const [input, ...keys] of SENT) {
    assertEquals(inPieces(bytesOf(input), []), keys, JSON.stringify(input));
  }
});

Deno.test("keys that come byte at a time are the same", () => {
  for (const [input, ...keys] of SENT) {
    const bytes = bytesOf(input);
    assertEquals(inPieces(bytes, [...bytes.keys()].slice(1)), keys, JSON.stringify(input));
  }
});

Deno.test("keys are the same wherever they are split, once or twice", () => {
  for (const [input, ...keys] of SENT) {
    const bytes = bytesOf(input);
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        assertEquals(
          inPieces(bytes, [first, second]),
          keys,
          `${JSON.stringify(input)} at ${first} and ${second}`,
        );
      }
    }
  }
});

Deno.test("characters that come together are one text, and Enter is a key of its own", () => {
  const keys = new KeyReader().feed(encoder.encode("one é two\r\rthree"));
  assertEquals(keys, [text("one é two"), press("enter"), press("enter"), text("three")]);
});

Deno.test("an ESC is the Escape key once nothing followed it", () => {
  const reader = new KeyReader();
  assertEquals(reader.feed(encoder.encode("a\x1b")), [text("a")]);
  assert(reader.pending);
  assertEquals(reader.flush(), [press("escape")]);
  assert(!reader.pending);
  assertEquals(reader.flush(), []);
  assertEquals(reader.feed(encoder.encode("[A")), [text("[A")]);
});

Deno.test("two ESC are Escape with Alt once nothing followed them", () => {
  const reader = new KeyReader();
  assertEquals(reader.feed(encoder.encode("\x1b\x1b")), []);
  assertEquals(reader.flush(), [press("escape", "alt")]);
});

Deno.test("a sequence or character that does not go on is dropped, and the next key is whole", () => {
  for (
    const part of ["\x1b[", "\x1bO", "\x1b[1;5", "\x1b[M !", "\x1b[[", "\x1b]0;title", "\x1bP", "\x1b_G"]
  ) {
    const reader = new KeyReader();
    assertEquals(reader.feed(encoder.encode(part)), [], JSON.stringify(part));
    assert(reader.pending, JSON.stringify(part));
    assertEquals(reader.flush(), [], JSON.stringify(part));
    assertEquals(reader.feed(encoder.encode("a\x1b[A")), [text("a"), press("up")], JSON.stringify(part));
  }
  for (const part of [[0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98]]) {
    const reader = new KeyReader();
    assertEquals(reader.feed(new Uint8Array([0x62, ...part])), [text("b")]);
    assert(reader.pending);
    assertEquals(reader.flush(), []);
    assertEquals(reader.feed(encoder.encode("é")), [text("é")]);
  }
});

Deno.test("nothing is pending between keys", () => {
  const reader = new KeyReader();
  for (const input of ["", "a", "\r", "\x1b[A", "\x1bb", "\x1b[I", "\x1b[200~é\x1b[201~"]) {
    reader.feed(encoder.encode(input));
    assert(!reader.pending, JSON.stringify(input));
  }
});

Deno.test("a silence does not break an open paste, wherever it falls", () => {
  const bytes = encoder.encode("\x1b[200~é\x1b[\x1b[201~");
  for (let at = "\x1b[200~".length; at < bytes.length; at++) {
    const reader = new KeyReader();
    assertEquals(reader.feed(bytes.subarray(0, at)), []);
    assert(!reader.pending);
    assertEquals(reader.flush(), []);
    assertEquals(reader.feed(bytes.subarray(at)), [paste("é\x1b[")]);
  }
});

Deno.test("a paste of the most bytes is whole, and one byte more is cut", () => {
  const fits = "x".repeat(PASTE_BYTES_MAX);
  const reader = new KeyReader();
  assertEquals(reader.feed(encoder.encode(`\x1b[200~${fits}\x1b[201~`)), [paste(fits)]);
  assertEquals(reader.feed(encoder.encode(`\x1b[200~${fits}y\x1b[201~`)), [paste(fits, true)]);
});

Deno.test("the end of a paste is found behind what was dropped, and keys go on after it", () => {
  const reader = new KeyReader();
  const pasted = "\x03\x1b[20x".repeat(PASTE_BYTES_MAX);
  assertEquals(reader.feed(encoder.encode(`\x1b[200~${pasted}`)), []);
  const keys = reader.feed(encoder.encode("\x1b[201~a\r"));
  assertEquals(keys, [paste(pasted.slice(0, PASTE_BYTES_MAX), true), text("a"), press("enter")]);
});

Deno.test("a paste that is cut within a character ends before it", () => {
  const most = "x".repeat(PASTE_BYTES_MAX - 2);
  const keys = new KeyReader().feed(encoder.encode(`\x1b[200~${most}€€\x1b[201~`));
  assertEquals(keys, [paste(most, true)]);
});

Deno.test("a sequence with too many parameters is read to its end and means nothing", () => {
  const fits = `\x1b[${"0".repeat(SEQUENCE_BYTES_MAX - 3)}1;5D`;
  assertEquals(new KeyReader().feed(encoder.encode(fits)), [press("left", "ctrl")]);
  for (const digits of [SEQUENCE_BYTES_MAX - 1, 1_000_000]) {
    const reader = new KeyReader();
    assertEquals(reader.feed(encoder.encode(`\x1b[1;${"5".repeat(digits)}Db`)), [text("b")]);
  }
});

Deno.test("a string that does not end is given up, and keys are read again", () => {
  const reader = new KeyReader();
  assertEquals(reader.feed(encoder.encode(`\x1b]${"x".repeat(STRING_BYTES_MAX)}`)), []);
  assert(!reader.pending);
  assertEquals(reader.feed(encoder.encode("a")), [text("a")]);
});

/** Bytes as a terminal could send them, and others: the ones that sequences are made of come often. */
const ANY_BYTES = fc.array(
  fc.oneof(
    fc.constantFrom(
      "\x1b",
      "\x1b[",
      "\x1bO",
      "\x1b]",
      "\x1b\\",
      "\x07",
      ";",
      "1",
      "5",
      "27",
      "M",
      "~",
      "u",
      "$",
      "R",
    )
      .map((part) => [...encoder.encode(part)]),
    fc.constantFrom("\x1b[200~", "\x1b[201~", "\r", "é", "😀").map((part) => [...encoder.encode(part)]),
    fc.uint8Array({ maxLength: 3 }).map((part) => [...part]),
  ),
  { maxLength: 30 },
).map((parts) => new Uint8Array(parts.flat()));

/** Where to cut, as shares of the length. */
const CUTS = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

function endsOf(cuts: readonly number[], { length }: Uint8Array): readonly number[] {
  return cuts.map((cut) => Math.floor(cut * length)).sort((a, b) => a - b);
}

Deno.test("any bytes are the same keys however they are cut, and after a silence nothing is pending", () => {
  fc.assert(
    fc.property(ANY_BYTES, CUTS, (bytes, cuts) => {
      const [whole, cut] = [new KeyReader(), new KeyReader()];
      assertEquals(inPieces(bytes, endsOf(cuts, bytes), cut), inPieces(bytes, [], whole));
      assertEquals(cut.pending, whole.pending);
      assertEquals(cut.flush(), whole.flush());
      assert(!cut.pending);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("any bytes with silences anywhere give no more characters than there were bytes, and no control as text", () => {
  fc.assert(
    fc.property(ANY_BYTES, CUTS, (bytes, cuts) => {
      const reader = new KeyReader();
      const keys = [0, ...endsOf(cuts, bytes)].flatMap((start, i, starts) => [
        ...reader.feed(bytes.subarray(start, starts[i + 1])),
        ...reader.flush(),
      ]);
      const texts = keys.flatMap((key) => key.is === "text" || key.is === "paste" ? [key] : []);
      assertLessOrEqual(texts.reduce((sum, key) => sum + key.text.length, 0), bytes.length);
      for (const key of texts) assert(key.is === "paste" || key.text.search(CONTROLS) === -1);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("text without controls comes out as it went in, however it is cut", () => {
  const texts = fc.string({ unit: "binary" }).map((text) => text.replace(CONTROLS, ""));
  fc.assert(fc.property(texts, CUTS, (typed, cuts) => {
    const bytes = encoder.encode(typed);
    const keys = inPieces(bytes, endsOf(cuts, bytes));
    assertEquals(keys, typed === "" ? [] : [text(typed)]);
  }));
});

Deno.test("a paste comes out as it went in but for its line breaks, and nothing in it is a key", () => {
  fc.assert(fc.property(ANY_BYTES, CUTS, (inside, cuts) => {
    const pasted = new TextDecoder("utf-8", { ignoreBOM: true }).decode(inside).replaceAll("\x1b[201~", "");
    fc.pre(!pasted.includes("\x1b[201~"));
    const bytes = encoder.encode(`\x1b[200~${pasted}\x1b[201~`);
    assertEquals(inPieces(bytes, endsOf(cuts, bytes)), [paste(pasted.replace(/\r\n?/g, "\n"))]);
  }));
});
