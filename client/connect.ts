/** `chat connect`: reads the command line, builds the parts, picks a front end, and says how it ended. */

import { promptSecret } from "@std/cli/prompt-secret";
import { TextLineStream } from "@std/streams/text-line-stream";
import { describeFlags, UsageError } from "../server/protocol/flags.ts";
import { VERSION } from "../server/protocol/version.ts";
import { type Address, showAddress } from "./address.ts";
import { oneLine } from "./clean.ts";
import { aborted, systemClock } from "./clock.ts";
import { type Credentials, gatherCredentials } from "./credentials.ts";
import { enterRoom } from "./entrance.ts";
import { runErrand, STOPPED } from "./errand.ts";
import { needFile, sinkOf, sourceOf } from "./errand_ends.ts";
import { runJson } from "./json.ts";
import { KnownServers } from "./known_servers.ts";
import { type Dial, dialTcp, reasonOf } from "./link.ts";
import { Meter } from "./meter.ts";
import { missingRight, Obstacle } from "./obstacle.ts";
import {
  CONNECT_FLAGS,
  type ConnectOptions,
  type Errand,
  EXAMPLE,
  parseConnectOptions,
  ROOM_DEFAULT,
  USAGE,
} from "./options.ts";
import { Output } from "./output.ts";
import { runPipe } from "./pipe.ts";
import { systemRights } from "./rights.ts";
import { fileMeant, roomFiles } from "./room_files.ts";
import { ServerPassword } from "./server_password.ts";
import { Session } from "./session.ts";
import { holderAt, type Opened, runTerminal } from "./terminal/app.ts";
import { DockedFace } from "./terminal/docked_face.ts";
import { pathsFrom } from "./terminal/paths.ts";
import { PlainFace } from "./terminal/plain_face.ts";
import { systemDevice, Tty } from "./terminal/tty.ts";
import { settlePlain, settleTrust } from "./tls.ts";
import { noted, Transcript } from "./transcript.ts";
import { TrustError } from "./trust_error.ts";

/** Of an answer that is yes or no. */
const ANSWER_BYTES_MAX = 64;
/** One Ctrl-C can come twice: from the terminal, and passed on by `deno task`, which it goes to as well. */
const ECHO_MS_MAX = 100;

/**
 * Runs `chat connect` with the arguments after that word. Resolves to the exit code: 0 left, 1 could not connect or
 * was cut off for good (and in piped mode: a message was refused; with a file: it was not sent or got), 2 wrong usage,
 * 130 where a signal stopped a file.
 */
export async function connect(args: string[]): Promise<number> {
  const err = new Output(Deno.stderr);
  try {
    const options = parseConnectOptions(args);
    if (options !== "help") return await run(options, err);
    await new Output(Deno.stdout).line(
      `Usage: ${USAGE}\n\n${describeFlags(CONNECT_FLAGS).trimEnd()}\n\n${EXAMPLE}`,
    );
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      await err.line(`chat connect: ${oneLine(error.message)} See: chat connect --help`);
      return 2;
    }
    if (error instanceof TrustError) {
      await showLines(error.lines, err);
      return 1;
    }
    if (!(error instanceof Obstacle)) throw error;
    await err.line(`chat connect: ${oneLine(error.message)}`);
    return 1;
  }
}

/** Builds the parts, and sees them to their end. */
async function run(options: ConnectOptions, err: Output): Promise<number> {
  needNetwork(options.address);
  await needFile(options);
  const warn = (sentence: string) => void err.line(oneLine(sentence));
  const credentials = await gatherCredentials(options, warn);
  const { signal: stop, release } = stopSignals();
  try {
    const dial = await dialFor(options, { err, warn, stop });
    if (dial === null) return options.errand === null ? 0 : STOPPED;
    const transcript = await openTranscript(options.data, warn);
    try {
      const distrusted: TrustError[] = [];
      const watched = noting(dial, (error) => distrusted.push(error));
      const code = await runFrontEnd({ options, credentials, dial: watched, transcript, stop, err });
      for (const { lines } of distrusted) await showLines(lines, err);
      return code;
    } finally {
      transcript?.close();
    }
  } finally {
    release();
  }
}

/** What such an error says fits no sentence of a front end: it is for when the screen is given back. */
function noting(dial: Dial, note: (error: TrustError) => void): Dial {
  return async (signal) => {
    try {
      return await dial(signal);
    } catch (error) {
      if (error instanceof TrustError) note(error);
      throw error;
    }
  };
}

