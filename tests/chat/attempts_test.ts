/** Who may try a password, and how often. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type Attempt,
  Attempts,
  type Outcome,
  type Standing,
  type Trier,
} from "../../server/chat/attempts.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ROOM = 7;

/** Attempts, and a clock that tests set. */
class Door {
  ms = 0;
  readonly attempts = new Attempts(() => this.ms);

  begin(who: Partial<Trier>): Attempt {
    return this.attempts.begin({ network: "192.0.2.1", knownKey: null, room: ROOM, ...who });
  }

  /** Tries once; `retry_ms` where that is refused, else 0. */
  try(who: Partial<Trier>, outcome: Outcome = "wrong"): number {
    try {
      this.begin(who).settle(outcome);
      return 0;
    } catch (error) {
      assert(error instanceof ProtocolError);
      assertEquals(error.code, "too_many_attempts");
      assert(error.retryMs !== undefined && error.retryMs > 0);
      return error.retryMs;
    }
  }

  standing(who: Partial<Trier>): Standing {
    const attempt = this.begin(who);
    attempt.settle("given up");
    return attempt.standing;
  }

  tries(count: number, who: Partial<Trier>): number[] {
    return Array.from({ length: count }, () => this.try(who));
  }
}

const FIVE = [0, 0, 0, 0, 0];

/** As many networks as are asked for, each another one. */
function network(n: number): Partial<Trier> {
  return { network: `10.0.${n >> 8}.${n & 255}` };
}

