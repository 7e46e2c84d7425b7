import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Evidence, judge, textOf, type Verdict } from "../../scripts/support/crash_check.ts";

/** Lines of two clients, `[client, number]`, in the order of the log. */
const LOG = [[1, 1], [2, 1], [1, 2], [2, 2], [1, 3]] as const;

type Pair = readonly [client: number, number: number];

function entries(log: readonly Pair[]): Evidence["log"] {
  return log.map(([client, number], i) => ({
    seq: i + 1,
    from: `speaker-${client}`,
    text: textOf({ client, number }),
    key: `${client}-${number}`,
  }));
}

/** What is found where `log` is in the files, and what was acknowledged and shown is `LOG` or as given. */
function judged(log: readonly Pair[], shown: Evidence["log"] = entries(log)): Verdict {
  const acknowledged = LOG.map(([client, number], i) => ({ client, number, seq: i + 1 }));
  return judge({ acknowledged, log: entries(log), readers: new Map([["observer", shown]]) });
}

function counts({ lost, doubled, reordered }: Verdict): readonly number[] {
  return [lost, doubled, reordered];
}

Deno.test("a log that holds what was acknowledged and shown is found to be right", () => {
  const verdict = judged(LOG);
  assertEquals([verdict.acknowledged, ...counts(verdict), ...verdict.faults], [5, 0, 0, 0]);
});

Deno.test("a line that was acknowledged and is not in the log is lost", () => {
  const verdict = judged(LOG.slice(0, 4));
  assertEquals(counts(verdict), [1, 0, 0]);
  assertStringIncludes(verdict.faults.join(), "client 1 line 3 was acknowledged and is not in the log");
});

Deno.test("a line that stands in the log twice is doubled", () => {
  const verdict = judged([...LOG, [2, 2]]);
  assertEquals(counts(verdict), [0, 1, 0]);
  assertStringIncludes(verdict.faults.join(), "client 2 line 2 is entry 4 and entry 6");
});

Deno.test("lines of a client that changed places are reordered", () => {
  const verdict = judged([[1, 1], [2, 1], [1, 3], [2, 2], [1, 2]]);
  assertEquals([verdict.lost, verdict.doubled], [0, 0]);
  assertStringIncludes(verdict.faults.join(), "client 1 line 3 follows line 1");
  assertStringIncludes(verdict.faults.join(), "client 1 line 3 was acknowledged as entry 5 and is entry 3");
});

Deno.test("a line of another client at the place that was acknowledged is reordered", () => {
  assertEquals(counts(judged([[2, 1], [1, 1], [1, 2], [2, 2], [1, 3]])), [0, 0, 2]);
});

Deno.test("an entry that nobody said is found", () => {
  const log = [...entries(LOG), { seq: 6, from: "eve", text: "hello", key: undefined }];
  const verdict = judge({ acknowledged: [], log, readers: new Map() });
  assertEquals(counts(verdict), [0, 1, 0]);
});

Deno.test("what a reader saw has to be the log, from its first entry to its last", () => {
  const log = entries(LOG);
  const [first, second, third, fourth, fifth] = log.map((entry) => [entry]);
  const part = (...parts: (Evidence["log"] | undefined)[]) => parts.flatMap((entry) => entry ?? []);
  assertEquals(counts(judged(LOG, part(first, third, fourth, fifth))), [1, 0, 0], "a gap");
  assertEquals(counts(judged(LOG, part(first, second, third))), [1, 0, 0], "no end");
  assertEquals(counts(judged(LOG, part(first, second, second, third, fourth, fifth))), [0, 1, 0], "twice");
  assertEquals(counts(judged(LOG, part(log, [{ ...log[4], seq: 6, from: "a", text: "b", key: "k" }]))), [
    1,
    0,
    0,
  ], "taken back");
  const other = log.map((entry) => entry.seq === 3 ? { ...entry, text: "client 2 line 9" } : entry);
  assertEquals(counts(judged(LOG, other)), [0, 0, 1], "another text");
});
