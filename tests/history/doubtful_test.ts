import { assertEquals, assertRejects } from "@std/assert";
import { DamagedLogError } from "../../server/history/segment.ts";
import { batches, diskWith, openLog, say } from "./support.ts";

Deno.test("a hole with later batches after it is refused, and set aside where the last run did not sync", async () => {
  const bytes = batches([1, 1, 1, 1, 1]);
  const third = batches([1, 1]).length;
  bytes.fill(0, third, third + 40);
  const disk = diskWith({ 1: bytes });
  await assertRejects(() => openLog(disk), DamagedLogError);
  const reports: string[] = [];
  const log = await openLog(disk, { doubtful: true, report: (what) => reports.push(what) });
  assertEquals([log.head, reports.length], [2, 1]);
  assertEquals((await log.append(say("again"))).seq, 3);
  await log.close();
  const reopened = await openLog(disk);
  assertEquals((await reopened.entries(1, 3)).map(({ text }) => text), ["line 1", "line 2", "again"]);
  await reopened.close();
});
