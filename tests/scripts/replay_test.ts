import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { replay } from "../../scripts/replay.ts";
import { Play } from "../../scripts/support/play.ts";
import { readHistory } from "../../scripts/support/segments.ts";
import { withServer } from "../../scripts/support/server_process.ts";
import type { TranscriptLine } from "../../scripts/support/transcript_lines.ts";

function line(kind: string, from: string, text = ""): TranscriptLine {
  return { kind, from, text };
}

/** More speakers than connections, comings and goings, what cannot be sent, and names that cannot be had. */
const LINES: readonly TranscriptLine[] = [
  line("say", "Ada", "good morning"),
  line("say", "Ada", "anybody here?"),
  line("join", "Bola"),
  line("say", "Bola", "yes\u0007 \u{1F44B}"),
  line("action", "two words", "waves"),
  line("rename", "two words", "Chidi"),
  line("say", "Chidi", "so there"),
  line("leave", "Bola", "bye"),
  line("say", "Ada", ""),
  line("say", "Ada", "x".repeat(10_001)),
  line("say", "Dunja", "zwei\nZeilen"),
  line("say", "Bola", "back again"),
  line("rename", "Dunja", "Ada"),
  line("leave", "Chidi"),
  line("leave", "nobody"),
  line("say", "Ada", "two of me"),
];

Deno.test("a replayed transcript arrives whole, at everybody, and stands in the files", async () => {
  const printed: string[] = [];
  const options = { lines: LINES, people: 3, address: null, data: null };
  assertEquals(await replay(options, (line) => printed.push(line)), []);
  const all = printed.join("\n");
  assertStringIncludes(all, "7 lines and 1 actions");
  assertStringIncludes(all, "1 empty, 1 too long");
  assertStringIncludes(all, "deliveries   24");
  assertStringIncludes(all, "8 entries");
});

Deno.test("a replay through a server that runs says that it did not look at the files", () =>
  withServer({}, async (server, address) => {
    const printed: string[] = [];
    const print = (line: string) => printed.push(line);
    assertEquals(await replay({ lines: LINES, people: 2, address, data: null }, print), []);
    assertStringIncludes(printed.join("\n"), "not looked at");
    assertEquals(await server.stop(), 0);
  }));

Deno.test("a replay whose server goes away fails", () =>
  withServer({}, async (server, address) => {
    const play = await Play.open(address, 2);
    await play.play(LINES.slice(0, 2));
    await server.kill();
    const failure = await play.play(LINES.slice(2)).then(() => null, (error: unknown) => error);
    await play.close();
    assert(failure instanceof Error, "it must not pass for played");
    assertStringIncludes(failure.message, "The connection ended");
  }));

Deno.test("a line that never became an entry is told, and that the files do not hold it", () =>
  withServer({}, async (server, address) => {
    const play = await Play.open(address, 2);
    await play.play(LINES.slice(0, 2));
    play.ledger.say("Eve", "never said");
    assertStringIncludes(play.ledger.faults().join(), "did not get entry 3");
    await play.close();
    assertEquals(await server.stop(), 0);
    play.ledger.hold(await readHistory(`${server.folder}/chat-data`, play.room));
    assertStringIncludes(play.ledger.faults().join(), "the files do not hold entry 3");
  }));
