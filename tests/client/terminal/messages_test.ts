import { assertEquals, assertStringIncludes } from "@std/assert";
import { ISOLATE, POP_ISOLATE } from "../../../client/terminal/isolate.ts";
import { complaint, entryLine, item, note, pendingLine, rule } from "../../../client/terminal/messages.ts";
import { plainText } from "../../../client/terminal/plain_face.ts";
import { begin, plain } from "../../../client/terminal/style.ts";
import { Ruler } from "../../../client/terminal/ruler.ts";
import { type Line, rowsOf } from "../../../client/terminal/wrap.ts";

const SAID = { seq: 1, at: 0, kind: "say", from: "Ada", text: "hi\n" } as const;

/** The codes of the time, the name and the text. */
function codes({ head, body }: Line): readonly string[] {
  return [...head, ...body].filter(({ text }) => text.trim() !== "").map(({ style }) => begin(style, true));
}

Deno.test("what is ours, what is stored just now and what is meant for us are set apart", () => {
  const [plain, own, sent, mention] = (["other", "own", "sent", "mention"] as const).map((regard) =>
    entryLine(SAID, regard)
  );
  const lines = [plain, own, sent, mention].flatMap((line) => line ?? []);
  assertEquals(lines.map((line) => plainText(line).slice("[00:00] ".length)), [
    "Ada  hi",
    "Ada  hi",
    "Ada  hi ✓",
    "Ada  hi",
  ]);
  assertEquals(new Set(lines.map((line) => codes(line).join())).size, 4);
});

Deno.test("a file that was put says how it is had, and one that was removed which it was", () => {
  const file = {
    seq: 12,
    at: 0,
    kind: "file",
    from: "Ada",
    file: 12,
    name: "../r\x1b.pdf",
    size: 1_234_567,
  } as const;
  const text = (entry: Parameters<typeof entryLine>[0]) =>
    plainText(entryLine(entry, "other")).slice("[00:00] ".length);
  assertEquals(text(file), "Ada put r.pdf, 1.2 MiB: /get 12");
  assertEquals(text({ ...file, seq: 13, kind: "removed" }), "Ada removed r.pdf (12)");
  assertEquals(text({ seq: 13, at: 0, kind: "removed", from: "Ada", file: 12 }), "Ada removed a file (12)");
});

Deno.test("a file's name from right to left takes none of the figures along", () => {
  const file = { seq: 12, at: 0, kind: "file", from: "Ada", file: 12, name: "דוח", size: 10 } as const;
  const [row] = rowsOf(entryLine(file, "other"), 80, new Ruler());
  const text = row?.spans.map((span) => span.text).join("") ?? "";
  assertStringIncludes(text, `${ISOLATE}דוח${POP_ISOLATE}, 10 B: /get 12`);
});

Deno.test("what is pending stands as it will stand, with a mark for its time", () => {
  const [stored, pending] = [entryLine(SAID, "sent"), pendingLine("Ada", "hi")].map(plainText);
  assertEquals(
    pending?.replace("[  …  ]", "[--:--]"),
    stored?.replace(/^\[\d\d:\d\d\]/, "[--:--]").replace(" ✓", ""),
  );
});

Deno.test("a title is told, and a kind of entry that is not known is said to be that", () => {
  const { seq, at, from } = SAID;
  const shown = [
    { seq, at, from, kind: "title", title: "Of tea\x1b" },
    { seq, at, from, kind: "title", title: "" },
    { seq, at, from, kind: "poll" },
  ].map((entry) => plainText(entryLine(entry, "other")).slice("[00:00] ".length));
  assertEquals(shown, [
    'Ada set the title to "Of tea␛"',
    "Ada removed the title",
    "Ada added something that this client cannot show (poll)",
  ]);
});

Deno.test("what the program says stands in one row however many lines it repeats of others", () => {
  const text = "Bo\n[14:03] Ada  hi\ttea\x1b[2J";
  const shown = [note(text), complaint(text), rule(text), item([plain(text)])].map((line) =>
    rowsOf(line, 100, new Ruler()).map(({ spans }) => spans.map((span) => span.text).join(""))
  );
  const clean = "Bo ⏎ [14:03] Ada  hi    tea␛[2J";
  assertEquals(shown, [[`* ${clean}`], [`! ${clean}`], [`── ${clean} ──`], [`  ${clean}`]]);
});
