/**
 * Connections of people who never say who they are: silent ones, and slow ones whose hello comes by the byte.
 *
 * As a program, so that what they cost is not ours: `strangers.ts HOST PORT SILENT SLOW` says `there` once all of
 * them are connected, and goes on with a byte a second until it is killed.
 */

import type { Address } from "../../client/address.ts";
import { encodeMessage } from "../../server/protocol/frames.ts";
import { PROTOCOL_VERSION } from "../../server/protocol/limits.ts";

/** How many connect at once: so many that the server has to hurry, and no machine's queue overflows. */
const CONNECTING_MAX = 400;
const HELLO = encodeMessage({ type: "hello", id: 1, protocol: PROTOCOL_VERSION, name: "Snail" });
const BYTE_EVERY_MS = 1_000;

/** A connection whose hello is on its way. */
interface Slow {
  readonly socket: Deno.TcpConn;
  sent: number;
}

export class Strangers {
  readonly #address: Address;
  readonly #silent: Deno.TcpConn[] = [];
  #slow: Slow[] = [];

  constructor(address: Address) {
    this.#address = address;
  }

  /** Opens connections and sends nothing. They are kept whatever the server does. */
  async beSilent(count: number): Promise<void> {
    await this.#open(count, (socket) => this.#silent.push(socket));
  }

  /** Opens connections for `drip`. */
  async beSlow(count: number): Promise<void> {
    await this.#open(count, (socket) => this.#slow.push({ socket, sent: 0 }));
  }

  /** Sends the next byte of each hello. Whose connection the server has ended comes again. */
  async drip(): Promise<void> {
    const before = this.#slow.length;
    const alive = await Promise.all(this.#slow.map(async (slow) => {
      try {
        return await slow.socket.write(HELLO.subarray(slow.sent, ++slow.sent)) === 1;
      } catch {
        slow.socket.close(); // However it fails, the server has ended it.
        return false;
      }
    }));
    this.#slow = this.#slow.filter((_, i) => alive[i]);
    await this.beSlow(before - this.#slow.length);
  }

  close(): void {
    for (const socket of this.#silent) socket.close();
    for (const { socket } of this.#slow) socket.close();
  }

  async #open(count: number, opened: (socket: Deno.TcpConn) => void): Promise<void> {
    let left = count;
    const one = async () => {
      while (left-- > 0) opened(await Deno.connect(this.#address));
    };
    await Promise.all(Array.from({ length: CONNECTING_MAX }, one));
  }
}

if (import.meta.main) {
  const [hostname = "", port, silent, slow] = Deno.args;
  const strangers = new Strangers({ hostname, port: Number(port) });
  await strangers.beSilent(Number(silent));
  await strangers.beSlow(Number(slow));
  console.log("there");
  while (true) {
    await new Promise((resolve) => setTimeout(resolve, BYTE_EVERY_MS));
    await strangers.drip();
  }
}
