/**
 * `deno task tidy`: holds the code to the rules of the house, and the documents to the code.
 *
 * Prints `file:line: sentence` for each thing that is not so, and ends with 1 where there was one.
 */

import { COMMANDS, usageOf } from "../client/terminal/commands.ts";
import { ERROR_CODES } from "../server/protocol/errors.ts";
import type { Flag } from "../server/protocol/flags.ts";
import { EVENTS, REQUESTS } from "../server/protocol/messages.ts";
import { isObject } from "../server/protocol/shapes.ts";
import {
  commandsAreDocumented,
  type Document,
  errorCodesAreDocumented,
  flagsAreDocumented,
  messagesAreDocumented,
} from "./tidy/document_rules.ts";
import type { Finding, Source } from "./tidy/finding.ts";
import { readSources } from "./tidy/graph.ts";
import {
  importsKeepToTheirRooms,
  noCycles,
  reachable,
  sessionReachesNoFrontEnd,
} from "./tidy/graph_rules.ts";
import { checkSource, SOURCE_RULES } from "./tidy/source_rules.ts";

const PROTOCOL_TEXT = "server/protocol/README.md";

/** Where each command keeps the table of its flags. */
const FLAG_TABLES = [
  { command: "server/serve.ts", path: "server/options.ts", name: "SERVE_FLAGS" },
  { command: "client/connect.ts", path: "client/options.ts", name: "CONNECT_FLAGS" },
] as const;

/** Everything that is wrong with the project whose root is `root` (a `file:` URL that ends in `/`). */
export async function tidy(root: URL): Promise<readonly Finding[]> {
  const { sources, broken } = await readSources(root);
  const protocol = await readDocument(root, PROTOCOL_TEXT);
  return [
    ...broken,
    ...sources.flatMap((source) => checkSource(source, SOURCE_RULES)),
    ...importsKeepToTheirRooms(sources),
    ...sessionReachesNoFrontEnd(sources),
    ...noCycles(sources),
    ...errorCodesAreDocumented(protocol, ERROR_CODES),
    ...messagesAreDocumented(protocol, { requests: REQUESTS, events: EVENTS }),
    ...commandsAreDocumented(
      await readDocument(root, "README.md"),
      COMMANDS.map((command) => ({ usage: usageOf(command), help: command.help })),
    ),
    ...await checkFlags(root, sources),
  ];
}

/** A document that is not there is an empty one: the rules then say what is missing in it. */
async function readDocument(root: URL, path: string): Promise<Document> {
  try {
    return { path, text: await Deno.readTextFile(new URL(path, root)) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { path, text: "" };
    throw error;
  }
}

async function checkFlags(root: URL, sources: readonly Source[]): Promise<readonly Finding[]> {
  const used = reachable(sources, "main.ts");
  const flags: Flag[] = [];
  const findings: Finding[] = [];
  for (const { command, path, name } of FLAG_TABLES) {
    if (!used.has(command)) continue;
    const there = sources.some((source) => source.path === path);
    const module: unknown = there ? await import(new URL(path, root).href) : {};
    const table = isObject(module) ? module[name] : undefined;
    if (isFlags(table)) flags.push(...table);
    else {findings.push({
        path,
        line: 1,
        says: `${name}, the table of the flags of ${command}, is not there yet.`,
      });}
  }
  if (flags.length === 0) return findings;
  return [...findings, ...flagsAreDocumented(await readDocument(root, "README.md"), flags)];
}

function isFlags(table: unknown): table is readonly Flag[] {
  return Array.isArray(table) &&
    table.every((row: unknown) =>
      isObject(row) && typeof row.name === "string" && typeof row.help === "string" &&
      ["string", "undefined"].includes(typeof row.value) &&
      ["string", "undefined"].includes(typeof row.default)
    );
}

if (import.meta.main) {
  const findings = await tidy(new URL("../", import.meta.url));
  for (const { path, line, says } of findings) console.log(`${path}:${line}: ${says}`);
  if (findings.length > 0) Deno.exit(1);
}
