import { assertEquals, assertStringIncludes } from "@std/assert";
import { Ledger } from "../../scripts/support/ledger.ts";
import type { History } from "../../scripts/support/segments.ts";

const LINES = [["Ada", "one"], ["Bola", "two"], ["Ada", "three"]] as const;

function body(seq: number, from: string, text: string): Uint8Array {
  const entry = { type: "entry", room: "0", seq, at: 1, kind: "say", from, text };
  return new TextEncoder().encode(JSON.stringify(entry));
}

/** A ledger of `LINES`, and what each of two members hears of them: their numbers. */
function ledgerOf(heard: readonly (readonly number[])[]): Ledger {
  const ledger = new Ledger(heard.length);
  for (const [from, text] of LINES) ledger.say(from, text);
  heard.forEach((seqs, member) => {
    for (const seq of seqs) {
      const [from, text] = LINES[seq - 1] ?? ["nobody", "nothing"];
      ledger.hear(member, seq, body(seq, from, text));
    }
  });
  return ledger;
}

function history(...lines: readonly (readonly [string, string])[]): History {
  const entries = lines.map(([from, text], i) => ({ seq: i + 1, from, text, key: undefined }));
  return { entries, segments: 1, faults: [] };
}

Deno.test("a ledger finds nothing wrong where every member got every entry once and in order", () => {
  const ledger = ledgerOf([[1, 2, 3], [1, 2, 3]]);
  ledger.hold(history(...LINES));
  assertEquals(ledger.faults(), []);
  assertEquals(ledger.deliveries, 6);
});

const WRONG: readonly { what: string; heard: readonly number[]; told: string }[] = [
  { what: "a missing entry", heard: [1, 3], told: "member 1 did not get entry 2" },
  { what: "a missing end", heard: [1], told: "member 1 did not get entries 2 to 3" },
  { what: "an entry that comes twice", heard: [1, 2, 2, 3], told: "member 1 got entry 2 again" },
  { what: "another order", heard: [2, 1, 3], told: "member 1 got entry 1 again" },
  { what: "an entry that nobody said", heard: [1, 2, 3, 4], told: "entry 4 was said by nobody" },
];

for (const { what, heard, told } of WRONG) {
  Deno.test(`a ledger notices ${what}`, () => {
    assertStringIncludes(ledgerOf([[1, 2, 3], heard]).faults().join("\n"), told);
  });
}

Deno.test("a ledger notices an entry that one member got otherwise than another", () => {
  const ledger = ledgerOf([[1, 2, 3], [1, 2]]);
  ledger.hear(1, 3, body(3, "Ada", "thre€"));
  assertEquals(ledger.faults(), ["member 1 got another entry 3 than the others"]);
});

Deno.test("a ledger notices an entry with another text or another speaker than what was said", () => {
  const ledger = new Ledger(1);
  ledger.say("Ada", "one");
  ledger.say("Ada", "two");
  ledger.hear(0, 1, body(1, "Ada", "won"));
  ledger.hear(0, 2, body(2, "Eve", "two"));
  assertEquals(ledger.faults(), [
    'entry 1 is not what was said: "Ada: won" for "Ada: one"',
    'entry 2 is not what was said: "Eve: two" for "Ada: two"',
  ]);
});

Deno.test("a ledger holds the files against what was said", () => {
  const files: readonly (readonly [History, string])[] = [
    [history(LINES[0], LINES[1]), "the files do not hold entry 3"],
    [history(LINES[0], LINES[2], LINES[1]), 'the files hold "Ada: three" as entry 2 for "Bola: two"'],
    [history(...LINES, ["Eve", "four"]), "the files hold entry 4, which nobody said"],
    [{ ...history(...LINES), faults: ["line 2: a wrong checksum"] }, "line 2: a wrong checksum"],
  ];
  for (const [found, told] of files) {
    const ledger = ledgerOf([[1, 2, 3]]);
    ledger.hold(found);
    assertStringIncludes(ledger.faults().join("\n"), told);
  }
});
