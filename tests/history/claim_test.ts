import { assertEquals } from "@std/assert";
import { type Claim, claim } from "../../server/history/claim.ts";
import { machineDisk } from "../../server/history/disk.ts";
import { Folder } from "../support/server.ts";

/** Ends a run as a crash does: the lock is free, and the note that the run began stays. */
async function crash(held: Claim): Promise<void> {
  const path = `${held.folder}/state.json`;
  const left = await Deno.readTextFile(path);
  await held.release();
  await Deno.writeTextFile(path, left);
}

Deno.test("only a run that did not sync and did not end in order makes the next one doubtful", async () => {
  await using folder = new Folder();
  let generation = 0;
  for (const sync of ["always", "off", "always"] as const) {
    for (const end of [crash, (held: Claim) => held.release()]) {
      const run = await claim(machineDisk, folder.path, sync);
      await run.begin();
      await end(run);
      const next = await claim(machineDisk, folder.path, sync);
      const doubtful = sync === "off" && end === crash;
      if (doubtful) generation++;
      assertEquals([next.doubtful, next.generation], [doubtful, generation], `${sync}, ${end.name}`);
      await next.begin();
      await next.release();
    }
  }
});

Deno.test("a run that ends before it began leaves the next one as doubtful as it was itself", async () => {
  await using folder = new Folder();
  const unsynced = await claim(machineDisk, folder.path, "off");
  await unsynced.begin();
  await crash(unsynced);
  for (const sync of ["always", "off", "always"] as const) {
    const cutShort = await claim(machineDisk, folder.path, sync);
    assertEquals([cutShort.doubtful, cutShort.generation], [true, 1]);
    await cutShort.release();
  }
  const whole = await claim(machineDisk, folder.path, "always");
  assertEquals([whole.doubtful, whole.generation], [true, 1]);
  await whole.begin();
  await crash(whole);
  const last = await claim(machineDisk, folder.path, "always");
  assertEquals([last.doubtful, last.generation], [false, 1]);
  await last.release();
});
