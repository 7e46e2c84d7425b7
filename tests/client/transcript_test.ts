import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { SessionEvent } from "../../client/events.ts";
import { noted, Transcript } from "../../client/transcript.ts";

/** Local noon, so that its date is the same everywhere. */
const NOON = new Date(2026, 10, 20, 12, 3, 5).getTime();

function said(seq: number, text: string, at = NOON): SessionEvent {
  return { is: "entry", event: { type: "entry", room: "lobby", seq, at, kind: "say", from: "Maya", text } };
}

/** A transcript in a new folder of its own, opened at `now`; what it could not do is in `failures`. */
async function inFolder(run: (folder: string, failures: string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(`${folder}/data`, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function open(data: string, failures: string[], now = NOON): Promise<Transcript> {
  const transcript = await Transcript.open({ data, now: () => now, failed: (why) => failures.push(why) });
  assert(transcript !== null, failures.join());
  return transcript;
}

Deno.test("a message is one line with local date and time, whatever stands in it", () =>
  inFolder(async (data, failures) => {
    const transcript = await open(data, failures);
    await transcript.note(said(1, "hi\n2026-11-20 12:03:05 #lobby <Bob> forged\x1b[2J"));
    transcript.close();
    assertEquals(
      await Deno.readTextFile(`${data}/client/history.txt`),
      "2026-11-20 12:03:05 #lobby <Maya> hi ⏎ 2026-11-20 12:03:05 #lobby <Bob> forged␛[2J\n",
    );
    assertEquals(failures, []);
  }));

Deno.test("what happens to the connection stands in the log with date and time", () =>
  inFolder(async (data, failures) => {
    const transcript = await open(data, failures);
    await transcript.note({ is: "lost", reason: "The cable broke." });
    transcript.close();
    const log = await Deno.readTextFile(`${data}/client/log.txt`);
    assertEquals(log, "2026-11-20 12:03:05 The connection was lost: The cable broke.\n");
  }));

Deno.test("what a room shows again on joining is not written twice, a new message with the same words is", () =>
  inFolder(async (data, failures) => {
    const first = await open(data, failures);
    await first.note(said(1, "hi"));
    first.close();
    const second = await open(data, failures, NOON + 1);
    await second.note(said(1, "hi"));
    await second.note(said(2, "hi", NOON + 10));
    second.close();
    const lines = (await Deno.readTextFile(`${data}/client/history.txt`)).trimEnd().split("\n");
    assertEquals(lines.length, 2);
  }));

Deno.test("half a line that a crash left is ended before the next one", () =>
  inFolder(async (data, failures) => {
    (await open(data, failures)).close();
    await Deno.writeTextFile(`${data}/client/history.txt`, "2026-11-20 12:0");
    const transcript = await open(data, failures);
    await transcript.note(said(1, "hi"));
    transcript.close();
    assertMatch(await Deno.readTextFile(`${data}/client/history.txt`), /^2026-11-20 12:0\n2026-.*hi\n$/);
  }));

Deno.test("folder and files are their owner's, and git does not see them", () =>
  inFolder(async (data, failures) => {
    (await open(data, failures)).close();
    assertEquals(await Deno.readTextFile(`${data}/.gitignore`), "*\n");
    if (Deno.build.os === "windows") return;
    for (
      const [path, mode] of [["client", 0o700], ["client/history.txt", 0o600], ["client/log.txt", 0o600]]
    ) {
      assertEquals(((await Deno.stat(`${data}/${path}`)).mode ?? 0) & 0o777, mode, `${path}`);
    }
  }));

Deno.test({
  name: "a symbolic link in the place of the history is not followed",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (data, failures) => {
      await Deno.mkdir(`${data}/client`, { recursive: true });
      await Deno.writeTextFile(`${data}/precious`, "mine");
      await Deno.symlink(`${data}/precious`, `${data}/client/history.txt`);
      const failed = (why: string) => failures.push(why);
      assertEquals(await Transcript.open({ data, now: () => NOON, failed }), null);
      assertEquals(failures.length, 1);
      assertStringIncludes(failures.join(), "not a plain file");
      assertEquals(await Deno.readTextFile(`${data}/precious`), "mine");
    }),
});

Deno.test("a folder that cannot be made is told once, and the chat goes on without", () =>
  inFolder(async (data, failures) => {
    await Deno.writeTextFile(data, "a file in its place");
    assertEquals(await Transcript.open({ data, now: () => NOON, failed: (why) => failures.push(why) }), null);
    assertEquals(failures.length, 1);
    assertStringIncludes(failures.join(), "Nothing is kept of this chat");
  }));

Deno.test("a disk that is full is told once, behind the event that could not be kept, and the chat goes on", () =>
  inFolder(async (data, failures) => {
    const transcript = await open(data, failures);
    const events: readonly SessionEvent[] = [said(1, "one"), said(2, "two"), said(3, "three")];
    const passed: SessionEvent[] = [];
    const { writeSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.writeSync = () => {
      throw new Error("No space left on device (os error 28)");
    };
    try {
      for await (const event of noted(ReadableStream.from(events), transcript)) passed.push(event);
    } finally {
      Deno.FsFile.prototype.writeSync = writeSync;
    }
    const sentence = `Nothing is kept of this chat in ${data}/client: No space left on device (os error 28).`;
    assertEquals(passed, [...events.slice(0, 1), { is: "unkept", sentence }, ...events.slice(1)]);
    assertEquals(failures, []);
  }));
