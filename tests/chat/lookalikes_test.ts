import { assert, assertEquals, assertLessOrEqual, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { lookOf } from "../../server/chat/lookalikes.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { type Name, parseName } from "../../server/protocol/names.ts";
import { corpusFile, NO_CORPUS, tortureCases } from "../support/corpus.ts";

const nameOf = (raw: string): Name => parseName(raw, "name_invalid");
const look = (raw: string): string => lookOf(nameOf(raw));

/**
 * What becomes of each of `raws`, who come one after another: `refused`, `same as` or `like` somebody who is there
 * already, or `free`.
 */
function decisions(raws: readonly string[]): string[] {
  const byFolded = new Map<string, string>();
  const byLook = new Map<string, string>();
  return raws.map((raw) => {
    let name: Name;
    try {
      name = nameOf(raw);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return "refused";
    }
    const same = byFolded.get(name.folded);
    if (same !== undefined) return `same as ${same}`;
    const like = byLook.get(lookOf(name));
    if (like !== undefined) return `like ${like}`;
    byFolded.set(name.folded, raw);
    byLook.set(lookOf(name), raw);
    return "free";
  });
}

Deno.test("each kind of hostile name is refused, found the same or found alike, and honest ones are free", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["anna", "free"],
    ["ANNA", "same as anna"],
    ["ａｎｎａ", "same as anna"],
    ["𝐚𝐧𝐧𝐚", "same as anna"],
    ["ⓐnna", "same as anna"],
    ["аnna", "refused"],
    ["αnna", "refused"],
    ["ɑnna", "like anna"],
    ["АNNА", "refused"],
    ["ΑΝΝΑ", "like anna"],
    ["an\u200bna", "refused"],
    ["anna\u200d", "refused"],
    ["\u202eanna", "refused"],
    ["anna\u2067", "refused"],
    [" anna", "refused"],
    ["anna\n", "refused"],
    ["bob\n[12:00] anna", "refused"],
    ["\u001b[31manna", "refused"],
    ["\u009b8m", "refused"],
    ["", "refused"],
    ["\u3164", "refused"],
    ["\u0301", "refused"],
    ["a".repeat(33), "refused"],
    ["e" + "\u0301".repeat(200), "refused"],
    ["\ud800x", "refused"],
    ["milan", "free"],
    ["mılan", "like milan"],
    ["rnilan", "like milan"],
    ["René", "free"],
    ["Rene\u0301", "same as René"],
    ["Rene", "free"],
    ["Ştefan", "free"],
    ["Ștefan", "like Ştefan"],
    ["straße", "free"],
    ["STRASSE", "same as straße"],
    ["דנה", "free"],
    ["محمد", "free"],
    ["小明", "free"],
    ["12345", "free"],
    ["-rf", "free"],
    ["__proto__", "free"],
    ["../../etc/passwd", "free"],
    ["a<b>&\"'", "free"],
    ["system", "free"],
    ["$ystem", "free"],
    ["syst℮m", "like system"],
  ];
  assertEquals(decisions(cases.map(([raw]) => raw)), cases.map(([, decision]) => decision));
});

Deno.test("names that an eye takes for each other have one look", () => {
  const pairs: readonly (readonly [string, string])[] = [
    ["Maya", "МАУА"],
    ["Ian", "lan"],
    ["paypal", "paypaI"],
    ["paypal", "paypa1"],
    ["modern", "modem"],
    ["operator", "0perator"],
    ["OSCAR", "ꓳꓢꓚꓮꓣ"],
    ["scope", "ѕсоре"],
    ["Client1", "ClientI"],
    ["anna0", "annaO"],
    ["anna0", "anna٥"],
    // What stands in TR39 beside what NFKC says: a long s looks like an f.
    ["fred", "ſred"],
    ["ǆ", "dž"],
    ["❤\ufe0f", "❤"],
  ];
  for (const [one, other] of pairs) assertEquals(look(one), look(other), `${one} and ${other}`);
});

Deno.test("names that look different have different looks", () => {
  const pairs: readonly (readonly [string, string])[] = [
    ["ian", "lan"],
    ["ali", "all"],
    ["maya", "мауа"],
    ["Jose", "José"],
    ["anna", "hanna"],
    ["bob", "bo6"],
    ["さくら", "サクラ"],
    ["🦊", "🐺"],
  ];
  for (const [one, other] of pairs) assertNotEquals(look(one), look(other), `${one} and ${other}`);
});

Deno.test("a look looks like itself, for every character there is", () => {
  for (let point = 0; point <= 0x10ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const found = lookOf({ shown: String.fromCodePoint(point), folded: "" });
    if (lookOf({ shown: found, folded: "" }) !== found) assertEquals(found, "", `U+${point.toString(16)}`);
  }
});

Deno.test("a look looks like itself, and does not depend on how a text is composed", () => {
  const text = fc.string({ unit: "binary", maxLength: 12 });
  fc.assert(fc.property(text, (shown) => {
    const found = lookOf({ shown, folded: "" });
    assertEquals(lookOf({ shown: found, folded: "" }), found);
    for (const form of ["NFC", "NFD"]) {
      assertEquals(lookOf({ shown: shown.normalize(form), folded: "" }), found);
    }
  }));
});

const TORTURE = tortureCases()?.filter((one) => one.kind === "name") ?? null;
const SAME: Readonly<Record<number, number>> = { 183: 178, 184: 178, 189: 178, 196: 195, 229: 228 };
const LIKE: Readonly<Record<number, number>> = { 180: 178, 182: 178, 198: 197 };
/** Nothing in them takes another's place: they harm programs that use names as paths, markup or options. */
const FREE = [178, 195, 197, 199, 200, 201, 215, 216, 217, 219, 220, 221, 222, 223, 224, 225, 226, 227, 228];
/** It looks like the house's own words, and is one of them. */
const RESERVED = 218;

Deno.test({
  name: `every name of the torture file is decided as its reason says ${TORTURE ? "" : NO_CORPUS}`.trim(),
  ignore: TORTURE === null,
  fn() {
    const cases = TORTURE ?? [];
    const values = new Map(cases.map(({ id, value }) => [id, value]));
    const wanted = cases.map(({ id }) => {
      const [same, like] = [SAME[id], LIKE[id]];
      if (same !== undefined) return `same as ${values.get(same)}`;
      if (like !== undefined) return `like ${values.get(like)}`;
      return FREE.includes(id) || id === RESERVED ? "free" : "refused";
    });
    assertEquals(decisions(cases.map(({ value }) => value)), wanted);
    assertEquals(look(values.get(RESERVED) ?? ""), look("SYSTEM"));
  },
});

for (const [file, pairsMax] of [["ubuntu-irc.jsonl", 4], ["multilingual.jsonl", 0]] as const) {
  const path = corpusFile(file);
  Deno.test({
    name: `of the people in ${file} hardly any look alike ${path ? "" : NO_CORPUS}`.trim(),
    ignore: path === null,
    fn() {
      const people = new Set(
        [...Deno.readTextFileSync(path ?? "").matchAll(/"from": ("[^"]*")/g)].map((found) => {
          const from: unknown = JSON.parse(found[1] ?? "");
          assert(typeof from === "string");
          return from;
        }),
      );
      assertLessOrEqual(300, people.size);
      const alike = decisions([...people]).filter((decision) => decision.startsWith("like "));
      assertLessOrEqual(alike.length, pairsMax, alike.join());
    },
  });
}
