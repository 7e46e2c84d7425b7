import { assertEquals } from "@std/assert";
import { SentHistory } from "../../../client/terminal/sent.ts";

function history(...sent: readonly string[]): SentHistory {
  const history = new SentHistory({ entries: 3, units: 100 });
  for (const text of sent) history.add(text);
  return history;
}

Deno.test("older goes back through what was sent, newer returns to the draft that was being typed", () => {
  const sent = history("one", "two");
  assertEquals(sent.older("dra"), "two");
  assertEquals(sent.older("two"), "one");
  assertEquals(sent.older("one"), null);
  assertEquals(sent.newer(), "two");
  assertEquals(sent.newer(), "dra");
  assertEquals(sent.newer(), null);
  assertEquals(sent.older("draft"), "two");
});

Deno.test("what becomes of a recalled entry in the draft changes neither the history nor the draft", () => {
  const sent = history("one", "two");
  sent.older("draft");
  assertEquals(sent.older("two, changed"), "one");
  assertEquals(sent.newer(), "two");
  assertEquals(sent.newer(), "draft");
});

Deno.test("the same twice in a row is one entry, and sending begins anew at the newest", () => {
  const sent = history("one", "two", "two");
  assertEquals([sent.older(""), sent.older("")], ["two", "one"]);
  sent.add("one");
  assertEquals([sent.newer(), sent.older("d"), sent.older(""), sent.older("")], [null, "one", "two", "one"]);
});

Deno.test("a draft that is given up does not come back", () => {
  const sent = history("one", "two");
  sent.older("given up");
  sent.older("two");
  sent.reset();
  assertEquals([sent.newer(), sent.older("new"), sent.newer()], [null, "two", "new"]);
});

Deno.test("over its limits the history forgets the oldest", () => {
  const sent = history("1", "2", "3", "4");
  assertEquals([sent.older(""), sent.older(""), sent.older(""), sent.older("")], ["4", "3", "2", null]);
  sent.add("x".repeat(98));
  assertEquals([sent.older("d"), sent.older(""), sent.older(""), sent.newer(), sent.newer()], [
    "x".repeat(98),
    "4",
    "3",
    "4",
    "x".repeat(98),
  ]);
  sent.add("y".repeat(101));
  assertEquals([sent.older(""), sent.newer()], [null, null]);
});