async function showLines(lines: readonly string[], err: Output): Promise<void> {
  for (const line of lines) await err.line(oneLine(line));
}

/** What the front ends are built on. */
interface Parts {
  readonly options: ConnectOptions;
  readonly credentials: Credentials;
  readonly dial: Dial;
  readonly transcript: Transcript | null;
  readonly stop: AbortSignal;
  readonly err: Output;
}

function runFrontEnd(parts: Parts): Promise<number> {
  const { errand } = parts.options;
  if (errand !== null) return runWithFile(parts, errand);
  return isScripted(parts.options) ? runScripted(parts) : runAtTerminal(parts);
}

function isScripted({ json, errand }: ConnectOptions): boolean {
  return json || errand !== null || !Deno.stdin.isTerminal();
}

/** Begins a session. */
function open(parts: Parts, name: string | undefined, password: ServerPassword): Opened {
  const { options, credentials, dial, transcript } = parts;
  const session = new Session({
    dial,
    ...(name === undefined ? {} : { name }),
    ...(credentials.identity === null ? {} : { identity: credentials.identity }),
    password,
    client: `chat/${VERSION}`,
    tries: options.tries,
    reconnect: options.reconnect,
    clock: systemClock,
    random: Math.random,
    newKey: randomKey,
    keeping: { data: options.data, server: showAddress(options.address), today: Date.now },
  });
  return { session, events: noted(session.events(), transcript), ending: session.run() };
}

/** A session without a terminal of its own, on its way into the room. */
interface Scripted extends Opened {
  readonly room: string;
  readonly enter: () => Promise<unknown>;
  /** From now on standard input is read by us, and a question would wait for the same keys. */
  readonly askNoMore: () => void;
}

function openScripted(parts: Parts): Scripted {
  const { options, credentials } = parts;
  const { name, room = ROOM_DEFAULT, last, errand } = options;
  let asks = Deno.stdin.isTerminal();
  const askSecret = (why: string, prompt: string) => {
    if (!asks) return Promise.resolve(null);
    return Promise.resolve(promptSecret(`${oneLine(why)} ${prompt}: `, { mask: "" }));
  };
  const password = new ServerPassword(credentials.serverPassword, {
    ask: (why) => askSecret(why, "The server's password"),
    accepted: () => {},
  });
  const opened = open(parts, name, password);
  const ask = (why: string) => askSecret(why, `Password of #${oneLine(room)}`);
  const from = { last: errand === null ? last : 0 };
  const enter = () => enterRoom(opened.session, room, from, { given: credentials.roomPassword, ask });
  return { ...opened, room, enter, askNoMore: () => asks = false };
}

async function runScripted(parts: Parts): Promise<number> {
  const { options, stop, err } = parts;
  const { session, events, ending, room, enter, askNoMore } = openScripted(parts);
  const input = () => {
    askNoMore();
    return inputLines();
  };
  const out = new Output(Deno.stdout, (sentence) => void err.line(sentence));
  const script = {
    session,
    events,
    enter,
    input,
    out,
    err,
    stop,
    follow: options.follow,
    clock: systemClock,
  };
  const code = await (options.json ? runJson(script, options.data) : runPipe(script, room));
  return (await ending).is === "left" ? code : 1;
}

async function runWithFile(parts: Parts, errand: Errand): Promise<number> {
  const { options, stop, err } = parts;
  const { session, events, ending, room, enter, askNoMore } = openScripted(parts);
  const begin = async () => {
    // Standard input may be what is sent.
    askNoMore();
    if (errand.is === "send") {
      return session.transfers.put(room, (watch) => sourceOf(errand, options.data, watch), errand.name);
    }
    const known = fileMeant(await roomFiles(session, room), room, errand.what);
    return session.transfers.get(room, known.file, sinkOf(errand, options.data), known);
  };
  const meter = new Meter({ err, columns: errColumns, clock: systemClock });
  const goesOn = errand.is === "send" || errand.to !== "output";
  const code = await runErrand({ session, events, enter, begin, goesOn, meter, stop, clock: systemClock });
  return code === 0 || (await ending).is === "left" ? code : 1;
}

