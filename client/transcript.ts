/**
 * What was said and what happened, for a person to read and grep later, in two files of the folder `client`:
 *
 *     history.txt   2026-11-20 14:03:05 #lobby <Maya> text
 *     log.txt       2026-11-20 14:03:05 The connection was lost: …
 *
 * One line each, local time; a line break within a text is shown as ⏎, so that no text can pass for another line.
 */

import { messageOf } from "../server/protocol/errors.ts";
import { dateAndTime } from "../server/protocol/times.ts";
import { oneLine } from "./clean.ts";
import type { SessionEvent } from "./events.ts";
import { makeFolders } from "./folders.ts";
import { saying, sentenceOf } from "./lines.ts";

export interface TranscriptOptions {
  /** The folder of all data, as `chat-data`. */
  readonly data: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told, in a sentence, when it cannot be opened; the chat goes on without a transcript. */
  readonly failed: (sentence: string) => void;
}

const TRIES_LOGGED = 5;
/** How far back in the history a message that comes again is looked for. */
const TAIL_BYTES = 256 * 1024;

export class Transcript {
  readonly #options: TranscriptOptions;
  readonly #opened: number;
  #files: { readonly history: LineFile; readonly log: LineFile } | null;
  /** Lines that stood in the history before: what a room shows of them on joining is not written again. */
  readonly #known: ReadonlySet<string>;

  private constructor(options: TranscriptOptions, history: LineFile, log: LineFile, known: Set<string>) {
    this.#options = options;
    this.#opened = options.now();
    this.#files = { history, log };
    this.#known = known;
  }

  /** Opens the files, with their folder; null where that fails, which `failed` is told. */
  static async open(options: TranscriptOptions): Promise<Transcript | null> {
    const folder = `${options.data}/client`;
    const opened: LineFile[] = [];
    try {
      await makeFolders(options.data, folder);
      const history = await LineFile.open(`${folder}/history.txt`);
      opened.push(history);
      const log = await LineFile.open(`${folder}/log.txt`);
      opened.push(log);
      return new Transcript(options, history, log, await history.tail());
    } catch (error) {
      for (const file of opened) file.close();
      options.failed(failure(folder, error));
      return null;
    }
  }

  /** Writes down what is worth it of an event. Once, where that fails, gives a sentence about it. */
  note(event: SessionEvent): string | null {
    if (this.#files === null) return null;
    const { history, log } = this.#files;
    const said = historyLine(event);
    try {
      if (said !== null && !(said.at < this.#opened && this.#known.has(said.line))) {
        history.add(said.line);
      }
      const sentence = isFrequent(event) ? null : sentenceOf(event);
      if (sentence !== null) log.add(`${dateAndTime(this.#options.now())} ${sentence}`);
      return null;
    } catch (error) {
      this.close();
      return failure(`${this.#options.data}/client`, error);
    }
  }

  close(): void {
    this.#files?.history.close();
    this.#files?.log.close();
    this.#files = null;
  }
}

/** Passes `events` on, each after it was noted. */
export async function* noted(
  events: AsyncIterable<SessionEvent>,
  transcript: Transcript | null,
): AsyncGenerator<SessionEvent, void, void> {
  for await (const event of events) {
    const sentence = transcript?.note(event) ?? null;
    yield event;
    if (sentence !== null) yield { is: "unkept", sentence };
  }
}

/** Of the tries to connect to a server that stays away, the first are enough. */
function isFrequent(event: SessionEvent): boolean {
  return event.is === "waiting" && event.attempt > TRIES_LOGGED;
}

function historyLine(event: SessionEvent): { readonly line: string; readonly at: number } | null {
  if (event.is === "direct") {
    const { at, from, text } = event.event;
    return { line: `${dateAndTime(at)} (direct) <${oneLine(from)}> ${oneLine(text)}`, at };
  }
  if (event.is !== "entry") return null;
  const { at, room, from, kind, text } = event.event;
  const where = `${dateAndTime(at)} #${oneLine(room)}`;
  if (kind === "say") return { line: `${where} <${oneLine(from)}> ${oneLine(text ?? "")}`, at };
  return { line: `${where} * ${oneLine(from)}${oneLine(saying(event.event))}`, at };
}

/** A file that lines are appended to. */
class LineFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  static async open(path: string): Promise<LineFile> {
    const file = new LineFile(path, await openToAppend(path));
    // A crash may have left half a line.
    if (!["", "\n"].includes((await file.#tailText()).slice(-1))) file.add("");
    return file;
  }

  /**
   * One write, so that clients that share the file do not mix their lines; at once, since it only fills the system's
   * memory, and to wait for another thread would cost more.
   */
  add(line: string): void {
    const bytes = this.#encoder.encode(`${line}\n`);
    for (let done = 0; done < bytes.length;) done += this.#file.writeSync(bytes.subarray(done));
  }

  /** The newest lines. */
  async tail(): Promise<Set<string>> {
    return new Set((await this.#tailText()).split("\n"));
  }

  async #tailText(): Promise<string> {
    using file = await Deno.open(this.#path, { read: true });
    const { size } = await file.stat();
    await file.seek(Math.max(0, size - TAIL_BYTES), Deno.SeekMode.Start);
    const bytes = new Uint8Array(TAIL_BYTES);
    const length = await file.read(bytes) ?? 0;
    return new TextDecoder().decode(bytes.subarray(0, length));
  }

  close(): void {
    this.#file.close();
  }
}

/** Permissions do not stop symbolic links: what is there already is opened when it is a file and nothing else. */
async function openToAppend(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { createNew: true, append: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  if (!(await Deno.lstat(path)).isFile) throw new Error(`${path} is not a plain file`);
  return await Deno.open(path, { append: true });
}

function failure(folder: string, error: unknown): string {
  return `Nothing is kept of this chat in ${folder}: ${messageOf(error)}.`;
}
