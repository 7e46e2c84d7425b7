/**
 * A member that does nothing but read, for tests with millions of entries: it looks at the bytes of a frame that
 * say which entry it is, and leaves the rest alone.
 */

import { assertEquals } from "@std/assert";
import { encodeMessage } from "../../server/protocol/frames.ts";
import { frames } from "./peer.ts";

const HEADER_BYTES = 5;
const BUFFER_BYTES = 1 << 18;
const ZERO = 48;
const NINE = 57;

export class EntryStream {
  readonly #socket: Deno.TcpConn;
  readonly #seqAt: number;
  readonly #entry: Uint8Array;
  readonly #ok: Uint8Array;
  readonly #error: Uint8Array;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #start = 0;
  #end = 0;
  /** The newest entry that came. */
  seq: number;
  /** How many requests were granted; an error fails the reading. */
  granted = 0;
  #waiting: { readonly granted: number; readonly resolve: () => void } | null = null;

  private constructor(socket: Deno.TcpConn, room: string, after: number) {
    this.#socket = socket;
    this.seq = after;
    this.#seqAt = encodeMessage({ type: "entry", room, seq: 1 }).length - 2;
    this.#entry = start("entry");
    this.#ok = start("ok");
    this.#error = start("error");
  }

  /** Comes in and joins `room` after entry `after`; nothing is read yet. */
  static async join(port: number, room: string, after: number): Promise<EntryStream> {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    const stream = new EntryStream(socket, room, after);
    await stream.write(frames([{ type: "hello", id: 1, protocol: 1 }, { type: "join", id: 2, room, after }]));
    return stream;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.#socket.write(bytes.subarray(sent));
  }

  /** Resolves when so many requests were granted, while somebody reads. One call at a time. */
  async answered(granted: number): Promise<void> {
    if (this.granted >= granted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { granted, resolve };
    await promise;
  }

  /** Reads up to entry `last`, and until `granted` requests were; false where the connection ends before. */
  async read(last: number, granted = 0): Promise<boolean> {
    while (this.seq < last || this.granted < granted) {
      const bytes = await this.#socket.read(this.#buffer.subarray(this.#end)).catch(() => null);
      if (bytes === null) return false;
      this.#end += bytes;
      this.#takeFrames();
    }
    return true;
  }

  close(): void {
    this.#socket.close();
  }

  #takeFrames(): void {
    const view = new DataView(this.#buffer.buffer);
    while (this.#end - this.#start >= HEADER_BYTES) {
      const next = this.#start + HEADER_BYTES - 1 + view.getUint32(this.#start);
      if (next > this.#end) break;
      this.#takeFrame(this.#start);
      this.#start = next;
    }
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #takeFrame(at: number): void {
    if (this.#begins(at, this.#entry)) {
      const seq = this.#number(at + this.#seqAt);
      if (seq !== this.seq + 1) assertEquals(seq, this.seq + 1, "an entry is missing, or came twice");
      this.seq = seq;
    } else if (this.#begins(at, this.#ok)) this.#grant();
    else if (this.#begins(at, this.#error)) {
      throw new Error(new TextDecoder().decode(this.#buffer.subarray(at + HEADER_BYTES, at + 200)));
    }
  }

  #grant(): void {
    this.granted++;
    if (this.#waiting === null || this.granted < this.#waiting.granted) return;
    this.#waiting.resolve();
    this.#waiting = null;
  }

  #begins(at: number, body: Uint8Array): boolean {
    for (let i = 0; i < body.length; i++) {
      if (this.#buffer[at + HEADER_BYTES + i] !== body[i]) return false;
    }
    return true;
  }

  #number(at: number): number {
    let number = 0;
    for (let digit = this.#buffer[at] ?? 0; digit >= ZERO && digit <= NINE; digit = this.#buffer[++at] ?? 0) {
      number = number * 10 + digit - ZERO;
    }
    return number;
  }
}

/** How the body of a message of this type begins. */
function start(type: string): Uint8Array {
  return encodeMessage({ type }).slice(HEADER_BYTES, -1);
}
