import { assert, assertEquals, assertThrows } from "@std/assert";
import { crc32 } from "node:zlib";
import {
  frameBytes,
  framePrefix,
  LineBuffer,
  lineEnd,
  type NewEntry,
  parseBody,
  readLine,
  writeFrame,
} from "../../server/history/lines.ts";
import { between, seeded } from "../protocol/random.ts";
import { AT, batch, decode, hardText, ROOM, say } from "./support.ts";

const decoder = new TextDecoder();

/** Each line with what `readLine` made of it. */
function readAll(bytes: Uint8Array) {
  const lines = [];
  for (let start = 0; start < bytes.length;) {
    const end = lineEnd(bytes, start);
    lines.push({ text: decoder.decode(bytes.subarray(start, end)), line: readLine(bytes, start, end) });
    start = end + 1;
  }
  return lines;
}

/** A `say` or a `title`, its members in any order. */
function anyEntry(random: () => number): NewEntry {
  const from = hardText(random, 20);
  if (random() < 0.2) return { title: hardText(random, 60), kind: "title", from };
  const text = hardText(random, 200);
  if (random() < 0.5) return { kind: "say", from, text };
  const key = hardText(random, 20);
  return random() < 0.5 ? { kind: "say", from, text, key } : { key, text, from, kind: "say" };
}

Deno.test("a line is what its layout says, byte for byte", () => {
  const bytes = batch(12, [say("hi", "k"), { kind: "title", from: "Maya", title: "Tea & more" }]);
  assertEquals(
    decoder.decode(bytes),
    '{"seq":12,"at":1760000000000,"kind":"say","from":"Maya","text":"hi","key":"k","crc":"2830c9f6"}\n' +
      '{"seq":13,"at":1760000000000,"kind":"title","from":"Maya","title":"Tea & more","nth":1,"crc":"9ab22e81"}\n',
  );
});

Deno.test("any entry comes back from its line as it was, with its place in its batch", () => {
  for (let seed = 0; seed < 400; seed++) {
    const random = seeded(seed);
    const entries = Array.from({ length: between(random, 1, 12) }, () => anyEntry(random));
    const first = between(random, 1, 2 ** 40);
    const bytes = batch(first, entries);
    let start = 0;
    entries.forEach((entry, i) => {
      const end = lineEnd(bytes, start);
      const line = readLine(bytes, start, end);
      assert(line !== null, `seed ${seed}, line ${i}`);
      assertEquals([line.seq, line.nth], [first + i, i], `seed ${seed}`);
      const wanted: unknown = JSON.parse(JSON.stringify({ seq: first + i, at: AT, ...entry }));
      const found: unknown = parseBody(bytes, line.body);
      assertEquals(found, wanted, `seed ${seed}`);
      start = end + 1;
    });
    assertEquals(start, bytes.length);
  }
});

Deno.test("every line is plain JSON, and its crc that of what stands before it", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const bytes = batch(1, Array.from({ length: 5 }, () => anyEntry(random)));
    for (const { text } of readAll(bytes)) {
      const parsed: { crc?: unknown } = JSON.parse(text);
      const crc = crc32(text.slice(0, text.lastIndexOf(',"crc"'))).toString(16).padStart(8, "0");
      assertEquals(parsed.crc, crc, `seed ${seed}: ${text}`);
    }
  }
});

Deno.test("bodies say where the entries stand, also when the buffer had to grow", () => {
  const lines = new LineBuffer();
  for (let round = 0; round < 3; round++) {
    const texts = ["short", "x".repeat(9_000), "ü".repeat(70_000), "y"];
    texts.forEach((text, i) => lines.add(i + 1, AT, say(text)));
    assertEquals(lines.size, lines.bytes.length);
    assertEquals(lines.bodies.map((body) => parseBody(lines.bytes, body).text), texts);
    lines.clear();
    assertEquals([lines.size, lines.bodies.length], [0, 0]);
  }
});

Deno.test("keys full of quotes and backslashes are read as they were written", () => {
  const keys = ['"', "\\", '\\"', '"\\', '\\\\"', '","key":"', '{"key":"x"}', "a b", "~", '""""', "\\\\\\"];
  for (const key of keys) {
    const bytes = batch(1, [say("first"), say('"key":"no"', key), say(',"key":"no', key)]);
    const found = readAll(bytes).map(({ line }) => line && parseBody(bytes, line.body).key);
    assertEquals(found, [undefined, key, key]);
  }
});

Deno.test("what is no whole line is read as none", () => {
  const bytes = batch(1, [say("hello", "k")]);
  const end = bytes.length - 1;
  for (let cut = 0; cut < end; cut++) {
    assertEquals(readLine(bytes, 0, cut), null, `cut at ${cut}`);
    assertEquals(readLine(bytes, end - cut, end), null, `the last ${cut} bytes`);
  }
  assert(readLine(bytes, 0, end) !== null);
  const shouted = decoder.decode(bytes).replace(/[0-9a-f]{8}(?="}\n)/, (crc) => crc.toUpperCase());
  assert(/[A-F]/.test(shouted));
  assertEquals(readLine(new TextEncoder().encode(shouted), 0, end), null);
});

Deno.test("a line with a right checksum that holds no entry is an error, not an entry", () => {
  const bytes = new TextEncoder().encode('{"seq":1,"at":"never"');
  assertThrows(() => parseBody(bytes, { start: 0, end: bytes.length }), SyntaxError);
});

Deno.test("a frame holds the entry of a body, with its room, and fills exactly its bytes", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const entry = anyEntry(random);
    const lines = new LineBuffer();
    lines.add(7, AT, entry);
    const prefix = framePrefix(ROOM);
    const [body] = lines.bodies;
    assert(body !== undefined);
    const into = new Uint8Array(frameBytes(prefix, body.end - body.start) + 8).fill(0xee);
    const end = writeFrame(into, 3, prefix, lines.bytes, body);
    assertEquals([into.subarray(0, 3).join(), end, into.subarray(end).join()], [
      "238,238,238",
      into.length - 5,
      "238,238,238,238,238",
    ]);
    const wanted: unknown = JSON.parse(JSON.stringify({ seq: 7, at: AT, ...entry }));
    const found: unknown = decode(into.subarray(3, end))[0];
    assertEquals(found, wanted, `seed ${seed}`);
  }
});
