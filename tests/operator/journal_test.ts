/** The journal: one line an event, in a file that does not grow without end. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type AppendFile, type Disk, machineDisk } from "../../server/history/disk.ts";
import { Journal, type JournalOptions } from "../../server/operator/journal.ts";
import { Folder } from "../support/server.ts";

function open(folder: string, options: Partial<JournalOptions> = {}) {
  const shown: string[] = [];
  const path = `${folder}/server.log`;
  const show = (line: string) => void shown.push(line);
  const journal = new Journal({
    disk: machineDisk,
    path,
    show,
    now: () => Date.UTC(2026, 10, 20, 12, 0, 5),
    bytesMax: 1 << 20,
    kept: 3,
    ...options,
  });
  return { journal, shown, path };
}

Deno.test("an event is one line with time and tag, in the file and on the terminal", async () => {
  await using folder = new Folder();
  const { journal, shown, path } = open(folder.path);
  journal.write("LISTENING", "on port 7");
  journal.write("ERROR", "one\nline\r\n\tonly");
  journal.write("CLIENT CONNECTED", 'Bo with "\x1b[2J\x9b\u202e\u2028"');
  await journal.close();
  const lines = (await Deno.readTextFile(path)).split("\n");
  assertMatch(lines[0] ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[LISTENING\] on port 7$/);
  assertMatch(lines[1] ?? "", /\[ERROR\] one line only$/);
  assertMatch(lines[2] ?? "", /Bo with "\\u\{1b\}\[2J\\u\{9b\}\\u\{202e\} "$/);
  assertEquals(lines, [...shown, ""]);
});

Deno.test("a journal goes on where the last one ended", async () => {
  await using folder = new Folder();
  for (const text of ["first run", "second run"]) {
    const { journal } = open(folder.path);
    journal.write("STARTING", text);
    await journal.close();
  }
  assertEquals((await Deno.readTextFile(`${folder.path}/server.log`)).split("\n").length, 3);
});

Deno.test("a file that is full is followed by a new one, and so many older ones are kept", async () => {
  await using folder = new Folder();
  const { journal, path, shown } = open(folder.path, { bytesMax: 100, kept: 2 });
  for (let i = 0; i < 8; i++) {
    journal.write("LEFT", `${i} ${"x".repeat(100)}`);
    await journal.close();
  }
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name).toSorted();
  assertEquals(names, ["server.log", "server.log.1", "server.log.2"]);
  const numbers = await Promise.all(
    ["", ".1", ".2"].map(async (end) => /\[LEFT\] (\d)/.exec(await Deno.readTextFile(path + end))?.[1]),
  );
  assertEquals(numbers, ["7", "6", "5"]);
  // It is no secret that the first five are gone.
  assertEquals(shown.filter((line) => line.includes("are gone: 2 older files are kept")).length, 5);
});

Deno.test("a journal that cannot be written is told once, holds nothing up, and goes on when it can", async () => {
  await using folder = new Folder();
  let broken = true;
  const disk: Disk = {
    ...machineDisk,
    async append(path, options): Promise<AppendFile> {
      if (broken) throw new Error("no space left");
      return await machineDisk.append(path, options);
    },
  };
  const { journal, shown, path } = open(folder.path, { disk });
  for (let i = 0; i < 5; i++) {
    journal.write("LEFT", `${i}`);
    await journal.close();
  }
  assertEquals(shown.filter((line) => line.includes("cannot be written: no space left")).length, 1);
  assertEquals(shown.length, 6);
  broken = false;
  journal.write("LEFT", "again");
  await journal.close();
  assertMatch(await Deno.readTextFile(path), /^\S+ \S+ \[LEFT\] again\n$/);
});

Deno.test("a full file that cannot be renamed goes on, is told once and tried again, and costs no older file", async () => {
  await using folder = new Folder();
  let broken = false;
  const disk: Disk = {
    ...machineDisk,
    async rename(from, to) {
      if (broken && from.endsWith(".log")) throw new Error("somebody holds it");
      await machineDisk.rename(from, to);
    },
  };
  const { journal, shown, path } = open(folder.path, { disk, bytesMax: 100, kept: 3 });
  const write = async (numbers: readonly number[]) => {
    for (const number of numbers) {
      journal.write("LEFT", `${number} ${"x".repeat(100)}`);
      await journal.close();
    }
  };
  const numbers = async (end: string) =>
    (await Deno.readTextFile(path + end)).match(/(?<=\[LEFT\] )\d/g)?.join("");
  await write([0, 1, 2, 3]);
  broken = true;
  await write([4, 5, 6, 7]);
  assertEquals(await numbers(""), "34567");
  assertEquals(shown.filter((line) => line.includes("goes on growing: somebody holds it")).length, 1);
  assertEquals(shown.length, 9);
  broken = false;
  await write([8, 9]);
  assertEquals(await Promise.all(["", ".1", ".2", ".3"].map(numbers)), ["9", "8", "34567", "2"]);
});

Deno.test("what waits for the disk is bounded: the lines over it are counted instead", async () => {
  await using folder = new Folder();
  const gate = Promise.withResolvers<void>();
  const disk: Disk = {
    ...machineDisk,
    async append(path, options): Promise<AppendFile> {
      await gate.promise;
      return await machineDisk.append(path, options);
    },
  };
  const { journal, path } = open(folder.path, { disk, bytesMax: 1 << 30 });
  journal.write("LEFT", "first");
  await Promise.resolve();
  await Promise.resolve();
  for (let i = 0; i < 3_000; i++) journal.write("LEFT", "x".repeat(1_000));
  gate.resolve();
  await journal.close();
  const text = await Deno.readTextFile(path);
  const left = Number(/\((\d+) lines left out\)/.exec(text)?.[1]);
  assert(left > 1_000 && left < 3_000, `${left}`);
  assertEquals(text.split("\n").filter((line) => line.includes("[LEFT]")).length + left, 3_001);
});

Deno.test("a journal does not write through a symbolic link", async () => {
  if (Deno.build.os === "windows") return;
  await using folder = new Folder();
  const { journal, shown, path } = open(folder.path);
  await Deno.writeTextFile(`${folder.path}/precious`, "mine");
  await Deno.symlink(`${folder.path}/precious`, path);
  journal.write("LEFT", "over it");
  await journal.close();
  assertEquals(await Deno.readTextFile(`${folder.path}/precious`), "mine");
  assertEquals(shown.length, 2);
});
