/** Where a server is: `HOST[:PORT]`, as people write it. Pure. */

import { UsageError } from "../server/protocol/flags.ts";

export const PORT_DEFAULT = 7037;

export interface Address {
  readonly hostname: string;
  readonly port: number;
}

const BRACKETED = /^\[([^\]]+)\](?::(\d+))?$/;
const PLAIN = /^([^:\s]+)(?::(\d+))?$/;
const BARE_IPV6 = /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/;

/** Reads `127.0.0.1`, `chat.example:7037`, `[::1]:7037` or `::1`. Throws `UsageError`. */
export function parseAddress(text: string): Address {
  if (BARE_IPV6.test(text)) return { hostname: text, port: PORT_DEFAULT };
  const [, hostname, digits] = BRACKETED.exec(text) ?? PLAIN.exec(text) ?? [];
  const port = digits === undefined ? PORT_DEFAULT : Number(digits);
  if (hostname === undefined || port < 1 || port > 65_535) {
    throw new UsageError(`"${text}" is no address. Write HOST or HOST:PORT, with a port from 1 to 65535.`);
  }
  return { hostname, port };
}

/** The address as people and `--allow-net` write it. */
export function showAddress(address: Address): string {
  const { hostname, port } = address;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
