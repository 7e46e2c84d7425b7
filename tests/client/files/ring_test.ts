import { assertEquals, assertThrows } from "@std/assert";
import { Ring } from "../../../client/files/ring.ts";

Deno.test("what is put into a ring comes out in order, wherever it wraps around", () => {
  for (let step = 1; step <= 7; step++) {
    const ring = new Ring(7);
    const out: number[] = [];
    let next = 0;
    while (out.length < 100) {
      const space = Math.min(step, 7 - ring.held);
      ring.put(Uint8Array.from({ length: space }, () => next++));
      const some = ring.head().subarray(0, 3);
      out.push(...some);
      ring.free(some.length);
    }
    assertEquals(out, Array.from({ length: out.length }, (_, i) => i));
  }
});

Deno.test("a ring that is full takes nothing more", () => {
  const ring = new Ring(4);
  ring.put(new Uint8Array(3));
  assertThrows(() => ring.put(new Uint8Array(2)), RangeError);
  ring.put(new Uint8Array(1));
  assertEquals([ring.held, ring.head().length], [4, 4]);
  assertThrows(() => new Ring(0).put(new Uint8Array(1)), RangeError);
});
