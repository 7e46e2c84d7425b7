import { assert, assertEquals, assertGreater, assertLessOrEqual, assertThrows } from "@std/assert";
import { framePrefix, LineBuffer } from "../../server/history/lines.ts";
import { Window, type WindowSegment } from "../../server/history/window.ts";
import { between, seeded } from "../protocol/random.ts";
import { AT, decode, range, ROOM, say, seqs } from "./support.ts";

const WINDOW_BYTES_MAX = 1 << 20;

/** A window and a writer of entries into it, numbered from `next` on. */
function filling(next: number) {
  const window = new Window(framePrefix(ROOM), next);
  const lines = new LineBuffer();
  const push = (...textBytes: number[]) => {
    lines.clear();
    for (const bytes of textBytes) lines.add(next++, AT, say("x".repeat(bytes)));
    for (const body of lines.bodies) window.push(lines.bytes, body);
  };
  return { window, push, next: () => next };
}

/** The segments from the one that holds entry `seq` on. */
function chain(window: Window, seq: number): WindowSegment[] {
  const segments: WindowSegment[] = [];
  for (let segment = window.find(seq); segment !== null; segment = segment.next) segments.push(segment);
  return segments;
}

Deno.test("an empty window holds nothing but the place of its first entry", () => {
  const window = new Window(framePrefix(ROOM), 8);
  assertEquals(window.find(7), null);
  const segment = window.find(8);
  assert(segment !== null);
  assertEquals([segment.first, segment.end, segment.size, segment.from(8).length], [8, 8, 0, 0]);
});

Deno.test("from any entry on the window gives that entry and all after it, once", () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = seeded(seed);
    const first = between(random, 1, 1_000);
    const { window, push, next } = filling(first);
    for (let i = 0; i < 40; i++) push(...Array.from({ length: 3 }, () => between(random, 0, 900)));
    for (const seq of [first, between(random, first, next() - 1), next() - 1]) {
      const given: number[] = [];
      for (const segment of chain(window, seq)) {
        given.push(...seqs(decode(segment.from(Math.max(seq, segment.first)))));
      }
      assertEquals(given, range(seq, next() - 1), `seed ${seed}, from ${seq}`);
    }
  }
});

Deno.test("segments start small, double up to 64 KiB, and are as large as a larger entry needs", () => {
  const { window, push } = filling(1);
  push(100);
  assertEquals(chain(window, 1).map(({ size }) => size), [2_048]);
  for (let i = 0; i < 400; i++) push(1_000);
  const sizes = chain(window, 1).map(({ size }) => size);
  assertEquals(sizes.slice(0, 8), [2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 65_536, 65_536]);
  const large = filling(1);
  large.push(5_000);
  const [first] = chain(large.window, 1);
  assert(first !== undefined);
  assertEquals(first.size, first.from(1).length);
});

Deno.test("the window never holds more than 1 MiB, and of that the newest entries", () => {
  const random = seeded(4);
  const { window, push, next } = filling(1);
  let oldest = 1;
  for (let i = 0; i < 3_000; i++) {
    push(between(random, 0, 4_000));
    while (window.find(oldest) === null) oldest++;
    if (i % 100 > 0) continue;
    const segments = chain(window, oldest);
    assertLessOrEqual(segments.reduce((bytes, { size }) => bytes + size, 0), WINDOW_BYTES_MAX);
    assertEquals(segments.at(-1)?.end, next());
    assertEquals(segments[0]?.first, oldest);
  }
  assertGreater(oldest, 2_000);
  assertGreater(next() - oldest, 300, "what fits is kept");
});

Deno.test("no view ever changes after it was given out, not even when its segment has left the window", () => {
  const random = seeded(9);
  const { window, push, next } = filling(1);
  const given: { view: Uint8Array; copy: Uint8Array; first: number; last: number }[] = [];
  for (let i = 0; i < 1_500; i++) {
    push(between(random, 0, 3_000));
    const first = next() - 1 - between(random, 0, Math.min(3, i));
    const segment = window.find(first);
    if (segment === null) continue;
    const view = segment.from(first);
    given.push({ view, copy: view.slice(), first, last: segment.end - 1 });
  }
  assertEquals(window.find(1), null);
  for (const { view, copy, first, last } of given) {
    assertEquals(view, copy);
    assertEquals(seqs(decode(view)), range(first, last));
  }
});

Deno.test("a segment that left the window holds on to no bytes and none after it, and is never read", () => {
  const { window, push } = filling(1);
  push(10);
  const segment = window.find(1);
  assert(segment !== null && segment.inWindow);
  const view = segment.from(1);
  for (let i = 0; i < 300; i++) push(8_000);
  assertEquals([segment.inWindow, segment.next, segment.size], [false, null, 0]);
  assertEquals(window.find(1), null);
  assertThrows(() => segment.from(1), Error, "has left the window");
  assertEquals(seqs(decode(view)), [1], "a view that is still being sent stays what it was");
});
