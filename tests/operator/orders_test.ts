/** What the operator typed after the name of a command. */

import { assertEquals, assertThrows } from "@std/assert";
import { type Clause, firstWord, type Order, parseOrder } from "../../server/operator/orders.ts";
import { UsageError } from "../../server/protocol/flags.ts";

const USAGE = "ban WHO [from ROOM] [for TIME] [because TEXT]";
const parse = (text: string, clauses: readonly Clause[] = ["from", "for", "because"]) =>
  parseOrder(text, USAGE, clauses);

Deno.test("an order is whom it is about, and then its parts in any order", () => {
  const cases: readonly (readonly [string, Order])[] = [
    ["Bo", { who: "Bo", room: null }],
    ["Bo from tea", { who: "Bo", room: "tea" }],
    ["Bo  for 2h  from tea", { who: "Bo", room: "tea", forMs: 7_200_000 }],
    ["Bo because too loud for 2h", { who: "Bo", room: null, reason: "too loud for 2h" }],
    ["from from for for 3d because because", {
      who: "from",
      room: "for",
      forMs: 259_200_000,
      reason: "because",
    }],
  ];
  for (const [text, order] of cases) assertEquals(parse(text), order, text);
});

Deno.test("an order that is not clear is refused, with what is wrong and what would be right", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", `usage: ${USAGE}`],
    ["Bo fro tea", `"fro" is not clear. usage: ${USAGE}`],
    ["Bo Ann", `"Ann" is not clear. usage: ${USAGE}`],
    ["Bo in tea", `"in" is not clear. usage: ${USAGE}`],
    ["Bo from", `Something has to stand after "from". usage: ${USAGE}`],
    ["Bo for soon", 'A time is written like 30s, 10m, 2h or 3d, not "soon".'],
    ["Bo for 0s", 'A time is written like 30s, 10m, 2h or 3d, not "0s".'],
  ];
  for (const [text, message] of cases) {
    assertEquals(assertThrows(() => parse(text), UsageError).message, message);
  }
});

Deno.test("the first word ends at white space, and the rest begins after it", () => {
  assertEquals(firstWord("tea  a b "), { word: "tea", rest: "a b " });
  assertEquals(firstWord("tea"), { word: "tea", rest: "" });
  assertEquals(firstWord(""), { word: "", rest: "" });
});
