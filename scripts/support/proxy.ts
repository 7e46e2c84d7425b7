/**
 * A line between clients and a server, as bad as it is told to be: it has so much room and no more, stalls, and is cut.
 * It takes what is sent as soon as it is sent, and counts it then: what is lost with a cut was sent all the same.
 */

import { HOST } from "./server_process.ts";

/** From the client to the server, and back. */
export type Direction = "up" | "down";

const PIECE_BYTES = 65_536;
/** What a line holds of what was sent and has not arrived. Transfers have windows that are smaller. */
const HELD_BYTES_MAX = 4 << 20;
/** Less than that is not slept: it is made up for by the next sleep. */
const SLEEP_MS_MIN = 2;

export class Proxy {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #target: number;
  readonly #bytesPerSecond: number;
  readonly #links = new Set<Link>();
  readonly #sent = { up: 0, down: 0 };
  readonly #accepting: Promise<void>;
  #closed = false;
  #stalled: PromiseWithResolvers<void> | null = null;

  /** A line to `target` on this machine that carries so much in each direction; Infinity for as much as it can. */
  constructor(target: number, bytesPerSecond: number) {
    this.#target = target;
    this.#bytesPerSecond = bytesPerSecond;
    this.#listener = Deno.listen({ hostname: HOST, port: 0 });
    this.port = this.#listener.addr.port;
    this.#accepting = this.#accept();
  }

  /** Bytes that were sent in a direction, whether they arrived or not. */
  sent(direction: Direction): number {
    return this.#sent[direction];
  }

  /** Carries nothing until it is cut. */
  stall(): void {
    this.#stalled ??= Promise.withResolvers();
  }

  /** Cuts every connection; what was on its way is lost. New ones are carried again. */
  cut(): void {
    for (const link of this.#links) link.close();
    this.#stalled?.resolve();
    this.#stalled = null;
  }

  /** Carries nothing any more; to close it again changes nothing. */
  async close(): Promise<void> {
    if (!this.#closed) this.#listener.close();
    this.#closed = true;
    this.cut();
    await this.#accepting;
    await Promise.all([...this.#links].map(({ over }) => over));
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) {
        const link = new Link(client, {
          target: this.#target,
          bytesPerSecond: this.#bytesPerSecond,
          sent: (direction, bytes) => this.#sent[direction] += bytes,
          clear: () => this.#stalled?.promise,
        });
        this.#links.add(link);
        void link.over.then(() => this.#links.delete(link));
      }
    } catch (error) {
      // That is how a closed listener ends.
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    }
  }
}

interface LinkOptions {
  readonly target: number;
  readonly bytesPerSecond: number;
  readonly sent: (direction: Direction, bytes: number) => void;
  /** Undefined while the line is not stalled; else resolves when it is cut. */
  readonly clear: () => Promise<void> | undefined;
}

/** One connection of a client, and ours to the server for it. */
class Link {
  /** Resolves when both are closed. */
  readonly over: Promise<void>;
  readonly #client: Deno.TcpConn;
  readonly #options: LinkOptions;
  #server: Deno.TcpConn | null = null;
  #closed = false;

  constructor(client: Deno.TcpConn, options: LinkOptions) {
    this.#client = client;
    this.#options = options;
    this.over = this.#run();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.close();
    this.#server?.close();
  }

  async #run(): Promise<void> {
    try {
      const server = await Deno.connect({ hostname: HOST, port: this.#options.target });
      if (this.#closed) return server.close();
      this.#server = server;
      for (const connection of [this.#client, server]) connection.setNoDelay(true);
      await Promise.all([this.#carry("up", this.#client, server), this.#carry("down", server, this.#client)]);
    } catch {
      // However an end of the line fails, the connection is over for the other one as well.
    } finally {
      this.close();
    }
  }

  /** Takes what `from` sends, and lets it arrive at `to` at the pace of the line. */
  async #carry(direction: Direction, from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const held = new Held();
    const arriving = this.#arrive(held, to).catch(() => held.end());
    try {
      while (!this.#closed) {
        const piece = new Uint8Array(PIECE_BYTES);
        const bytes = await from.read(piece);
        if (bytes === null) break;
        this.#options.sent(direction, bytes);
        await held.add(piece.subarray(0, bytes));
      }
    } finally {
      held.end();
      await arriving;
      // Neither side is left alone with half a connection: whoever ends it has said all they had to say.
      this.close();
    }
  }

  async #arrive(held: Held, to: Deno.TcpConn): Promise<void> {
    let due = performance.now();
    for (let piece = await held.take(); piece !== null && !this.#closed; piece = await held.take()) {
      due = Math.max(due, performance.now() - SLEEP_MS_MIN) +
        piece.length / this.#options.bytesPerSecond * 1_000;
      const ahead = due - performance.now();
      if (ahead >= SLEEP_MS_MIN) await new Promise((resolve) => setTimeout(resolve, ahead));
      await this.#options.clear();
      if (this.#closed) return;
      for (let done = 0; done < piece.length;) done += await to.write(piece.subarray(done));
    }
  }
}

/** What is on its way. */
class Held {
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #changed = Promise.withResolvers<void>();

  /** Waits where more is held than the line holds. */
  async add(piece: Uint8Array): Promise<void> {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#ring();
    while (this.#bytes > HELD_BYTES_MAX && !this.#ended) await this.#changed.promise;
  }

  /** Null at the end. */
  async take(): Promise<Uint8Array | null> {
    while (this.#pieces.length === 0 && !this.#ended) await this.#changed.promise;
    const piece = this.#pieces.shift() ?? null;
    this.#bytes -= piece?.length ?? 0;
    this.#ring();
    return piece;
  }

  end(): void {
    this.#ended = true;
    this.#ring();
  }

  #ring(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
