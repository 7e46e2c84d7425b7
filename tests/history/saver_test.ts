/** Saving something that is stored as a whole and changes often. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { Saver } from "../../server/history/saver.ts";

/** A place to store a number, whose writes end when a test says so. */
class Shelf {
  value = 0;
  stored = 0;
  writing = 0;
  /** What each write that has begun stores, and how it ends. */
  readonly writes: { readonly value: number; readonly end: (error?: Error) => void }[] = [];
  readonly saver = new Saver(async () => {
    const { value } = this;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.writing++;
    this.writes.push({ value, end: (error) => error === undefined ? resolve() : reject(error) });
    try {
      await promise;
      this.stored = value;
    } finally {
      this.writing--;
    }
  });

  /** Changes the value and saves it; gives that promise. */
  change(): Promise<void> {
    this.value++;
    return this.saver.save();
  }
}

/** Lets all that can go on go on. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test("the first save writes at once; those that come meanwhile share one write, which takes all of them", async () => {
  const shelf = new Shelf();
  const first = shelf.change();
  assertEquals(shelf.writes.map(({ value }) => value), [1]);
  const others = [shelf.change(), shelf.change(), shelf.change()];
  await settled();
  assertEquals(shelf.writes.length, 1, "one at a time");
  shelf.writes[0]?.end();
  await first;
  await settled();
  assertEquals(shelf.writes.map(({ value }) => value), [1, 4]);
  const after = shelf.change();
  shelf.writes[1]?.end();
  await Promise.all(others);
  await settled();
  assertEquals([shelf.writes.map(({ value }) => value), shelf.stored], [[1, 4, 5], 4]);
  shelf.writes[2]?.end();
  await after;
  assertEquals(shelf.stored, 5);
});

Deno.test("a write that fails is told to those whose change it was to store, and the next one goes on", async () => {
  const shelf = new Shelf();
  const first = shelf.change();
  const second = shelf.change();
  shelf.writes[0]?.end(new Error("full"));
  await assertRejects(() => first, Error, "full");
  await settled();
  shelf.writes[1]?.end();
  await second;
  assertEquals(shelf.stored, 2);

  const third = shelf.change();
  const fourth = [shelf.change(), shelf.change()];
  shelf.writes[2]?.end();
  await third;
  await settled();
  shelf.writes[3]?.end(new Error("full again"));
  for (const save of fourth) await assertRejects(() => save, Error, "full again");
  const last = shelf.change();
  shelf.writes[4]?.end();
  await last;
  assertEquals([shelf.stored, shelf.writes.length], [6, 5]);
});

Deno.test("however changes, writes and failures follow on each other, what is saved is stored", async () => {
  const step = fc.constantFrom<"change" | "end" | "fail" | "wait">("change", "end", "fail", "wait");
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    const shelf = new Shelf();
    const saves: Promise<void>[] = [];
    let ended = 0;
    const end = (error?: Error) => {
      if (ended < shelf.writes.length) shelf.writes[ended++]?.end(error);
    };
    for (const step of [...steps, "change", "wait"]) {
      if (step === "change") {
        const wanted = shelf.value + 1;
        const saved = shelf.change().then(
          () => assert(shelf.stored >= wanted, `${wanted} is not stored`),
          (error) => assertEquals(error.message, "full"),
        );
        saves.push(saved);
      } else if (step === "wait") await settled();
      else end(step === "fail" ? new Error("full") : undefined);
      assert(shelf.writing <= 1, "one write at a time");
    }
    for (let turn = 0; turn < 3; turn++) {
      end();
      await settled();
    }
    await Promise.all(saves);
    assertEquals([shelf.stored, shelf.writing], [shelf.value, 0]);
  }));
});
