import { assertEquals } from "@std/assert";
import type { Regard } from "../../../client/terminal/messages.ts";
import { RoomView } from "../../../client/terminal/room_view.ts";

function add(
  view: RoomView,
  shown: boolean,
  seqs: readonly number[],
  text = "hi",
  regard: Regard = "other",
): void {
  for (const seq of seqs) {
    const entry = { type: "entry", room: "lobby", seq, at: 0, kind: "say", from: `p${seq}`, text } as const;
    view.add({ entry, regard }, shown);
  }
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function seqs(kept: readonly { readonly entry: { readonly seq: number } }[]): number[] {
  return kept.map(({ entry }) => entry.seq);
}

Deno.test("a room that is looked at again shows the last five that were seen, and all that came since", () => {
  const view = new RoomView("lobby", 0, "");
  add(view, true, upTo(9));
  add(view, false, upTo(12, 10));
  assertEquals([view.unread, view.oldest], [3, 1]);
  const first = view.reopen();
  assertEquals([seqs(first.seen), seqs(first.unread), first.dropped], [upTo(9, 5), upTo(12, 10), 0]);
  assertEquals(view.unread, 0);
  const second = view.reopen();
  assertEquals([seqs(second.seen), seqs(second.unread)], [upTo(12, 8), []]);
});

Deno.test("of a great many only the newest are kept, and the history goes on before those", () => {
  const view = new RoomView("lobby", 0, "");
  add(view, true, upTo(9));
  add(view, false, upTo(309, 10));
  const { seen, unread, dropped } = view.reopen();
  assertEquals([seen, seqs(unread), dropped], [[], upTo(309, 210), 200]);
  assertEquals(view.oldest, 210);
});

Deno.test("long messages are kept by their length, and of one that is too long nothing but its number", () => {
  const view = new RoomView("lobby", 0, "");
  add(view, false, upTo(10), "x".repeat(2_500));
  assertEquals(seqs(view.reopen().unread), upTo(10, 5));
  add(view, false, [11], "x".repeat(17_000));
  const { seen, unread, dropped } = view.reopen();
  assertEquals([seen, unread, dropped], [[], [], 1]);
});

Deno.test("a mention among what is unread is known until the room is looked at", () => {
  const view = new RoomView("lobby", 0, "");
  add(view, true, [1], "hi", "mention");
  assertEquals(view.mentioned, false);
  add(view, false, [2], "hi", "mention");
  add(view, false, [3]);
  assertEquals(view.mentioned, true);
  view.reopen();
  assertEquals(view.mentioned, false);
});

Deno.test("who is in the room is known by their last names, those who spoke last first", () => {
  const view = new RoomView("lobby", 0, "");
  view.entered(3, ["Ada", "Bo", "Cy"]);
  add(view, true, [1]);
  view.changed({ type: "presence", room: "lobby", members: 4, joined: ["Di"], left: ["bo"] });
  view.changed({ type: "presence", room: "lobby", members: 4, renamed: [{ from: "Ada", to: "Eve" }] });
  assertEquals([view.names, view.members], [["Eve", "Di", "p1", "Cy"], 4]);
});

Deno.test("a room has the title that it was given last", () => {
  const view = new RoomView("lobby", 0, "Tea");
  const entry = { type: "entry", room: "lobby", seq: 1, at: 0, kind: "title", from: "Ada" } as const;
  add(view, true, [1]);
  assertEquals(view.title, "Tea");
  view.add({ entry: { ...entry, title: "Coffee" }, regard: "other" }, false);
  assertEquals(view.title, "Coffee");
  view.add({ entry, regard: "other" }, false);
  assertEquals(view.title, "");
});
