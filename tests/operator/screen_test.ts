import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { Screen } from "../../server/operator/screen.ts";

/** A terminal that takes what it is given when a test lets it. */
class Terminal {
  shown = "";
  #stopped: PromiseWithResolvers<void> | null = null;

  stop(): void {
    this.#stopped = Promise.withResolvers<void>();
  }

  goOn(): void {
    this.#stopped?.resolve();
    this.#stopped = null;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#stopped?.promise;
    this.shown += new TextDecoder().decode(bytes);
    return bytes.length;
  }
}

Deno.test("lines are shown in their order", async () => {
  const terminal = new Terminal();
  const screen = new Screen(terminal);
  for (let i = 0; i < 100; i++) screen.print(`line ${i}`);
  await screen.written;
  assertEquals(terminal.shown.split("\n").slice(0, 100), Array.from({ length: 100 }, (_, i) => `line ${i}`));
  assertEquals(screen.written, null);
});

Deno.test("what others typed does not steer the terminal", async () => {
  const terminal = new Terminal();
  const screen = new Screen(terminal);
  screen.print("title\x1b]0;mine\x07 \u202eeveryone\nnext");
  await screen.written;
  assertEquals(terminal.shown, "title\\u{1b}]0;mine\\u{7} \\u{202e}everyone\nnext\n");
});

Deno.test("a terminal that is stopped holds nothing up, and is told later how much was left out", async () => {
  const terminal = new Terminal();
  const screen = new Screen(terminal);
  terminal.stop();
  for (let i = 0; i < 10_000; i++) screen.print("x".repeat(99));
  assert(screen.written !== null);
  terminal.goOn();
  await screen.written;
  assertLess(terminal.shown.length, 1 << 19);
  assertStringIncludes(terminal.shown, "lines left out)");
});

Deno.test("a terminal that is gone is no trouble", async () => {
  const screen = new Screen({ write: () => Promise.reject(new Deno.errors.BrokenPipe("gone")) });
  screen.print("line");
  await screen.written;
  assertEquals(screen.written, null);
});
