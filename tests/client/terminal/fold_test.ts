import { assertEquals, assertLess, assertMatch } from "@std/assert";
import fc from "fast-check";
import { PresenceFold } from "../../../client/terminal/fold.ts";
import type { EventOf } from "../../../server/protocol/messages.ts";

type Changes = Partial<EventOf<"presence">>;

function folded(...events: readonly Changes[]): string | null {
  const fold = new PresenceFold();
  for (const event of events) fold.add({ type: "presence", room: "lobby", members: 9, ...event });
  return fold.take();
}

Deno.test("what happened together is told in one line", () => {
  const renamed = [{ from: "Di", to: "Dee" }];
  assertEquals(
    folded({ joined: ["Ada"] }, { joined: ["Bo"], left: ["Cy"] }, { renamed }),
    "Ada and Bo joined, Cy left, Di is now Dee",
  );
  assertEquals(folded({ joined: ["Ada", "Bo", "Cy"] }), "Ada, Bo and Cy joined");
});

Deno.test("of more than five names the others are counted", () => {
  const names = ["Ada", "Bo", "Cy", "Di", "Ed", ...Array.from({ length: 37 }, (_, n) => `P${n}`)];
  assertEquals(folded({ joined: names.slice(0, 5) }), "Ada, Bo, Cy, Di and Ed joined");
  assertEquals(folded({ joined: names.slice(0, 6) }), "Ada, Bo, Cy, Di, Ed and 1 more joined");
  assertEquals(folded({ left: names }), "Ada, Bo, Cy, Di, Ed and 37 more left");
  assertEquals(
    folded({ renamed: names.slice(0, 7).map((from) => ({ from, to: `${from}2` })) }),
    "Ada is now Ada2, Bo is now Bo2, Cy is now Cy2, Di is now Di2, Ed is now Ed2, 2 more changed their names",
  );
});

Deno.test("who came and went again, or went and is back, is not told", () => {
  assertEquals(folded({ joined: ["Ada"] }, { left: ["Ada"] }), null);
  assertEquals(folded({ left: ["Ada"] }, { joined: ["Ada"] }), null);
  assertEquals(folded({ joined: ["Ada", "Bo"] }, { left: ["Ada"] }), "Bo joined");
});

Deno.test("a person with several names is one person", () => {
  assertEquals(folded({ joined: ["Ada"] }, { renamed: [{ from: "Ada", to: "Eve" }] }), "Eve joined");
  assertEquals(folded({ renamed: [{ from: "Ada", to: "Eve" }] }, { left: ["Eve"] }), "Ada left");
  const there = { renamed: [{ from: "Ada", to: "Eve" }] };
  assertEquals(folded(there, { renamed: [{ from: "Eve", to: "Zoe" }] }), "Ada is now Zoe");
  assertEquals(folded(there, { renamed: [{ from: "Eve", to: "Ada" }] }), null);
});

Deno.test("a name that one gives up and another takes at the same time is two people's", () => {
  assertEquals(
    folded({ joined: ["Ada"], renamed: [{ from: "Ada", to: "Eve" }] }),
    "Ada joined, Ada is now Eve",
  );
  const swap = [{ from: "Ada", to: "Bo" }, { from: "Bo", to: "Ada" }];
  assertEquals(folded({ renamed: swap }), "Ada is now Bo, Bo is now Ada");
  assertEquals(folded({ renamed: swap }, { renamed: swap }), null);
});

Deno.test("a room that only counts its members has nothing to tell", () => {
  assertEquals(folded({ members: 101 }, { members: 102 }), null);
});

Deno.test("after it was told a fold is empty", () => {
  const fold = new PresenceFold();
  fold.add({ type: "presence", room: "lobby", members: 2, joined: ["Ada"], left: ["Bo"] });
  assertEquals(fold.take(), "Ada joined, Bo left");
  assertEquals(fold.take(), null);
  fold.add({ type: "presence", room: "lobby", members: 1, left: ["Ada"] });
  assertEquals(fold.take(), "Ada left");
});

Deno.test("a name cannot steer the screen or make a line of its own", () => {
  assertEquals(folded({ joined: ["A\x1b[2J\nB"] }), "A␛[2J ⏎ B joined");
});

Deno.test("thousands who come are counted and not kept", () => {
  const fold = new PresenceFold();
  for (let n = 0; n < 5_000; n++) {
    fold.add({ type: "presence", room: "lobby", members: 9, joined: [`J${n}`], left: [`L${n}`] });
    fold.add({ type: "presence", room: "lobby", members: 9, renamed: [{ from: `A${n}`, to: `B${n}` }] });
  }
  const line = fold.take() ?? "";
  assertMatch(line, / and 4995 more joined, .* and 4995 more left, .*, \d+ more changed their names$/);
  assertLess(line.length, 400);
});

const NAMES = ["Ada", "Bo", "Cy", "Di", "Ed"];

/** What happens to each who is there, in which order names are taken, and which of those that stay free join. */
const step = fc.record({
  fates: fc.array(fc.constantFrom("stays", "leaves", "renames"), { minLength: 5, maxLength: 5 }),
  order: fc.shuffledSubarray(NAMES, { minLength: 5 }),
  joins: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
});

Deno.test("what is told leads from who was there to who is there", () => {
  fc.assert(fc.property(fc.subarray(NAMES), fc.array(step, { maxLength: 6 }), (start, steps) => {
    let here = start;
    const events = steps.map(({ fates, order, joins }) => {
      const left = here.filter((_, i) => fates[i] === "leaves");
      const renaming = here.filter((_, i) => fates[i] === "renames");
      const stay = here.filter((name) => !left.includes(name) && !renaming.includes(name));
      const free = order.filter((name) => !stay.includes(name));
      const renamed = renaming.map((from, i) => ({ from, to: free[i] ?? from }));
      const joined = free.slice(renaming.length).filter((_, i) => joins[i]);
      here = [...stay, ...renamed.map(({ to }) => to), ...joined];
      return { left, renamed, joined };
    });
    assertEquals(afterwards(start, folded(...events) ?? ""), here.toSorted());
  }));
});

/** Who of `start` and others is there after what `line` tells. */
function afterwards(start: readonly string[], line: string): string[] {
  const [, joined = "", left = ""] = line.match(/^(?:(.*) joined)?(?:(?:, )?(.*) left)?/) ?? [];
  const renamed = [...line.matchAll(/(\w+) is now (\w+)/g)];
  const gone = [...left.match(/[A-Z]\w*/g) ?? [], ...renamed.map(([, from]) => from)];
  const come = [...joined.match(/[A-Z]\w*/g) ?? [], ...renamed.map(([, , to = ""]) => to)];
  return [...start.filter((name) => !gone.includes(name)), ...come].toSorted();
}
