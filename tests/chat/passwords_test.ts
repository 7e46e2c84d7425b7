/** Passwords: hashed, checked, and who waits for whom meanwhile. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Attempts, type Trier } from "../../server/chat/attempts.ts";
import { Passwords, sameSecret } from "../../server/chat/passwords.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { PASSWORD_BYTES_MAX } from "../../server/protocol/limits.ts";

const STRANGER: Trier = { network: "192.0.2.1", knownKey: null, room: 1 };

/** Hashes that cost nothing. */
function cheap(): Passwords {
  return new Passwords((password, salt) => Promise.resolve(new TextEncoder().encode(`${salt} ${password}`)));
}

function newAttempts(): Attempts {
  return new Attempts(() => 0);
}

Deno.test("a password matches its own hash alone, in whatever form its letters came, and salts differ", async () => {
  const passwords = new Passwords();
  const attempts = newAttempts();
  const [hash, other] = await Promise.all([passwords.hash("grün", "a"), passwords.hash("grün", "a")]);
  assert(hash.salt !== other.salt && hash.hash !== other.hash);
  const matches = (password: string, against = hash) =>
    passwords.matches(password, against, attempts.begin(STRANGER));
  const given = ["grün", "gru\u0308n", "grun", ""];
  assertEquals(await Promise.all(given.map((password) => matches(password))), [true, true, false, false]);
  assertEquals(await matches("grün", { ...hash, hash: hash.hash.slice(0, 8) }), false);
});

Deno.test("a check settles its attempt: a wrong password is charged, a right one is not", async () => {
  const passwords = cheap();
  const attempts = newAttempts();
  const hash = await passwords.hash("tea", "a");
  for (const given of ["tea", "tea", "tea", "coffee", "coffee", "coffee", "coffee", "coffee"]) {
    await passwords.matches(given, hash, attempts.begin(STRANGER));
  }
  await assertRejects(
    async () => await passwords.matches("tea", hash, attempts.begin(STRANGER)),
    ProtocolError,
    "Try again in 60 s.",
  );
});

Deno.test("known people have two turns of three, then networks of which nothing wrong came, those of one kind by turns", async () => {
  const passwords = cheap();
  const attempts = newAttempts();
  const hash = await passwords.hash("tea", "a");
  const settled: string[] = [];
  const check = async (name: string, who: Partial<Trier>, given: string) => {
    await passwords.matches(given, hash, attempts.begin({ ...STRANGER, ...who }));
    settled.push(name);
  };
  await check("suspect", { network: "x" }, "coffee");
  await Promise.all([
    check("running", { network: "x" }, "coffee"),
    check("suspect", { network: "x" }, "coffee"),
    check("new a1", { network: "a" }, "tea"),
    check("new a2", { network: "a" }, "tea"),
    check("new b", { network: "b" }, "tea"),
    check("known", { network: "x", knownKey: "key" }, "tea"),
  ]);
  assertEquals(settled, ["suspect", "running", "known", "new a1", "new b", "suspect", "new a2"]);
});

Deno.test("right passwords of known people, one after the other for ever, keep nobody else waiting", async () => {
  // Long enough that whoever has one checked is back before the next one is done.
  const passwords = new Passwords((_, salt) => new Promise((resolve) => setTimeout(() => resolve(salt), 0)));
  const attempts = newAttempts();
  const hash = await passwords.hash("tea", "a");
  let others = 2;
  let turns = 0;
  const rejoin = async (knownKey: string) => {
    while (others > 0) {
      assert(++turns < 100, "somebody waits for ever");
      await passwords.matches("tea", hash, attempts.begin({ ...STRANGER, knownKey }));
    }
  };
  const rejoining = ["k1", "k2", "k3", "k4", "k5"].map(rejoin);
  const stranger = async () => assert(await passwords.matches("tea", hash, attempts.begin(STRANGER)));
  const created = async () => assert(await passwords.hash("tea", "192.0.2.2"));
  await Promise.all([...rejoining, ...[stranger, created].map((wait) => wait().then(() => others--))]);
});

Deno.test("where too many wait the worst are refused and get their attempts back, and the known one is not among them", async () => {
  const passwords = cheap();
  const attempts = newAttempts();
  const hash = await passwords.hash("tea", "a");
  const outcomes: string[] = [];
  const attempt = (who: Partial<Trier>) => {
    const { settle, ...attempt } = attempts.begin({ ...STRANGER, ...who });
    return {
      ...attempt,
      settle: (outcome: "right" | "wrong" | "given up") => {
        outcomes.push(`${attempt.standing} ${outcome}`);
        settle(outcome);
      },
    };
  };
  const refusals: unknown[] = [];
  const check = (who: Partial<Trier>) =>
    passwords.matches("tea", hash, attempt(who)).catch((error) => refusals.push(error));
  // One runs, 64 wait, and two are too many.
  const strangers = Array.from({ length: 66 }, (_, n) => check({ network: `10.0.0.${n}`, room: n }));
  const known = check({ knownKey: "key" });
  const refused = assertRejects(() => passwords.hash("tea", "another"), ProtocolError, "too many passwords");
  await known;
  await refused;
  assertEquals(outcomes.filter((outcome) => outcome === "known right").length, 1);
  assertEquals(outcomes.filter((outcome) => outcome === "new given up").length, 2);
  for (const error of refusals) {
    assert(error instanceof ProtocolError && error.code === "too_many_attempts" && error.retryMs === 2_000);
  }
  await Promise.all(strangers);
  assertEquals(outcomes.filter((outcome) => outcome === "new right").length, 64);
  assertEquals(refusals.length, 2);
});

/** What takes a quarter of a second to normalise, and nearly fills a frame. */
const MARKS = "a" + "\u0316\u0301".repeat(14_000);

/** What happens, while every text that is normalised is at most so long. */
async function normalising<T>(unitsMax: number, work: () => T | Promise<T>): Promise<T> {
  const { normalize } = String.prototype;
  try {
    Object.assign(String.prototype, {
      normalize(this: string, form?: string) {
        assert(this.length <= unitsMax, `${this.length} units were normalised`);
        return normalize.call(this, form);
      },
    });
    return await work();
  } finally {
    Object.assign(String.prototype, { normalize });
  }
}

Deno.test("what is too long for a password is wrong, and is neither normalised nor hashed", async () => {
  const derived: string[] = [];
  const passwords = new Passwords((password) => {
    derived.push(password);
    return Promise.resolve(new TextEncoder().encode(password));
  });
  const attempts = newAttempts();
  const longest = "é".repeat(PASSWORD_BYTES_MAX / 2);
  const hash = await passwords.hash(longest, "a");
  await normalising(PASSWORD_BYTES_MAX, async () => {
    for (const long of [MARKS, `${longest}x`, longest.normalize("NFD")]) {
      assertEquals(await passwords.matches(long, hash, attempts.begin(STRANGER)), false);
      await assertRejects(() => passwords.hash(long, "a"), RangeError);
      assert(!sameSecret(long, longest) && !sameSecret(longest, long) && !sameSecret(long, long));
    }
    assertEquals(attempts.begin(STRANGER).standing, "suspect");
    assert(await passwords.matches(longest, hash, attempts.begin({ ...STRANGER, room: 2 })));
    assert(sameSecret(longest, longest));
  });
  assertEquals(derived, [longest, longest]);
});

Deno.test("two secrets are the same where their letters are, in whatever form and of whatever length", () => {
  assert(sameSecret("grün", "gru\u0308n"));
  assert(sameSecret("", ""));
  for (const other of ["grun", "", "grün ", "x".repeat(10_000)]) assert(!sameSecret("grün", other), other);
});
