import { assert, assertEquals } from "@std/assert";
import type { Stage, Transfer } from "../../client/files/transfer.ts";
import { Meter } from "../../client/meter.ts";
import { Output } from "../../client/output.ts";
import { HandClock, turn } from "./support.ts";

/** A meter, what it has written, and a transfer of `name` of which a quarter has moved. */
function measuring(columns: number | null, name: string) {
  let written = "";
  const sink = {
    write: (bytes: Uint8Array) => {
      written += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  };
  const clock = new HandClock();
  const meter = new Meter({ err: new Output(sink), columns: () => columns, clock });
  const standing: { moved: number; readonly stage: Stage } = { moved: 1_024, stage: "moving" };
  const transfer: Transfer = {
    number: 1,
    way: "put",
    room: "lobby",
    name,
    size: 4_096,
    read: 4_096,
    ended: Promise.withResolvers<never>().promise,
    cancel: () => {},
    get moved() {
      return standing.moved;
    },
    stage: standing.stage,
  };
  return { meter, clock, standing, transfer, written: () => written };
}

Deno.test("on a terminal one line is drawn again and again, and sentences do not stand in it", async () => {
  const { meter, clock, standing, transfer, written } = measuring(80, "report.pdf");
  meter.begin(transfer);
  await turn();
  standing.moved = 2_048;
  clock.advance(250);
  await meter.line("The connection was lost.");
  clock.advance(250);
  await meter.end();
  clock.advance(1_000);
  await meter.line("Done.");
  const row = "\r\x1b[K";
  assertEquals(
    written(),
    `${row}↑ report.pdf  25%  1.0 of 4.0 KiB${row}↑ report.pdf  50%  2.0 of 4.0 KiB` +
      `${row}The connection was lost.\n` +
      `${row}↑ report.pdf  50%  2.0 of 4.0 KiB  2.0 KiB/s  0:01 left${row}Done.\n`,
  );
  assertEquals(clock.pending, 0);
});

Deno.test("a terminal that takes nothing is given no more lines than one", async () => {
  const { meter, clock, transfer, written } = measuring(80, "report.pdf");
  meter.begin(transfer);
  clock.advance(10_000);
  await turn();
  assertEquals(written().split("\r").length - 1, 1);
  clock.advance(250);
  await turn();
  assertEquals(written().split("\r").length - 1, 2);
  await meter.end();
});

Deno.test("elsewhere there is one line at the beginning", async () => {
  const { meter, clock, transfer, written } = measuring(null, "report.pdf");
  meter.begin(transfer);
  clock.advance(1_000);
  await meter.end();
  await turn();
  assertEquals([written(), clock.pending], ["Sending report.pdf.\n", 0]);
});

Deno.test("a line never wraps, whatever the name, and nothing in that steers the terminal", async () => {
  const { meter, transfer, written } = measuring(40, "日本語の報告書\x1b[2J.pdf".repeat(3));
  meter.begin(transfer);
  await meter.end();
  const [, line = ""] = written().split("\r\x1b[K");
  assert(!/\p{Cc}/u.test(line), line);
  assertEquals(line, "↑ 日本語の報告書[…  25%  1.0 of 4.0 KiB");
});

Deno.test("on a terminal that is too narrow for the figures they are cut, and stay in one row", async () => {
  const { meter, transfer, written } = measuring(20, "report.pdf");
  meter.begin(transfer);
  await meter.end();
  assertEquals(written(), "\r\x1b[K↑ …  25%  1.0 of 4…\r\x1b[K");
});
