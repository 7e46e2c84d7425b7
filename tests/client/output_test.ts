import { assertEquals } from "@std/assert";
import { Output } from "../../client/output.ts";

/** What is told of lines that are written where every write fails with `error`. */
async function told(error: Error): Promise<{ readonly writes: number; readonly told: readonly string[] }> {
  const told: string[] = [];
  let writes = 0;
  const sink = {
    write: () => {
      writes++;
      return Promise.reject(error);
    },
  };
  const output = new Output(sink, (sentence) => told.push(sentence));
  await Promise.all([output.line("one"), output.line("two")]);
  assertEquals(output.open, false);
  return { writes, told };
}

Deno.test("lines go out whole and in their order, however little is taken at once", async () => {
  let written = "";
  const output = new Output({
    write: (bytes) => {
      written += new TextDecoder().decode(bytes.subarray(0, 2));
      return Promise.resolve(Math.min(bytes.length, 2));
    },
  });
  await Promise.all([output.line("one"), output.line("three")]);
  assertEquals([written, output.open], ["one\nthree\n", true]);
});

Deno.test("where nobody reads any more, lines go nowhere without a word", async () => {
  for (const error of [new Deno.errors.BrokenPipe(), new Error("Input/output error (os error 5)")]) {
    assertEquals(await told(error), { writes: 1, told: [] });
  }
});

Deno.test("what cannot be written for another reason is told, once", async () => {
  const full = new Error("No space left on device (os error 28)");
  assertEquals(await told(full), {
    writes: 1,
    told: ["What is to be shown cannot be written: No space left on device (os error 28)."],
  });
});
