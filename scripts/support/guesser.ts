/**
 * Somebody who guesses a room's password from a great many addresses, each of which has its first try: those of the
 * loopback network, of which there are sixteen million. In a process of its own, so that it takes nothing from the one
 * that measures:
 *
 *     deno run -A scripts/support/guesser.ts HOST:PORT ROOM
 *
 * It guesses until its standard input ends.
 */

import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { TextLineStream } from "@std/streams/text-line-stream";
import { type Address, parseAddress, showAddress } from "../../client/address.ts";
import type { ErrorCode } from "../../server/protocol/errors.ts";
import { encodeMessage, FrameReader } from "../../server/protocol/frames.ts";
import { PROTOCOL_VERSION } from "../../server/protocol/limits.ts";
import { decodeFromServer } from "../../server/protocol/decoding.ts";
import { hasShape, integer, isObject } from "../../server/protocol/shapes.ts";

/** How often the server looked at a guess, and how often it did not care to. */
export interface Guesses {
  readonly looked: number;
  readonly refused: number;
}

/** So many guess at once: more than may wait in the server. */
const LANES = 96;
/** How long a lane rests when it was refused: what is looked at is the server, not how fast addresses can be changed. */
const REST_MS = 200;

/** So many are looked at before it counts: until then the guesser starts, and so does what the server does for it. */
const WARM_UP = 20;

/** On Linux, where any loopback address may be connected from. */
export class Guesser {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    this.#lines = lines.getReader();
  }

  /** Begins to guess the password of `room`; resolves when that is well under way. */
  static async start(address: Address, room: string): Promise<Guesser> {
    const args = ["run", "-A", import.meta.url, showAddress(address), room];
    const command = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" });
    const guesser = new Guesser(command.spawn());
    await guesser.#lines.read();
    return guesser;
  }

  /** Ends it; what came of its guesses since it was under way. */
  async stop(): Promise<Guesses> {
    await this.#child.stdin.close();
    const { value = "null" } = await this.#lines.read();
    await this.#lines.cancel();
    await this.#child.status;
    const found: unknown = JSON.parse(value);
    if (isObject(found) && hasShape({ looked: integer(0), refused: integer(0) }, found)) return found;
    throw new Error("the guesser could not guess");
  }
}

/**
 * What the server says to somebody who comes from `localAddress` and joins `room`: a code, "ok", or nothing where the
 * connection ended.
 */
export async function joinFrom(
  localAddress: string,
  { hostname, port }: Address,
  { room, password }: { readonly room: string; readonly password: string },
): Promise<ErrorCode | "ok" | ""> {
  const socket = connect({ host: hostname, port, localAddress });
  // However it fails, the connection has ended.
  socket.on("error", () => socket.destroy());
  socket.write(encodeMessage({ type: "hello", id: 1, protocol: PROTOCOL_VERSION }));
  socket.write(encodeMessage({ type: "join", id: 2, room, password }));
  try {
    return await answerTo(2, socket);
  } catch {
    return ""; // The server closed on us.
  } finally {
    socket.destroy();
  }
}

async function answerTo(id: number, socket: Socket): Promise<ErrorCode | "ok" | ""> {
  const reader = new FrameReader();
  for await (const bytes of socket) {
    if (!Buffer.isBuffer(bytes)) continue;
    for (let done = 0; done < bytes.length;) {
      const space = reader.space();
      const part = bytes.subarray(done, done + space.length);
      space.set(part);
      reader.filled(part.length);
      done += part.length;
      for (let frame = reader.next(); frame !== null; frame = reader.next()) {
        const message = decodeFromServer(frame.body);
        if (message.is === "ok" && message.re === id) return "ok";
        if (message.is === "refused") return message.error.code;
      }
    }
  }
  return "";
}

async function main([where = "", room = ""]: readonly string[]): Promise<void> {
  const address = parseAddress(where);
  const guess = { room, password: "a guess" };
  let [next, looked, refused, over] = [1, 0, 0, false];
  const lane = async () => {
    while (!over) {
      const n = next++;
      const code = await joinFrom(`127.${1 + (n >> 16)}.${n >> 8 & 255}.${n & 255}`, address, guess);
      if (code === "wrong_password" && ++looked === WARM_UP) {
        console.log("under way");
        refused = 0;
      }
      if (code === "wrong_password") continue;
      refused++;
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
  };
  const lanes = Array.from({ length: LANES }, lane);
  for await (const _ of Deno.stdin.readable) continue;
  over = true;
  console.log(JSON.stringify({ looked: looked - WARM_UP, refused }));
  await Promise.all(lanes);
}

if (import.meta.main) await main(Deno.args);
