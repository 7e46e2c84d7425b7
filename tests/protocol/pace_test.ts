/** How much is sent ahead, over lines that are reckoned here: so many bytes a second, and a round trip. */

import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { CHUNK_BYTES_MAX, WINDOW_BYTES } from "../../server/protocol/limits.ts";
import { FIRST_BYTES, Pace, QUIET_MS_MAX } from "../../server/protocol/pace.ts";

interface Line {
  /** Bytes in a millisecond. */
  readonly rate: number;
  readonly roundTripMs: number;
}

/** Sends `chunks` over a line; gives how long that took, and the most that the last half of them waited in it. */
function send({ rate, roundTripMs }: Line, chunks: number, pace: Pace, clock: { ms: number }) {
  const acknowledged: { readonly at: number; readonly end: number }[] = [];
  const began = clock.ms;
  let [sent, received, free, waited] = [0, 0, clock.ms, 0];
  for (let end = CHUNK_BYTES_MAX; end <= chunks * CHUNK_BYTES_MAX; end += CHUNK_BYTES_MAX) {
    while (sent - received + CHUNK_BYTES_MAX > pace.bytes) {
      const next = acknowledged.shift();
      if (next === undefined) throw new Error("nothing is on its way, and nothing may be");
      clock.ms = Math.max(clock.ms, next.at);
      received = next.end;
      pace.received(received);
    }
    pace.sent(sent = end);
    if (end > chunks * CHUNK_BYTES_MAX / 2) waited = Math.max(waited, free - clock.ms);
    free = Math.max(free, clock.ms) + CHUNK_BYTES_MAX / rate;
    acknowledged.push({ at: free + roundTripMs, end });
  }
  return { ms: free - began, waited };
}

function paced(): { readonly pace: Pace; readonly clock: { ms: number } } {
  const clock = { ms: 1_000 };
  return { pace: new Pace(() => clock.ms), clock };
}

Deno.test("a fast line is sent the whole window", () => {
  const { pace, clock } = paced();
  send({ rate: 100_000, roundTripMs: 1 }, 200, pace, clock);
  assertEquals(pace.bytes, WINDOW_BYTES);
});

Deno.test("a line that is slow is kept full, and what is sent over it waits no longer than a moment", () => {
  for (const [rate, roundTripMs] of [[1_250, 40], [1_250, 5], [2_500, 20], [600, 100]] as const) {
    const { pace, clock } = paced();
    const { ms, waited } = send({ rate, roundTripMs }, 400, pace, clock);
    const what = `${rate} bytes a ms, ${roundTripMs} ms: ${ms} ms, waited ${waited}`;
    assertLess(ms, 1.05 * 400 * CHUNK_BYTES_MAX / rate + roundTripMs, what);
    assertLess(waited, 40 + 2 * CHUNK_BYTES_MAX / rate, what);
  }
});

Deno.test("a line on which one chunk takes long has two on it", () => {
  const { pace, clock } = paced();
  send({ rate: 125, roundTripMs: 40 }, 60, pace, clock);
  assertEquals(pace.bytes, 2 * CHUNK_BYTES_MAX);
});

Deno.test("a line that was slow for a while is sent the whole window again", () => {
  const { pace, clock } = paced();
  send({ rate: 100_000, roundTripMs: 1 }, 50, pace, clock);
  const fresh = new Pace(() => clock.ms);
  send({ rate: 500, roundTripMs: 1 }, 50, fresh, clock);
  assertLess(fresh.bytes, WINDOW_BYTES);
  // The same file goes on: offsets begin anew here, so it is told of as another one.
  const { bytes } = fresh;
  for (let end = 60 * CHUNK_BYTES_MAX, i = 0; i < 50; i++, end += CHUNK_BYTES_MAX) {
    fresh.sent(end);
    clock.ms += 1;
    fresh.received(end);
  }
  assertGreater(fresh.bytes, bytes);
  assertEquals(fresh.bytes, WINDOW_BYTES);
});

Deno.test("what is said of nothing that was sent changes nothing", () => {
  const { pace } = paced();
  pace.received(5);
  pace.sent(10);
  pace.received(9);
  assertEquals(pace.bytes, FIRST_BYTES);
});

Deno.test("who says what it has only now and then is sent the window, and nothing is reckoned from it any more", () => {
  const { pace, clock } = paced();
  pace.sent(10);
  clock.ms += QUIET_MS_MAX - 1;
  assertEquals([pace.loosened(), pace.bytes], [false, FIRST_BYTES]);
  clock.ms += 1;
  assertEquals([pace.loosened(), pace.bytes, pace.loosened()], [true, Infinity, false]);
  pace.sent(20);
  clock.ms += 10_000;
  pace.received(20);
  assertEquals(pace.bytes, Infinity);
});
