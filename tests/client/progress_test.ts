import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Moving, Progress } from "../../client/progress.ts";
import { HandClock } from "./support.ts";

const MIB = 1024 ** 2;

function moving(moved: number, size = 27 * MIB): Moving {
  return { stage: "moving", size, moved, read: size };
}

/** A progress that was told of so many bytes, 250 milliseconds apart. */
function after(...moved: readonly number[]): { readonly clock: HandClock; readonly progress: Progress } {
  const clock = new HandClock();
  const progress = new Progress(clock);
  moved.forEach((bytes, i) => {
    if (i > 0) clock.advance(250);
    progress.sample(moving(bytes));
  });
  return { clock, progress };
}

Deno.test("figures say how much of the whole has moved, how fast, and how long the rest takes", () => {
  const { progress } = after(0, MIB, 2 * MIB, 3 * MIB, 4 * MIB);
  assertEquals(progress.figures(moving(4 * MIB)), "14%  4.0 of 27.0 MiB  4.0 MiB/s  0:06 left");
  assertEquals(
    progress.figures(moving(4 * MIB, 20_000 * MIB)),
    "0%  0.0 of 19.5 GiB  4.0 MiB/s  1:23:19 left",
  );
});

Deno.test("before half a second there is no rate, and what came before a transfer was taken up is none", () => {
  const { clock, progress } = after(20 * MIB, 20 * MIB);
  assertEquals([progress.bytesPerSecond, progress.figures(moving(20 * MIB))], [
    null,
    "74%  20.0 of 27.0 MiB",
  ]);
  clock.advance(250);
  progress.sample(moving(21 * MIB));
  assertEquals(progress.bytesPerSecond, 2 * MIB);
});

Deno.test("a rate is that of the last five seconds: it goes down to nothing where nothing moves", () => {
  const { clock, progress } = after(0, MIB, 2 * MIB, 3 * MIB, 4 * MIB);
  const rates = [1, 2, 3, 4, 5, 6].map(() => {
    clock.advance(1_000);
    progress.sample(moving(4 * MIB));
    return Math.round((progress.bytesPerSecond ?? -1) / 1024);
  });
  assertEquals(rates, [2048, 1365, 1024, 819, 0, 0]);
  assertEquals(progress.figures(moving(4 * MIB)), "14%  4.0 of 27.0 MiB  0 B/s");
});

Deno.test("a pause begins the rate anew, and so does a transfer that begins again", () => {
  const { clock, progress } = after(0, MIB, 2 * MIB, 3 * MIB);
  progress.sample({ ...moving(3 * MIB), stage: "waiting" });
  assertEquals(progress.bytesPerSecond, null);
  for (const moved of [3 * MIB, 4 * MIB, 5 * MIB]) {
    clock.advance(250);
    progress.sample(moving(moved));
  }
  assertEquals(progress.bytesPerSecond, 4 * MIB);
  progress.sample(moving(0));
  assertEquals(progress.bytesPerSecond, null);
});

Deno.test("another stage stands in place of the rate", () => {
  const { progress } = after();
  const at = (stage: Moving["stage"], more: Partial<Moving> = {}) =>
    progress.figures({ stage, size: 2048, moved: 512, read: 2048, ...more });
  assertEquals(at("reading", { read: 1024 }), "reading  50%  1.0 of 2.0 KiB");
  assertEquals(at("reading", { size: 0, read: 0, moved: 0 }), "reading");
  assertEquals(at("reading", { size: 0, read: 3000, moved: 0 }), "reading  2.9 KiB");
  assertEquals(at("waiting"), "waiting  25%  0.5 of 2.0 KiB");
  assertEquals(at("waiting", { size: 0, read: 0, moved: 0 }), "waiting");
  assertEquals(at("checking", { read: 1024 }), "checking  50%  1.0 of 2.0 KiB");
  assertEquals(at("checking", { moved: 2048 }), "checking  100%  2.0 of 2.0 KiB");
  assertEquals(progress.figures(moving(0, 0)), "100%  0 of 0 B");
});

Deno.test("whatever it is told, it keeps no more than some seconds of it, and no figure is nonsense", () => {
  const step = fc.tuple(fc.nat(3_000), fc.nat(10 * MIB), fc.constantFrom("moving", "waiting", "checking"));
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const clock = new HandClock();
    const progress = new Progress(clock);
    for (const [ms, moved, stage] of steps) {
      clock.advance(ms);
      const at = { stage, size: 10 * MIB, moved, read: 10 * MIB } as const;
      progress.sample(at);
      const rate = progress.bytesPerSecond;
      assert(rate === null || (rate >= 0 && Number.isFinite(rate)));
      const figures = progress.figures(at);
      assert(/^[\w%/.: ]+$/.test(figures) && !/NaN|Infinity|-/.test(figures), figures);
    }
  }));
});
