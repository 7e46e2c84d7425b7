/** Bans and mutes: whom they hold for, and what becomes of lists of them. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type Sanction,
  sanctioned,
  sanctionOf,
  SANCTIONS_MAX,
  sanctionShape,
  sentence,
  type Whom,
  withoutSanctions,
  withSanction,
} from "../../server/chat/sanctions.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { parseName } from "../../server/protocol/names.ts";

const NOW = 1_760_000_000_000;
const HOUR_MS = 3_600_000;

function whom(name: string | null, key: string | null = null, network: string | null = null): Whom {
  return { name: name === null ? null : parseName(name, "name_invalid"), key, network };
}

function ban(who: Whom, forMs?: number, at = NOW): Sanction {
  return sanctionOf(who, { by: "Maya", at, until: forMs === undefined ? null : at + forMs });
}

Deno.test("a sanction holds for whoever has the key, the name or the network, and for nobody else", () => {
  const list = [ban(whom("Bo", "K1", "192.0.2.7"))];
  const held = [
    whom("Bo"),
    whom("Zoe", "K1"),
    whom("Zoe", "K2", "192.0.2.7"),
    whom("Bo", "K2", "198.51.100.1"),
    whom(null, null, "192.0.2.7"),
  ];
  for (const one of held) assertEquals(sanctioned(list, one, NOW), list[0] ?? null);
  for (const one of [whom("Zoe"), whom("Zoe", "K2", "198.51.100.1"), whom(null)]) {
    assertEquals(sanctioned(list, one, NOW), null);
  }
});

Deno.test("what a sanction does not name, nobody is sanctioned for not having", () => {
  for (const one of [whom("Bo"), whom(null, "K1"), whom(null, null, "192.0.2.7")]) {
    assertEquals(sanctioned([ban(one)], whom("Zoe"), NOW), null);
    assertEquals(sanctioned([ban(one)], whom(null), NOW), null);
  }
});

Deno.test("a name is held under any case, form and look", () => {
  const list = [ban(whom("Maya"))];
  for (const name of ["maya", "MAYA", "\uff2d\uff21\uff39\uff21", "\u041c\u0410\u0423\u0410"]) {
    assert(sanctioned(list, whom(name), NOW) !== null, name);
  }
  assertEquals(sanctioned(list, whom("Mayan"), NOW), null);
});

Deno.test("a sanction ends at its time, and one without a time never does", () => {
  const bo = whom("Bo");
  const list = [ban(bo, HOUR_MS)];
  assert(sanctioned(list, bo, NOW + HOUR_MS - 1) !== null);
  assertEquals(sanctioned(list, bo, NOW + HOUR_MS), null);
  assert(sanctioned([ban(bo)], bo, Number.MAX_SAFE_INTEGER) !== null);
});

Deno.test("of several sanctions the one that ends last is given", () => {
  const bo = whom("Bo", "K1");
  const [short, long, ever] = [ban(whom("Bo"), 1_000), ban(whom(null, "K1"), HOUR_MS), ban(bo)];
  assertEquals(sanctioned([short, long], bo, NOW), long);
  assertEquals(sanctioned([long, short], bo, NOW), long);
  assertEquals(sanctioned([ever, long, short], bo, NOW), ever);
});

Deno.test("a time that no clock shows is for ever, and can be read back", () => {
  for (const forMs of [Number.MAX_SAFE_INTEGER, 8.64e15]) assertEquals(ban(whom("Bo"), forMs).until, null);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      fc.option(fc.string()),
      (forMs, reason) => {
        const terms = { by: "Maya", at: NOW, until: NOW + forMs, reason: reason ?? undefined };
        const made = sanctionOf(whom("Bo"), terms);
        const read: unknown = JSON.parse(JSON.stringify(made));
        assert(sanctionShape.holds(read));
        assertEquals(read, made);
        assert(made.until === null || !Number.isNaN(new Date(made.until).getTime()));
      },
    ),
  );
});

Deno.test("a newer sanction replaces older ones against the same, and no others", () => {
  const name = ban(whom("Bo"));
  const both = ban(whom("Bo", "K1"));
  const network = ban(whom(null, null, "192.0.2.7"));
  const later = ban(whom("BO", "K1"), HOUR_MS);
  assertEquals(withSanction([name, network, both], later, NOW), [network, later]);
  // Whoever has the key is still banned for ever.
  assertEquals(withSanction([both], ban(whom("Bo"), HOUR_MS), NOW).length, 2);
});

Deno.test("what has ended goes with the next change, and makes room in a full list", () => {
  const full = Array.from(
    { length: SANCTIONS_MAX },
    (_, i) => ban(whom(`p${i}`), i === 0 ? 1_000 : undefined),
  );
  const error = assertThrows(() => withSanction(full, ban(whom("Bo")), NOW), ProtocolError, "Lift some");
  assertEquals(error.code, "not_allowed");
  const later = withSanction(full, ban(whom("Bo")), NOW + 1_000);
  assertEquals([later.length, later[0]?.name, later.at(-1)?.name], [SANCTIONS_MAX, "p1", "Bo"]);
  // To know somebody better needs no room.
  assertEquals(withSanction(full, ban(whom("P7", "K1")), NOW).length, SANCTIONS_MAX);
});

Deno.test("lifting frees somebody under every name that their key was sanctioned under", () => {
  const list = [
    ban(whom("Bo", "K1")),
    ban(whom("Bob", "K1")),
    ban(whom("Zoe", "K2")),
    ban(whom(null, null, "192.0.2.7")),
    ban(whom("Bo")),
    ban(whom("Ann")),
  ];
  const { left, lifted } = withoutSanctions(list, whom("bo"));
  assertEquals(left.map(({ name, network }) => name ?? network), ["Zoe", "192.0.2.7", "Ann"]);
  assertEquals(lifted.map(({ name }) => name).toSorted(), ["Bo", "Bo", "Bob"]);
  assertEquals(withoutSanctions(list, whom("Nobody")), { left: list, lifted: [] });
});

Deno.test("whoever is lifted is not sanctioned any more, whatever came before", () => {
  const one = fc.record({
    name: fc.constantFrom("Bo", "bo", "Zoe", "\u0412\u043e", null),
    key: fc.constantFrom("K1", "K2", null),
    network: fc.constantFrom("192.0.2.7", null),
  }).map(({ name, key, network }) => whom(name, key, network));
  fc.assert(
    fc.property(fc.array(one, { maxLength: 8 }), one, (many, who) => {
      const list = many.reduce<readonly Sanction[]>((list, next) => withSanction(list, ban(next), NOW), []);
      const { left, lifted } = withoutSanctions(list, who);
      assertEquals(sanctioned(left, who, NOW), null);
      assertEquals(lifted.length > 0, sanctioned(list, who, NOW) !== null);
      assertEquals(left.length + lifted.length, list.length);
    }),
  );
});

Deno.test("who is sanctioned is told for how long, why, and what to do", () => {
  const said = (forMs: number | undefined, reason?: string) =>
    sentence({ ...ban(whom("Bo"), forMs), ...(reason && { reason }) }, "muted in #tea", NOW + 500);
  assertEquals(
    said(2 * HOUR_MS + 500, "too loud"),
    "You are muted in #tea for another 2 hours: too loud. Ask whoever runs it to lift that.",
  );
  assertEquals(said(undefined), "You are muted in #tea. Ask whoever runs it to lift that.");
  const term = (forMs: number) => /another (.*)\. Ask/.exec(said(forMs))?.[1];
  assertEquals(
    [501, 1_500, 90_500, 119_000, 7_200_501, 3 * 24 * HOUR_MS + 500].map(term),
    ["1 second", "1 second", "90 seconds", "119 seconds", "3 hours", "3 days"],
  );
});
