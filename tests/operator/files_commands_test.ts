/** What the console says about files, and does to them. */

import { assertEquals } from "@std/assert";
import { hash } from "node:crypto";
import { dateAndTime } from "../../server/protocol/times.ts";
import { keyOf, NOW, Quarters } from "./support.ts";

/** Puts a file as somebody would; gives its number. */
async function put(quarters: Quarters, room: string, name: string, bytes: Uint8Array): Promise<number> {
  const files = await quarters.house.rooms.get(room).files();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const entry = {
    kind: "file",
    from: "Bo",
    name,
    size: bytes.length,
    sha256: hash("sha256", bytes),
  } as const;
  const wanted = {
    entry,
    owner: "Bo",
    first: 1,
    approve: () => ({ from: "Bo" }),
    received: () => {},
    stored: ({ seq }: { readonly seq: number }) => resolve(seq),
    failed: reject,
  };
  const upload = await files.upload(wanted);
  if (upload === null) await files.add(wanted);
  upload?.start();
  if (bytes.length > 0) upload?.take(upload.offset, bytes);
  const file = await promise;
  await upload?.ended;
  return file;
}

const AT = dateAndTime(NOW);

/** The cells of a table, without how they are lined up. */
function cells(printed: readonly string[]): string[][] {
  return printed.join("\n").split("\n").map((line) => line.trim().split(/ {2,}/));
}

Deno.test("files lists what a room has, or how much each has, and says where there is nothing", async () => {
  const quarters = await Quarters.open();
  await quarters.room("tea");
  await quarters.room("milk");
  assertEquals(await quarters.type("files", "files tea"), [
    "There are no files.",
    "There are no files in #tea.",
  ]);
  await put(quarters, "tea", "one.txt", new Uint8Array(10));
  await put(quarters, "tea", "two.txt", new Uint8Array(2_000));
  await put(quarters, "tea", "empty", new Uint8Array());
  assertEquals(cells(await quarters.type("files")), [["ROOM", "FILES", "BYTES"], ["tea", "3", "2010"]]);
  assertEquals(cells(await quarters.type("files tea")), [
    ["FILE", "BYTES", "FROM", "AT", "NAME"],
    ["1", "10", "Bo", AT, "one.txt"],
    ["2", "2000", "Bo", AT, "two.txt"],
    ["3", "0", "Bo", AT, "empty"],
  ]);
  assertEquals(await quarters.type("files TEA"), await quarters.type("files tea"));
  assertEquals(await quarters.type("files milk"), ["There are no files in #milk."]);
  assertEquals((await quarters.type("files salt"))[0]?.includes('"salt"'), true);
  await quarters.house.rooms.end();
  assertEquals(quarters.disk.openFiles, 0);
});

Deno.test("remove takes a file of anybody's out of a room, once, and the audit log has it", async () => {
  const quarters = await Quarters.open();
  await quarters.room("tea", keyOf(1));
  await put(quarters, "tea", "one.txt", new Uint8Array(10));
  assertEquals(await quarters.type("remove 1 from tea"), ['"one.txt" is removed from #tea.']);
  assertEquals(quarters.audited, ['[REMOVE] room tea: "one.txt" by operator']);
  assertEquals(await quarters.type("files"), ["There are no files."]);
  const log = await quarters.house.rooms.get("tea").log();
  const [, removed] = await log.entries(1, 2);
  assertEquals([removed?.kind, removed?.file, removed?.from, removed?.by], [
    "removed",
    1,
    "operator",
    undefined,
  ]);
  assertEquals(await quarters.type("remove 1 from tea"), ["There is no file 1 here, or not any more."]);
  assertEquals(quarters.audited.length, 1);
  await quarters.house.rooms.end();
});

Deno.test("remove that is not understood says how it is used, and removes nothing", async () => {
  const quarters = await Quarters.open();
  await quarters.room("tea");
  await put(quarters, "tea", "1", new Uint8Array(10));
  for (const line of ["remove", "remove 1", "remove x from tea", "remove -1 from tea"]) {
    assertEquals(await quarters.type(line), ["usage: remove FILE from ROOM"], line);
  }
  for (const line of ["remove 0 from tea", "remove 99999999999999999999 from tea"]) {
    assertEquals((await quarters.type(line))[0]?.startsWith("There is no file"), true, line);
  }
  assertEquals((await quarters.type("remove 1 from salt"))[0]?.includes('"salt"'), true);
  assertEquals([(await quarters.type("files")).length, quarters.audited], [1, []]);
  assertEquals(cells(await quarters.type("files"))[1], ["tea", "1", "10"]);
  await quarters.house.rooms.end();
});
