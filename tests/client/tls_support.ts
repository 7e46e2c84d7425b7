/** Servers with TLS, a relay in front of them, and a client that keeps whom it trusts. */

import { assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../client/clock.ts";
import { KnownServers } from "../../client/known_servers.ts";
import { type Ask, settleTrust, type TrustOptions } from "../../client/tls.ts";
import { TrustError } from "../../client/trust_error.ts";
import type { Acceptor } from "../../server/net/socket.ts";
import { type Identity, listenTls } from "../../server/net/tls.ts";
import { certificateHash, certificateIn } from "../../server/protocol/certificates.ts";
import { Folder } from "../support/server.ts";

/** Nobody interrupts what is under way. */
export const NOBODY = new AbortController().signal;

/** The hash of a server's certificate. */
export function hashOf({ cert }: Pick<Identity, "cert">): string {
  return certificateHash(certificateIn(cert) ?? new Uint8Array());
}

/** A server that agrees on TLS with whoever comes, says one byte to those who are in, and counts them. */
export class TestServer implements AsyncDisposable {
  readonly #acceptor: Acceptor;
  readonly #running: Promise<void>;
  readonly #sockets: { close(): void }[] = [];
  accepted = 0;

  constructor(identity: Identity, port = 0) {
    this.#acceptor = listenTls({ hostname: "127.0.0.1", port, identity });
    this.#running = this.#run();
  }

  get address() {
    return { hostname: "localhost", port: this.#acceptor.addr.port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#acceptor.close();
    await this.#running;
    for (const socket of this.#sockets) {
      try {
        socket.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    }
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const socket = await this.#acceptor.accept();
        this.accepted++;
        this.#sockets.push(socket);
        socket.write(Uint8Array.of(33)).catch(() => {
          // The client went away.
        });
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

/** Stands between a client and servers, and passes on what both say. */
export class Relay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #running: Promise<void>;

  /** `portFor` says where the nth connection goes, from 1. */
  constructor(portFor: (nth: number) => number) {
    this.#running = this.#run(portFor);
  }

  get address() {
    return { hostname: "localhost", port: this.#listener.addr.port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#running;
  }

  async #run(portFor: (nth: number) => number): Promise<void> {
    const passing: Promise<unknown>[] = [];
    let nth = 0;
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: portFor(++nth) });
      const pipes = [client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)];
      // Either side may leave when it likes.
      passing.push(Promise.allSettled(pipes));
    }
    await Promise.all(passing);
  }
}

/** A client with a folder of its own: whom it trusts is kept from one test's step to the next. */
export class Person implements AsyncDisposable {
  readonly #folder = new Folder();
  /** What it was asked, and told. */
  readonly asked: string[] = [];
  readonly told: string[] = [];

  get known(): KnownServers {
    return new KnownServers(`${this.#folder.path}/data`, Date.now);
  }

  options(server: TestServer, answer: boolean | null, fingerprint: string | null = null): TrustOptions {
    const ask: Ask = (lines) => {
      this.asked.push(lines.join("\n"));
      return Promise.resolve(answer === true);
    };
    return {
      address: server.address,
      known: this.known,
      fingerprint,
      ask: answer === null ? null : ask,
      tell: (sentence) => this.told.push(sentence),
      clock: systemClock,
      signal: NOBODY,
    };
  }

  /** Connects, reads the server's byte, and gives what a proof would be bound to. */
  async connect(
    server: TestServer,
    answer: boolean | null,
    fingerprint: string | null = null,
  ): Promise<string> {
    const dial = await settleTrust(this.options(server, answer, fingerprint));
    const stream = await dial(NOBODY);
    try {
      assertEquals(await stream.read(new Uint8Array(9)), 1);
      return stream.binding;
    } finally {
      stream.close();
    }
  }

  /** The lines with which it refuses to connect. */
  async refusal(
    server: TestServer,
    answer: boolean | null,
    fingerprint: string | null = null,
  ): Promise<string> {
    return (await assertRejects(() => this.connect(server, answer, fingerprint), TrustError)).lines.join(
      "\n",
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}