async function runAtTerminal(parts: Parts): Promise<number> {
  const { options, credentials, stop, err } = parts;
  const { name, room, last, data } = options;
  const device = await systemDevice();
  const docked = !options.plain && Deno.stdout.isTerminal();
  const face = docked
    ? new DockedFace({
      tty: new Tty(device, systemClock),
      clock: systemClock,
      colours: options.colours && !Deno.noColor,
      os: Deno.build.os,
      rights: systemRights,
    })
    : new PlainFace(
      device.keyboard,
      new Output(Deno.stdout, (sentence) => void err.line(sentence)),
      systemRights,
    );
  const password = new ServerPassword(credentials.serverPassword, holderAt(face));
  return await runTerminal({
    open: (as) => open(parts, as, password),
    face,
    name,
    room,
    password: credentials.roomPassword,
    last,
    data,
    paths: pathsFrom,
    rights: systemRights,
    stop,
    clock: systemClock,
  });
}

/** Some terminals do not know how wide they are, or are gone. */
const COLUMNS = 80;

/** The columns of the terminal that standard error is; null where it is none. */
function errColumns(): number | null {
  if (!Deno.stderr.isTerminal()) return null;
  try {
    return Deno.consoleSize().columns || COLUMNS;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return COLUMNS;
  }
}

interface Surroundings {
  readonly err: Output;
  readonly warn: (sentence: string) => void;
  readonly stop: AbortSignal;
}

/** How to reach the server, after what there is to ask about its certificate; null where we were asked to leave. */
async function dialFor(options: ConnectOptions, { err, warn, stop }: Surroundings): Promise<Dial | null> {
  const { address, tls, tlsFingerprint: fingerprint } = options;
  const known = new KnownServers(options.data, Date.now);
  const ask = isScripted(options) ? null : (lines: readonly string[]) => confirmed(lines, err, stop);
  try {
    if (tls) {
      const trust = { address, known, fingerprint, ask, tell: warn, clock: systemClock, signal: stop };
      return await settleTrust(trust);
    }
    await settlePlain({ address, known, ask });
    return dialTcp(address);
  } catch (error) {
    if (stop.aborted) return null;
    if (error instanceof TrustError) throw error;
    throw new Obstacle(reasonOf(error));
  }
}

/** Asks in the terminal as it was found, line by line; anything but a yes is a no. */
async function confirmed(lines: readonly string[], err: Output, stop: AbortSignal): Promise<boolean> {
  await showLines(lines.slice(0, -1), err);
  await err.line(`${oneLine(lines.at(-1) ?? "")} (yes/no)`);
  const answer = new Uint8Array(ANSWER_BYTES_MAX);
  const read = Deno.stdin.read(answer);
  const length = await Promise.race([read, aborted(stop).then(() => null)]) ?? 0;
  return /^\s*y(es)?\s*$/i.test(new TextDecoder().decode(answer.subarray(0, length)));
}

function inputLines(): ReadableStream<string> {
  return Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
}

/** 128 random bits in hex. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Asking for a right in the middle of a chat would freeze it: what is not granted by now is not there. */
function needNetwork(address: Address): void {
  const host = showAddress(address);
  if (Deno.permissions.querySync({ name: "net", host }).state === "granted") return;
  throw new Obstacle(`The right to connect to ${host} is missing. Run with --allow-net=${host}`);
}

async function openTranscript(data: string, failed: (sentence: string) => void): Promise<Transcript | null> {
  const right = missingRight(data, ["read", "write"]);
  if (right === null) return await Transcript.open({ data, now: Date.now, failed });
  const mend = `Run with --allow-${right}=${data}`;
  failed(`Nothing is kept of this chat: the right to ${right} ${data} is missing. ${mend}`);
  return null;
}

/** Aborts on the first Ctrl-C or signal to end; the next one ends the program at once. */
function stopSignals(): { readonly signal: AbortSignal; readonly release: () => void } {
  const stop = new AbortController();
  const names: readonly Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  let first: number | null = null;
  const onSignal = () => {
    const now = performance.now();
    first ??= now;
    // Not by the signal itself: a terminal would be left as it is.
    if (now - first > ECHO_MS_MAX) Deno.exit(STOPPED);
    stop.abort();
  };
  names.forEach((name) => Deno.addSignalListener(name, onSignal));
  const release = () => names.forEach((name) => Deno.removeSignalListener(name, onSignal));
  return { signal: stop.signal, release };
}
