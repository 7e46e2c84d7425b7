import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Device, type Size, Tty } from "../../../client/terminal/tty.ts";
import { HandClock, turn } from "../support.ts";

const ENTERED = ["raw", "\x1b[22;0t\x1b[?2004h\x1b[?1004h"];
const RESTORED = ["cooked", "\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1004l\x1b[?2004l\x1b[23;0t"];

/** A terminal that notes what is done to it. */
class FakeDevice implements Device {
  readonly done: string[] = [];
  readonly endings = new EventTarget();
  readonly #decoder = new TextDecoder();
  readonly #listeners = new Map<Deno.Signal, () => void>();
  size: Size | null = { columns: 100, rows: 40 };
  typed: (Uint8Array | null)[] = [];
  /** What every use of the terminal throws. */
  broken: Error | null = null;
  /** What a write waits for that need not be out at once. */
  held: Promise<void> | null = null;
  /** The most bytes that it takes at once. */
  bite = Infinity;
  signals = true;
  raise: Device["raise"] = (signal) => {
    this.done.push(signal);
  };

  readonly keyboard = {
    readsOnDemand: true,
    read: () => Promise.resolve().then(() => this.#working().typed.shift() ?? null),
    setRaw: (on: boolean) => void this.#working().done.push(on ? "raw" : "cooked"),
  };
  readonly stdout = {
    write: async (bytes: Uint8Array) => {
      await this.held;
      return this.#take(bytes);
    },
    writeSync: (bytes: Uint8Array) => this.#take(bytes),
  };

  consoleSize(): Size {
    if (this.size === null) throw new Error("no terminal");
    return this.size;
  }

  addSignalListener(signal: Deno.Signal, run: () => void): void {
    this.#listeners.set(signal, run);
  }

  removeSignalListener(signal: Deno.Signal, run: () => void): void {
    if (this.#listeners.get(signal) === run) this.#listeners.delete(signal);
  }

  signal(name: Deno.Signal): void {
    this.#listeners.get(name)?.();
  }

  get listening(): readonly string[] {
    return [...this.#listeners.keys()];
  }

  /** What was done since the last call. */
  take(): readonly string[] {
    return this.done.splice(0);
  }

  #take(bytes: Uint8Array): number {
    const bitten = bytes.subarray(0, this.bite);
    this.#working().done.push(this.#decoder.decode(bitten));
    return bitten.length;
  }

  #working(): this {
    if (this.broken !== null) throw this.broken;
    return this;
  }
}

function setUp(): { readonly device: FakeDevice; readonly clock: HandClock; readonly tty: Tty } {
  const device = new FakeDevice();
  const clock = new HandClock();
  return { device, clock, tty: new Tty(device, clock) };
}

Deno.test("what entering the terminal switches on, restoring it puts back, once", () => {
  const { device, tty } = setUp();
  tty.restore();
  tty.enter();
  tty.enter();
  assertEquals(device.take(), ENTERED);
  tty.restore();
  tty.restore();
  assertEquals(device.take(), RESTORED);
});

Deno.test("an end of the program that nobody expected puts the terminal back, and is not hidden", () => {
  for (const ending of ["error", "unhandledrejection", "unload"]) {
    const { device, tty } = setUp();
    tty.enter();
    device.take();
    const event = new Event(ending, { cancelable: true });
    device.endings.dispatchEvent(event);
    assertEquals(device.take(), ["\r\n\x1b[J", ...RESTORED]);
    assert(!event.defaultPrevented);
  }
});

Deno.test("after it was put back, an end of the program writes nothing", () => {
  const { device, tty } = setUp();
  tty.enter();
  tty.restore();
  device.take();
  device.endings.dispatchEvent(new Event("unload"));
  assertEquals(device.take(), []);
});

Deno.test("a write that the terminal takes in bites goes out whole, before the next", async () => {
  const { device, tty } = setUp();
  device.bite = 2;
  await Promise.all([tty.write("abcde"), tty.write("fg")]);
  assertEquals(device.take(), ["ab", "cd", "e", "fg"]);
});

Deno.test("a terminal that has taken nothing for over a second is left as it is, and holds nobody up", async () => {
  for (const [ms, done] of [[1_000, RESTORED], [1_001, []]] as const) {
    const { device, clock, tty } = setUp();
    tty.enter();
    await tty.write("taken");
    device.take();
    const held = Promise.withResolvers<void>();
    device.held = held.promise;
    const writing = tty.write("held");
    await turn();
    clock.advance(ms);
    tty.restore();
    assertEquals(device.take(), done);
    held.resolve();
    await writing;
    assertEquals(device.take(), ["held"]);
  }
});

Deno.test("what is typed is read as it comes, and null is its end", async () => {
  const { device, tty } = setUp();
  device.typed = [new Uint8Array([27]), new Uint8Array([65, 66])];
  assertEquals([await tty.read(), await tty.read(), await tty.read()], [
    new Uint8Array([27]),
    new Uint8Array([65, 66]),
    null,
  ]);
});

Deno.test("a terminal that is gone is the end of input, and takes what is written without a word", async () => {
  const { device, tty } = setUp();
  tty.enter();
  device.broken = new Error("Input/output error (os error 5)");
  await tty.write("lost");
  assertEquals(await tty.read(), null);
  tty.restore();
  device.broken = null;
  device.take();
  await tty.write("nowhere");
  assertEquals(device.take(), []);
});

Deno.test("a bug is not taken for a terminal that is gone", async () => {
  const { device, tty } = setUp();
  device.broken = new Deno.errors.Busy("read twice");
  await assertRejects(() => tty.read(), Deno.errors.Busy);
  device.broken = new TypeError("not a terminal at all");
  assertThrows(() => tty.enter(), TypeError);
});

Deno.test("a terminal that does not say its size is a VT100", () => {
  const { device, tty } = setUp();
  assertEquals(tty.size, { columns: 100, rows: 40 });
  device.size = { columns: 0, rows: 0 };
  assertEquals(tty.size, { columns: 80, rows: 24 });
  device.size = null;
  assertEquals(tty.size, { columns: 80, rows: 24 });
});

Deno.test("the watcher is told of another size and of going on, until it is taken away", () => {
  const { device, tty } = setUp();
  const told: string[] = [];
  const unwatch = tty.watch({
    resized: () => told.push("resized"),
    continued: () => told.push("continued"),
  });
  tty.enter();
  device.take();
  device.signal("SIGWINCH");
  assertEquals(device.take(), []);
  device.signal("SIGCONT");
  assertEquals(device.take(), [...RESTORED, ...ENTERED]);
  assertEquals(told, ["resized", "continued"]);
  unwatch();
  assertEquals(device.listening, []);
});

Deno.test("where nothing tells of another size, it is looked at four times a second", () => {
  const { device, clock, tty } = setUp();
  device.signals = false;
  let resized = 0;
  const unwatch = tty.watch({ resized: () => resized++, continued: () => {} });
  clock.advance(1000);
  assertEquals(resized, 0);
  device.size = { columns: 60, rows: 40 };
  clock.advance(250);
  assertEquals(resized, 1);
  clock.advance(1000);
  assertEquals(resized, 1);
  device.size = { columns: 60, rows: 20 };
  unwatch();
  clock.advance(1000);
  assertEquals(resized, 1);
});

Deno.test("suspending gives the terminal back before the stop, and going on takes it over again", () => {
  const { device, tty } = setUp();
  let continued = 0;
  tty.watch({ resized: () => {}, continued: () => continued++ });
  tty.enter();
  device.take();
  tty.suspend();
  assertEquals(device.take(), [...RESTORED, "SIGTSTP", "SIGCONT"]);
  assertEquals(continued, 0);
  device.signal("SIGCONT");
  assertEquals(device.take(), ENTERED);
  assertEquals(continued, 1);
});

Deno.test("what is asked to stop twice stops once", () => {
  const { device, tty } = setUp();
  tty.watch({ resized: () => {}, continued: () => {} });
  tty.enter();
  device.take();
  tty.suspend();
  tty.suspend();
  assertEquals(device.take(), [...RESTORED, "SIGTSTP", "SIGCONT"]);
  device.signal("SIGCONT");
  tty.suspend();
  assertEquals(device.take(), [...ENTERED, ...RESTORED, "SIGTSTP", "SIGCONT"]);
});

Deno.test("a terminal that others have been given stays theirs when the program goes on", () => {
  const { device, tty } = setUp();
  let continued = 0;
  tty.watch({ resized: () => {}, continued: () => continued++ });
  tty.enter();
  tty.restore();
  device.take();
  device.signal("SIGCONT");
  assertEquals(device.take(), []);
  assertEquals(continued, 0);
});

Deno.test("a program that must not signal itself cannot be suspended", () => {
  const { device, tty } = setUp();
  assert(tty.canSuspend);
  device.raise = null;
  assert(!tty.canSuspend);
});
