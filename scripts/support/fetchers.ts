/**
 * People who all get the same file at once and keep nothing of it, in a process of their own; one more may read slowly:
 *
 *     deno run -A scripts/support/fetchers.ts HOST:PORT FILE COUNT BYTES_PER_SECOND
 *
 * With 0 bytes per second nobody is slow. Says for each of the others how many seconds it took, as JSON.
 */

import { type Address, parseAddress, showAddress } from "../../client/address.ts";
import { type Dial, dialTcp } from "../../client/link.ts";
import { isObject } from "../../server/protocol/shapes.ts";
import { getFile } from "./lean_files.ts";
import { Wire } from "./wire.ts";

export interface Fetching {
  readonly address: Address;
  /** Its number in the lobby. */
  readonly file: number;
  readonly count: number;
  /** What somebody else reads in a second; 0 for nobody. */
  readonly slowBytes: number;
}

/** Seconds that each of `count` people takes. */
export async function fetchAll({ address, file, count, slowBytes }: Fetching): Promise<readonly number[]> {
  const args = ["run", "-A", import.meta.url, showAddress(address), file, count, slowBytes].map(String);
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  const found: unknown = success ? JSON.parse(new TextDecoder().decode(stdout)) : null;
  if (isObject(found) && isSeconds(found.seconds)) return found.seconds;
  throw new Error("the file could not be fetched");
}

function isSeconds(found: unknown): found is readonly number[] {
  return Array.isArray(found) && found.every((one) => typeof one === "number");
}

/** A connection of which no more than so many bytes are read in a second. */
function slowly(dial: Dial, bytesPerSecond: number): Dial {
  return async (signal) => {
    const stream = await dial(signal);
    return {
      binding: stream.binding,
      async read(into) {
        const bytes = await stream.read(into);
        await new Promise((resolve) => setTimeout(resolve, (bytes ?? 0) / bytesPerSecond * 1_000));
        return bytes;
      },
      write: (bytes) => stream.write(bytes),
      close: () => stream.close(),
    };
  };
}

async function main([where = "", file, count, slowBytes]: readonly string[]): Promise<void> {
  const address = parseAddress(where);
  const enter = async (dial: Dial) => {
    const { wire } = await Wire.open(address, undefined, dial);
    await wire.ask("join", { room: "lobby", last: 0 });
    return wire;
  };
  const slow = Number(slowBytes) === 0 ? null : await enter(slowly(dialTcp(address), Number(slowBytes)));
  const wires = await Promise.all(Array.from({ length: Number(count) }, () => enter(dialTcp(address))));
  // It is ended in the middle, when all the others have theirs.
  const trailing = slow === null
    ? null
    : getFile(slow, Number(file), null).then(() => "whole", () => "cut off");
  const seconds = await Promise.all(wires.map(async (wire) => {
    const began = performance.now();
    await getFile(wire, Number(file), null);
    return (performance.now() - began) / 1_000;
  }));
  await Promise.all([...wires, ...slow === null ? [] : [slow]].map((wire) => wire.close()));
  if (await trailing === "whole") throw new Error("the slow one was as fast as the others");
  console.log(JSON.stringify({ seconds }));
}

if (import.meta.main) await main(Deno.args);
