/** `chat connect`: reads the command line, builds the parts, picks a front end, and says how it ended. */

import { messageOf } from "../server/protocol/errors.ts";
import { promptSecret } from "@std/cli/prompt-secret";
import { TextLineStream } from "@std/streams/text-line-stream";
import { PASSWORD_BYTES_MAX } from "../server/protocol/limits.ts";
import { describeFlags, UsageError } from "../server/protocol/flags.ts";
import { VERSION } from "../server/protocol/version.ts";
import { type Address, showAddress } from "./address.ts";
import { oneLine } from "./clean.ts";
import { systemClock } from "./clock.ts";
import { enterRoom } from "./entrance.ts";
import { runJson } from "./json.ts";
import { dialTcp } from "./link.ts";
import { CONNECT_FLAGS, type ConnectOptions, parseConnectOptions, ROOM_DEFAULT, USAGE } from "./options.ts";
import { Output } from "./output.ts";
import { runPipe } from "./pipe.ts";
import { Session } from "./session.ts";
import { type Opened, runTerminal } from "./terminal/app.ts";
import { DockedFace } from "./terminal/docked_face.ts";
import { pathsFrom } from "./terminal/paths.ts";
import { PlainFace } from "./terminal/plain_face.ts";
import { systemDevice, Tty } from "./terminal/tty.ts";
import { noted, Transcript } from "./transcript.ts";

const PASSWORD_VARIABLE = "CHAT_ROOM_PASSWORD";
/** One Ctrl-C can come twice: from the terminal, and passed on by `deno task`, which it goes to as well. */
const ECHO_MS_MAX = 100;
/** The exit code of a program that was not given the time to end. */
const SIGNALLED = 130;

/** Something of the world around is not as it has to be; the message says what to do. */
class Obstacle extends Error {}

/**
 * Runs `chat connect` with the arguments after that word. Resolves to the exit code: 0 left, 1 could not connect or
 * was cut off for good (and in piped mode: a message was refused), 2 wrong usage.
 */
export async function connect(args: string[]): Promise<number> {
  const err = new Output(Deno.stderr);
  try {
    const options = parseConnectOptions(args);
    if (options !== "help") return await run(options, err);
    await new Output(Deno.stdout).line(`Usage: ${USAGE}\n\n${describeFlags(CONNECT_FLAGS).trimEnd()}`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      await err.line(`chat connect: ${oneLine(error.message)} See: chat connect --help`);
      return 2;
    }
    if (!(error instanceof Obstacle)) throw error;
    await err.line(`chat connect: ${oneLine(error.message)}`);
    return 1;
  }
}

/** Builds the parts, and sees them to their end. */
async function run(options: ConnectOptions, err: Output): Promise<number> {
  needNetwork(options.address);
  const given = await givenPassword(options);
  const transcript = await openTranscript(options.data, err);
  const { signal: stop, release } = stopSignals();
  const open = (name: string | undefined): Opened => {
    const session = new Session({
      dial: dialTcp(options.address),
      ...(name === undefined ? {} : { name }),
      client: `chat/${VERSION}`,
      tries: options.tries,
      reconnect: options.reconnect,
      clock: systemClock,
      random: Math.random,
      newKey: randomKey,
    });
    return { session, events: noted(session.events(), transcript), ending: session.run() };
  };
  try {
    return await runFrontEnd(options, { open, given, stop, err });
  } finally {
    release();
    transcript?.close();
  }
}

interface Parts {
  readonly open: (name: string | undefined) => Opened;
  /** A room's password, where it came with the command. */
  readonly given: string | null;
  readonly stop: AbortSignal;
  readonly err: Output;
}

function runFrontEnd(options: ConnectOptions, parts: Parts): Promise<number> {
  const scripted = options.json || !Deno.stdin.isTerminal();
  return scripted ? runScripted(options, parts) : runAtTerminal(options, parts);
}

async function runScripted(options: ConnectOptions, { open, given, stop, err }: Parts): Promise<number> {
  const { name, room = ROOM_DEFAULT, last, follow } = options;
  const { session, events, ending } = open(name);
  const ask = (why: string) => {
    const prompt = `${oneLine(why)} Password of #${oneLine(room)}: `;
    return Promise.resolve(Deno.stdin.isTerminal() ? promptSecret(prompt, { mask: "" }) : null);
  };
  const enter = () => enterRoom(session, room, { last }, { given, ask });
  const out = new Output(Deno.stdout, (sentence) => void err.line(sentence));
  const script = { session, events, enter, input: inputLines(), out, err, stop, follow, clock: systemClock };
  const code = await (options.json ? runJson(script) : runPipe(script, room));
  return (await ending).is === "left" ? code : 1;
}

async function runAtTerminal(options: ConnectOptions, { open, given, stop, err }: Parts): Promise<number> {
  const { name, room, last, data } = options;
  const device = await systemDevice();
  const docked = !options.plain && Deno.stdout.isTerminal();
  const face = docked
    ? new DockedFace({
      tty: new Tty(device, systemClock),
      clock: systemClock,
      colours: options.colours && !Deno.noColor,
      os: Deno.build.os,
    })
    : new PlainFace(device.keyboard, new Output(Deno.stdout, (sentence) => void err.line(sentence)));
  return await runTerminal({
    open,
    face,
    name,
    room,
    password: given,
    last,
    data,
    paths: pathsFrom,
    stop,
    clock: systemClock,
  });
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

async function openTranscript(data: string, err: Output): Promise<Transcript | null> {
  const failed = (sentence: string) => void err.line(oneLine(sentence));
  const missing = (["read", "write"] as const).find((name) =>
    Deno.permissions.querySync({ name, path: data }).state !== "granted"
  );
  if (missing === undefined) return await Transcript.open({ data, now: Date.now, failed });
  failed(
    `Nothing is kept of this chat: the right to ${missing} ${data} is missing. Run with --allow-${missing}=${data}`,
  );
  return null;
}

/** A room's password from `--password-file` or the environment; null where neither has one. */
async function givenPassword({ passwordFile }: ConnectOptions): Promise<string | null> {
  return passwordFile === undefined ? environmentPassword() : await filePassword(passwordFile);
}

function environmentPassword(): string | null {
  const granted =
    Deno.permissions.querySync({ name: "env", variable: PASSWORD_VARIABLE }).state === "granted";
  return granted ? Deno.env.get(PASSWORD_VARIABLE) ?? null : null;
}

async function filePassword(path: string): Promise<string> {
  const right = { name: "read", path } as const;
  const { state } = Deno.stdin.isTerminal()
    ? Deno.permissions.requestSync(right)
    : Deno.permissions.querySync(right);
  if (state !== "granted") {
    throw new Obstacle(
      `The right to read ${path} is missing. Run with --allow-read=${path}, or put it into chat-data.`,
    );
  }
  try {
    using file = await Deno.open(path, { read: true });
    const bytes = new Uint8Array(PASSWORD_BYTES_MAX + 2);
    const length = await file.read(bytes) ?? 0;
    return new TextDecoder().decode(bytes.subarray(0, length)).split(/\r?\n/, 1)[0] ?? "";
  } catch (error) {
    throw new Obstacle(`The password cannot be read: ${messageOf(error)}.`);
  }
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
    if (now - first > ECHO_MS_MAX) Deno.exit(SIGNALLED);
    stop.abort();
  };
  names.forEach((name) => Deno.addSignalListener(name, onSignal));
  const release = () => names.forEach((name) => Deno.removeSignalListener(name, onSignal));
  return { signal: stop.signal, release };
}
