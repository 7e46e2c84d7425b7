/** Where the file of an errand comes from and goes to, and the right to that. */

import { downloadsSink, pathSink, type Sink, streamSink } from "./files/sink.ts";
import { openSource, type Source, spoolSource, type Watch } from "./files/source.ts";
import { Obstacle } from "./obstacle.ts";
import type { ConnectOptions, Errand } from "./options.ts";
import { askFor, fileToMake, fileToRead, reachable, systemRights, unreadable, unwritable } from "./rights.ts";

/**
 * Sees to it that the file that the command line names can be reached, and asks where somebody is at a terminal:
 * before anything else, since a question would freeze what is under way. Throws `Obstacle`.
 */
export async function needFile({ errand, data }: ConnectOptions): Promise<void> {
  if (errand?.is === "send" && errand.path !== null) {
    const file = fileToRead(errand.path);
    await askFor(systemRights, file.rights);
    if (!reachable(file, systemRights)) throw new Obstacle(unreadable(file, data));
  }
  if (errand?.is === "get" && typeof errand.to === "object") {
    const file = fileToMake(errand.to.path, systemRights);
    await askFor(systemRights, file.rights);
    if (!reachable(file, systemRights)) throw new Obstacle(unwritable(file, data));
  }
}

/** What is sent. Throws `ProtocolError`. */
export function sourceOf(
  { path, name }: Errand & { readonly is: "send" },
  data: string,
  watch: Watch,
): Promise<Source> {
  return path === null
    ? spoolSource(Deno.stdin.readable, name, data, watch)
    : openSource(path, name, data, watch);
}

/** What takes the file. */
export function sinkOf({ to }: Errand & { readonly is: "get" }, data: string): Sink {
  if (to === "downloads") return downloadsSink(data);
  if (to === "output") return streamSink(Deno.stdout);
  return pathSink(fileToMake(to.path, systemRights).path, data);
}
