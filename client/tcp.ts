/** Connections over TCP. */

import type { Address } from "./address.ts";

/** Connects; rejects with what went wrong, or with the reason of `signal` when that aborts. */
export async function connectTcp(address: Address, signal: AbortSignal): Promise<Deno.TcpConn> {
  signal.throwIfAborted();
  // Deno.connect takes no signal: on an abort the connection is left to come late, and closed then.
  const connecting = Deno.connect({ hostname: address.hostname, port: address.port });
  const aborted = Promise.withResolvers<never>();
  const abort = () => {
    aborted.reject(signal.reason);
    connecting.then((late) => late.close(), () => undefined);
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    const connection = await Promise.race([connecting, aborted.promise]);
    connection.setNoDelay(true);
    return connection;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
