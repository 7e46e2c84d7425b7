/** A connection's share of the event loop. */

import { setImmediate } from "node:timers";
import { assertEquals, assertLess } from "@std/assert";
import { LoopTurn } from "../../server/net/loop_turn.ts";
import { encodeMessage } from "../../server/protocol/frames.ts";
import { Bench, FakeSocket } from "./support.ts";

Deno.test("a turn is over after 4 ms, whether or not bytes are there at once, and begins again after a wait or a yield", async () => {
  let ms = 0;
  const turn = new LoopTurn(() => ms);
  for (ms = 1; ms <= 4; ms++) {
    turn.waits();
    turn.goesOn();
    assertEquals(turn.over, false);
  }
  assertEquals(turn.over, true);
  turn.waits();
  ms += 0.2;
  turn.goesOn();
  assertEquals(turn.over, false);
  ms += 5;
  assertEquals(turn.over, true);
  await turn.yield();
  assertEquals(turn.over, false);
});

Deno.test("a connection whose requests never stop does not keep another one from being served", async () => {
  const FRAMES = 200;
  const [flood, other] = [new Bench(new FakeSocket()), new Bench(new FakeSocket())];
  const frame = encodeMessage({ type: "ping", id: 1 });
  let taken = 0;
  let takenBefore = FRAMES;
  // Each takes a millisecond, and the next is there already.
  flood.endpoint.taken = () => {
    flood.ms++;
    taken++;
  };
  flood.socket.read = (into) => {
    into.set(frame);
    return Promise.resolve(taken < FRAMES ? frame.length : null);
  };
  other.endpoint.taken = () => {
    takenBefore = taken;
  };
  const served = new Promise<void>((resolve) =>
    setImmediate(() => other.socket.comes({ type: "hello" }).then(resolve))
  );
  await flood.socket.comes({ type: "hello" });
  await Promise.all([served, flood.running]);
  assertEquals(taken, FRAMES);
  assertLess(takenBefore, FRAMES / 10);
  other.connection.close();
  await other.running;
});
