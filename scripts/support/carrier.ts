/**
 * Somebody who carries files, and talks meanwhile over the same connection, in a process of its own:
 *
 *     deno run -A scripts/support/carrier.ts HOST:PORT NAME PER_SECOND
 *
 * It does what the lines of its standard input say, and answers each with a line; it goes when there are no more.
 */

import { TextLineStream } from "@std/streams/text-line-stream";
import { type Address, parseAddress, showAddress } from "../../client/address.ts";
import { hasShape, integer, isObject, optional, string } from "../../server/protocol/shapes.ts";
import { getFile, putFile } from "./lean_files.ts";
import type { MadeFile } from "./made_file.ts";
import { Talker } from "./talker.ts";
import { Wire } from "./wire.ts";

export interface Carried {
  /** The file's number. */
  readonly file: number;
  readonly seconds: number;
  /** Milliseconds from each line that was said meanwhile to its entry. */
  readonly ms: readonly number[];
}

/** A file to put, or the number of one to get, and where to. */
type Order = { readonly put: MadeFile } | { readonly get: number; readonly to: string };

export class Carrier {
  readonly #child: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  /** It enters the lobby, and says so many lines a second there while it carries something. */
  constructor(address: Address, name: string, perSecond: number) {
    const args = ["run", "-A", import.meta.url, showAddress(address), name, String(perSecond)];
    this.#child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
    this.#orders = this.#child.stdin.getWriter();
    const lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    this.#answers = lines.getReader();
  }

  get pid(): number {
    return this.#child.pid;
  }

  put(file: MadeFile): Promise<Carried> {
    return this.#do({ put: file });
  }

  /** Gets file `number` and writes it to `path`. */
  get(number: number, path: string): Promise<Carried> {
    return this.#do({ get: number, to: path });
  }

  /** Waits until it has gone. */
  async dismiss(): Promise<void> {
    await this.#orders.close();
    await this.#answers.cancel();
    await this.#child.status;
  }

  async #do(order: Order): Promise<Carried> {
    await this.#orders.write(new TextEncoder().encode(`${JSON.stringify(order)}\n`));
    const { value = "null" } = await this.#answers.read();
    const carried: unknown = JSON.parse(value);
    if (isObject(carried) && isCarried(carried)) return carried;
    throw new Error("a file could not be carried");
  }
}

function isCarried(carried: object): carried is Carried {
  return "file" in carried && "seconds" in carried && "ms" in carried;
}

const shape = {
  path: optional(string),
  size: optional(integer(0)),
  sha256: optional(string),
};

/** Carries what a line says; returns the file's number. */
async function carry(wire: Wire, line: string): Promise<number> {
  const order: unknown = JSON.parse(line);
  if (!isObject(order)) throw new Error(`there is no such order: ${line}`);
  const { put, get, to } = order;
  if (typeof get === "number" && typeof to === "string") {
    await getFile(wire, get, to);
    return get;
  }
  if (isObject(put) && hasShape(shape, put)) {
    const { path = "", size = 0, sha256 = "" } = put;
    return await putFile(wire, { path, size, sha256 });
  }
  throw new Error(`there is no such order: ${line}`);
}

async function main([where = "", name = "", perSecond]: readonly string[]): Promise<void> {
  const { wire } = await Wire.open(parseAddress(where), name);
  const talker = await Talker.enter(wire, name);
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) {
    talker.talk(Number(perSecond));
    const began = performance.now();
    const file = await carry(wire, line);
    const seconds = (performance.now() - began) / 1_000;
    console.log(JSON.stringify({ file, seconds, ms: await talker.quiet() }));
  }
  await wire.close();
}

if (import.meta.main) await main(Deno.args);
