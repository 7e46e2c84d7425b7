import { assertEquals } from "@std/assert";
import { ProtocolError } from "../../server/protocol/errors.ts";
import type { SessionEvent } from "../../client/events.ts";
import { shown } from "../../client/terminal/text.ts";

const AT = new Date(2026, 10, 20, 14, 3).getTime();

Deno.test("a message stands with time and name, its later lines indented", () => {
  const event: SessionEvent = {
    is: "entry",
    event: {
      type: "entry",
      room: "r",
      seq: 1,
      at: AT,
      kind: "say",
      from: "Maya",
      text: "a\n[14:03] Bob: b\x1b",
    },
  };
  assertEquals(shown(event), "[14:03] Maya: a\n        [14:03] Bob: b␛");
});

Deno.test("who comes and goes is told in one line", () => {
  const presence = { type: "presence", room: "r", members: 3 } as const;
  const renamed = [{ from: "A\x1b", to: "B" }];
  const event: SessionEvent = {
    is: "presence",
    event: { ...presence, joined: ["Ada", "Bo"], left: ["Cy"], renamed },
  };
  assertEquals(shown(event), "* #r: Ada joined, Bo joined, Cy left, A␛ is now B");
  assertEquals(shown({ is: "presence", event: presence }), null);
});

Deno.test("no control character of any event reaches the screen", () => {
  const evil = "e\x1b[2J\x9b1A\u202e";
  const error = new ProtocolError("muted", evil);
  const entry = { type: "entry", room: evil, seq: 1, at: AT, from: evil } as const;
  const answer = {
    room: evil,
    log: "l",
    title: evil,
    members: 2,
    names: [evil],
    head: 0,
    first: 1,
    reset: false,
  };
  const hello = {
    protocol: 1,
    name: evil,
    session: "s",
    resumed: false,
    limits: { frame: 1, text: 1, file: 1 },
    motd: evil,
  };
  const events: SessionEvent[] = [
    { is: "entry", event: { ...entry, kind: "say", text: evil } },
    { is: "entry", event: { ...entry, kind: "title", title: evil } },
    { is: "entry", event: { ...entry, kind: evil } },
    { is: "direct", event: { type: "direct", from: evil, text: evil, at: AT } },
    { is: "notice", event: { type: "notice", text: evil } },
    { is: "kicked", event: { type: "kicked", room: evil, by: evil, reason: evil, banned: false } },
    { is: "joined", room: evil, missed: null, answer },
    { is: "reset", room: evil, first: 1 },
    { is: "barred", room: evil, error },
    { is: "connected", first: true, answer: hello },
    { is: "lost", reason: evil },
    { is: "waiting", attempt: 1, reason: evil, wait: 1 },
    { is: "refused", room: evil, key: "k", text: evil, error },
    { is: "ended", ending: { is: "failed", code: "muted", reason: evil } },
  ];
  for (const event of events) {
    const text = shown(event) ?? "";
    assertEquals(/[^\P{Cc}\n]|\p{Cf}/u.test(text), false, `${event.is}: ${JSON.stringify(text)}`);
  }
});
