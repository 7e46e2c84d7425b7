import { assertEquals } from "@std/assert";
import { type Status, statusLine } from "../../../client/terminal/status.ts";

const QUIET: Status = {
  room: { name: "lobby", members: 3 },
  connection: { is: "online" },
  unread: [],
  lagMs: 500,
  waiting: 0,
};

function shown(status: Partial<Status>, now = 0): string {
  return statusLine({ ...QUIET, ...status }, now).map(({ text }) => text).join("");
}

Deno.test("the status says where we are, how slow the server is, what waits, and last what is unread", () => {
  const unread = [
    { place: 2, name: "ops", count: 4, mentioned: false },
    { place: 3, name: "tea", count: 1, mentioned: true },
  ];
  assertEquals(shown({}), "#lobby  3 people  connected");
  assertEquals(
    shown({ unread, lagMs: 1_234, waiting: 3 }),
    "#lobby  3 people  connected  lag 1.2 s  3 waiting  2:#ops(4)  3:#tea(1)",
  );
  assertEquals(shown({ room: { name: "lobby", members: 1 } }), "#lobby  1 person  connected");
});

Deno.test("without a connection the status counts down to the next try, and the lag of the last one is not told", () => {
  const connection = { is: "waiting", until: 5_000, reason: "Nothing answers." } as const;
  const seconds = [0, 1, 4_000, 4_001, 5_000, 9_000].map((now) =>
    shown({ connection, lagMs: 9_999, waiting: 1 }, now)
  );
  assertEquals(
    seconds,
    [5, 5, 1, 1, 0, 0].map((left) =>
      `#lobby  3 people  offline, trying again in ${left} s  1 waiting  Nothing answers.`
    ),
  );
  assertEquals(shown({ room: null, connection: { is: "connecting" } }), "chat  connecting…");
  assertEquals(shown({ room: null, connection: { is: "ended" } }), "chat  disconnected");
});