Deno.test("after five wrong ones in a minute a network waits: a minute, two, four, at most an hour", () => {
  const door = new Door();
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    assertEquals(door.tries(5, { room: null }), FIVE);
    const wait = door.try({ room: null }, "right");
    assertEquals(door.try({ room: 1 }), wait);
    waits.push(wait / MINUTE);
    door.ms += wait;
  }
  assertEquals(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

Deno.test("wrong ones count for a minute, right ones and those given up do not, and a right one forgives none", () => {
  const door = new Door();
  for (let i = 0; i < 40; i++) {
    assertEquals(door.try({}), 0);
    door.ms += 15_001;
  }
  const other = { network: "192.0.2.2", room: 8 };
  for (let i = 0; i < 40; i++) assertEquals(door.try(other, i % 2 === 0 ? "right" : "given up"), 0);
  assertEquals(door.tries(4, other), [0, 0, 0, 0]);
  assertEquals(door.try(other, "right"), 0);
  assertEquals(door.tries(2, other), [0, MINUTE]);
});

Deno.test("an hour without a wrong one, and a network is as new", () => {
  const door = new Door();
  const who = { room: null };
  door.tries(5, who);
  door.ms += MINUTE;
  door.tries(5, who);
  door.ms += 2 * MINUTE + HOUR;
  assertEquals(door.standing(who), "suspect");
  door.ms += 1;
  assertEquals(door.standing(who), "new");
  assertEquals([...door.tries(5, who), door.try(who)], [...FIVE, MINUTE]);
});

Deno.test("tries that are being checked count, and whoever is over them waits a second", () => {
  const door = new Door();
  const attempts = Array.from({ length: 5 }, () => door.begin({ room: null }));
  assertEquals(door.try({ room: null }), 1_000);
  attempts[0]?.settle("right");
  assertEquals(door.try({ room: null }, "right"), 0);
  attempts[1]?.settle("wrong");
  assertEquals(door.try({ room: null }), 0);
  assertEquals(door.try({ room: null }), 1_000);
  for (const attempt of attempts.slice(2)) attempt.settle("wrong");
  assertEquals(door.try({ room: null }), MINUTE);
});

Deno.test("a room that is flooded with guesses gives each network one wrong try", () => {
  const door = new Door();
  for (let n = 0; n < 5; n++) assertEquals(door.try(network(n)), 0);
  for (let n = 5; n < 1_000; n++) assertEquals(door.tries(2, network(n)), [0, MINUTE]);
  assert(door.try(network(0)) > 0, "it had its try before the flood was one");
  assertEquals(door.try(network(1_000), "right"), 0, "a newcomer gets in");
  assertEquals(door.tries(2, { ...network(1), room: 8 }), [0, 0], "another room is not flooded");
  assertEquals(door.tries(2, { ...network(2), room: null }), [0, 0], "nor is the server");
});

Deno.test("a flood is over after a minute, after two where it comes again, however many guess while it lasts", () => {
  const door = new Door();
  for (let n = 0; n < 50; n++) door.try(network(n));
  door.ms += MINUTE;
  assertEquals(door.tries(4, network(50)), [0, 0, 0, 0]);
  door.try(network(51));
  door.ms += 2 * MINUTE - 1;
  assertEquals(door.tries(2, network(52)), [0, MINUTE]);
  door.ms += 1;
  assertEquals(door.tries(2, network(53)), [0, 0]);
});

Deno.test("a network that guesses on in a flood waits a minute, then two; one that guessed before, until that is a minute ago", () => {
  const door = new Door();
  for (let n = 0; n < 5; n++) door.try(network(n));
  door.ms += MINUTE;
  for (let n = 5; n < 10; n++) door.try(network(n));
  assertEquals(door.tries(2, network(10)), [0, MINUTE]);
  door.ms += MINUTE / 3;
  assertEquals(door.try(network(9)), MINUTE * 2 / 3);
  door.ms += MINUTE * 2 / 3;
  assertEquals(door.tries(2, network(10)), [0, 2 * MINUTE]);
  door.ms += 2 * MINUTE;
  assertEquals(door.tries(2, network(10)), [0, 0]);
});

Deno.test("however many are being checked in a room, that is no flood until five were wrong", () => {
  const door = new Door();
  const attempts = Array.from({ length: 50 }, (_, n) => door.begin(network(n)));
  const household = { network: "198.51.100.1" };
  const together = Array.from({ length: 5 }, () => door.begin(household));
  assertEquals(door.try(household), 1_000);
  for (const attempt of [...together, ...attempts.slice(5)]) attempt.settle("right");
  for (const attempt of attempts.slice(0, 4)) attempt.settle("wrong");
  assertEquals(door.tries(1, household), [0], "the fifth wrong one");
  assertEquals(door.tries(2, network(60)), [0, MINUTE]);
});

Deno.test("who was in the room before with the same key gets in during a flood, from the same address too", () => {
  const door = new Door();
  assertEquals(door.tries(6, {}), [...FIVE, MINUTE]);
  const known = { knownKey: "key" };
  assertEquals([door.standing(known), door.try(known, "right")], ["known", 0]);
  assertEquals(door.try(known), 0);
});

Deno.test("a known key has five wrong tries of its own, and they count against nobody else", () => {
  const door = new Door();
  const known = { knownKey: "key" };
  assertEquals(door.tries(6, known), [...FIVE, MINUTE]);
  assertEquals(door.try({ ...known, network: "198.51.100.1", room: 9 }), MINUTE);
  assertEquals(door.try({ knownKey: "another key" }, "right"), 0);
  assertEquals(door.standing({}), "new");
  assertEquals(door.tries(3, {}), [0, 0, 0], "the room is not flooded");
});

Deno.test("what a network has tried wrong elsewhere makes it suspect", () => {
  const door = new Door();
  assertEquals(door.standing({}), "new");
  door.try({ room: 1 });
  assertEquals([door.standing({}), door.begin({}).payer], ["suspect", "192.0.2.1"]);
});

Deno.test("a refusal says for how long in words", () => {
  const door = new Door();
  const says = (sentence: string) =>
    assertThrows(() => door.begin({ room: null }), ProtocolError, `Try again in ${sentence}.`);
  door.tries(5, { room: null });
  says("60 s");
  door.ms += MINUTE;
  door.tries(5, { room: null });
  says("2 minutes");
});

Deno.test("an attempt is settled once", () => {
  const attempt = new Door().begin({});
  attempt.settle("right");
  assertThrows(() => attempt.settle("given up"), TypeError);
});

Deno.test("a closed network is forgotten only where ten thousand others have tried since it did last", () => {
  const door = new Door();
  door.tries(5, { room: null });
  for (let n = 0; n < 9_999; n++) door.try({ ...network(n), room: null });
  assertEquals(door.try({ room: null }), MINUTE);
  for (let n = 10_000; n < 19_999; n++) door.try({ ...network(n), room: null }, "right");
  assertEquals(door.try({ room: null }), MINUTE);
  for (let n = 20_000; n < 30_000; n++) door.try({ ...network(n), room: null }, "right");
  assertEquals(door.try({ room: null }), 0);
});

Deno.test("whatever is tried, no network has more than five wrong ones in a minute, and no known key waits for others", () => {
  const step = fc.record({
    network: fc.constantFrom("a", "b", "c"),
    room: fc.constantFrom(1, 2, null),
    afterMs: fc.nat(20_000),
    wrong: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const door = new Door();
    const wrongAt = new Map<string, number[]>();
    for (const { network, room, afterMs, wrong } of steps) {
      door.ms += afterMs;
      const tried = door.try({ network, room }, wrong ? "wrong" : "right") === 0;
      const before = wrongAt.get(network) ?? [];
      if (tried && wrong) wrongAt.set(network, [...before, door.ms]);
      assertEquals(door.try({ network, room, knownKey: "key" }, "right"), 0);
    }
    for (const times of wrongAt.values()) {
      for (const [i, at] of times.entries()) assert((times[i + 5] ?? Infinity) - at >= MINUTE);
    }
  }));
});
