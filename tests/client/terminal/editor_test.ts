import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { DRAFT_UNITS_MAX, Editor } from "../../../client/terminal/editor.ts";
import { Ruler } from "../../../client/terminal/ruler.ts";
import { hostileText } from "./hostile_text.ts";
import { NaiveEditor } from "./naive_editor.ts";

const RULER = new Ruler();

/** An editor with the text of `marked`, the cursor where a `|` stands in it. */
function editing(marked: string): Editor {
  const editor = new Editor();
  const [before = "", after = ""] = marked.split("|");
  editor.set(before + after);
  while (editor.cursor > before.length) editor.left();
  return editor;
}

function marked({ text, cursor }: Editor): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

type Deed = (editor: Editor) => unknown;

/** What each deed makes of a draft, the cursor shown as `|`. */
const CASES: readonly (readonly [name: string, before: string, deed: Deed, after: string])[] = [
  ["insert", "a|c", (e) => e.insert("b"), "ab|c"],
  ["insert a line break", "a|c", (e) => e.insert("\n"), "a\n|c"],
  ["insert a letter before a mark", "|\u0301", (e) => e.insert("e"), "e\u0301|"],
  ["left over a family", "a👨‍👩‍👧|", (e) => e.left(), "a|👨‍👩‍👧"],
  ["right over a flag", "|🇩🇪🇫🇷", (e) => e.right(), "🇩🇪|🇫🇷"],
  ["left at the start", "|a", (e) => e.left(), "|a"],
  ["right at the end", "a|", (e) => e.right(), "a|"],
  ["backspace takes a whole cluster", "ae\u0301|b", (e) => e.backspace(), "a|b"],
  ["backspace at the start", "|b", (e) => e.backspace(), "|b"],
  ["backspace takes a CR with its LF", "a\r\n|", (e) => e.backspace(), "a|"],
  ["backspace between what then is one", "e\n|\u0301", (e) => e.backspace(), "e\u0301|"],
  ["delete", "a|👍🏽b", (e) => e.delete(), "a|b"],
  ["delete at the end", "a|", (e) => e.delete(), "a|"],
  ["delete a line break before a mark", "e|\n\u0301", (e) => e.delete(), "e\u0301|"],
  ["word left", "one, two|", (e) => e.wordLeft(), "one, |two"],
  ["word left over signs", "one ... |", (e) => e.wordLeft(), "|one ... "],
  ["word left in Chinese", "我喜欢|", (e) => e.wordLeft(), "我|喜欢"],
  ["word right", "|one, two", (e) => e.wordRight(), "one|, two"],
  ["word right to the end", "one| ...", (e) => e.wordRight(), "one ...|"],
  ["a pictograph is a word", "hi 👍🏽 |", (e) => e.deleteWordLeft(), "hi |"],
  ["delete word left", "one two|!", (e) => e.deleteWordLeft(), "one |!"],
  ["delete word right", "one| two!", (e) => e.deleteWordRight(), "one|!"],
  ["home of a line", "a\nbc|d", (e) => e.home(), "a\n|bcd"],
  ["end of a line", "a|b\ncd", (e) => e.end(), "ab|\ncd"],
  ["end of a line before CR LF", "|ab\r\ncd", (e) => e.end(), "ab|\r\ncd"],
  ["kill to the end", "a|b\ncd", (e) => e.killToEnd(), "a|\ncd"],
  ["kill a line break at the end", "ab|\ncd", (e) => e.killToEnd(), "ab|cd"],
  ["kill to the start", "a\nbc|d", (e) => e.killToStart(), "a\n|d"],
  ["kill a line break at the start", "a\n|d", (e) => e.killToStart(), "a|d"],
  ["replace", "hi May|!", (e) => e.replace(3, 6, "Maya "), "hi Maya |!"],
  ["clear", "a|b", (e) => e.clear(), "|"],
  ["set", "a|b", (e) => e.set("xyz"), "xyz|"],
];

for (const [name, before, deed, after] of CASES) {
  Deno.test(`the editor: ${name}`, () => {
    const editor = editing(before);
    deed(editor);
    assertEquals(marked(editor), after);
  });
}

Deno.test("kills in a row come back together and in order, others do not join them", () => {
  const editor = editing("one two| three\nfour");
  editor.deleteWordLeft();
  editor.killToEnd();
  editor.killToStart();
  editor.killToStart();
  editor.yank();
  assertEquals(marked(editor), "one two three|\nfour");
  editor.killToEnd();
  editor.left();
  editor.killToEnd();
  editor.clear();
  editor.yank();
  assertEquals(marked(editor), "efour|");
});

