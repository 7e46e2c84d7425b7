import { assertEquals, assertThrows } from "@std/assert";
import type { Stage, Transfer, TransferEnd } from "../../../client/files/transfer.ts";
import { Courier } from "../../../client/terminal/courier.ts";
import { plainText } from "../../../client/terminal/plain_face.ts";
import { ProtocolError } from "../../../server/protocol/errors.ts";
import { UsageError } from "../../../server/protocol/flags.ts";
import { HandClock, turn } from "../support.ts";
import { FakeFace } from "./fake_face.ts";

class FakeTransfer implements Transfer {
  readonly room = "lobby";
  readonly #end = Promise.withResolvers<TransferEnd>();
  readonly ended = this.#end.promise;
  readonly size = 4_096;
  read = 4_096;
  moved = 0;
  stage: Stage = "moving";

  constructor(readonly number: number, readonly name: string, readonly way: "put" | "get" = "put") {}

  cancel(): void {
    this.end({ is: "cancelled" });
  }

  end(end: TransferEnd): void {
    this.#end.resolve(end);
  }
}

/** A courier with so many transfers under way, in a room that is looked at. */
function carrying(...transfers: readonly FakeTransfer[]) {
  const [face, clock] = [new FakeFace(), new HandClock()];
  let room: string | null = "lobby";
  const courier = new Courier({ face, clock, looking: () => room });
  for (const transfer of transfers) courier.begin(transfer);
  return { face, clock, courier, turnTo: (name: string | null) => room = name };
}

Deno.test("what is under way are rows, in the order in which it was begun, looked at four times a second", () => {
  const [one, two] = [new FakeTransfer(1, "one"), new FakeTransfer(2, "two", "get")];
  const { courier, clock } = carrying(one, two);
  two.stage = "waiting";
  for (let tick = 0; tick < 4; tick++) {
    clock.advance(250);
    one.moved += 1_024;
  }
  assertEquals(courier.rows, [
    { way: "put", name: "one", figures: "100%  4.0 of 4.0 KiB  4.0 KiB/s  0:00 left" },
    { way: "get", name: "two", figures: "waiting  0%  0.0 of 4.0 KiB" },
  ]);
});

Deno.test("with the last of them the clock stops, and the next one starts it again", async () => {
  const one = new FakeTransfer(1, "one");
  const { courier, clock } = carrying(one);
  one.cancel();
  await turn();
  clock.advance(250);
  assertEquals([courier.rows, clock.pending], [[], 0]);
  courier.begin(new FakeTransfer(2, "two"));
  assertEquals(clock.pending, 1);
});

Deno.test("ends are lines, but for what the room shows by itself", async () => {
  const ends: readonly (readonly [TransferEnd, string, "put" | "get"])[] = [
    [{ is: "put", room: "lobby", file: 3, seq: 3, name: "a" }, "", "put"],
    [
      { is: "put", room: "ops", file: 4, seq: 4, name: "a" },
      '* Put the file "a" into #ops, as number 4.',
      "put",
    ],
    [{ is: "got", path: "chat-data/a", name: "a", size: 1 }, '* Got the file "a" (1 B): chat-data/a', "get"],
    [{ is: "cancelled" }, "* a was cancelled.", "get"],
    [
      { is: "failed", error: new ProtocolError("storage_full", "The disk is\nfull.") },
      '! The file "a" was not received from #lobby: The disk is ⏎ full.',
      "get",
    ],
  ];
  for (const [end, line, way] of ends) {
    const transfer = new FakeTransfer(1, "a", way);
    const { face } = carrying(transfer);
    transfer.end(end);
    await turn();
    assertEquals(face.printed, line === "" ? [] : [line]);
  }
});

Deno.test("where no state is seen, the beginning is told as well", () => {
  const face = new FakeFace();
  face.showsState = false;
  const courier = new Courier({ face, clock: new HandClock(), looking: () => null });
  courier.begin(new FakeTransfer(1, "../\x1b[2Jone"));
  courier.begin(new FakeTransfer(2, "two", "get"));
  assertEquals(face.printed, ["* Sending [2Jone.", "* Getting two."]);
});

Deno.test("the only one is cancelled without a word, one of several by its name or number", async () => {
  const [one, two, again] = [
    new FakeTransfer(1, "one"),
    new FakeTransfer(2, "two"),
    new FakeTransfer(3, "two"),
  ];
  const { courier } = carrying(one, two, again);
  for (
    const [which, says] of [
      ["", "Which one? /cancel NUMBER stops one of 1 one, 2 two, 3 two."],
      ["two", "Which one? /cancel NUMBER stops one of 2 two, 3 two."],
      ["four", 'No file "four" is on its way. /cancel NUMBER stops one of 1 one, 2 two, 3 two.'],
    ] as const
  ) assertThrows(() => courier.cancel(which), UsageError, says);
  courier.cancel("3");
  courier.cancel("one");
  await turn();
  assertEquals(courier.names, ["two"]);
  courier.cancel("");
  await turn();
  assertThrows(() => courier.cancel(""), UsageError, "No file is on its way.");
});

Deno.test("who leaves is told once what is not done, and that it goes on", async () => {
  const [one, two] = [new FakeTransfer(1, "one"), new FakeTransfer(2, "two")];
  const { courier, face, clock } = carrying(one, two);
  const line = courier.leave();
  for (const transfer of [one, two]) {
    transfer.end({ is: "failed", error: new ProtocolError("timeout", "The session has ended.") });
  }
  await turn();
  assertEquals(
    line === null ? "" : plainText(line),
    "! Not done: one, two. Sent or got again, they go on from where this stopped.",
  );
  assertEquals([face.printed, clock.pending], [[], 0]);
  assertEquals(carrying().courier.leave(), null);
});
