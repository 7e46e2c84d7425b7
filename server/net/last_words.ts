/** What stands behind a connection that is turned away: it says why, and ends. */

import type { ProtocolError } from "../protocol/errors.ts";
import { encodeMessage } from "../protocol/frames.ts";
import type { ConnectionWire, Endpoint } from "./connection.ts";

export class LastWords implements Endpoint {
  readonly #wire: ConnectionWire;
  #words: Uint8Array | null;

  constructor(wire: ConnectionWire, { code, message, retryMs }: ProtocolError) {
    this.#wire = wire;
    this.#words = encodeMessage({ type: "error", code, message, retry_ms: retryMs });
    wire.wake();
  }

  get pending(): boolean {
    return this.#words !== null;
  }

  get opening(): boolean {
    return this.pending;
  }

  take(): Uint8Array | null {
    const words = this.#words;
    this.#words = null;
    this.#wire.finish();
    return words;
  }

  /** What it asks for is not answered. */
  taken(): void {}

  broken(): void {
    this.#wire.finish();
  }

  closed(): void {}
}
