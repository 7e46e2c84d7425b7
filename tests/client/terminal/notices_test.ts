import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { codesOf, type Heard, mentions, Notices } from "../../../client/terminal/notices.ts";

const MESSAGE: Heard = { is: "message", room: "lobby", from: "Bob", text: "hi" };
const MENTION: Heard = { ...MESSAGE, is: "mention", text: "Maya, hi" };
const DIRECT: Heard = { is: "direct", from: "Bob", text: "psst" };

/** Notices in #lobby at time 0, with the window looked away from. */
function away(bell: Notices["bell"] = "mentions"): Notices {
  const notices = new Notices(bell, 0);
  notices.enter("lobby");
  notices.seen("unfocused", 0);
  return notices;
}

Deno.test("who looks at the window is not called", () => {
  const notices = away("all");
  notices.seen("focused", 0);
  assertEquals(notices.heard(DIRECT, 100_000), null);
});

Deno.test("who looks away sees a count, and is called as the bell says", () => {
  for (
    const [bell, rings] of [
      ["off", [false, false, false]],
      ["mentions", [false, true, true]],
      ["all", [true, true, true]],
    ] as const
  ) {
    const rang = [MESSAGE, MENTION, DIRECT].map((message) => {
      const call = away(bell).heard(message, 0);
      assertEquals(call?.title, "(1) #lobby – chat");
      return call?.alert !== null;
    });
    assertEquals(rang, [...rings], bell);
  }
});

Deno.test("an alert says who, where and what", () => {
  assertEquals(away().heard(MENTION, 0)?.alert, { title: "Bob in #lobby", text: "Maya, hi" });
  assertEquals(away().heard(DIRECT, 0)?.alert, { title: "Bob", text: "psst" });
});

Deno.test("coming back clears the count, with the focus or with a key", () => {
  for (const how of ["focused", "key"] as const) {
    const notices = away();
    notices.heard(MESSAGE, 0);
    assertEquals(notices.heard(MESSAGE, 0)?.title, "(2) #lobby – chat");
    assertEquals(notices.seen(how, 1), { title: "#lobby – chat", alert: null });
    assertEquals(notices.seen(how, 2), null);
    assertEquals(notices.heard(DIRECT, 3), null);
  }
});

Deno.test("where the window tells no focus, 30 seconds without a key are away", () => {
  const notices = new Notices("all", 0);
  assertEquals(notices.heard(MESSAGE, 29_999), null);
  assertEquals(notices.seen("key", 29_999), null);
  assertEquals(notices.heard(MESSAGE, 59_998), null);
  assertEquals(notices.heard(MESSAGE, 59_999)?.title, "(1) chat");
  assertEquals(notices.seen("key", 60_000)?.title, "chat");
  assertEquals(notices.heard(MESSAGE, 60_001), null);
});

Deno.test("many messages are one alert in two seconds, and all are counted", () => {
  const notices = away();
  const alerts = [0, 1, 1_999, 2_000, 3_999, 4_000].filter((now) =>
    notices.heard(MENTION, now)?.alert !== null
  );
  assertEquals(alerts, [0, 2_000, 4_000]);
  assertEquals(notices.enter("ops").title, "(6) #ops – chat");
});

Deno.test("each system gets the one code that its terminals know", () => {
  const call = { title: "(1) #lobby – chat", alert: { title: "Bob in #lobby", text: "hi" } };
  const window = "\x1b]2;(1) #lobby – chat\x1b\\";
  assertEquals(codesOf(call, "linux"), `\x07\x1b]777;notify;Bob in #lobby;hi\x1b\\${window}`);
  assertEquals(codesOf(call, "darwin"), `\x07\x1b]9;Bob in #lobby: hi\x1b\\${window}`);
  assertEquals(codesOf({ ...call, alert: null }, "linux"), window);
});