Deno.test("a kill that takes nothing leaves what was killed", () => {
  const editor = editing("abc|");
  editor.killToStart();
  editor.left();
  editor.killToEnd();
  editor.yank();
  assertEquals(marked(editor), "abc|");
});

Deno.test("up and down go through the rows as they are shown, towards the column where they began", () => {
  const editor = editing("abcdefgh|\nx\n日本語日本");
  const went = [];
  for (const deed of ["down", "down", "down", "down", "up", "up", "up", "up"] as const) {
    went.push([editor[deed](11, RULER), editor.cursor]);
  }
  assertEquals(went, [
    [true, 10],
    [true, 15],
    [false, 15],
    [false, 15],
    [true, 10],
    [true, 8],
    [false, 8],
    [false, 8],
  ]);
});

Deno.test("what would make the draft too long is refused, and nothing changes", () => {
  const editor = editing(`${"x".repeat(DRAFT_UNITS_MAX - 2)}|`);
  assert(!editor.insert("abc"));
  assert(!editor.replace(1, 2, "abcd"));
  assert(!editor.set("x".repeat(DRAFT_UNITS_MAX + 1)));
  assertEquals([editor.text.length, editor.cursor], [DRAFT_UNITS_MAX - 2, DRAFT_UNITS_MAX - 2]);
  assert(editor.insert("ab"));
  assert(!editor.insert("\n"));
  editor.killToStart();
  assert(editor.yank() && !editor.yank());
  assert(editor.set("y".repeat(DRAFT_UNITS_MAX)) && editor.replace(0, 2, "zz"));
});

/** Each deed on the editor, and the same on the naive one. Where they say how it went, they say the same. */
const DEEDS: Readonly<Record<string, readonly [Deed, (naive: NaiveEditor) => unknown]>> = {
  newline: [(e) => void e.insert("\n"), (n) => n.put(n.cursor, n.cursor, "\n")],
  left: [(e) => e.left(), (n) => n.move(n.before(n.cursor))],
  right: [(e) => e.right(), (n) => n.move(n.after(n.cursor))],
  wordLeft: [(e) => e.wordLeft(), (n) => n.move(n.wordBefore())],
  wordRight: [(e) => e.wordRight(), (n) => n.move(n.wordAfter())],
  home: [(e) => e.home(), (n) => n.move(n.lineStart())],
  end: [(e) => e.end(), (n) => n.move(n.lineEnd())],
  backspace: [(e) => e.backspace(), (n) => n.put(n.before(n.cursor), n.cursor, "")],
  delete: [(e) => e.delete(), (n) => n.put(n.cursor, n.after(n.cursor), "")],
  deleteWordLeft: [(e) => e.deleteWordLeft(), (n) => n.kill(n.wordBefore(), n.cursor)],
  deleteWordRight: [(e) => e.deleteWordRight(), (n) => n.kill(n.cursor, n.wordAfter())],
  killToEnd: [
    (e) => e.killToEnd(),
    (n) => n.kill(n.cursor, n.lineEnd() === n.cursor ? n.after(n.cursor) : n.lineEnd()),
  ],
  killToStart: [
    (e) => e.killToStart(),
    (n) => n.kill(n.lineStart() === n.cursor ? n.before(n.cursor) : n.lineStart(), n.cursor),
  ],
  yank: [(e) => void e.yank(), (n) => n.put(n.cursor, n.cursor, n.killed)],
  up: [(e) => e.up(7, RULER), (n) => n.step(-1, 7, RULER)],
  down: [(e) => e.down(7, RULER), (n) => n.step(1, 7, RULER)],
};

/** The name of a deed, or a text to insert. */
const ANY_DEED = fc.oneof(
  fc.constantFrom(...Object.keys(DEEDS)).map((deed) => ({ deed, text: "" })),
  hostileText(4).map((text) => ({ deed: "insert", text })),
);

Deno.test("whatever is done, the text is that of a naive editor, and so is the cursor, on a border of clusters", () => {
  fc.assert(
    fc.property(hostileText(), fc.array(ANY_DEED, { maxLength: 25 }), (text, deeds) => {
      const [editor, naive] = [new Editor(), new NaiveEditor()];
      editor.set(text);
      naive.put(0, 0, text);
      for (const { deed, text } of deeds) {
        const [real, plain] = DEEDS[deed] ??
          [(e: Editor) => void e.insert(text), (n: NaiveEditor) => n.put(n.cursor, n.cursor, text)];
        assertEquals(real(editor), plain(naive), deed);
        assertEquals([editor.text, editor.cursor], [naive.text, naive.cursor], deed);
        assert(naive.borders().includes(editor.cursor));
      }
    }),
    { numRuns: 2_000 },
  );
});
