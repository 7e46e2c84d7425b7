/**
 * The operator's console: commands typed at the server's terminal. It acts through the same parts as requests do,
 * and waits for lines without holding anything up.
 */

import { TextLineStream } from "@std/streams/text-line-stream";
import { ProtocolError } from "../protocol/errors.ts";
import { cleanText } from "../protocol/texts.ts";
import type { House } from "../chat/house.ts";
import { OPERATOR } from "../chat/people.ts";
import type { Visit } from "../chat/visits.ts";
import { dateAndTime } from "../protocol/times.ts";

export interface ConsoleOptions {
  readonly house: House;
  readonly input: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly print: (text: string) => void;
  /** Ends the server in order. */
  readonly close: () => void;
  /** Stops reading the input. */
  readonly signal: AbortSignal;
}

interface Command {
  readonly usage: string;
  readonly help: string;
  readonly run: (options: ConsoleOptions, rest: string) => void | Promise<void>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  help: { usage: "help", help: "list the commands", run: help },
  status: {
    usage: "status",
    help: "who was here lately, from where, in which rooms, since and until when",
    run: status,
  },
  rooms: { usage: "rooms", help: "list the rooms", run: rooms },
  who: { usage: "who", help: "list who is connected", run: who },
  say: { usage: "say ROOM TEXT", help: "say something in a room", run: say },
  close: { usage: "close", help: "end the server in order", run: ({ close }) => close() },
};

/** Reads commands until the input ends or `signal` says so. */
export async function runConsole(options: ConsoleOptions): Promise<void> {
  const lines = options.input.pipeThrough(new TextDecoderStream(), { signal: options.signal })
    .pipeThrough(new TextLineStream());
  try {
    for await (const line of lines) await runCommand(options, line.trim());
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
}

async function runCommand(options: ConsoleOptions, line: string): Promise<void> {
  const [, word = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(line) ?? [];
  if (word === "") return;
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (command === undefined) return options.print(`There is no command ${word}; "help" lists them.`);
  try {
    await command.run(options, rest);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    options.print(error.message);
  }
}

function help({ print }: ConsoleOptions): void {
  print(table(Object.values(COMMANDS).map(({ usage, help }) => [usage, help])));
}

function status({ house: { people }, print }: ConsoleOptions): void {
  const rooms = new Map<Visit, string>();
  for (const { visit, places } of people.present()) {
    rooms.set(visit, places.filter(({ listed }) => listed).map(({ room }) => room).join(" "));
  }
  const rows = [...people.visits].map((visit) => [
    visit.name,
    visit.address,
    rooms.get(visit) ?? "",
    dateAndTime(visit.connected),
    visit.disconnected === null ? "" : dateAndTime(visit.disconnected),
  ]);
  print(table([["NAME", "ADDRESS", "ROOMS", "CONNECTED", "DISCONNECTED"], ...rows]));
}

function rooms({ house, print }: ConsoleOptions): void {
  const rows = [...house.rooms].map(({ name, locked, size, record }) => [
    name.shown,
    locked ? "locked" : "",
    String(size),
    record.title,
  ]);
  print(table([["ROOM", "", "MEMBERS", "TITLE"], ...rows]));
}

function who({ house: { people }, print }: ConsoleOptions): void {
  const rows = [...people.present()].map(({ name, visit }) => [name.shown, visit.address]);
  print(rows.length === 0 ? "Nobody is connected." : table(rows));
}

async function say({ house, print }: ConsoleOptions, rest: string): Promise<void> {
  const [, name = "", text = ""] = /^(\S+)\s+(.*)$/s.exec(rest) ?? [];
  if (name === "") return print("usage: say ROOM TEXT");
  const room = house.rooms.get(name);
  const clean = cleanText(text, house.textBytesMax);
  const log = await room.log();
  const { seq } = await log.append({ kind: "say", from: OPERATOR, text: clean });
  print(`Said in ${room.name.shown} as entry ${seq}.`);
}

/** Rows as aligned columns, two spaces apart. */
function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, [...cell].length));
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd());
  return lines.join("\n");
}
