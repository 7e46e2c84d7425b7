import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { type Answer, AnswerReader, clientHello } from "../../client/client_hello.ts";

const RANDOM = new Uint8Array(32).fill(7);
const DER = Uint8Array.from({ length: 300 }, (_, i) => i);

function counted(size: number, bytes: readonly number[]): number[] {
  return [...Array.from({ length: size }, (_, i) => (bytes.length >> (8 * (size - 1 - i))) & 0xff), ...bytes];
}

function record(kind: number, body: readonly number[]): number[] {
  return [kind, 3, 3, ...counted(2, body)];
}

const SERVER_HELLO = [2, ...counted(3, [3, 3, ...RANDOM, 0, 0xc0, 0x2b, 0])];
const CERTIFICATE = [11, ...counted(3, counted(3, [...counted(3, [...DER]), ...counted(3, [1, 2, 3])]))];

/** The answer to pieces that are read one after another; null where there is none yet. */
function answer(...pieces: readonly Uint8Array[]): Answer | null {
  const reader = new AnswerReader();
  for (const piece of pieces) {
    const found = reader.push(piece);
    if (found !== null) return found;
  }
  return null;
}

Deno.test("the first message says how long it is, and names the host where it has a name", () => {
  const hello = clientHello("chat.example", RANDOM);
  assertEquals([...hello.subarray(0, 3)], [22, 3, 1]);
  assertEquals(((hello[3] ?? 0) << 8) + (hello[4] ?? 0), hello.length - 5);
  const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
  assert(text(hello).includes("chat.example"));
  for (const address of ["192.0.2.7", "2001:db8::1"]) {
    assert(!text(clientHello(address, RANDOM)).includes(address));
  }
});

Deno.test("the certificate is the first of those that a server sends, however its bytes are cut", () => {
  const together = record(22, [...SERVER_HELLO, ...CERTIFICATE]);
  const apart = [...record(22, SERVER_HELLO), ...record(22, CERTIFICATE)];
  const torn = [...record(22, CERTIFICATE.slice(0, 9)), ...record(22, CERTIFICATE.slice(9))];
  for (const bytes of [together, apart, torn].map((list) => Uint8Array.from(list))) {
    assertEquals(answer(bytes), { is: "certificate", der: DER });
    for (let at = 1; at < bytes.length; at++) {
      assertEquals(answer(bytes.subarray(0, at)), null);
      assertEquals(answer(bytes.subarray(0, at), bytes.subarray(at)), { is: "certificate", der: DER });
    }
  }
});

Deno.test("an alert ends it, unless it only warns", () => {
  const fatal = Uint8Array.from(record(21, [2, 70]));
  const warning = Uint8Array.from(record(21, [1, 112]));
  assertEquals(answer(fatal), { is: "alert" });
  assertEquals(answer(warning, fatal), { is: "alert" });
  assertEquals(answer(warning, Uint8Array.from(record(22, CERTIFICATE))), { is: "certificate", der: DER });
});

const OTHERS: readonly [string, readonly number[]][] = [
  ["a frame of a server without TLS", [0, 0, 0, 9, 1, 123]],
  ["HTTP", [72, 84, 84, 80]],
  ["another version than any", [22, 9, 9, 0, 1, 0]],
  ["an empty record", [22, 3, 3, 0, 0]],
  ["a record that is too long", [22, 3, 3, 0xff, 0xff]],
  ["a message that is too long", record(22, [2, 0xff, 0xff, 0xff])],
  ["no certificate in the list", record(22, [11, ...counted(3, counted(3, []))])],
  ["a certificate longer than its list", record(22, [11, ...counted(3, [0, 0, 5, 0, 0, 9, 1, 2])])],
  ["a list of nothing", record(22, [11, 0, 0, 0])],
];

for (const [what, bytes] of OTHERS) {
  Deno.test(`no TLS of ours: ${what}`, () => {
    assertEquals(answer(Uint8Array.from(bytes)), { is: "other" });
    assertEquals(answer(...bytes.map((byte) => Uint8Array.of(byte))), { is: "other" });
  });
}

Deno.test("whatever bytes come, how they are cut changes nothing, and nothing throws", () => {
  const kinds = fc.constantFrom(20, 21, 22);
  const records = fc.array(fc.tuple(kinds, fc.array(fc.nat(255), { maxLength: 40 })), { maxLength: 6 })
    .map((list) => list.flatMap(([kind, body]) => record(kind, body)));
  const bytes = fc.oneof(records, fc.array(fc.nat(255), { maxLength: 60 }));
  fc.assert(fc.property(bytes, (list) => {
    assertEquals(answer(Uint8Array.from(list)), answer(...list.map((byte) => Uint8Array.of(byte))));
  }));
  assertNotEquals(answer(Uint8Array.from(record(22, CERTIFICATE))), null);
});
