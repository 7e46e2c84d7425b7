/** The end of a server that is busy: what everybody is told, and what is kept. */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { isObject } from "../../server/protocol/shapes.ts";
import { Peer } from "../support/peer.ts";
import { Folder, ServeProcess } from "../support/server.ts";

const WRITERS = 6;
const AHEAD = 20;
/** Acknowledged lines after which the server is told to end. */
const ENOUGH = 600;

/** Writes into the lobby without a pause until the notice comes; keeps what was acknowledged, by seq. */
class Writer {
  readonly said = new Map<number, string>();
  readonly #peer: Peer;
  readonly #name: string;
  readonly #acknowledged: () => void;
  /** What waits for its answer, by id. */
  readonly #waiting = new Map<number, string>();
  #lines = 0;

  constructor(peer: Peer, name: string, acknowledged: () => void) {
    this.#peer = peer;
    this.#name = name;
    this.#acknowledged = acknowledged;
  }

  /** Gives what came from the notice on, up to the end of the connection. */
  async run(): Promise<string[]> {
    await this.#peer.hello(this.#name);
    await this.#peer.ask("join", { room: "lobby", last: 0 });
    await this.#say(AHEAD);
    while (true) {
      const message = await this.#peer.next();
      assert(message !== null, "it ended without a notice");
      if (message.is === "event" && message.event.type === "notice") break;
      const text = message.is === "ok" ? this.#waiting.get(message.re) : undefined;
      if (message.is !== "ok" || text === undefined) continue;
      this.#waiting.delete(message.re);
      assert(typeof message.body["seq"] === "number");
      this.said.set(message.body["seq"], text);
      this.#acknowledged();
      await this.#say(1);
    }
    const last = await this.#peer.rest();
    this.#peer.close();
    return ["notice", ...last.map((message) => message.is === "ending" ? message.error.code : message.is)];
  }

  async #say(count: number): Promise<void> {
    const texts = Array.from({ length: count }, () => `${this.#name} ${this.#lines++}`);
    const ids = await this.#peer.post(
      ...texts.map((text) => ({ type: "say" as const, room: "lobby", text })),
    );
    for (const [i, id] of ids.entries()) this.#waiting.set(id, texts[i] ?? "");
  }
}

/** The texts that stand in the lobby's files, by seq. */
async function stored(data: string): Promise<Map<number, string>> {
  const folder = `${data}/server/rooms/0/history`;
  const texts = new Map<number, string>();
  for await (const { name } of Deno.readDir(folder)) {
    for (const line of (await Deno.readTextFile(`${folder}/${name}`)).split("\n").filter(Boolean)) {
      const entry: unknown = JSON.parse(line);
      assert(isObject(entry) && typeof entry["seq"] === "number" && typeof entry["text"] === "string");
      texts.set(entry["seq"], entry["text"]);
    }
  }
  return texts;
}

Deno.test("an end in order under load: everybody gets the notice, shutting_down and the end, and what was acknowledged is kept", async () => {
  await using folder = new Folder();
  const { child, port } = await ServeProcess.listening(folder.path);
  await using server = child;
  const enough = Promise.withResolvers<void>();
  let acknowledged = 0;
  const writers = await Promise.all(Array.from({ length: WRITERS }, async (_, i) => (
    new Writer(await Peer.connect(port), `Writer${i}`, () => {
      if (++acknowledged === ENOUGH) enough.resolve();
    })
  )));
  const running = Promise.all(writers.map((writer) => writer.run()));
  await Promise.race([enough.promise, running]);
  server.kill("SIGTERM");
  assertEquals(await running, writers.map(() => ["notice", "shutting_down"]));
  assertEquals(await server.ended(), 0);
  const kept = await stored(folder.path);
  for (const { said } of writers) {
    assertGreater(said.size, 0);
    for (const [seq, text] of said) assertEquals(kept.get(seq), text);
  }
});

Deno.test("another signal ends the server at once, with exit code 1 and not in order", async () => {
  await using folder = new Folder();
  const { child, port } = await ServeProcess.listening(folder.path);
  await using server = child;
  // Whoever does not hang up is waited for at an end in order.
  const peer = await Peer.connect(port);
  await peer.hello("Maya");
  server.kill("SIGINT");
  await peer.event("notice");
  server.kill("SIGTERM");
  assertEquals(await server.ended(), 1);
  peer.close();
  assert(!(await Deno.readTextFile(`${folder.path}/server/state.json`)).includes('"in order"'));
});

Deno.test("so does the same signal, where somebody goes on sending it", async () => {
  await using folder = new Folder();
  const { child, port } = await ServeProcess.listening(folder.path);
  await using server = child;
  const peer = await Peer.connect(port);
  await peer.hello("Maya");
  const insisting = setInterval(() => insist(server), 20);
  try {
    assertEquals(await server.ended(), 1);
  } finally {
    clearInterval(insisting);
    peer.close();
  }
});

Deno.test("one Ctrl-C that comes twice, as under deno task, ends the server in order", async () => {
  await using folder = new Folder();
  const { child } = await ServeProcess.listening(folder.path);
  await using server = child;
  server.kill("SIGINT");
  server.kill("SIGINT");
  assertEquals(await server.ended(), 0);
  assert((await Deno.readTextFile(`${folder.path}/server/state.json`)).includes('"in order"'));
});

function insist(server: ServeProcess): void {
  try {
    server.kill("SIGINT");
  } catch (error) {
    // It has ended by now.
    if (!(error instanceof TypeError)) throw error;
  }
}
