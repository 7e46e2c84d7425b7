import { assertEquals } from "@std/assert";
import { machineDisk } from "../../server/history/disk.ts";
import { LineBuffer } from "../../server/history/lines.ts";
import { madeEntry, makeLargeRooms } from "../../scripts/support/large_room.ts";
import { readHistory, readSegment, type Recorded } from "../../scripts/support/segments.ts";
import { inTemporaryFolder } from "../../scripts/support/server_process.ts";

/** Two lines as the server writes them. */
function segment(): string {
  const lines = new LineBuffer();
  lines.add(1, 5, { kind: "say", from: "Ada", text: "héllo", key: "k" });
  lines.add(2, 5, { kind: "title", from: "Ada", title: "t" });
  return new TextDecoder().decode(lines.bytes);
}

Deno.test("the server's lines are read without its code", () => {
  const entries: Recorded[] = [];
  assertEquals(readSegment("a", segment(), entries), []);
  assertEquals(entries, [
    { seq: 1, from: "Ada", text: "héllo", key: "k" },
    { seq: 2, from: "Ada", text: "", key: undefined },
  ]);
});

Deno.test("a changed letter, a cut line and a line that is none are told with their place", () => {
  const wrong = (text: string) => readSegment("a", text, []);
  const [first = "", second = ""] = segment().split("\n");
  assertEquals(wrong(`${first.replace("héllo", "hallo")}\n${second}\n`), [
    "a, line 1: no entry, or a wrong checksum",
  ]);
  assertEquals(wrong(`${first}\n${second.slice(0, -3)}`), ["a does not end with a line break"]);
  assertEquals(wrong(`${first}\n\n`), ["a, line 2: no entry, or a wrong checksum"]);
});

Deno.test("a large room is made in the server's format, and grows when it is made again", () =>
  inTemporaryFolder(async (folder) => {
    const data = `${folder}/data`;
    assertEquals(await makeLargeRooms({ data, rooms: 2, entries: 300, room: "r" }), ["r-1", "r-2"]);
    await makeLargeRooms({ data, rooms: 1, entries: 50, room: "r-2" });
    const { entries, segments, faults } = await readHistory(data, "r-2");
    assertEquals([entries.length, segments, faults], [350, 1, []]);
    const { from, text, key } = madeEntry(350);
    assertEquals(entries[349], { seq: 350, from, text, key });
    assertEquals((await machineDisk.list(`${data}/server/rooms`)).sort(), ["0", "1", "2"]);
  }));
