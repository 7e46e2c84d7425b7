/** Plays a front end for programs against a server that does what a test says. */

import { enterRoom } from "../../client/entrance.ts";
import { runJson } from "../../client/json.ts";
import { Output, type Sink } from "../../client/output.ts";
import { runPipe } from "../../client/pipe.ts";
import type { Script } from "../../client/script.ts";
import { Session } from "../../client/session.ts";
import { HandClock, type Peer, ScriptedServer } from "./support.ts";

/** Keeps lines; says when a given number is there. Breaks like a pipe after `linesMax`. */
export class Lines implements Sink {
  readonly all: string[] = [];
  readonly #linesMax: number;
  #watch: { readonly count: number; readonly reached: () => void } | null = null;

  constructor(linesMax = Infinity) {
    this.#linesMax = linesMax;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.all.length >= this.#linesMax) return Promise.reject(new Deno.errors.BrokenPipe("closed"));
    this.all.push(new TextDecoder().decode(bytes).trimEnd());
    if (this.#watch !== null && this.all.length >= this.#watch.count) this.#watch.reached();
    return Promise.resolve(bytes.length);
  }

  async until(count: number): Promise<void> {
    if (this.all.length >= count) return;
    await new Promise<void>((reached) => this.#watch = { count, reached });
  }
}

/** Runs a front end over `input` against a server whose side is `serve`; both have to come to their end. */
export async function play(
  options: {
    input: string[] | ReadableStream<string>;
    json?: boolean;
    follow?: boolean;
    out?: Lines;
    data?: string;
  },
  serve: (peer: Peer, stop: () => void, clock: HandClock) => Promise<void>,
) {
  using server = new ScriptedServer();
  const [out, err, stop, clock] = [
    options.out ?? new Lines(),
    new Lines(),
    new AbortController(),
    new HandClock(),
  ];
  let keys = 0;
  const session = new Session({
    dial: server.dial,
    name: "Maya",
    client: "test",
    tries: 1,
    reconnect: false,
    clock,
    random: () => 0,
    newKey: () => `k${++keys}`,
  });
  const { input } = options;
  const script: Script = {
    session,
    events: session.events(),
    enter: () => enterRoom(session, "lobby", { last: 50 }, { given: null, ask: () => Promise.resolve(null) }),
    input: () => Array.isArray(input) ? ReadableStream.from(input) : input,
    out: new Output(out),
    err: new Output(err),
    follow: options.follow ?? false,
    stop: stop.signal,
    clock,
  };
  const front = options.json === true
    ? runJson(script, options.data ?? "chat-data")
    : runPipe(script, "lobby");
  const serving = server.welcome().then(({ peer }) => serve(peer, () => stop.abort(), clock));
  const [code, ending] = await Promise.all([front, session.run(), serving]);
  return { code, ending, out: out.all.map(withoutTime), err: err.all };
}

function withoutTime(line: string): string {
  return line.replace(/^\[\d\d:\d\d\] /, "");
}