Deno.test("no name and no text makes another command of a notification", () => {
  const alert = { title: "4;1;50", text: "9;x\x1b\\\x07\x9c\n\x1b]0;y" };
  assertEquals(
    codesOf({ title: "chat", alert }, "darwin"),
    "\x07\x1b]9;4,1,50: 9,x␛\\␇⟨U+009C⟩ ⏎ ␛]0,y\x1b\\\x1b]2;chat\x1b\\",
  );
  assertEquals(
    codesOf({ title: "chat", alert }, "linux"),
    "\x07\x1b]777;notify;4,1,50;9,x␛\\␇⟨U+009C⟩ ⏎ ␛]0,y\x1b\\\x1b]2;chat\x1b\\",
  );
});

Deno.test("a long text is cut between letters", () => {
  const text = `${"a".repeat(118)}👩‍👩‍👧‍👧 and more`;
  const codes = codesOf({ title: "chat", alert: { title: "Bob", text } }, "linux");
  assert(codes.includes(`;Bob;${"a".repeat(118)}…\x1b\\`));
});

Deno.test("whatever is said, the codes are ours and short", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    control(),
  );
  fc.assert(fc.property(text, text, text, (title, from, said) => {
    for (const [os, fields] of [["linux", 4], ["darwin", 2]] as const) {
      const parts = codesOf({ title, alert: { title: from, text: said } }, os).split("\x1b");
      const [ring, popup = "", end, window = "", ...rest] = parts;
      assertEquals([ring, end, ...rest], ["\x07", "\\", "\\"]);
      assertEquals(popup.split(";").length, fields);
      assert(!/[\p{Cc}\p{Cs}]/u.test(popup + window), popup + window);
      assertLessOrEqual(popup.length + window.length, 3 * 120 + 20);
    }
  }));
});

function control(): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(..."\x1b\x07\x9c\\;]\n\t94 👩‍👧é"), maxLength: 300 });
}

Deno.test("a name is a mention as a word, in any case", () => {
  for (
    const text of ["maya, come", "@Maya", "MAYA!", "is (Maya) in?", "Maya", "#1:maya", "Maya's", "so maya\n"]
  ) {
    assert(mentions(text, "Maya"), text);
  }
  for (const text of ["Mayan", "Amaya", "maya_2", "maya2", "may a", "", "M\u0301aya", "Maya\u0301"]) {
    assert(!mentions(text, "Maya"), text);
  }
  assert(mentions("a mayan, and then maya", "Maya"));
});

Deno.test("a name is found in every script", () => {
  for (
    const [text, name] of [
      ["ΌΜΗΡΟΣ, έλα", "Όμηρος"],
      ["где борис?", "Борис"],
      ["真由は来た", "真由"],
      ["昨日まゆが来た", "まゆ"],
      ["Mayaさん、来て", "Maya"],
      ["말로야 와", "말로"],
      ["สวัสดีมายาครับ", "มายา"],
      ["بكر، تعال", "بكر"],
      ["ask 🦊 please", "🦊"],
      ["hey🦊", "🦊"],
      ["STRASSE, hi", "Straße"],
      ["ｍａｙａ?", "Maya"],
    ] as const
  ) assert(mentions(text, name), text);
  assert(!mentions("ปู่มา", "ปู"), "a tone mark makes it another word");
  assert(!mentions("Бориса нет", "Борис"));
});

Deno.test("signs in a name stand for themselves", () => {
  for (const name of ["a.b", "[x]", "c++", "^_^", "$1", "a|b", "\\d", "(a", "a-b", "9;4", "{2}", "*", "?/"]) {
    assert(mentions(`so ${name}, hi`, name), name);
  }
  assert(!mentions("so axb, hi", "a.b"));
  assert(!mentions("anything", ""));
  assert(!mentions("anything", "\u200b"));
});

Deno.test("a Latin name is found exactly where no letter touches it", () => {
  const around = fc.constantFrom("", " ", ",", "@", "(", "\n", "x", "É", "7", "_", "は", "🦊", "e\u0301");
  fc.assert(fc.property(around, around, (before, after) => {
    const touched = /[\p{Script=Latin}\p{M}\p{N}_]$/u.test(before) ||
      /^[\p{Script=Latin}\p{N}_]/u.test(after);
    assertEquals(mentions(`${before}maya${after}`, "Maya"), !touched);
  }));
});
