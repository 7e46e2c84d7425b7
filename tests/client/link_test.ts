import { assertEquals } from "@std/assert";
import { Link, reasonOf, type Stream } from "../../client/link.ts";
import { PLAIN_BINDING } from "../../server/protocol/proofs.ts";

Deno.test("what ends a connection is told as a sentence, whatever the system calls it", () => {
  const reasons = [
    new Deno.errors.ConnectionRefused("os error 111"),
    new Deno.errors.ConnectionReset("os error 104"),
    new Deno.errors.Interrupted("operation canceled"),
    new Deno.errors.TimedOut("os error 110"),
    new Deno.errors.UnexpectedEof("peer closed connection without sending TLS close_notify: https://example"),
    new Error("something else"),
    "a string.",
  ].map(reasonOf);
  assertEquals(reasons, [
    "Nothing answers at that address.",
    "The connection was reset.",
    "The connection was interrupted.",
    "The connection timed out.",
    "The server closed the connection.",
    "something else.",
    "a string.",
  ]);
});

/** A stream whose writes wait until a test lets them through. */
class HeldStream implements Stream {
  readonly binding = PLAIN_BINDING;
  /** The frames of each write that was let through, by their first byte. */
  readonly written: string[] = [];
  readonly #end = Promise.withResolvers<null>();
  #next = Promise.withResolvers<void>();
  #begun = Promise.withResolvers<void>();
  broken = false;

  read(): Promise<number | null> {
    return this.#end.promise;
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.#begun.resolve();
    await this.#next.promise;
    if (this.broken) throw new Deno.errors.BrokenPipe("closed");
    this.#next = Promise.withResolvers();
    this.written.push(new TextDecoder().decode(bytes));
    return bytes.length;
  }

  /** Lets the write that waits, or the next, through; resolves when the one after it has begun. */
  async through(): Promise<void> {
    await this.#begun.promise;
    this.#begun = Promise.withResolvers();
    this.#next.resolve();
    await this.#begun.promise;
  }

  /** Lets the last write through. */
  last(): void {
    this.#next.resolve();
  }

  close(): void {
    this.#end.resolve(null);
  }
}

const encoded = (text: string) => new TextEncoder().encode(text);

Deno.test("messages and chunks take turns, so that a message waits behind one chunk at most", async () => {
  const stream = new HeldStream();
  const link = new Link(stream, new AbortController().signal);
  const chunks = [link.chunk(encoded("A")), link.chunk(encoded("B")), link.chunk(encoded("C"))];
  await stream.through();
  // B is being written: what is said now comes before C.
  link.trySend(encoded("1"));
  link.trySend(encoded("2"));
  await stream.through();
  await stream.through();
  link.trySend(encoded("3"));
  await stream.through();
  stream.last();
  assertEquals(await Promise.all(chunks), [true, true, true]);
  link.close("over");
  await link.closed();
  assertEquals(stream.written, ["A", "B", "12", "C", "3"]);
});

Deno.test("a chunk has its turn however many messages wait", async () => {
  const stream = new HeldStream();
  const link = new Link(stream, new AbortController().signal);
  const messages = ["1", "2", "3"].map((digit) => encoded(digit.repeat(60_000)));
  for (const message of messages) link.trySend(message);
  const chunk = link.chunk(encoded("A"));
  for (let i = 0; i < 3; i++) await stream.through();
  stream.last();
  assertEquals(await chunk, true);
  link.close("over");
  await link.closed();
  assertEquals(stream.written.map((text) => text[0]), ["1", "A", "2", "3"]);
});

Deno.test("a chunk that can no longer be written says so, so that nobody waits for it", async () => {
  const stream = new HeldStream();
  const link = new Link(stream, new AbortController().signal);
  const chunks = [link.chunk(encoded("A")), link.chunk(encoded("B"))];
  stream.broken = true;
  stream.last();
  assertEquals(await Promise.all(chunks), [false, false]);
  assertEquals(await link.chunk(encoded("C")), false);
  link.close("over");
  await link.closed();
  assertEquals(await link.chunk(encoded("D")), false);
});

Deno.test("a link that is closed while chunks wait lets go of them", async () => {
  const stream = new HeldStream();
  const link = new Link(stream, new AbortController().signal);
  const chunks = [link.chunk(encoded("A")), link.chunk(encoded("B"))];
  link.close("over");
  stream.last();
  await link.closed();
  assertEquals((await Promise.all(chunks))[1], false);
});
