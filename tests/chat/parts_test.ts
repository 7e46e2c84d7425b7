/** The small parts of the chat: outbox, turns, visits, pages. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Outbox } from "../../server/chat/outbox.ts";
import { fillPage, fitting } from "../../server/chat/pages.ts";
import { Turns } from "../../server/turns.ts";
import { Visits } from "../../server/chat/visits.ts";
import { encodeMessage } from "../../server/protocol/frames.ts";
import { FRAME_BYTES_MAX } from "../../server/protocol/limits.ts";

Deno.test("an outbox gives its frames in their order, some at a time, and says of each that it is on its way", () => {
  const outbox = new Outbox();
  const order: number[] = [];
  for (let i = 0; i < 5; i++) outbox.push(new Uint8Array(30_000).fill(i), () => order.push(i));
  assert(outbox.full && !outbox.empty);
  const sizes: number[] = [];
  for (let bytes = outbox.take(); bytes !== null; bytes = outbox.take()) {
    sizes.push(bytes.length);
    assertEquals(bytes.at(-1), order.at(-1));
  }
  assertEquals(sizes, [60_000, 60_000, 30_000]);
  assertEquals(order, [0, 1, 2, 3, 4]);
  assert(outbox.empty && !outbox.full);
});

Deno.test("a frame larger than an outbox gives at once goes alone, and one that is put in while it gives waits", () => {
  const outbox = new Outbox();
  outbox.push(new Uint8Array(65_540), () => outbox.push(new Uint8Array([7])));
  outbox.push(new Uint8Array([6]));
  assertEquals([outbox.take()?.length, outbox.take(), outbox.take()], [65_540, new Uint8Array([6, 7]), null]);
});

Deno.test("so many run at once, the others in the order in which they came, also after a failure", async () => {
  const turns = new Turns(2);
  const started: number[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const runs = gates.map(({ promise }, i) =>
    turns.run(async () => {
      started.push(i);
      await promise;
      if (i === 1) throw new Error("one fails");
      return i;
    })
  );
  assertEquals(started, [0, 1]);
  gates[1]?.resolve();
  await assertRejects(async () => await runs[1], Error, "one fails");
  assertEquals(started, [0, 1, 2]);
  for (const { resolve } of gates) resolve();
  assertEquals(await Promise.all(runs.filter((_, i) => i !== 1)), [0, 2, 3, 4]);
  assertEquals(started, [0, 1, 2, 3, 4]);
});

Deno.test("of visits the last thousand are known, oldest first", () => {
  const visits = new Visits();
  for (let i = 0; i < 1_003; i++) visits.begin(`Guest${i}`, "192.0.2.1:1", i);
  const known = [...visits];
  assertEquals([known.length, known[0]?.name, known.at(-1)?.name], [1_000, "Guest3", "Guest1002"]);
  const numbers = known.map(({ number }) => number);
  assertEquals(numbers, numbers.toSorted((one, other) => one - other));
});

Deno.test("a page holds what fits a frame and says where the next one begins", async () => {
  const items = Array.from({ length: 1_000 }, (_, i) => [i * 3, { name: `"日本${i}`.repeat(9) }] as const);
  const seen: object[] = [];
  let from = 0;
  for (let rounds = 0; rounds < 100; rounds++) {
    const { list, rest } = await fillPage(items.filter(([number]) => number >= from));
    const frame = encodeMessage({ type: "ok", re: Number.MAX_SAFE_INTEGER, people: list, ...rest });
    assert(frame.length <= FRAME_BYTES_MAX + 4);
    assertEquals(fitting(items.slice(seen.length).map(([, item]) => item)), list.length);
    seen.push(...list);
    if (rest.next === undefined) break;
    from = rest.next;
  }
  assertEquals(seen, items.map(([, item]) => item));
});
