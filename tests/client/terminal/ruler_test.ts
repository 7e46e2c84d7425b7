import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import fc from "fast-check";
import { PROBES, Ruler } from "../../../client/terminal/ruler.ts";
import { anyRuler, hostileText, IN_PARTS } from "./hostile_text.ts";

/** As tmux 3.3a answers. */
function rulerOfTmux(): Ruler {
  const ruler = new Ruler();
  for (const { kind } of PROBES) ruler.measured(kind, kind === "joined" ? 2 : IN_PARTS[kind]);
  return ruler;
}

Deno.test("a cluster is what is seen as one letter", () => {
  const letters = ["a", "e\u0301", "👨‍👩‍👧", "b", "🇩🇪", "🇫🇷", "한", "1️⃣", "2", "स्ते", "\n", "c", "\r\n", "日"];
  const clusters = new Ruler().clusters(letters.join(""));
  assertEquals(clusters.map(({ text }) => text), letters);
});

Deno.test("before the terminal was asked, every cluster is drawn whole", () => {
  const ruler = new Ruler();
  const columns = {
    "": 0,
    "Maya": 4,
    "日本": 4,
    "e\u0301": 1,
    "👍🏽": 2,
    "❤️": 2,
    "1️⃣": 2,
    "👨‍👩‍👧": 2,
    "🇩🇪": 2,
    "स्ते": 1,
    "ｶﾞ": 2,
    "\ue0a0": 1,
    "\u0378": 1,
  };
  for (const [text, expected] of Object.entries(columns)) assertEquals(ruler.columns(text), expected, text);
});

Deno.test("what tmux 3.3a draws in parts is measured as tmux 3.3a draws it", () => {
  const ruler = rulerOfTmux();
  const columns = {
    "👍🏽": 4,
    "❤️": 1,
    "1️⃣": 1,
    "👨‍👩‍👧": 2,
    "🇩🇪": 2,
    "स्ते": 2,
    "का": 2,
    "स्ता": 3,
    "กำ": 2,
    "กิ": 1,
    "👩🏽‍🚀": 4,
    "❤️‍🔥": 1,
    "👁️‍🗨️": 1,
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿": 2,
    "\u1100\u1161\u11a8": 2,
    "म्‍या": 2,
    "မြန်မာ": 5,
    "ｶﾞ": 2,
    "e\u0301": 1,
  };
  for (const [text, expected] of Object.entries(columns)) assertEquals(ruler.columns(text), expected, text);
});

Deno.test("each answer of a terminal counts for its kind alone, and can be taken back", () => {
  for (const { kind, sample } of PROBES) {
    const ruler = new Ruler();
    const whole = ruler.columns(sample);
    ruler.measured(kind, IN_PARTS[kind]);
    assertEquals(ruler.columns(sample), IN_PARTS[kind]);
    for (const other of PROBES.filter((probe) => probe.kind !== kind)) {
      assertEquals(ruler.columns(other.sample), new Ruler().columns(other.sample), `${kind}: ${other.kind}`);
    }
    ruler.measured(kind, whole);
    assertEquals(ruler.columns(sample), whole);
  }
});

Deno.test("an answer that nothing explains changes nothing", () => {
  const ruler = rulerOfTmux();
  for (const { kind } of PROBES) ruler.measured(kind, 7);
  assertEquals(ruler.columns("👍🏽"), 4);
});

Deno.test("terminals agree on letters, and not on pictographs, marks and what is composed", () => {
  const ruler = new Ruler();
  for (const { text, sure } of ruler.clusters("aé日ש한1.ñ")) assert(sure, text);
  for (const { text, sure } of ruler.clusters("😀e\u0301👍🏽🇩🇪❤️\ue0a0\u2068")) assert(!sure, text);
});

Deno.test("any text has the borders that UAX #29 gives it, and clusters of no less than 0 columns", () => {
  const segmenter = new Intl.Segmenter();
  fc.assert(
    fc.property(hostileText(), anyRuler, (text, ruler) => {
      const clusters = ruler.clusters(text);
      assertEquals(
        clusters.map((cluster) => cluster.text),
        [...segmenter.segment(text)].map(({ segment }) => segment),
      );
      for (const { columns } of clusters) assertGreaterOrEqual(columns, 0);
      assertEquals(ruler.clusters(text), clusters);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("every letter of the basic plane is cut from its neighbours as Unicode says", () => {
  const ruler = new Ruler();
  const segmenter = new Intl.Segmenter();
  for (let code = 0; code < 0x10000; code++) {
    const letter = String.fromCharCode(code);
    const text = `a${letter}b${letter}${letter}`;
    const cut = ruler.clusters(text).map((cluster) => cluster.text);
    assertEquals(cut.join("|"), [...segmenter.segment(text)].map(({ segment }) => segment).join("|"));
  }
});
