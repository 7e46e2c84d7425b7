/**
 * Admission: how many connections a network may have, and how fast it may open them. Pure bookkeeping.
 *
 * Nothing here grows with what strangers do: networks with connections are bounded by the connections, of the others
 * only the ones that came last are remembered. Whoever has networks without number, as with IPv6, can make us forget
 * that one of them was busy; but then another one of theirs would have served them as well.
 */

import { ProtocolError } from "../protocol/errors.ts";
import { isPrivate, networkOf } from "../protocol/networks.ts";

/** What connections are turned away for, as the operator reads it: flags where there are such. */
export type Limit =
  | "banned addresses"
  | "max-per-address"
  | "max-new-per-address"
  | "connections before hello"
  | "connections on their way out"
  | "no TLS handshake";

export interface AdmissionOptions {
  /** Milliseconds from whenever, that never go back. */
  readonly now: () => number;
  /** Connections that a network has at once, at most. */
  readonly perAddressMax: number;
  /** Connections that a network may open at once; as many more become free in every minute. */
  readonly newPerAddressMax: number;
  /** Whether those two hold for private addresses too. */
  readonly limitPrivate: boolean;
  /** Why a network is kept out altogether, as a sentence for whoever comes from it; null where it is not. */
  readonly barred: (network: string) => string | null;
  /** Told of everyone who is turned away. */
  readonly limited: (limit: Limit) => void;
}

/** How much of its share a network had used up, and when that was. */
interface Spent {
  readonly count: number;
  readonly at: number;
}

const MINUTE_MS = 60_000;
/** Networks whose use of their share is remembered. */
const REMEMBERED_MAX = 16_384;

export class Admission {
  readonly #options: AdmissionOptions;
  /** How many connections a network has, where it has any. */
  readonly #open = new Map<string, number>();
  /** Of networks that opened one lately, the one that did last at the end. */
  readonly #spent = new Map<string, Spent>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * A connection came from `host`. Gives what it is to be turned away with, `banned` or `too_many_connections`, or
   * null where it may stay. It counts either way until `leaves` is called for it.
   */
  arrives(host: string): ProtocolError | null {
    const network = networkOf(host);
    const open = (this.#open.get(network) ?? 0) + 1;
    this.#open.set(network, open);
    const { barred, limitPrivate, limited, perAddressMax } = this.#options;
    const ban = barred(network);
    if (ban !== null) {
      limited("banned addresses");
      return new ProtocolError("banned", ban);
    }
    if (!limitPrivate && isPrivate(host)) return null;
    if (open > perAddressMax) {
      limited("max-per-address");
      const message =
        `Your address has as many connections as it may have (${perAddressMax}). Close one of them first.`;
      return new ProtocolError("too_many_connections", message);
    }
    const waitMs = this.#spend(network);
    if (waitMs === 0) return null;
    limited("max-new-per-address");
    const message = `Your address opens connections too fast. Try again in ${Math.ceil(waitMs / 1_000)} s.`;
    return new ProtocolError("too_many_connections", message, waitMs);
  }

  /** A connection from `network` is gone. */
  leaves(network: string): void {
    const open = this.#open.get(network) ?? 0;
    if (open <= 1) this.#open.delete(network);
    else this.#open.set(network, open - 1);
  }

  /** Takes one new connection from the network's share; gives how many milliseconds it came too early. */
  #spend(network: string): number {
    const { newPerAddressMax } = this.#options;
    const now = this.#options.now();
    const { count, at } = this.#spent.get(network) ?? { count: 0, at: now };
    const left = Math.max(0, count - (now - at) * newPerAddressMax / MINUTE_MS);
    const over = left + 1 - newPerAddressMax;
    if (over > 0) return Math.ceil(over * MINUTE_MS / newPerAddressMax);
    this.#spent.delete(network);
    this.#spent.set(network, { count: left + 1, at: now });
    for (const oldest of this.#spent.keys()) {
      if (this.#spent.size <= REMEMBERED_MAX) break;
      this.#spent.delete(oldest);
    }
    return 0;
  }
}
