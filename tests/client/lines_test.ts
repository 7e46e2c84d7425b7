import { assertEquals } from "@std/assert";
import type { Transfer } from "../../client/files/transfer.ts";
import { saying, sentenceOf } from "../../client/lines.ts";
import { ProtocolError } from "../../server/protocol/errors.ts";
import { ScriptedServer, startSession } from "./support.ts";

Deno.test("being sent out of a room is told with one full stop, and a ban as one", async () => {
  using server = new ScriptedServer();
  const { session, events, ending } = startSession({ dial: server.dial });
  const { peer } = await server.welcome();
  for (
    const [how, sentence] of [
      [{ by: "Ada", banned: false }, "Ada removed you from #tea."],
      [{ by: "Ada", banned: false, reason: "spam" }, "Ada removed you from #tea: spam."],
      [{ by: "Ada", banned: false, reason: "Be kind. " }, "Ada removed you from #tea: Be kind."],
      [{ by: "Ada", banned: true, reason: "Why?" }, "Ada banned you from #tea: Why?"],
      [{ by: "Ada", banned: true, reason: "" }, "Ada banned you from #tea."],
      [{ by: "MAYA", banned: false, reason: "The room was closed." }, "You closed #tea."],
    ] as const
  ) {
    await peer.send({ type: "kicked", room: "tea", ...how });
    assertEquals(sentenceOf(await events.until("kicked")), sentence);
  }
  const left = session.leave();
  await peer.farewell();
  await left;
  await ending;
});

Deno.test("a room that has still to take us back is told with why and when it is asked again", () => {
  const error = new ProtocolError("too_many_attempts", "There were too many wrong passwords.", 60_000);
  assertEquals(
    sentenceOf({ is: "delayed", room: "tea", error, wait: 60_000 }),
    "#tea does not take us back yet, and is asked again in 60.0 s: There were too many wrong passwords.",
  );
});

Deno.test("files that are put and removed are told by their names, cleaned, with size and number", () => {
  const common = { seq: 12, at: 1_000, from: "Maya" };
  const file = { ...common, kind: "file", file: 12, name: "report.pdf", size: 1_258_291 };
  assertEquals(saying(file), ' put the file "report.pdf" (1.2 MiB, number 12)');
  const hostile = saying({ ...file, name: "../a\x1b[2J\n\u202eb" });
  assertEquals(hostile, ' put the file "a[2J b" (1.2 MiB, number 12)');
  assertEquals(
    saying({ ...common, kind: "removed", file: 9, name: "report.pdf" }),
    ' removed the file "report.pdf"',
  );
  assertEquals(saying({ ...common, kind: "removed", file: 9 }), " removed the file number 9");
});

Deno.test("what became of a file is told in a sentence, unless we stopped it ourselves", () => {
  const put: Transfer = {
    number: 1,
    way: "put",
    room: "lobby",
    name: "a.txt",
    size: 10,
    moved: 10,
    read: 0,
    stage: "over",
    ended: Promise.resolve({ is: "cancelled" }),
    cancel: () => {},
  };
  const get: Transfer = { ...put, way: "get" };
  const error = new ProtocolError("storage_full", "The disk is full.");
  const told = [
    sentenceOf({
      is: "transfer",
      transfer: put,
      end: { is: "put", room: "lobby", file: 3, seq: 3, name: "a.txt" },
    }),
    sentenceOf({
      is: "transfer",
      transfer: get,
      end: { is: "got", path: "d/a.txt", name: "a.txt", size: 10 },
    }),
    sentenceOf({ is: "transfer", transfer: get, end: { is: "got", path: null, name: "a.txt", size: 10 } }),
    sentenceOf({ is: "transfer", transfer: put, end: { is: "failed", error } }),
    sentenceOf({ is: "transfer", transfer: get, end: { is: "failed", error } }),
    sentenceOf({ is: "transfer", transfer: get, end: { is: "cancelled" } }),
  ];
  assertEquals(told, [
    'Put the file "a.txt" into #lobby, as number 3.',
    'Got the file "a.txt" (10 B): d/a.txt',
    'Got the file "a.txt" (10 B).',
    'The file "a.txt" was not sent to #lobby: The disk is full.',
    'The file "a.txt" was not received from #lobby: The disk is full.',
    null,
  ]);
});
