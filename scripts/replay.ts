/**
 * `deno task replay FILE`: plays a transcript of a real conversation through a real server over real sockets, and
 * checks that every member got every entry exactly once, all in one order, and that the files hold exactly that.
 */

import type { Address } from "../client/address.ts";
import { describeFlags, type Flag, integerFlag, parseFlags, UsageError } from "../server/protocol/flags.ts";
import { TEXT_BYTES_MAX } from "../server/protocol/limits.ts";
import { Play } from "./support/play.ts";
import { readHistory } from "./support/segments.ts";
import { HOST, inTemporaryFolder, ServerProcess } from "./support/server_process.ts";
import { counted, latencies } from "./support/stats.ts";
import { parseTranscript, type TranscriptLine } from "./support/transcript_lines.ts";

const FLAGS: readonly Flag[] = [
  { name: "people", value: "N", help: "how many connections the speakers share", default: "50" },
  { name: "host", value: "ADDRESS", help: "of a server that runs, with --port; without both one is started" },
  { name: "port", value: "PORT", help: "of that server" },
  { name: "data", value: "FOLDER", help: "that server's data folder, where its files are to be checked too" },
  { name: "help", help: "show this" },
];

const HELP = `replay plays a transcript through a server and checks what becomes of it.

usage: deno task replay FILE [flags]

${describeFlags(FLAGS)}
FILE holds one JSON object a line: "from", "kind" (say, action, join, leave or
rename) and "text". The lines are said in a new room, one after another in
their order; those of one speaker that follow each other go out together.

Each of the N connections is a member all the time and sees everything. Where
there are more speakers than connections, whoever spoke longest ago gives up
theirs, which then takes the next speaker's name. An action is said as "* text".
A join gives the speaker a connection; a leave leaves the room, and the
connection joins it again "after" what it saw last once it is needed, and at
the end; a rename takes the new name. Leaves and renames of people who have no
connection at that time are passed over. Names that the protocol does not allow
are replaced, always by the same ones. Texts that are empty or too long for the
server (its limit here is ${TEXT_BYTES_MAX} bytes) are not sent, and counted.

exit codes: 0 all is as it has to be, 1 something is not, 2 wrong usage`;

interface Options {
  readonly lines: readonly TranscriptLine[];
  readonly people: number;
  /** Null where a server is to be started. */
  readonly address: Address | null;
  readonly data: string | null;
}

/** Plays `options.lines`; returns what is wrong, a sentence each. */
export async function replay(options: Options, print: (line: string) => void): Promise<readonly string[]> {
  const { lines, people, address, data } = options;
  if (address !== null) return await perform(options, address, () => Promise.resolve(data), print);
  return await inTemporaryFolder(async (folder) => {
    const flags = ["--max-text", String(TEXT_BYTES_MAX), "--max-clients", String(people + 10)];
    const { server, port } = await ServerProcess.start({ folder, port: 0, flags });
    try {
      return await perform({ lines, people }, { hostname: HOST, port }, async () => {
        const code = await server.stop();
        if (code !== 0) throw new Error(`the server ended with ${code}: ${server.complaint.trim()}`);
        return `${folder}/chat-data`;
      }, print);
    } finally {
      await server.kill();
    }
  });
}

/** `ended` is waited for before the files are looked at; it gives the data folder, or null where it is not known. */
async function perform(
  { lines, people }: Pick<Options, "lines" | "people">,
  address: Address,
  ended: () => Promise<string | null>,
  print: (line: string) => void,
): Promise<readonly string[]> {
  const play = await Play.open(address, people);
  const { ledger } = play;
  const began = performance.now();
  try {
    await play.play(lines);
  } catch (error) {
    ledger.fault(error instanceof Error ? error.message : String(error));
  } finally {
    await play.close();
  }
  report(play, people, (performance.now() - began) / 1_000, print);
  const data = await ended();
  if (data === null) print("files        not looked at: --data was not given");
  else {
    const history = await readHistory(data, play.room);
    ledger.hold(history);
    print(`files        ${counted(history.entries.length)} entries, segments: ${history.segments}`);
  }
  return ledger.faults();
}

function report(play: Play, people: number, seconds: number, print: (line: string) => void): void {
  const { counts, cast, ledger, okMs, seenMs } = play;
  const { speakers, renamed } = cast.size;
  const rate = (n: number) => counted(n / seconds);
  print(`said         ${counted(counts.say)} lines and ${counted(counts.action)} actions`);
  print(`not sent     ${counts.empty} empty, ${counts.tooLong} too long`);
  print(`came, went   ${counts.join} joins, ${counts.leave} leaves, ${counts.rename} renames`);
  print(`people       ${speakers} on ${people} connections; ${renamed} under another name`);
  print(`in           ${seconds.toFixed(1)} s: ${rate(ledger.head)} lines/s`);
  print(`deliveries   ${counted(ledger.deliveries)}: ${rate(ledger.deliveries)}/s`);
  print(`say to ok    ${latencies(okMs)}`);
  print(`say to last  ${latencies(seenMs)}`);
}

async function optionsOf(args: readonly string[]): Promise<Options | "help"> {
  const { values, positional: [file, extra] } = parseFlags(args, FLAGS);
  if (values.has("help")) return "help";
  if (file === undefined || extra !== undefined) throw new UsageError("One FILE is needed.");
  const host = values.get("host");
  if ((host !== undefined || values.has("data")) && !values.has("port")) {
    throw new UsageError("--host and --data belong to a server that runs: give its --port too.");
  }
  const port = integerFlag(values, "port", 0, 1, 65_535);
  return {
    lines: await readTranscript(file),
    people: integerFlag(values, "people", 50, 1, 10_000),
    address: port === 0 ? null : { hostname: typeof host === "string" ? host : HOST, port },
    data: values.has("data") ? String(values.get("data")) : null,
  };
}

async function readTranscript(file: string): Promise<readonly TranscriptLine[]> {
  try {
    return parseTranscript(await Deno.readTextFile(file));
  } catch (error) {
    throw new UsageError(`${file} cannot be played: ${error instanceof Error ? error.message : error}.`);
  }
}

/** Runs the command; returns its exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = await optionsOf(args);
    if (options === "help") {
      console.log(HELP);
      return 0;
    }
    const faults = await replay(options, console.log);
    for (const fault of faults) console.log(`WRONG        ${fault}`);
    if (faults.length === 0) {
      console.log("every member got every entry once, in one order, as the files have it");
    }
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`replay: ${error.message} See deno task replay --help.`);
    return 2;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
